"""The IAM role that all nodes of a cluster share."""

from dataclasses import dataclass

import pulumi
from pulumi_aws import iam

from components.base import Component, ComponentArgs
from components.iam_policy import policy_document, trust_policy
from components.session_manager import SESSIONS

# AmazonEKS_CNI_Policy is not among them: Cilium's operator manages addresses, with a workload
# role of its own, so that a pod which got hold of a node's credentials could not.
_POLICIES = {
    "worker-node": "AmazonEKSWorkerNodePolicy",
    "registry": "AmazonEC2ContainerRegistryPullOnly",
}


@dataclass(frozen=True, kw_only=True)
class NodeRoleArgs(ComponentArgs):
    """Arguments of `NodeRole`.

    Attributes:
        cluster_name: EKS cluster name, for example ``eks-blue``.
        partition: AWS partition, for example ``aws``.
    """

    cluster_name: str
    partition: pulumi.Input[str]


class NodeRole(Component):
    """Pulumi type ``eks-platform:nodeRole:NodeRole``.

    Creates the role ``CLUSTER-node`` with what a node needs (to describe its surroundings, to
    pull images, to be reached by Session Manager instead of SSH), and its instance profile.

    Attributes:
        role: the role, as `pulumi_eks.Cluster` wants it.
        arn: its ARN.
        instance_profile_arn: ARN of the profile, known once the role has its policies.
        instance_profile_name: its name, known then too.
    """

    MODULE = "nodeRole"

    role: iam.Role
    arn: pulumi.Output[str]
    instance_profile_arn: pulumi.Output[str]
    instance_profile_name: pulumi.Output[str]

    def __init__(
        self, name: str, args: NodeRoleArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(name, opts)
        role_name = f"{args.cluster_name}-node"
        self.role = iam.Role(
            name,
            name=role_name,
            description=f"Nodes of {args.cluster_name}",
            assume_role_policy=trust_policy(
                {"Service": "ec2.amazonaws.com"}, "sts:AssumeRole", None
            ),
            tags=args.named(role_name),
            opts=self.child(),
        )
        attachments = [
            iam.RolePolicyAttachment(
                f"{name}-{label}",
                role=self.role.name,
                policy_arn=pulumi.Output.format("arn:{0}:iam::aws:policy/{1}", args.partition, it),
                opts=self.child(),
            )
            for label, it in _POLICIES.items()
        ]
        sessions = iam.RolePolicy(
            f"{name}-sessions",
            name="sessions",
            role=self.role.name,
            policy=policy_document([SESSIONS]),
            opts=self.child(),
        )
        profile = iam.InstanceProfile(
            name,
            name=role_name,
            role=self.role.name,
            tags=args.named(role_name),
            opts=self.child(depends_on=[*attachments, sessions]),
        )
        self.arn = self.role.arn
        self.instance_profile_arn = profile.arn
        self.instance_profile_name = profile.name
        self.register_outputs({"arn": self.arn, "instanceProfileArn": self.instance_profile_arn})
