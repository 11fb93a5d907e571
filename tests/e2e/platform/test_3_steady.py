"""A platform at rest: nothing to do, nothing drifted; what drifts is seen and mended."""

from collections.abc import Callable
from dataclasses import dataclass

import boto3
import pytest

from localcloud.state import REGION
from tests.e2e.platform.conftest import STACKS, Platform


@pytest.mark.parametrize("stack", STACKS)
def test_a_second_up_changes_nothing(platform: Platform, stack: str) -> None:
    assert platform.up(stack).changes == {}


@dataclass(frozen=True)
class Drift:
    """Something deleted behind Pulumi's back, and the one resource that shows it."""

    resource_type: str
    operation: str
    delete: Callable[[Platform], None]


def _delete_txt(platform: Platform) -> None:
    record = platform.records("devinfra.info")["eks.devinfra.info", "TXT"]
    platform.route53.change_resource_record_sets(
        HostedZoneId=platform.zone_ids()["devinfra.info"],
        ChangeBatch={"Changes": [{"Action": "DELETE", "ResourceRecordSet": record}]},
    )


def _detach_policy(platform: Platform) -> None:
    iam = boto3.client("iam", region_name=REGION)
    role = platform.outputs("blue")["nodes"]["roleArn"].rsplit("/", 1)[-1]
    attached = iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]
    iam.detach_role_policy(RoleName=role, PolicyArn=attached[0]["PolicyArn"])


def _delete_binding(platform: Platform) -> None:
    kube = platform.kube("blue")
    path = "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings"
    (readonly,) = [name for name in kube.names(path) if name.startswith("readonly")]
    kube.delete(f"{path}/{readonly}")


def _delete_tag(platform: Platform) -> None:
    autoscaling = boto3.client("autoscaling", region_name=REGION)
    group = sorted(platform.outputs("green")["nodes"]["groups"].values())[0]
    autoscaling.delete_tags(
        Tags=[
            {
                "ResourceId": group,
                "ResourceType": "auto-scaling-group",
                "Key": "k8s.io/cluster-autoscaler/enabled",
            }
        ]
    )


DRIFTS = {
    "shared": (Drift("aws:route53/record:Record", "delete", _delete_txt),),
    "blue": (
        Drift(
            "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
            "delete",
            _detach_policy,
        ),
        Drift(
            "kubernetes:rbac.authorization.k8s.io/v1:ClusterRoleBinding",
            "delete",
            _delete_binding,
        ),
    ),
    "green": (Drift("aws:autoscaling/group:Group", "update", _delete_tag),),
}


@pytest.mark.parametrize("stack", STACKS)
def test_refresh_shows_exactly_what_drifted_and_up_restores_it(
    platform: Platform, stack: str
) -> None:
    drifts = DRIFTS[stack]
    for drift in drifts:
        drift.delete(platform)
    seen = platform.refresh(stack).changes
    found = sorted((urn.split("::")[2].rsplit("$", 1)[-1], did) for urn, did in seen.items())
    assert found == sorted((drift.resource_type, drift.operation) for drift in drifts)
    assert set(platform.up(stack).changes) == set(seen)


@pytest.mark.parametrize("stack", STACKS)
def test_refresh_finds_nothing(platform: Platform, stack: str) -> None:
    """Also nothing of what had drifted."""
    assert platform.refresh(stack).changes == {}
