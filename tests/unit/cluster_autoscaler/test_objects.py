"""Objects of the API server are read whole."""

from decimal import Decimal

from localcloud.cluster.kube import Object
from localcloud.cluster_autoscaler.objects import budget_of, node_of, pod_of, volumes_of

META = {
    "uid": "u1",
    "name": "web-1",
    "namespace": "ns",
    "labels": {"app": "web", "pod-template-hash": "abc"},
    "creationTimestamp": "2026-11-30T12:00:00Z",
    "ownerReferences": [{"kind": "Other"}, {"kind": "ReplicaSet", "controller": True}],
}


def read(**spec: object) -> Object:
    container = {"name": "c", "resources": {"requests": {"cpu": "100m", "memory": "64Mi"}}}
    return {"metadata": META, "spec": {"containers": [container], **spec}}


def test_a_pod_asks_for_its_containers_and_sidecars_or_for_its_largest_beginning() -> None:
    def initial(cpu: str, *, stays: bool = False) -> Object:
        always = {"restartPolicy": "Always"} if stays else {}
        return {"name": "i", "resources": {"requests": {"cpu": cpu}}, **always}

    found = pod_of(read(), {}).requests
    assert found == {"cpu": Decimal("0.1"), "memory": Decimal(64 * 1024**2), "pods": Decimal(1)}
    # A sidecar of 200m runs on beside a first step of 250m, and beside the container.
    both = read(initContainers=[initial("200m", stays=True), initial("250m")])
    assert pod_of(both, {}).requests["cpu"] == Decimal("0.45")
    small = read(initContainers=[initial("50m")], overhead={"cpu": "10m"})
    assert pod_of(small, {}).requests["cpu"] == Decimal("0.11")


def test_what_the_scheduler_said_of_a_pod_is_read() -> None:
    said = {"type": "PodScheduled", "status": "False", "reason": "Unschedulable"}
    waiting = pod_of({**read(), "status": {"conditions": [said], "phase": "Pending"}}, {})
    assert waiting.unschedulable
    assert waiting.owner == "ReplicaSet"
    gated = {**said, "reason": "SchedulingGated"}
    assert not pod_of({**read(), "status": {"conditions": [gated]}}, {}).unschedulable


def test_volumes_on_the_node_and_those_of_one_zone_are_told_apart() -> None:
    claim = {"name": "data", "persistentVolumeClaim": {"claimName": "data"}}
    volumes: list[object] = [
        {"name": "cache", "emptyDir": {}},
        {"name": "shm", "emptyDir": {"medium": "Memory"}},
        {"name": "logs", "hostPath": {"path": "/var/log"}},
        {"name": "settings", "configMap": {"name": "x"}},
        claim,
    ]
    expression = {"key": "topology.kubernetes.io/zone", "operator": "In", "values": ["eu-west-1b"]}
    places = volumes_of(
        [
            {"metadata": {"namespace": "ns", "name": "data"}, "spec": {"volumeName": "pv"}},
            {"metadata": {"namespace": "ns", "name": "waits"}, "spec": {}},
        ],
        [
            {
                "metadata": {"name": "pv"},
                "spec": {
                    "nodeAffinity": {
                        "required": {"nodeSelectorTerms": [{"matchExpressions": [expression]}]}
                    }
                },
            }
        ],
    )
    found = pod_of(read(volumes=volumes), places)
    assert found.local_volumes == {"cache", "logs"}
    (terms,) = found.places
    assert terms[0][0].values == ("eu-west-1b",)


def test_a_spread_over_its_own_revision_and_what_is_not_simulated_are_told() -> None:
    spread = {
        "topologyKey": "zone",
        "maxSkew": 1,
        "whenUnsatisfiable": "DoNotSchedule",
        "labelSelector": {"matchLabels": {"app": "web"}},
        "matchLabelKeys": ["pod-template-hash"],
    }
    soft = {**spread, "whenUnsatisfiable": "ScheduleAnyway"}
    (found,) = pod_of(read(topologySpreadConstraints=[spread, soft]), {}).spread
    assert [it.key for it in found.selector or ()] == ["app", "pod-template-hash"]
    term = {"topologyKey": "zone", "namespaceSelector": {}, "labelSelector": {}}
    odd = read(
        affinity={
            "podAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [term]},
        },
        resourceClaims=[{"name": "gpu"}],
    )
    assert pod_of(odd, {}).unsimulated == ("namespaceSelector of a pod affinity", "resourceClaims")


def test_nodes_and_budgets() -> None:
    found = node_of(
        {
            "metadata": {"name": "n1", "labels": {"a": "b"}},
            "spec": {
                "providerID": "aws:///eu-west-1a/i-1",
                "taints": [{"key": "spot", "effect": "NoSchedule"}],
            },
            "status": {
                "allocatable": {"cpu": "1930m"},
                "conditions": [{"type": "Ready", "status": "Unknown"}],
            },
        }
    )
    assert (found.instance, found.ready) == ("i-1", False)
    assert found.allocatable == {"cpu": Decimal("1.93")}
    budget = budget_of(
        {
            "metadata": {"namespace": "ns"},
            "spec": {"selector": {"matchLabels": {"app": "web"}}},
            "status": {"disruptionsAllowed": 1},
        }
    )
    assert budget.covers(pod_of(read(), {}))
