"""The reserve: how large it is, and that it gives way."""

import json
from math import ceil

import pytest

from components.addons.cluster_proportional_autoscaler import (
    RESERVE_SIZE,
    Linear,
    reserve_size,
)
from settings.reserve import Reserve
from tests.unit.components.addons.deployed import RELEASE, deploy, deployed

DEPLOYMENT = "kubernetes:apps/v1:Deployment"


@pytest.mark.parametrize("nodes", range(1, 201))
def test_the_reserve_for_a_cluster_of_up_to_200_nodes(nodes: int) -> None:
    for cores in (2, 4, 8, 16):
        wanted = RESERVE_SIZE.replicas(nodes=nodes, cores=nodes * cores)
        assert wanted >= 6
        assert wanted * 20 >= nodes * cores
        assert wanted * 6 >= nodes
        # And not one more than either asks for.
        assert wanted == 6 or (wanted - 1) * 20 < nodes * cores or (wanted - 1) * 6 < nodes


@pytest.mark.parametrize(
    ("nodes", "cores", "replicas"),
    [
        (1, 4, 6),
        (30, 120, 6),
        (31, 124, 7),
        (36, 72, 6),
        (37, 74, 7),
        (100, 400, 20),
        (200, 800, 40),
    ],
)
def test_some_sizes(nodes: int, cores: int, replicas: int) -> None:
    assert RESERVE_SIZE.replicas(nodes=nodes, cores=cores) == replicas


def test_bounds() -> None:
    small = Linear(cores_per_replica=1, nodes_per_replica=1, minimum=2, maximum=5)
    assert [small.replicas(nodes=n, cores=n) for n in (1, 3, 9)] == [2, 3, 5]


def test_the_reserve_never_shrinks_as_the_cluster_grows() -> None:
    sizes = [RESERVE_SIZE.replicas(nodes=n, cores=4 * n) for n in range(1, 201)]
    assert sizes == sorted(sizes)
    assert sizes[-1] == ceil(200 * 4 / 20)


def test_the_chart_gets_the_same_numbers_and_the_reserve_as_its_target() -> None:
    said = deployed().only(RELEASE, "cluster-proportional-autoscaler").inputs["values"]
    assert said["config"] == {"linear": {"coresPerReplica": 20, "nodesPerReplica": 6, "min": 6}}
    made = deployed().only(DEPLOYMENT, "overprovisioning-deployment-overprovisioning").inputs
    metadata = made["metadata"]
    assert said["options"]["target"] == f"deployment/{metadata['name']}"
    assert said["options"]["namespace"] == metadata["namespace"]
    # Nobody else says how many.
    assert "replicas" not in made["spec"]


def test_reserve_pods_are_of_one_core_on_spot_nodes_one_a_node() -> None:
    made = deployed().only(DEPLOYMENT, "overprovisioning-deployment-overprovisioning").inputs
    pod = made["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    assert container["resources"] == {
        "requests": {"cpu": "1", "memory": "2Gi"},
        "limits": {"cpu": "1", "memory": "2Gi"},
    }
    assert pod["nodeSelector"] == {"node.kubernetes.io/lifecycle": "spot"}
    assert pod["tolerations"] == [{"key": "spot", "operator": "Exists", "effect": "NoSchedule"}]
    apart = pod["affinity"]["podAntiAffinity"]
    (zone,) = apart["preferredDuringSchedulingIgnoredDuringExecution"]
    (host,) = apart["requiredDuringSchedulingIgnoredDuringExecution"]
    assert zone["podAffinityTerm"]["topologyKey"] == "topology.kubernetes.io/zone"
    assert host["topologyKey"] == "kubernetes.io/hostname"


def test_a_stack_file_says_how_large_the_reserve_is_and_where() -> None:
    said = {
        "cpus": 2,
        "memoryGiB": 8,
        "capacity": "on-demand",
        "least": 3,
        "most": 9,
        "nodesPerPod": 4,
        "coresPerPod": 32,
    }
    ran = deploy(reserve=said)
    made = ran.only(DEPLOYMENT, "overprovisioning-deployment-overprovisioning").inputs
    pod = made["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    assert container["resources"]["requests"] == {"cpu": "2", "memory": "8Gi"}
    assert container["resources"]["limits"] == container["resources"]["requests"]
    assert pod["nodeSelector"] == {"node.kubernetes.io/lifecycle": "on-demand"}
    assert not pod.get("tolerations")
    values = ran.only(RELEASE, "cluster-proportional-autoscaler").inputs["values"]
    linear = {"coresPerReplica": 32, "nodesPerReplica": 4, "min": 3, "max": 9}
    assert values["config"] == {"linear": linear}
    size = reserve_size(Reserve.model_validate_json(json.dumps(said)))
    assert [size.replicas(nodes=n, cores=4 * n) for n in (1, 20, 100)] == [3, 5, 9]


def test_the_reserve_gives_way_and_is_never_waited_for() -> None:
    ran = deployed()
    priority = ran.only("kubernetes:scheduling.k8s.io/v1:PriorityClass").inputs
    assert priority["value"] == -10
    assert priority["preemptionPolicy"] == "Never"
    made = ran.only(DEPLOYMENT, "overprovisioning-deployment-overprovisioning").inputs
    assert made["spec"]["template"]["spec"]["priorityClassName"] == priority["metadata"]["name"]
    assert made["spec"]["template"]["spec"]["terminationGracePeriodSeconds"] == 0
    assert made["metadata"]["annotations"] == {"pulumi.com/skipAwait": "true"}


def test_autoscalers_of_pods_follow_cpu_and_memory() -> None:
    made = deployed().of_type("kubernetes:autoscaling/v2:HorizontalPodAutoscaler")
    assert len(made) == 3
    for autoscaler in made:
        spec = autoscaler.inputs["spec"]
        assert spec["minReplicas"] == 2
        assert spec["maxReplicas"] > 2
        assert [metric["resource"]["name"] for metric in spec["metrics"]] == ["cpu", "memory"]
