"""The real Karpenter on a colour that the program brings up: nodes come, move and go.

The tests stand in the order of a colour's life, and each goes on where the one before ended.
"""

from collections.abc import Generator
from datetime import datetime
from typing import Any

import boto3
import pytest
import yaml

from development.chaos.platform import shrink
from localcloud.extras import KARPENTER
from localcloud.permissions import read_denials, uses
from localcloud.scarcity import Capacity, Interruption, interrupt, set_capacity
from localcloud.server_settings import ServerSettings
from localcloud.state import REGION
from settings.names import SHARED
from tests.e2e.extras import scaled
from tests.e2e.extras.scaled import DEPLOYMENTS
from tests.e2e.platform.running import Platform, empty_cloud
from tests.e2e.switch.operator_command import bluegreen, kill_all, start
from tests.waiting import wait_for, wait_until, wait_while_it_runs

COLOUR = "green"
CLUSTER = f"eks-{COLOUR}"
POOLS = "/apis/karpenter.sh/v1/nodepools"
CLAIMS = "/apis/karpenter.sh/v1/nodeclaims"
KINDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
ROLE = f"role/{CLUSTER}-karpenter"
START = 5.0
"""Seconds that an instance takes until its node registers."""
ANY = ("pending", "running", "shutting-down", "stopping", "stopped")
PATIENCE = 300.0
"""It gives a node up a minute after the last pod has left it, the shortest that can be set."""


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Generator[Platform]:
    """A local cloud with the shared stack and a small colour whose autoscaler is Karpenter."""
    settings = ServerSettings(extras=(KARPENTER.name,), node_start_seconds=START)
    with empty_cloud(tmp_path_factory.mktemp("cloud"), settings=settings) as empty:
        file = empty.state.project / f"Pulumi.{COLOUR}.yaml"
        content = shrink(yaml.safe_load(file.read_text()))
        for name in ("karpenter", "karpenter-crd"):
            content["config"]["eks-platform:addons"].pop(name, None)
        file.write_text(yaml.safe_dump(content))
        choose(empty, "karpenter")
        empty.set_active(None)
        for stack in (SHARED, COLOUR):
            empty.up(stack)
        empty.run("aws", "eks", "update-kubeconfig", "--name", CLUSTER, "--alias", COLOUR)
        yield empty


def choose(platform: Platform, autoscaler: str) -> None:
    """Writes the choice of autoscaler into the colour's stack file."""
    file = platform.state.project / f"Pulumi.{COLOUR}.yaml"
    content = yaml.safe_load(file.read_text())
    content["config"]["eks-platform:nodes"] = {
        "autoscaler": autoscaler,
        "karpenter": {"consolidateAfterMinutes": 1, "drainMinutes": 2},
    }
    file.write_text(yaml.safe_dump(content))


def instances(*states: str) -> list[Any]:
    """Instances that Karpenter made, in some states."""
    found = boto3.client("ec2", region_name=REGION).describe_instances(
        Filters=[
            {"Name": "tag:eks:eks-cluster-name", "Values": [CLUSTER]},
            {"Name": "tag-key", "Values": ["karpenter.sh/nodepool"]},
            {"Name": "instance-state-name", "Values": list(states or ("running",))},
        ]
    )
    return [it for group in found["Reservations"] for it in group["Instances"]]


def launch_templates() -> list[str]:
    """Names of those that Karpenter made."""
    ec2 = boto3.client("ec2", region_name=REGION)
    names = [
        it.get("LaunchTemplateName", "")
        for it in ec2.describe_launch_templates()["LaunchTemplates"]
    ]
    return [it for it in names if it.startswith("karpenter.k8s.aws/")]


def deploy(platform: Platform, name: str, replicas: int, *, spot: bool) -> None:
    scaled.deploy(platform, COLOUR, name, replicas, spot=spot)


def are_ready(platform: Platform, name: str, replicas: int) -> bool:
    return scaled.are_ready(platform, COLOUR, name, replicas)


def test_the_program_brings_it_up_and_a_second_update_changes_nothing(platform: Platform) -> None:
    kube = platform.kube(COLOUR)
    assert sorted(kube.names(POOLS)) == ["on-demand", "spot"]

    def are_accepted() -> bool:
        conditions = [it for pool in kube.get(POOLS)["items"] for it in _conditions(pool)]
        return len(conditions) == 2 and set(conditions) == {"True"}

    wait_until("Karpenter to accept the pools", are_accepted, PATIENCE)
    assert platform.up(COLOUR).changes == {}
    assert instances() == []


def _conditions(item: Any) -> list[str]:  # noqa: ANN401 - JSON
    conditions = item.get("status", {}).get("conditions") or []
    return [it["status"] for it in conditions if it["type"] == "Ready"]


