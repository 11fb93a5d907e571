"""The reserve: a full cluster takes a burst at once, and what gave way asks for new nodes.

Nothing is installed here beside the platform: the reserve's Deployment and its PriorityClass are
those of the colour's stack, the scheduler is the real one. The two autoscalers are charts, of which
the local cloud runs nothing, so what each would do is done here by the rule that the program gives
it.
"""

import json
from collections import defaultdict
from collections.abc import Generator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import pytest
from kubernetes.utils.quantity import parse_quantity

from components.addons.cluster_proportional_autoscaler import Linear
from components.addons.overprovisioning import NAME
from components.user_data import SPOT_TAINT
from localcloud.releases import SELECTOR, Release
from settings.names import LIFECYCLE_LABEL
from tests.e2e.platform.conftest import Platform
from tests.e2e.platform.kube import Json, Kube
from tests.waiting import wait_until

COLOUR = "green"
SPACE = "burst"
NODES = 10
"""Large ones, of a cluster of `CORES` cores."""

CORES = 200
RESERVE = 4
"""Reserve pods of such a cluster, as the shipped stack file asks for them."""

BURST = 12
"""One-core pods that come at once: as many as the reserve has cores."""

_PODS = f"/api/v1/namespaces/{SPACE}/pods"
_RESERVE = f"/api/v1/namespaces/{NAME}/pods"
_TOLERATIONS = [{"key": SPOT_TAINT.key, "operator": "Exists", "effect": SPOT_TAINT.effect}]


@dataclass
class Cluster:
    """A cluster, and what the test did to it."""

    platform: Platform
    kube: Kube
    nodes: list[str] = field(default_factory=list[str])

    def cores(self) -> dict[str, Decimal]:
        """Allocatable cores by node."""
        return {
            node["metadata"]["name"]: parse_quantity(node["status"]["allocatable"]["cpu"])
            for node in self.kube.get("/api/v1/nodes")["items"]
        }

    def free(self) -> dict[str, Decimal]:
        """Cores by node that no pod has asked for."""
        taken: dict[str, Decimal] = defaultdict(Decimal)
        for pod in self.kube.get("/api/v1/pods")["items"]:
            for container in pod["spec"]["containers"]:
                asked = container.get("resources", {}).get("requests", {}).get("cpu", "0")
                taken[pod["spec"].get("nodeName", "")] += parse_quantity(asked)
        return {node: cores - taken[node] for node, cores in self.cores().items()}

    def scale(self, namespace: str, name: str, replicas: int) -> None:
        """By the scale subresource, as autoscalers do."""
        words = ("scale", "deployment", name, "--namespace", namespace, f"--replicas={replicas}")
        self.platform.run("kubectl", "--context", COLOUR, *words)

    def reserve(self) -> list[Json]:
        return self.kube.get(_RESERVE)["items"]

    def burst(self) -> list[Json]:
        return self.kube.get(f"{_PODS}?labelSelector=app%3D{SPACE}")["items"]

    def add_node(self, number: int, cores: Decimal) -> None:
        name = f"large-{number}"
        size = {"cpu": str(cores), "memory": "256Gi", "pods": "100", "ephemeral-storage": "50Gi"}
        labels = {
            LIFECYCLE_LABEL: "spot",
            "kubernetes.io/hostname": name,
            "kubernetes.io/os": "linux",
            "kubernetes.io/arch": "amd64",
            "topology.kubernetes.io/zone": f"eu-west-1{'abc'[number % 3]}",
        }
        taint = {"key": SPOT_TAINT.key, "value": SPOT_TAINT.value, "effect": SPOT_TAINT.effect}
        body: Json = {
            "apiVersion": "v1",
            "kind": "Node",
            "metadata": {"name": name, "labels": labels},
            "spec": {"taints": [taint]},
            "status": {"capacity": size, "allocatable": size},
        }
        self.kube.post("/api/v1/nodes", body)
        self.nodes.append(name)

    def fill(self) -> None:
        """One pod on each node takes all that is free there."""
        for node, cores in self.free().items():
            if cores > 0:
                pod = _pod(str(cores), {"kubernetes.io/hostname": node})
                name = f"full-{node.partition('.')[0]}"
                self.kube.post(_PODS, {"metadata": {"name": name}, **pod})


def _pod(cpu: str, selector: dict[str, str]) -> Json:
    container: dict[str, Any] = {
        "name": "it",
        "image": "registry.k8s.io/pause:3.10",
        "resources": {"requests": {"cpu": cpu}},
    }
    spec = {"containers": [container], "nodeSelector": selector, "tolerations": _TOLERATIONS}
    return {"apiVersion": "v1", "kind": "Pod", "spec": {**spec, "terminationGracePeriodSeconds": 0}}


def is_running(pod: Json) -> bool:
    return pod["status"]["phase"] == "Running" and "deletionTimestamp" not in pod["metadata"]


def is_unschedulable(pod: Json) -> bool:
    return any(
        it["type"] == "PodScheduled" and it["status"] == "False" and it["reason"] == "Unschedulable"
        for it in pod["status"].get("conditions", ())
    )


def runs(pods: list[Json], count: int | None = None) -> bool:
    """Whether all of them run, and are that many."""
    return all(map(is_running, pods)) and count in (None, len(pods))


