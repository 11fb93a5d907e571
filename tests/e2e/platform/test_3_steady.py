"""A platform at rest: nothing to do, nothing drifted; what drifts is seen and mended."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import chain

import boto3

from localcloud.state import REGION
from tests.e2e.platform.conftest import STACKS, Platform
from tests.e2e.platform.running import Outcome, at_once

NOTHING = Outcome()


def test_a_second_up_changes_nothing(platform: Platform) -> None:
    assert at_once(platform.up) == dict.fromkeys(STACKS, NOTHING)


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


def by_type(outcome: Outcome) -> list[tuple[str, str]]:
    """Type and operation of each resource that changed."""
    changes = outcome.changes.items()
    return sorted((urn.split("::")[2].rsplit("$", 1)[-1], did) for urn, did in changes)


def test_refresh_shows_exactly_what_drifted_and_up_restores_it(platform: Platform) -> None:
    for drift in chain.from_iterable(DRIFTS.values()):
        drift.delete(platform)
    seen = at_once(platform.refresh)
    for stack, drifts in DRIFTS.items():
        wanted = sorted((drift.resource_type, drift.operation) for drift in drifts)
        assert by_type(seen[stack]) == wanted, stack
    restored = at_once(platform.up)
    assert {it: set(restored[it].changes) for it in STACKS} == {
        it: set(seen[it].changes) for it in STACKS
    }


def test_refresh_finds_nothing(platform: Platform) -> None:
    """Also nothing of what had drifted."""
    assert at_once(platform.refresh) == dict.fromkeys(STACKS, NOTHING)
