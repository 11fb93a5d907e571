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


@pytest.mark.parametrize("stack", STACKS)
def test_refresh_finds_nothing(platform: Platform, stack: str) -> None:
    assert platform.refresh(stack).changes == {}


@dataclass(frozen=True)
class Drift:
    """Something deleted behind Pulumi's back, and the one resource that shows it."""

    stack: str
    what: str
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


DRIFTS = (
    Drift("shared", "the API TXT record", "aws:route53/record:Record", "delete", _delete_txt),
    Drift(
        "blue",
        "a policy attachment of the node role",
        "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
        "delete",
        _detach_policy,
    ),
    Drift(
        "blue",
        "the binding of group readonly",
        "kubernetes:rbac.authorization.k8s.io/v1:ClusterRoleBinding",
        "delete",
        _delete_binding,
    ),
    Drift("green", "a tag of a group", "aws:autoscaling/group:Group", "update", _delete_tag),
)


@pytest.mark.parametrize("drift", DRIFTS, ids=lambda drift: drift.what)
def test_refresh_shows_exactly_what_drifted_and_up_restores_it(
    platform: Platform, drift: Drift
) -> None:
    drift.delete(platform)
    seen = platform.refresh(drift.stack).changes
    assert [urn.split("::")[2].rsplit("$", 1)[-1] for urn in seen] == [drift.resource_type]
    assert list(seen.values()) == [drift.operation]
    mended = platform.up(drift.stack).changes
    assert set(mended) == set(seen)
    assert platform.refresh(drift.stack).changes == {}
