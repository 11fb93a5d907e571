"""The real descheduler with the platform's own policy: what it moves, and what it leaves."""

import copy
from typing import Any, cast

from components.addon_stack.addon import Prerequisites
from components.addon_stack.site import Site
from components.addons import descheduler
from tests.e2e.cluster.conftest import Cluster
from tests.e2e.extras.making import deploy, nodes_of, ready_replicas, release
from tests.waiting import wait_until

NAMESPACE = "moved"
LABEL = "tests.example.org/moved"
PATIENCE = 180.0


def platform_values() -> dict[str, Any]:
    """The values that the program gives the chart, but for times: pods of a test are never old."""
    nobody = cast("tuple[Site, Prerequisites]", (None, None))  # its values depend on neither
    values: dict[str, Any] = copy.deepcopy(dict(descheduler.ADDON.values(*nobody)))
    (profile,) = values["deschedulerPolicy"]["profiles"]
    profile["pluginConfig"][0]["args"]["minPodAge"] = "1s"
    return {**values, "deschedulingInterval": "5s", "topologySpreadConstraints": []}


def label(cluster: Cluster, node: str) -> None:
    cluster.kube.patch(f"/api/v1/nodes/{node}", {"metadata": {"labels": {LABEL: "yes"}}})


def test_it_drains_a_node_by_the_policy_and_keeps_a_disruption_budget(cluster: Cluster) -> None:
    cluster.node("old")
    label(cluster, "old")
    cluster.namespace(NAMESPACE)
    for name in ("free", "kept"):
        deploy(cluster, NAMESPACE, name, node_label=LABEL)
    for name in ("free", "kept"):
        wait_until(f"{name}", lambda name=name: ready_replicas(cluster, NAMESPACE, name) == 2)
    budget = f"/apis/policy/v1/namespaces/{NAMESPACE}/poddisruptionbudgets/kept"
    cluster.kube.apply(
        budget,
        {
            "apiVersion": "policy/v1",
            "kind": "PodDisruptionBudget",
            "metadata": {"name": "kept", "namespace": NAMESPACE},
            "spec": {"minAvailable": 2, "selector": {"matchLabels": {"app": "kept"}}},
        },
    )
    cluster.node("new")
    label(cluster, "new")
    # What makes the policy act: a taint that the pods do not tolerate.
    taints = [{"key": "spot", "value": "true", "effect": "NoSchedule"}]
    cluster.kube.patch("/api/v1/nodes/old", {"spec": {"taints": taints}})
    cluster.create("helm", release("descheduler", platform_values()))
    wait_until(
        "the free pods to move",
        lambda: nodes_of(cluster, NAMESPACE, "free") == ["new", "new"],
        PATIENCE,
    )
    assert nodes_of(cluster, NAMESPACE, "kept") == ["old", "old"]
    cluster.kube.delete(budget)
    wait_until(
        "the others to follow once nothing holds them",
        lambda: nodes_of(cluster, NAMESPACE, "kept") == ["new", "new"],
        PATIENCE,
    )
