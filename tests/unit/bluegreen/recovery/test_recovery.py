"""What is adopted, what is forgotten, and what is refused, nothing changed then."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from bluegreen.errors import OperatorError
from bluegreen.recovery.recovery import Recovered, Recovery
from bluegreen.world.aws import Aws
from bluegreen.world.content import UNREAD, content_of
from bluegreen.world.kube import KubeError
from bluegreen.world.stacks import LockedError, StackError
from tests.unit.bluegreen.recovery.test_helm import Cluster, secret

ROLE = "aws:iam/role:Role"
EIP = "aws:ec2/eip:Eip"
RELEASE = "kubernetes:helm.sh/v3:Release"
ROOT = "urn:pulumi:blue::p::pulumi:pulumi:Stack::p-blue"
PROVIDER = "urn:pulumi:blue::p::pulumi:providers:kubernetes::cluster"
TAGS = {"Project": "eks-platform", "Stack": "blue", "Name": "it"}


@dataclass
class FakeStacks:
    """One stack; what is written and looked at is noted.

    Attributes:
        failing: what the next look ends with.
        holder: whether an update holds the stack.
    """

    state: dict[str, Any]
    written: list[Mapping[str, Any]] = field(default_factory=list)
    looked_at: list[Sequence[str]] = field(default_factory=list)
    failing: list[Exception] = field(default_factory=list)
    holder: str = ""

    @property
    def pending(self) -> tuple[str, ...]:
        return content_of("blue", self.state, ()).state.pending

    def deployment_in_clear(self, stack: str) -> Mapping[str, Any]:
        return self.state

    def deployment(self, stack: str) -> Mapping[str, Any]:
        return self.state

    def import_state(self, stack: str, deployment: Mapping[str, Any]) -> None:
        self.refuse_if_held(stack, ROOT)
        self.written.append(deployment)
        # As the engine does, whatever an imported state says is pending.
        self.state = {k: v for k, v in deployment.items() if k != "pending_operations"}

    def refuse_if_held(self, stack: str, root: str) -> None:
        assert root == ROOT
        if self.holder:
            raise LockedError(stack, (), self.holder)

    def refresh(self, stack: str, urns: Sequence[str], on_resource: object) -> None:
        self.looked_at.append(urns)
        if self.failing:
            raise self.failing.pop()
        resources = [_read(it) if it["urn"] in urns else it for it in self.state["resources"]]
        # As the engine does, too: creates alone stay pending.
        kept = [it for it in self.state.get("pending_operations", ()) if it["type"] == "creating"]
        self.state = {**self.state, "resources": resources, "pending_operations": kept}


def _read(entry: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in entry.items() if key not in UNREAD}


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
    listed = [{"urn": ROOT, "type": "pulumi:pulumi:Stack"}, provider, *resources]
    return FakeStacks({"resources": listed, "pending_operations": list(operations)})


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
    (written,) = given.written
    assert written["resources"][-1]["id"] == "it"
    assert given.looked_at == [[urn(ROLE)]]
    assert given.pending == ()


@pytest.mark.parametrize("kind", ["creating", "updating", "deleting"])
def test_what_could_not_be_read_is_known_and_read_by_the_next_run(aws: Aws, kind: str) -> None:
    make_role(aws, **TAGS)
    old = {"urn": urn(ROLE), "type": ROLE, "custom": True, "id": "it"}
    operation = pending(ROLE, {"name": "it", "tags": TAGS}, kind)
    given = stacks(operation, resources=[old] if kind != "creating" else [])
    given.failing.append(StackError("throttled"))
    with pytest.raises(StackError):
        settle(given, aws)
    assert given.pending == ("reading it",)
    assert settle(given, aws) == Recovered(stack="blue", looked_at=(f"{ROLE} it",))
    assert given.looked_at == [[urn(ROLE)]] * 2
    assert len(given.written) == 1
    assert given.pending == ()
    assert given.state["resources"][-1]["id"] == "it"
    assert settle(given, aws) == Recovered(stack="blue")


def test_what_another_update_has_made_since_is_read_and_no_longer_pending(aws: Aws) -> None:
    make_role(aws, **TAGS)
    there = {"urn": urn(ROLE), "type": ROLE, "custom": True, "id": "it"}
    given = stacks(pending(ROLE, {"name": "it", "tags": TAGS}), resources=[there])
    assert settle(given, aws).looked_at == (f"{ROLE} it",)
    assert given.looked_at == [[urn(ROLE)]]
    assert given.state["resources"][2:] == [there]
    assert given.pending == ()


def test_what_another_update_wrote_meanwhile_is_not_lost(aws: Aws) -> None:
    class Changed(FakeStacks):
        def deployment_in_clear(self, stack: str) -> Mapping[str, Any]:
            before = self.state
            self.state = {**before, "resources": before["resources"][:-1]}
            return before

    given = Changed(stacks(pending(ROLE, {"name": "it", "tags": TAGS})).state)
    with pytest.raises(LockedError, match="it has just changed the stack"):
        settle(given, aws)
    assert given.written == []


def test_what_cannot_be_read_from_the_world_is_left_to_the_next_update(aws: Aws) -> None:
    token = "pulumi:providers:aws"
    provider = {"urn": urn(token), "type": token, "custom": True, "id": "1"}
    given = stacks(pending(token, {}, "updating"), resources=[provider])
    assert settle(given, aws).cleared == (f"{token} it",)
    assert given.pending == ()


def test_what_does_not_exist_is_forgotten(aws: Aws) -> None:
    given = stacks(pending(ROLE, {"name": "it", "tags": TAGS}))
    assert settle(given, aws).cleared == (f"{ROLE} it",)
    assert given.pending == ()
    assert given.looked_at == [[]]


@pytest.mark.parametrize("tags", [{}, {**TAGS, "Stack": "green"}])
def test_a_namesake_is_never_taken_and_nothing_changes(aws: Aws, tags: dict[str, str]) -> None:
    make_role(aws, **tags)
    given = stacks(pending(ROLE, {"name": "it", "tags": TAGS}))
    with pytest.raises(OperatorError, match="IAM role it exists, but nothing says"):
        settle(given, aws)
    assert given.written == []
    assert given.pending == ("creating it",)


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
    changed = {"urn": urn(ROLE), "type": ROLE, "custom": True, "id": "it"}
    given = stacks(pending(ROLE, {}, "updating"), resources=[changed])
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
    assert cluster.asked[-1] == (
        "delete /api/v1/namespaces/kube-system/secrets/sh.helm.release.v1.cilium.v1"
    )


def test_a_release_is_not_freed_while_an_update_holds_the_stack(aws: Aws) -> None:
    given = stacks(pending(RELEASE, WANTED))
    given.holder = "it is just installing"
    cluster = Cluster(secret(1, "pending-install"))
    with pytest.raises(LockedError):
        settle(given, aws, cluster)
    assert not [it for it in cluster.asked if it.startswith("delete")]


def test_a_refusal_comes_before_a_release_is_freed_and_nothing_is_forgotten(aws: Aws) -> None:
    make_role(aws)
    given = stacks(pending(RELEASE, WANTED), pending(ROLE, {"name": "it", "tags": TAGS}))
    cluster = Cluster(secret(1, "pending-install"))
    for _ in range(2):
        with pytest.raises(OperatorError, match="IAM role it exists, but nothing says"):
            settle(given, aws, cluster)
        assert given.written == []
        assert given.pending == ("creating it", "creating it")
        assert not [it for it in cluster.asked if it.startswith("delete")]
    aws.iam.delete_role(RoleName="it")
    assert settle(given, aws, cluster).cleared == (f"{RELEASE} it", f"{ROLE} it")
    assert cluster.asked[-1].startswith("delete")


def test_where_a_release_cannot_be_freed_the_next_run_does_it(aws: Aws) -> None:
    class Broken(Cluster):
        def delete(self, path: str) -> None:
            raise KubeError("gone away")

    given = stacks(pending(RELEASE, WANTED))
    with pytest.raises(OperatorError, match="gone away"):
        settle(given, aws, Broken(secret(1, "pending-install")))
    assert given.pending == ("creating it",)
    recovered = settle(given, aws, Cluster(secret(1, "pending-install")))
    assert recovered.released == (f"{RELEASE} it",)


def test_a_group_is_completed_only_once_all_is_found(aws: Aws) -> None:
    token = "aws:ec2/securityGroup:SecurityGroup"
    vpc = aws.ec2.describe_vpcs()["Vpcs"][0].get("VpcId", "")
    tags: Any = [{"Key": key, "Value": value} for key, value in TAGS.items()]
    group = aws.ec2.create_security_group(
        GroupName="it",
        Description="it",
        VpcId=vpc,
        TagSpecifications=[{"ResourceType": "security-group", "Tags": tags}],
    )["GroupId"]

    def rules() -> int:
        (found,) = aws.ec2.describe_security_groups(GroupIds=[group])["SecurityGroups"]
        return len(found.get("IpPermissionsEgress", ()))

    make_role(aws)
    role = pending(ROLE, {"name": "it", "tags": TAGS})
    given = stacks(pending(token, {"name": "it", "vpcId": vpc, "tags": TAGS}), role)
    with pytest.raises(OperatorError, match="IAM role it exists, but nothing says"):
        settle(given, aws)
    assert rules() == 1
    aws.iam.delete_role(RoleName="it")
    assert settle(given, aws).adopted == {f"{token} it": group}
    assert rules() == 0


def test_a_release_that_was_completed_is_adopted(aws: Aws) -> None:
    cluster = Cluster(secret(1, "deployed"))
    recovered = settle(stacks(pending(RELEASE, WANTED)), aws, cluster)
    assert recovered.adopted == {f"{RELEASE} it": "kube-system/cilium"}
    assert not [it for it in cluster.asked if it.startswith("delete")]


@pytest.mark.parametrize("token", [RELEASE, CONFIG_MAP])
def test_what_the_state_has_already_is_not_adopted_once_more(aws: Aws, token: str) -> None:
    """A plain update may have made it since; the engine keeps the older create as pending."""
    inputs, place = (WANTED, "cilium") if token == RELEASE else (OBJECT, "it")
    cluster = Cluster(secret(1, "deployed")) if token == RELEASE else Kubernetes(OBJECT)
    there = {"urn": urn(token), "type": token, "custom": True, "id": f"kube-system/{place}"}
    given = stacks(pending(token, inputs), resources=[there])
    assert settle(given, aws, cluster).looked_at == (f"{token} it",)
    assert given.state["resources"][2:] == [there]


def test_an_interrupted_upgrade_is_freed(aws: Aws) -> None:
    cluster = Cluster(secret(1, "deployed"), secret(2, "pending-upgrade"))
    upgraded = {"urn": urn(RELEASE), "type": RELEASE, "custom": True, "id": "kube-system/cilium"}
    given = stacks(pending(RELEASE, WANTED, "updating"), resources=[upgraded])
    recovered = settle(given, aws, cluster)
    assert recovered.released == (f"{RELEASE} it",)
    assert recovered.looked_at == (f"{RELEASE} it",)
    assert cluster.asked[-1].endswith("sh.helm.release.v1.cilium.v2")


@pytest.mark.parametrize("status", ["pending-install", "deployed"])
def test_a_release_of_another_chart_is_never_touched(aws: Aws, status: str) -> None:
    cluster = Cluster(secret(1, status, chart="other"))
    given = stacks(pending(RELEASE, WANTED))
    with pytest.raises(OperatorError, match="nothing says that this stack made it"):
        settle(given, aws, cluster)
    assert given.written == []
    assert not [it for it in cluster.asked if it.startswith("delete")]


def test_what_was_done_is_said_and_so_is_that_nothing_was() -> None:
    done = Recovered(
        stack="blue", adopted={"role node": "eks-blue-node"}, cleared=("rule a",), released=("x",)
    )
    assert done.summary.splitlines() == [
        "role node (eks-blue-node): taken into the stack",
        "rule a: not there, so the next update makes it",
        "x: freed from its stuck installation",
    ]
    assert Recovered(stack="blue").summary == "no operation of stack blue was interrupted"