def is_settled(kube: Kube) -> bool:
    """Whether every controller has the pods that it wants, on all nodes if it is a DaemonSet."""
    nodes = len(kube.get("/api/v1/nodes")["items"])
    counts = {
        "deployments": ("replicas", "readyReplicas"),
        "daemonsets": ("desiredNumberScheduled", "numberReady"),
    }
    for kind, (wanted, ready) in counts.items():
        for it in kube.get(f"/apis/apps/v1/{kind}")["items"]:
            status = it["status"]
            target = it["spec"].get("replicas", nodes)
            if status.get("observedGeneration") != it["metadata"]["generation"]:
                return False
            if not status.get(wanted, 0) == status.get(ready, 0) == target:
                return False
    return runs(kube.get("/api/v1/pods")["items"])


def waits(pods: list[Json], count: int) -> bool:
    """Whether the scheduler found no place for any of them, and they are that many."""
    return all(map(is_unschedulable, pods)) and len(pods) == count


@pytest.fixture
def cluster(platform: Platform) -> Generator[Cluster]:
    """A colour; afterwards it has the nodes, pods and reserve that it had."""
    kube = platform.kube(COLOUR)
    found = Cluster(platform, kube)
    path = f"/apis/apps/v1/namespaces/{NAME}/deployments/{NAME}"
    before = kube.get(path)["spec"]["replicas"]
    kube.post("/api/v1/namespaces", {"metadata": {"name": SPACE}})
    try:
        yield found
    finally:
        found.scale(NAME, NAME, before)
        kube.delete(f"/api/v1/namespaces/{SPACE}")
        for node in found.nodes:
            kube.delete(f"/api/v1/nodes/{node}")
        wait_until("namespace gone", lambda: SPACE not in kube.names("/api/v1/namespaces"))
        wait_until(
            "reserve as before",
            lambda: runs(found.reserve(), before),
        )


def grow(cluster: Cluster) -> int:
    """Large nodes come until there are `CORES` cores; gives how many reserve pods that asks for."""
    each = (CORES - sum(cluster.cores().values(), Decimal())) / NODES
    for number in range(NODES):
        cluster.add_node(number, each)
    cores = cluster.cores()
    said = release_of(cluster.kube, "cluster-proportional-autoscaler").values["config"]["linear"]
    size = Linear(
        cores_per_replica=said["coresPerReplica"],
        nodes_per_replica=said["nodesPerReplica"],
        minimum=said["min"],
    )
    return size.replicas(nodes=len(cores), cores=float(sum(cores.values())))


def release_of(kube: Kube, name: str) -> Release:
    """A chart that the platform installed, with its values."""
    found = (Release.from_secret(it) for it in kube.get(f"/api/v1/secrets?{SELECTOR}")["items"])
    return next(it for it in found if it.name == name)


def autoscaler_cutoff(kube: Kube) -> int:
    """The priority from which pending pods make the cluster autoscaler add nodes.

    By its rule (FilterOutExpendablePods) a pod is expendable if its priority is below
    ``--expendable-pods-priority-cutoff``; any other that cannot be scheduled counts.
    """
    values = release_of(kube, "cluster-autoscaler").values
    return int(values["extraArgs"]["expendable-pods-priority-cutoff"])


def test_a_burst_on_a_full_cluster_pushes_the_reserve_aside_which_then_asks_for_nodes(
    cluster: Cluster,
) -> None:
    kube = cluster.kube
    wanted = grow(cluster)
    assert wanted == RESERVE
    cluster.scale(NAME, NAME, wanted)
    wait_until("the reserve stands", lambda: runs(cluster.reserve(), RESERVE))
    places = {pod["spec"]["nodeName"] for pod in cluster.reserve()}
    assert len(places) == RESERVE  # one a node
    # A pod that came later would find its place taken, or take the reserve's.
    wait_until("nothing is on its way", lambda: is_settled(kube))
    cluster.fill()
    wait_until("full", lambda: runs(kube.get(_PODS)["items"]))
    assert not any(cluster.free().values())

    came(cluster, BURST)
    wait_until("the burst runs", lambda: runs(cluster.burst(), BURST))
    assert {pod["spec"]["nodeName"] for pod in cluster.burst()} == places
    wait_until("the reserve waits", lambda: waits(cluster.reserve(), RESERVE))
    cutoff = autoscaler_cutoff(kube)
    assert all(pod["spec"]["priority"] >= cutoff for pod in cluster.reserve())

    # Nothing is left that could give way: the next one waits for a node.
    cluster.scale(SPACE, SPACE, BURST + 1)
    wait_until("one more waits", lambda: any(map(is_unschedulable, cluster.burst())))
    assert sum(map(is_running, cluster.burst())) == BURST


def came(cluster: Cluster, pods: int) -> None:
    """A Deployment of one-core pods that go anywhere, spot nodes included."""
    template = _pod("1", {})
    body = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": SPACE},
        "spec": {
            "replicas": pods,
            "selector": {"matchLabels": {"app": SPACE}},
            "template": {"metadata": {"labels": {"app": SPACE}}, "spec": template["spec"]},
        },
    }
    cluster.kube.post(f"/apis/apps/v1/namespaces/{SPACE}/deployments", json.loads(json.dumps(body)))
