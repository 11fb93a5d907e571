"""The real Karpenter on a colour that the program brings up: nodes come, move and go.

The tests stand in the order of a colour's life, and each goes on where the one before ended.
"""

from collections.abc import Generator
from typing import Any

import boto3
import pytest
import yaml

from development.chaos.platform import shrink
from localcloud.extras import KARPENTER
from localcloud.scarcity import Capacity, Interruption, interrupt, set_capacity
from localcloud.server_settings import ServerSettings
from localcloud.state import REGION
from settings.names import SHARED
from tests.e2e.platform.running import Platform, empty_cloud
from tests.e2e.switch.operator_command import bluegreen, kill_all, start
from tests.waiting import wait_for, wait_until, wait_while_it_runs

COLOUR = "green"
CLUSTER = f"eks-{COLOUR}"
NAMESPACE = "scaled"
DEPLOYMENTS = f"/apis/apps/v1/namespaces/{NAMESPACE}/deployments"
POOLS = "/apis/karpenter.sh/v1/nodepools"
CLAIMS = "/apis/karpenter.sh/v1/nodeclaims"
PATIENCE = 300.0
"""It gives a node up a minute after the last pod has left it, the shortest that can be set."""


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Generator[Platform]:
    """A local cloud with the shared stack and a small colour whose autoscaler is Karpenter."""
    settings = ServerSettings(extras=(KARPENTER.name,))
    with empty_cloud(tmp_path_factory.mktemp("cloud"), settings=settings) as empty:
        file = empty.state.project / f"Pulumi.{COLOUR}.yaml"
        content = shrink(yaml.safe_load(file.read_text()))
        content["config"]["eks-platform:nodes"] = {
            "autoscaler": "karpenter",
            "karpenter": {"consolidateAfterMinutes": 1, "drainMinutes": 2},
        }
        for name in ("karpenter", "karpenter-crd"):
            content["config"]["eks-platform:addons"].pop(name, None)
        file.write_text(yaml.safe_dump(content))
        empty.set_active(None)
        for stack in (SHARED, COLOUR):
            empty.up(stack)
        empty.run("aws", "eks", "update-kubeconfig", "--name", CLUSTER, "--alias", COLOUR)
        yield empty


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


def deploy(platform: Platform, name: str, replicas: int, *, spot: bool) -> None:
    """Pods that no node of the system has room for: they have 2 vCPUs."""
    container = {
        "name": "app",
        "image": "registry.example.org/app:v1",
        "resources": {"requests": {"cpu": "2500m", "memory": "256Mi"}},
    }
    pod: dict[str, object] = {"containers": [container]}
    if spot:
        pod["nodeSelector"] = {"node.kubernetes.io/lifecycle": "spot"}
        pod["tolerations"] = [{"key": "spot", "operator": "Exists"}]
    labels = {"app": name}
    platform.kube(COLOUR).post(
        DEPLOYMENTS,
        {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": name},
            "spec": {
                "replicas": replicas,
                "selector": {"matchLabels": labels},
                "template": {"metadata": {"labels": labels}, "spec": pod},
            },
        },
    )


def are_ready(platform: Platform, name: str, replicas: int) -> bool:
    status = platform.kube(COLOUR).get(f"{DEPLOYMENTS}/{name}").get("status", {})
    return status.get("readyReplicas", 0) == replicas


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
    kube.post(
        "/api/v1/namespaces",
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}},
    )
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

    process = start(platform, *retire)
    wait_while_it_runs(process, "the pools to be deleted", are_going)
    kill_all(process)
    code, document = bluegreen(platform, *retire)
    assert code == 0, document
    assert instances("pending", "running", "shutting-down", "stopping", "stopped") == []
    ec2 = boto3.client("ec2", region_name=REGION)
    assert ec2.describe_launch_templates()["LaunchTemplates"] == []
    assert boto3.client("eks", region_name=REGION).list_clusters()["clusters"] == []


def test_its_role_was_denied_nothing(platform: Platform) -> None:
    denied = platform.state.denied_calls
    said = denied.read_text() if denied.exists() else ""
    assert f"{CLUSTER}-karpenter" not in said, said
