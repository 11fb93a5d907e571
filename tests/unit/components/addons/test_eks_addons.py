"""CoreDNS, the EBS CSI driver and the default storage class."""

import json
from collections.abc import Callable

import pytest
from moto.iam.aws_managed_policies import aws_managed_policies_data

from catalogue.entries import UnsupportedVersionError
from catalogue.minors import KUBERNETES_VERSIONS
from catalogue.versions import COREDNS, EBS_CSI
from components.addon_stack.args import AddonArgs
from components.addons.coredns import CoreDns
from components.addons.ebs_csi import EbsCsi, StorageClass, policy_arn
from components.control_plane import ControlPlane
from tests.unit.components.addons.addon_cluster import (
    ADDON,
    OIDC_PROVIDER,
    TAGS,
    node,
    run_on_cluster,
    settings,
    site,
)
from tests.unit.components.addons.policy_evaluation import Request, allowed
from tests.unit.components.eks_answer import CLUSTER, ISSUER
from tests.unit.pulumi_harness import Ran

ATTACHMENT = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
DRIVER_POLICY = "arn:aws:iam::aws:policy/AmazonEBSCSIDriverPolicyV2"
TAG = "ec2:ResourceTag/ebs.csi.aws.com/cluster"
VOLUME = "arn:aws:ec2:eu-west-1:123456789012:volume/vol-1"
PROFILE = "aws:iam/instanceProfile:InstanceProfile"


def args_for(cluster: ControlPlane, minor: str) -> AddonArgs:
    here = site(cluster, settings(minor=minor))
    return AddonArgs(tags=TAGS, cluster=cluster, site=here, after=[node()])


def core_dns(minor: str) -> Callable[[ControlPlane], None]:
    def program(cluster: ControlPlane) -> None:
        CoreDns("coredns", args_for(cluster, minor))

    return program


def ebs_csi(minor: str) -> Callable[[ControlPlane], None]:
    def program(cluster: ControlPlane) -> None:
        EbsCsi("ebs-csi", args_for(cluster, minor))

    return program


def storage_class() -> Ran:
    def program(cluster: ControlPlane) -> None:
        StorageClass("gp3", args_for(cluster, "1.34"))

    return run_on_cluster(program)


@pytest.mark.parametrize("minor", KUBERNETES_VERSIONS)
def test_core_dns_is_pinned_and_has_two_replicas(minor: str) -> None:
    inputs = dict(run_on_cluster(core_dns(minor)).only(ADDON).inputs)
    assert json.loads(inputs.pop("configurationValues")) == {"replicaCount": 2}
    assert inputs == {
        "clusterName": "eks-blue",
        "addonName": "coredns",
        "addonVersion": COREDNS.version(minor),
        "resolveConflictsOnCreate": "OVERWRITE",
        "resolveConflictsOnUpdate": "OVERWRITE",
        "tags": {**TAGS, "Name": "eks-blue-coredns"},
    }


@pytest.mark.parametrize("program", [core_dns, ebs_csi])
def test_eks_add_ons_wait_for_the_nodes_and_the_cluster(
    program: Callable[[str], Callable[[ControlPlane], None]],
) -> None:
    ran = run_on_cluster(program("1.34"))
    addon = ran.only(ADDON)
    assert addon.waits_for(ran.only(PROFILE))
    assert addon.waits_for(ran.only(CLUSTER))


@pytest.mark.parametrize("program", [core_dns, ebs_csi])
@pytest.mark.parametrize("preview", [True, False])
def test_an_unsupported_minor_is_refused_before_the_add_on_is_made(
    program: Callable[[str], Callable[[ControlPlane], None]], preview: bool
) -> None:
    with pytest.raises(UnsupportedVersionError, match=r"1\.33"):
        run_on_cluster(program("1.33"), preview=preview)


def test_the_ebs_driver_is_pinned_has_its_role() -> None:
    ran = run_on_cluster(ebs_csi("1.35"))
    assert ran.only(ADDON).inputs == {
        "clusterName": "eks-blue",
        "addonName": "aws-ebs-csi-driver",
        "addonVersion": EBS_CSI.version("1.35"),
        "resolveConflictsOnCreate": "OVERWRITE",
        "resolveConflictsOnUpdate": "OVERWRITE",
        "serviceAccountRoleArn": "arn:aws:mock:eu-west-1:123456789012:ebs-csi",
        "tags": {**TAGS, "Name": "eks-blue-aws-ebs-csi-driver"},
    }


def test_only_the_ebs_controller_takes_the_role_on() -> None:
    role = run_on_cluster(ebs_csi("1.35")).only("aws:iam/role:Role", "ebs-csi")
    assert role.inputs["name"] == "eks-blue-ebs-csi"
    assert json.loads(role.inputs["assumeRolePolicy"])["Statement"] == [
        {
            "Effect": "Allow",
            "Principal": {"Federated": OIDC_PROVIDER},
            "Action": "sts:AssumeRoleWithWebIdentity",
            "Condition": {
                "StringEquals": {
                    f"{ISSUER}:aud": "sts.amazonaws.com",
                    f"{ISSUER}:sub": "system:serviceaccount:kube-system:ebs-csi-controller-sa",
                }
            },
        }
    ]


def test_the_ebs_driver_waits_for_the_policy_of_its_role() -> None:
    ran = run_on_cluster(ebs_csi("1.35"))
    attached = ran.only(ATTACHMENT, "ebs-csi")
    assert attached.inputs == {
        "role": "eks-blue-ebs-csi",
        "policyArn": DRIVER_POLICY,
    }
    assert ran.only(ADDON).waits_for(attached)


@pytest.mark.parametrize("action", ["AttachVolume", "DeleteVolume", "DetachVolume", "ModifyVolume"])
def test_the_ebs_driver_may_touch_only_volumes_that_drivers_made(action: str) -> None:
    attached = run_on_cluster(ebs_csi("1.35")).only(ATTACHMENT, "ebs-csi").inputs["policyArn"]
    name = attached.rpartition("/")[2]
    # What AWS says of its own policies, as moto has it from AWS.
    statements = json.loads(aws_managed_policies_data)[name]["Document"]["Statement"]
    for statement in statements:
        statement.pop("Sid", None)
    document = json.dumps({"Statement": statements})
    made = Request(action=f"ec2:{action}", resources=[VOLUME], context={TAG: "true"})
    assert allowed(document, made)
    assert not allowed(document, Request(action=f"ec2:{action}", resources=[VOLUME]))


def test_the_policy_is_of_the_clusters_partition() -> None:
    provider = OIDC_PROVIDER.replace("arn:aws:", "arn:aws-us-gov:")
    assert policy_arn(provider) == DRIVER_POLICY.replace("arn:aws:", "arn:aws-us-gov:")


def test_the_storage_class_is_the_default_and_encrypts() -> None:
    ran = storage_class()
    made = ran.only("kubernetes:storage.k8s.io/v1:StorageClass")
    assert made.inputs == {
        "apiVersion": "storage.k8s.io/v1",
        "kind": "StorageClass",
        "metadata": {
            "name": "gp3",
            "annotations": {"storageclass.kubernetes.io/is-default-class": "true"},
        },
        "provisioner": "ebs.csi.aws.com",
        "parameters": {"type": "gp3", "encrypted": "true"},
        "reclaimPolicy": "Delete",
        "volumeBindingMode": "WaitForFirstConsumer",
        "allowVolumeExpansion": True,
    }
    assert made.waits_for(ran.only(PROFILE))
