"""What serves live names on a cluster, out of objects as an API server gives them."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from bluegreen.load import ClusterLoad, Objects, Room, load_of
from bluegreen.scalable import RAISED
from bluegreen.snapshot import KubeView
from tests.unit.bluegreen.snapshots import host, published

NAME = "web.example.com"
Object = dict[str, Any]
"""An object as the API server gives it."""


def meta(name: str, **more: object) -> Object:
    return {"namespace": "sample", "name": name, **more}


def ingress(*services: str, **annotations: str) -> Object:
    paths = [{"backend": {"service": {"name": it, "port": {"number": 80}}}} for it in services]
    spec = {"rules": [{"http": {"paths": paths}}]}
    return {"metadata": meta("web", annotations=annotations), "spec": spec}


def service(name: str, **selector: str) -> Object:
    return {"metadata": meta(name), "spec": {"selector": selector}}


def workload(
    name: str, ready: int, *, replicas: int | None = None, raised: str | None = None, **labels: str
) -> Object:
    annotations = {} if raised is None else {RAISED: raised}
    spec = {"replicas": replicas or ready, "template": {"metadata": {"labels": labels}}}
    return {
        "metadata": meta(name, annotations=annotations),
        "spec": spec,
        "status": {"readyReplicas": ready},
    }


def autoscaler(target: str, least: int, most: int, kind: str = "Deployment") -> Object:
    spec = {
        "minReplicas": least,
        "maxReplicas": most,
        "scaleTargetRef": {"kind": kind, "name": target},
    }
    return {"metadata": meta(f"{target}-scaler"), "spec": spec}


def pod(cpu: str, memory: str, *, owner: str = "ReplicaSet", **spec: object) -> Object:
    asked = {"resources": {"requests": {"cpu": cpu, "memory": memory}}}
    return {
        "metadata": meta("pod", ownerReferences=[{"kind": owner}]),
        "spec": {"containers": [asked], "nodeName": "n", **spec},
        "status": {"phase": "Running"},
    }


def node(cpu: str, memory: str, *, ready: str = "True", **spec: object) -> Object:
    status = {
        "conditions": [{"type": "Ready", "status": ready}],
        "allocatable": {"cpu": cpu, "memory": memory},
    }
    return {"metadata": {"name": "n"}, "spec": spec, "status": status}


def seen(**objects: list[Object]) -> ClusterLoad:
    kinds = (
        "ingresses",
        "services",
        "deployments",
        "stateful_sets",
        "autoscalers",
        "scaled_objects",
        "pods",
        "nodes",
    )
    every: Mapping[str, list[Object]] = {kind: objects.get(kind, []) for kind in kinds}
    view = KubeView(published=published(NAME, host("blue")))
    return load_of(Objects(**every), view)


def test_a_workload_behind_a_live_name_is_found_through_ingress_and_service() -> None:
    load = seen(
        ingresses=[ingress("front")],
        services=[service("front", app="web"), service("other", app="cache")],
        deployments=[workload("web", 3, app="web", tier="x"), workload("cache", 1, app="cache")],
    )
    (found,) = load.serving
    assert (found.name, found.ready, found.names) == ("deployment/sample/web", 3, (NAME,))
    assert found.scaled_by.path == "/apis/apps/v1/namespaces/sample/deployments/web"
    assert (found.scaled_by.field, found.scaled_by.number) == ("replicas", 3)


def test_services_of_an_action_are_followed() -> None:
    groups = [{"serviceName": "a"}, {"serviceName": "b"}]
    action = json.dumps({"type": "forward", "forwardConfig": {"targetGroups": groups}})
    load = seen(
        ingresses=[ingress("split", **{"alb.ingress.kubernetes.io/actions.split": action})],
        services=[service("a", app="a"), service("b", app="b")],
        stateful_sets=[workload("a", 1, app="a")],
        deployments=[workload("b", 2, app="b")],
    )
    assert [it.name for it in load.serving] == ["deployment/sample/b", "statefulset/sample/a"]


def test_a_service_without_a_selector_leads_to_no_workload() -> None:
    load = seen(
        ingresses=[ingress("front")],
        services=[service("front")],
        deployments=[workload("web", 3, app="web")],
    )
    assert load.serving == ()
    assert load.bare == (NAME,)


def test_a_name_that_leads_to_pods_of_another_kind_is_bare_and_others_are_not() -> None:
    """A DaemonSet of an ingress controller, a Rollout: no kind whose pods are compared."""
    load = seen(ingresses=[ingress("front")], services=[service("front", app="rollout")])
    assert load.bare == (NAME,)
    led = seen(
        ingresses=[ingress("front", "absent")],
        services=[service("front", app="web")],
        deployments=[workload("web", 1, app="web")],
    )
    assert led.bare == ()


@pytest.mark.parametrize("kind", ["Deployment", "StatefulSet"])
def test_an_autoscaler_is_what_scales_its_workload(kind: str) -> None:
    key = "deployments" if kind == "Deployment" else "stateful_sets"
    load = seen(
        ingresses=[ingress("front")],
        services=[service("front", app="web")],
        autoscalers=[autoscaler("web", 2, 9, kind)],
        **{key: [workload("web", 3, app="web")]},
    )
    by = load.serving[0].scaled_by
    assert (by.name, by.field) == ("horizontalpodautoscaler/sample/web-scaler", "minReplicas")
    assert (by.number, by.most) == (2, 9)


def test_what_is_left_raised_is_found_wherever_it_serves() -> None:
    load = seen(deployments=[workload("web", 3, replicas=6, raised="2", app="web")])
    (found,) = load.raised
    assert (found.number, found.raised_from) == (6, 2)


def test_room_is_counted_as_the_scheduler_does() -> None:
    first = {"resources": {"requests": {"cpu": "2", "memory": "64Mi"}}}
    done = pod("8", "8Gi")
    done["status"] = {"phase": "Succeeded"}
    load = seen(
        pods=[
            pod("500m", "1Gi", initContainers=[first], overhead={"cpu": "100m"}),
            pod("250m", "512Mi", owner="DaemonSet"),
            pod("1", "1Gi", priority=-10),
            pod("16", "16Gi", nodeName=None),
            done,
        ],
        nodes=[
            node("2", "8Gi"),
            node("4", "8Gi", ready="False"),
            node("4", "8Gi", unschedulable=True),
        ],
    )
    assert load.asked == Room(cores=2.1, gib=1.0)
    assert load.daemons == Room(cores=0.25, gib=0.5)
    assert load.allocatable == Room(cores=2.0, gib=8.0)
