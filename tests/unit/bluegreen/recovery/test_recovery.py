"""What is adopted, what is forgotten, and what is refused, nothing changed then."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from bluegreen.errors import OperatorError
from bluegreen.recovery.recovery import Recovered, Recovery
from bluegreen.world.aws import Aws
from bluegreen.world.stacks import LockedError
from tests.unit.bluegreen.recovery.test_helm import Cluster, secret

ROLE = "aws:iam/role:Role"
EIP = "aws:ec2/eip:Eip"
RELEASE = "kubernetes:helm.sh/v3:Release"
PROVIDER = "urn:pulumi:blue::p::pulumi:providers:kubernetes::cluster"
TAGS = {"Project": "eks-platform", "Stack": "blue", "Name": "it"}


@dataclass
class FakeStacks:
    """One stack; what is written and looked at is noted."""

    state: dict[str, Any]
    written: list[Mapping[str, Any]] = field(default_factory=list)
    looked_at: list[Sequence[str]] = field(default_factory=list)

    def readable(self, stack: str) -> Mapping[str, Any]:
        return self.state

    def deployment(self, stack: str) -> Mapping[str, Any]:
        return self.state

    def replace(self, stack: str, deployment: Mapping[str, Any]) -> None:
        self.written.append(deployment)
        self.state = dict(deployment)

    def look(self, stack: str, urns: Sequence[str], on_resource: object) -> None:
        self.looked_at.append(urns)


def urn(token: str) -> str:
    return f"urn:pulumi:blue::p::{token}::it"


def pending(
    token: str, inputs: Mapping[str, Any], kind: str = "creating", *, custom: bool = True
) -> dict[str, Any]:
    entry = {"urn": urn(token), "type": token, "custom": custom, "inputs": inputs}
    return {"type": kind, "resource": {**entry, "provider": f"{PROVIDER}::id-1"}}


def stacks(*operations: dict[str, Any], resources: Sequence[dict[str, Any]] = ()) -> FakeStacks:
    provider = {
        "urn": PROVIDER,
        "type": "pulumi:providers:kubernetes",
        "id": "id-1",
        "inputs": {"kubeconfig": json.dumps({"kind": "Config"})},
    }
    return FakeStacks({"resources": [provider, *resources], "pending_operations": list(operations)})


def settle(given: FakeStacks, aws: Aws, cluster: Cluster | None = None) -> Recovered:
    found = cluster or Cluster()
    recovery = Recovery(given, aws, lambda _: found)  # pyright: ignore[reportArgumentType]
    return recovery.settle("blue", lambda _: None)


def make_role(aws: Aws, **tags: str) -> None:
    aws.iam.create_role(
        RoleName="it",
        AssumeRolePolicyDocument="{}",
        Tags=[{"Key": key, "Value": value} for key, value in tags.items()],
    )


def test_nothing_is_done_where_nothing_was_interrupted(aws: Aws) -> None:
    given = stacks()
    assert settle(given, aws) == Recovered(stack="blue")
    assert (given.written, given.looked_at) == ([], [])


def test_what_carries_the_stacks_tags_is_adopted_and_read(aws: Aws) -> None:
    make_role(aws, **TAGS, Team="shop")
    given = stacks(pending(ROLE, {"name": "it", "tags": TAGS}))
    assert settle(given, aws).adopted == {f"{ROLE} it": "it"}
    first, last = given.written
    assert first["resources"][-1]["id"] == last["resources"][-1]["id"] == "it"
    # Pending until it has been read: so an interruption in between is noticed.
    assert len(first["pending_operations"]) == 1
    assert last["pending_operations"] == []
    assert given.looked_at == [[urn(ROLE)]]


def test_what_an_interrupted_recovery_had_adopted_is_read_and_no_longer_pending(aws: Aws) -> None:
    make_role(aws, **TAGS)
    adopted = {"urn": urn(ROLE), "type": ROLE, "custom": True, "id": "it"}
    given = stacks(pending(ROLE, {"name": "it", "tags": TAGS}), resources=[adopted])
    assert settle(given, aws).looked_at == (f"{ROLE} it",)
    assert given.looked_at == [[urn(ROLE)]]
    (written,) = given.written
    assert written["pending_operations"] == []
    assert written["resources"][1:] == [adopted]


def test_what_does_not_exist_is_forgotten(aws: Aws) -> None:
    given = stacks(pending(ROLE, {"name": "it", "tags": TAGS}))
    assert settle(given, aws).cleared == (f"{ROLE} it",)
    assert given.written[0]["pending_operations"] == []
    assert given.looked_at == [[]]


@pytest.mark.parametrize("tags", [{}, {**TAGS, "Stack": "green"}])
def test_a_namesake_is_never_taken_and_nothing_changes(aws: Aws, tags: dict[str, str]) -> None:
    make_role(aws, **tags)
    given = stacks(pending(ROLE, {"name": "it", "tags": TAGS}))
    with pytest.raises(OperatorError, match="IAM role it exists, but nothing says"):
        settle(given, aws)
    assert given.written == []


def test_where_several_may_be_it_the_operator_decides(aws: Aws) -> None:
    specification: Any = {
        "ResourceType": "elastic-ip",
        "Tags": [{"Key": key, "Value": value} for key, value in TAGS.items()],
    }
    ids = [
        aws.ec2.allocate_address(Domain="vpc", TagSpecifications=[specification])["AllocationId"]
        for _ in range(2)
    ]
    with pytest.raises(OperatorError, match=f"any of address .*({'|'.join(ids)})"):
        settle(stacks(pending(EIP, {"tags": TAGS})), aws)
    # One that the state knows already is another resource, or was made since.
    known = {"urn": urn(EIP), "type": EIP, "id": ids[0]}
    given = stacks(pending(EIP, {"tags": TAGS}), resources=[known])
    assert settle(given, aws).adopted == {f"{EIP} it": ids[1]}


def test_what_nobody_knows_to_find_is_an_error_with_the_way_out(aws: Aws) -> None:
    given = stacks(pending("aws:s3/bucket:Bucket", {}))
    with pytest.raises(OperatorError, match="pulumi refresh"):
        settle(given, aws)
    assert given.written == []


@pytest.mark.parametrize(
    ("token", "custom"),
    [
        ("tls:index/privateKey:PrivateKey", True),
        ("aws:iam/rolePolicy:RolePolicy", True),
        ("eks-platform:installation:Installation", False),
    ],
)
def test_what_may_be_made_twice_is_made_again(aws: Aws, token: str, custom: bool) -> None:
    assert settle(stacks(pending(token, {}, custom=custom)), aws).cleared == (f"{token} it",)


def test_what_was_being_changed_is_read_anew(aws: Aws) -> None:
    given = stacks(pending(ROLE, {}, "updating"))
    assert settle(given, aws).looked_at == (f"{ROLE} it",)
    assert given.looked_at == [[urn(ROLE)]]


CONFIG_MAP = "kubernetes:core/v1:ConfigMap"
OBJECT = {
    "apiVersion": "v1",
    "kind": "ConfigMap",
    "metadata": {"name": "it", "namespace": "kube-system", "labels": {"app": "it"}},
    "data": {"a": "1"},
}


class Kubernetes(Cluster):
    """A cluster that knows ConfigMaps."""

    def get(self, path: str) -> Mapping[str, Any]:
        assert path == "/api/v1"
        return {"resources": [{"name": "configmaps", "kind": "ConfigMap", "namespaced": True}]}


def test_an_object_that_is_as_wanted_is_adopted(aws: Aws) -> None:
    live = {**OBJECT, "metadata": {**OBJECT["metadata"], "uid": "1"}, "data": {"a": "1", "b": ""}}  # pyright: ignore
    cluster = Kubernetes(live)
    recovered = settle(stacks(pending(CONFIG_MAP, OBJECT)), aws, cluster)
    assert recovered.adopted == {f"{CONFIG_MAP} it": "kube-system/it"}
    assert cluster.asked == [
        "/api/v1/namespaces/kube-system/configmaps?fieldSelector=metadata.name%3Dit"
    ]


def test_an_object_that_says_something_else_is_not_taken(aws: Aws) -> None:
    given = stacks(pending(CONFIG_MAP, OBJECT))
    with pytest.raises(OperatorError, match="ConfigMap kube-system/it exists, but nothing says"):
        settle(given, aws, Kubernetes({**OBJECT, "data": {"a": "2"}}))
    assert given.written == []


def test_an_object_that_is_not_there_is_made_again(aws: Aws) -> None:
    recovered = settle(stacks(pending(CONFIG_MAP, OBJECT)), aws, Kubernetes())
    assert recovered.cleared == (f"{CONFIG_MAP} it",)


WANTED = {"chart": "cilium", "name": "cilium", "namespace": "kube-system"}


def test_a_release_that_is_stuck_is_freed_and_installed_again(aws: Aws) -> None:
    cluster = Cluster(secret(1, "pending-install"))
    recovered = settle(stacks(pending(RELEASE, WANTED)), aws, cluster)
    assert (recovered.released, recovered.cleared) == ((f"{RELEASE} it",),) * 2
    assert cluster.asked[-2:-1] == [
        "delete /api/v1/namespaces/kube-system/secrets/sh.helm.release.v1.cilium.v1"
    ]


def test_a_release_is_not_freed_while_an_update_holds_the_stack(aws: Aws) -> None:
    class Held(FakeStacks):
        def replace(self, stack: str, deployment: Mapping[str, Any]) -> None:
            raise LockedError(stack, (), "it is just installing")

    cluster = Cluster(secret(1, "pending-install"))
    with pytest.raises(LockedError):
        settle(Held(stacks(pending(RELEASE, WANTED)).state), aws, cluster)
    assert not [it for it in cluster.asked if it.startswith("delete")]


def test_a_release_that_was_completed_is_adopted(aws: Aws) -> None:
    cluster = Cluster(secret(1, "deployed"))
    recovered = settle(stacks(pending(RELEASE, WANTED)), aws, cluster)
    assert recovered.adopted == {f"{RELEASE} it": "kube-system/cilium"}
    assert not [it for it in cluster.asked if it.startswith("delete")]


def test_an_interrupted_upgrade_is_freed(aws: Aws) -> None:
    cluster = Cluster(secret(1, "deployed"), secret(2, "pending-upgrade"))
    recovered = settle(stacks(pending(RELEASE, WANTED, "updating")), aws, cluster)
    assert recovered.released == (f"{RELEASE} it",)
    assert cluster.asked[-1].endswith("sh.helm.release.v1.cilium.v2")


@pytest.mark.parametrize("status", ["pending-install", "deployed"])
def test_a_release_of_another_chart_is_never_touched(aws: Aws, status: str) -> None:
    cluster = Cluster(secret(1, status, chart="other"))
    given = stacks(pending(RELEASE, WANTED))
    with pytest.raises(OperatorError, match="nothing says that this stack made it"):
        settle(given, aws, cluster)
    assert given.written == []
    assert not [it for it in cluster.asked if it.startswith("delete")]
