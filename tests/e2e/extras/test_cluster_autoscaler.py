"""The model of Cluster Autoscaler on a colour that the program brings up: groups grow and shrink.

The tests stand in the order of a colour's life, and each goes on where the one before ended.
"""

import json
from collections.abc import Generator
from typing import Any

import boto3
import pytest
import yaml

from development.chaos.platform import shrink
from localcloud.extras import CLUSTER_AUTOSCALER
from localcloud.permissions import read_denials, uses
from localcloud.scarcity import ZONES, Capacity, read_capacity, set_capacity
from localcloud.server_settings import ServerSettings
from localcloud.state import REGION
from settings.names import SHARED
from tests.e2e.extras.scaled import DEPLOYMENTS, NAMESPACE, are_ready, deploy, make_namespace
from tests.e2e.platform.running import Platform, empty_cloud
from tests.waiting import wait_until

COLOUR = "green"
CLUSTER = f"eks-{COLOUR}"
SPOT = f"{CLUSTER}-spot"
ROLE_NAME = f"{CLUSTER}-cluster-autoscaler"
START = 5.0
"""Seconds that an instance takes until its node registers."""
PATIENCE = 300.0
QUICK = {
    "scan-interval": "2s",
    "scale-down-unneeded-time": "15s",
    "scale-down-delay-after-add": "10s",
    "unremovable-node-recheck-timeout": "5s",
    "node-delete-delay-after-taint": "0s",
    "initial-node-group-backoff-duration": "10s",
    "max-node-group-backoff-duration": "10s",
}
"""The program's own times, shorter."""


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Generator[Platform]:
    """A local cloud with the shared stack and a small colour; its spot group has no node."""
    settings = ServerSettings(extras=(CLUSTER_AUTOSCALER.name,), node_start_seconds=START)
    with empty_cloud(tmp_path_factory.mktemp("cloud"), settings=settings) as empty:
        file = empty.state.project / f"Pulumi.{COLOUR}.yaml"
        before = yaml.safe_load(file.read_text())
        content = shrink(before)
        groups = content["config"]["eks-platform:nodeGroups"]
        spot = before["config"]["eks-platform:nodeGroups"]["spot"]
        groups["on-demand"] |= {"max": 3}
        groups["spot"] = {**spot, "min": 0, "max": 2}
        content["config"]["eks-platform:addons"]["cluster-autoscaler"] = {
            "values": {"extraArgs": QUICK}
        }
        file.write_text(yaml.safe_dump(content))
        empty.set_active(None)
        for stack in (SHARED, COLOUR):
            empty.up(stack)
        empty.run("aws", "eks", "update-kubeconfig", "--name", CLUSTER, "--alias", COLOUR)
        make_namespace(empty, COLOUR)
        yield empty


def sizes() -> dict[str, int]:
    """Desired capacity by group."""
    found = boto3.client("autoscaling", region_name=REGION).describe_auto_scaling_groups()
    return {it["AutoScalingGroupName"]: it["DesiredCapacity"] for it in found["AutoScalingGroups"]}


def reasons(platform: Platform, namespace: str) -> dict[str, str]:
    """What the autoscaler reported in a namespace: reason → message."""
    events = platform.kube(COLOUR).get(f"/api/v1/namespaces/{namespace}/events")["items"]
    return {
        it["reason"]: it["message"]
        for it in events
        if it["source"].get("component") == "cluster-autoscaler"
    }


def reported(platform: Platform, reason: str) -> str:
    """What it says of itself for a reason, once it does."""
    wait_until(
        f"{reason} to be reported", lambda: reason in reasons(platform, "kube-system"), PATIENCE
    )
    return reasons(platform, "kube-system")[reason]


def status(platform: Platform) -> dict[str, Any]:
    """What the ConfigMap says of the spot group."""
    path = "/api/v1/namespaces/kube-system/configmaps/cluster-autoscaler-status"
    document = yaml.safe_load(platform.kube(COLOUR).get(path)["data"]["status"])
    (found,) = [it for it in document["nodeGroups"] if it["name"] == SPOT]
    return found


def test_pods_that_wait_raise_a_group_that_has_no_node(platform: Platform) -> None:
    deploy(platform, COLOUR, "web", 2, spot=True)
    wait_until("the pods to run", lambda: are_ready(platform, COLOUR, "web", 2), PATIENCE)
    # Two pods of 2.5 CPUs on nodes of 4; the group on demand is not asked.
    assert sizes() == {f"{CLUSTER}-on-demand": 2, SPOT: 2}
    said = reasons(platform, NAMESPACE)
    assert said["TriggeredScaleUp"] == f"pod triggered scale-up: [{SPOT} 0->2 (max: 2)]"
    wait_until(
        "its status to say that it is there",
        lambda: status(platform)["scaleUp"]["status"] == "NoActivity",
        PATIENCE,
    )
    assert status(platform)["health"]["nodeCounts"]["registered"]["ready"] == 2


