"""The EBS CSI driver, which makes volumes of claims, and the class of claims that name none."""

from collections.abc import Sequence
from dataclasses import replace

import pulumi
from pulumi_aws import eks, iam
from pulumi_kubernetes import storage

from catalogue import addons
from components.addon_stack.addon import Addon, Phase
from components.addon_stack.args import AddonArgs, MakeArgs
from components.base import Component
from components.fixed_fields import fixed_fields
from components.iam_policy import trust_policy

_ENTRY = addons.EBS_CSI.entry

# AWS keeps it in step with the driver. The one without V2 may attach, change and copy any volume
# of the account; this one only what has the tag that the driver gives to all that it makes.
# https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AmazonEBSCSIDriverPolicyV2.html
_POLICY = "AmazonEBSCSIDriverPolicyV2"
_SUBJECT = "system:serviceaccount:kube-system:ebs-csi-controller-sa"


class EbsCsi(Component):
    """Pulumi type ``eks-platform:ebsCsi:EbsCsi``.

    Creates the EKS add-on ``aws-ebs-csi-driver``, after the nodes, as it is not ready without,
    and the role of its controller.

    Raises:
        UnsupportedVersionError: the catalogue has no version for the Kubernetes minor.
    """

    MODULE = "ebsCsi"

    def __init__(
        self, name: str, args: AddonArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(name, opts)
        role = self._role(name, args)
        policy = iam.RolePolicyAttachment(
            name,
            role=role.name,
            policy_arn=args.cluster.oidc_provider_arn.apply(policy_arn),
            opts=self.child(),
        )
        addon = eks.Addon(
            name,
            cluster_name=args.cluster.name,
            addon_name=_ENTRY.name,
            addon_version=_ENTRY.version(args.site.kubernetes_version),
            resolve_conflicts_on_create="OVERWRITE",
            resolve_conflicts_on_update="OVERWRITE",
            service_account_role_arn=role.arn,
            tags=args.named(f"{args.cluster.cluster_name}-{_ENTRY.name}"),
            opts=self.child(depends_on=[policy, *args.after]),
        )
        self.register_outputs({"addon": addon.id})

    def _role(self, name: str, args: AddonArgs) -> iam.Role:
        # Not a WorkloadRole: that one holds statements of ours, this one a policy of AWS.
        role_name = f"{args.cluster.cluster_name}-ebs-csi"
        conditions = args.cluster.oidc_issuer.apply(
            lambda issuer: {
                "StringEquals": {f"{issuer}:aud": "sts.amazonaws.com", f"{issuer}:sub": _SUBJECT}
            }
        )
        return iam.Role(
            name,
            name=role_name,
            description=f"EBS CSI driver on {args.cluster.cluster_name}",
            assume_role_policy=trust_policy(
                {"Federated": args.cluster.oidc_provider_arn},
                "sts:AssumeRoleWithWebIdentity",
                conditions,
            ),
            tags=args.named(role_name),
            opts=self.child(),
        )


def policy_arn(oidc_provider_arn: str) -> str:
    """ARN of the driver's policy, in the partition of the cluster's OIDC provider."""
    _, partition, _ = oidc_provider_arn.split(":", 2)
    return f"arn:{partition}:iam::aws:policy/{_POLICY}"


class StorageClass(Component):
    """Pulumi type ``eks-platform:storageClass:StorageClass``.

    Creates the default class ``gp3`` of the EBS CSI driver: encrypted volumes, made in the zone
    of the first pod.
    """

    MODULE = "storageClass"

    def __init__(
        self, name: str, args: AddonArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(name, opts)
        storage.v1.StorageClass(
            name,
            metadata={
                "name": "gp3",
                "annotations": {"storageclass.kubernetes.io/is-default-class": "true"},
            },
            provisioner="ebs.csi.aws.com",
            parameters={"type": "gp3", "encrypted": "true"},
            reclaim_policy="Delete",
            volume_binding_mode="WaitForFirstConsumer",
            allow_volume_expansion=True,
            opts=self.child(
                provider=args.cluster.provider,
                depends_on=args.after,
                fixed_fields=fixed_fields("StorageClass"),
            ),
        )
        self.register_outputs({})


def _make(args: MakeArgs) -> Sequence[pulumi.Resource]:
    driver = EbsCsi("ebs-csi", args, args.opts)
    return [driver, StorageClass("gp3", replace(args, after=[driver]), args.opts)]


ADDON = Addon(line=addons.EBS_CSI, why="volumes of claims", phase=Phase.BASE, make=_make)
"""The driver, and the storage class of claims that name none."""