def test_pending_pods_get_a_node_as_the_pool_says(platform: Platform) -> None:
    kube = platform.kube(COLOUR)
    scaled.make_namespace(platform, COLOUR)
    deploy(platform, "web", 2, spot=True)
    wait_until("the pods to run", lambda: are_ready(platform, "web", 2), PATIENCE)
    made = instances()
    assert made
    for instance in made:
        assert instance["InstanceLifecycle"] == "spot"
        node = kube.get(f"/api/v1/nodes/{instance['PrivateDnsName']}")
        assert node["metadata"]["labels"]["node.kubernetes.io/lifecycle"] == "spot"
        taints = {it["key"] for it in node["spec"].get("taints", ())}
        assert taints == {"spot"}
        born = datetime.fromisoformat(node["metadata"]["creationTimestamp"])
        # The API server says whole seconds.
        assert (born - instance["LaunchTime"]).total_seconds() > START - 1
        profile = instance["IamInstanceProfile"]["Arn"]
        assert profile.rpartition("/")[2].startswith(CLUSTER)


def test_a_spot_instance_that_ec2_takes_back_is_replaced(platform: Platform) -> None:
    before = {it["InstanceId"] for it in instances()}
    taken = min(before)
    interrupt(platform.cloud, Interruption(instance=taken))
    wait_until(
        "its pods to run elsewhere",
        lambda: (
            taken not in {it["InstanceId"] for it in instances()} and are_ready(platform, "web", 2)
        ),
        PATIENCE,
    )


def test_a_zone_without_capacity_is_passed_over(platform: Platform) -> None:
    empty = {f"{REGION}a": ("spot", "on-demand"), f"{REGION}b": ("on-demand",)}
    set_capacity(platform.cloud, Capacity.model_validate({"without": empty}))
    before = {it["InstanceId"] for it in instances()}
    deploy(platform, "rest", 1, spot=False)
    wait_until("the pod to run", lambda: are_ready(platform, "rest", 1), PATIENCE)
    set_capacity(platform.cloud, Capacity())
    new = [it for it in instances() if it["InstanceId"] not in before]
    assert {it["Placement"]["AvailabilityZone"] for it in new} == {f"{REGION}c"}


def test_a_node_without_pods_is_given_up(platform: Platform) -> None:
    platform.kube(COLOUR).delete(f"{DEPLOYMENTS}/web")
    platform.kube(COLOUR).delete(f"{DEPLOYMENTS}/rest")
    wait_until("the nodes to go", lambda: not instances(), PATIENCE)
    wait_until("the claims to go", lambda: not platform.kube(COLOUR).names(CLAIMS))


def test_its_role_did_all_that(platform: Platform) -> None:
    (role,) = [it for it in uses(platform.cloud) if it.role.endswith(ROLE)]
    assert {"ec2:CreateFleet", "ec2:RunInstances", "ec2:CreateTags"} <= set(role.called)
    assert not role.lacking
    # It looks for a profile of its first versions once its class goes; the others it asks of
    # classes that name reservations and placement groups.
    assert {it.action for it in role.unused} <= {
        "ec2:DescribeCapacityReservations",
        "ec2:DescribePlacementGroups",
        "iam:GetInstanceProfile",
    }


def test_another_choice_takes_nodes_and_kinds_away_and_this_one_brings_them_back(
    platform: Platform,
) -> None:
    kube = platform.kube(COLOUR)
    deploy(platform, "left", 1, spot=True)
    wait_until("the pod to run", lambda: are_ready(platform, "left", 1), PATIENCE)
    choose(platform, "cluster-autoscaler")
    platform.up(COLOUR)
    assert instances(*ANY) == []
    assert launch_templates() == []
    assert [it for it in kube.names(KINDS) if "karpenter" in it] == []
    kube.delete(f"{DEPLOYMENTS}/left")
    choose(platform, "karpenter")
    platform.up(COLOUR)
    assert sorted(kube.names(POOLS)) == ["on-demand", "spot"]


def test_a_retirement_that_is_killed_while_nodes_go_is_completed_and_leaves_none(
    platform: Platform,
) -> None:
    kube = platform.kube(COLOUR)
    deploy(platform, "last", 2, spot=False)
    wait_for("a node", instances, PATIENCE)
    wait_until("the pods to run", lambda: are_ready(platform, "last", 2), PATIENCE)
    retire = ("retire", "--colour", COLOUR, "--window", "1m", "--yes")

    def are_going() -> bool:
        pools = kube.get(POOLS)["items"]
        return not pools or any(it["metadata"].get("deletionTimestamp") for it in pools)

    for what, seen in (
        ("the pools to be deleted", are_going),
        ("the last node to be gone", lambda: not kube.names(CLAIMS)),
    ):
        process = start(platform, *retire)
        wait_while_it_runs(process, what, seen)
        kill_all(process)
    code, document = bluegreen(platform, *retire)
    assert code == 0, document
    assert instances(*ANY) == []
    assert launch_templates() == []
    assert boto3.client("eks", region_name=REGION).list_clusters()["clusters"] == []


def test_its_role_was_denied_nothing_to_the_end(platform: Platform) -> None:
    denied = read_denials(platform.state.denied_calls)
    assert [it for it in denied if it.role.endswith(ROLE)] == []