def test_a_group_is_never_larger_than_its_most(platform: Platform) -> None:
    deploy(platform, COLOUR, "more", 1, spot=True)
    wait_until(
        "the pod to be told why",
        lambda: (
            "max node group size reached"
            in reasons(platform, NAMESPACE).get("NotTriggerScaleUp", "")
        ),
        PATIENCE,
    )
    assert sizes()[SPOT] == 2
    platform.kube(COLOUR).delete(f"{DEPLOYMENTS}/more")


def test_a_second_update_leaves_the_sizes_to_it(platform: Platform) -> None:
    assert platform.up(COLOUR).changes == {}
    assert sizes()[SPOT] == 2


def test_nodes_that_nobody_needs_go(platform: Platform) -> None:
    platform.kube(COLOUR).delete(f"{DEPLOYMENTS}/web")
    wait_until("the spot nodes to go", lambda: sizes()[SPOT] == 0, PATIENCE)
    wait_until(
        "their nodes to be gone",
        lambda: len(platform.kube(COLOUR).names("/api/v1/nodes")) == 2,
        PATIENCE,
    )
    # As few as the group may have.
    assert sizes()[f"{CLUSTER}-on-demand"] == 2
    assert "ScaleDownEmpty" in reasons(platform, "kube-system")


def test_a_group_without_capacity_is_let_go_and_asked_again(platform: Platform) -> None:
    set_capacity(platform.cloud, read_capacity([f"{zone}=spot" for zone in ZONES]))
    deploy(platform, COLOUR, "scarce", 1, spot=True)
    said = reported(platform, "ScaleUpFailed")
    assert said.startswith(
        f"Failed adding 1 nodes to group {SPOT}: Could not launch Spot Instances."
    )
    wait_until("the group to be let go", lambda: sizes()[SPOT] == 0, PATIENCE)
    assert sizes()[f"{CLUSTER}-on-demand"] == 2
    set_capacity(platform.cloud, Capacity())
    wait_until("the pod to run", lambda: are_ready(platform, COLOUR, "scarce", 1), PATIENCE)
    assert sizes()[SPOT] == 1
    platform.kube(COLOUR).delete(f"{DEPLOYMENTS}/scarce")
    wait_until("the spot node to go", lambda: sizes()[SPOT] == 0, PATIENCE)


def test_its_role_did_all_that(platform: Platform) -> None:
    (role,) = [it for it in uses(platform.cloud) if it.role.endswith(ROLE_NAME)]
    assert {
        "autoscaling:DescribeAutoScalingGroups",
        "autoscaling:DescribeScalingActivities",
        "autoscaling:SetDesiredCapacity",
        "autoscaling:TerminateInstanceInAutoScalingGroup",
        "ec2:DescribeInstanceTypes",
    } <= set(role.called)
    assert not role.lacking
    denied = read_denials(platform.state.denied_calls)
    assert [it for it in denied if it.role.endswith(ROLE_NAME)] == []


def test_a_role_that_may_not_raise_a_group_is_refused(platform: Platform) -> None:
    iam = boto3.client("iam", region_name=REGION)
    (name,) = iam.list_role_policies(RoleName=ROLE_NAME)["PolicyNames"]
    document: Any = iam.get_role_policy(RoleName=ROLE_NAME, PolicyName=name)["PolicyDocument"]
    for statement in document["Statement"]:
        actions = set(statement["Action"]) - {"autoscaling:SetDesiredCapacity"}
        statement["Action"] = sorted(actions)
    iam.put_role_policy(RoleName=ROLE_NAME, PolicyName=name, PolicyDocument=json.dumps(document))
    deploy(platform, COLOUR, "refused", 1, spot=True)
    said = reported(platform, "FailedToScaleUpGroup")
    assert SPOT in said
    assert "not authorized" in said
    assert sizes()[SPOT] == 0
    wait_until(
        "its status to say so", lambda: status(platform)["scaleUp"]["status"] == "Backoff", PATIENCE
    )
    assert "autoscaling:SetDesiredCapacity" in {
        it.action for it in read_denials(platform.state.denied_calls)
    }
