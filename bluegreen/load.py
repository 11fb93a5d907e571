"""What serves live names on a cluster, and what room its nodes have: out of plain objects."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from kubernetes.utils.quantity import parse_quantity

from bluegreen.field_managers import manager_of
from bluegreen.scalable import RAISED, RAISED_TO, Scalable, autoscaler_path, number_in
from bluegreen.scaled_objects import is_its_own, leaves_alone, scalable_of, target_of
from bluegreen.snapshot import JsonModel, KubeView

Object: TypeAlias = Mapping[str, Any]

_ACTION = "alb.ingress.kubernetes.io/actions."


class Serving(JsonModel):
    """A workload behind live names.

    Attributes:
        name: ``KIND/NAMESPACE/NAME``.
        ready: pods that are ready.
        names: live names that lead to it.
        scaled_by: what says how many pods it has: itself, its HorizontalPodAutoscaler, or KEDA's
            ScaledObject.
    """

    name: str
    ready: int
    names: tuple[str, ...]
    scaled_by: Scalable


class Room(JsonModel):
    """An amount of what nodes have, or pods ask for.

    Attributes:
        cores: processors.
        gib: memory in GiB.
    """

    cores: float = 0.0
    gib: float = 0.0

    def plus(self, other: "Room") -> "Room":
        """Both together."""
        return Room(cores=self.cores + other.cores, gib=self.gib + other.gib)


class ClusterLoad(JsonModel):
    """What serves on a cluster.

    Attributes:
        serving: workloads behind live names.
        bare: live names that no Deployment or StatefulSet is behind.
        raised: what a switch has raised and nobody has let go.
        asked: what pods on nodes ask for, without those of DaemonSets and those that give way.
        daemons: what pods of DaemonSets ask for.
        allocatable: what its Ready nodes that take pods have for them.
        not_seen: why it could not be looked at; the rest is empty then.
    """

    serving: tuple[Serving, ...] = ()
    bare: tuple[str, ...] = ()
    raised: tuple[Scalable, ...] = ()
    asked: Room = Room()
    daemons: Room = Room()
    allocatable: Room = Room()
    not_seen: str = ""


@dataclass(frozen=True, kw_only=True)
class Objects:
    """Objects of a cluster, each kind as the API server lists it."""

    ingresses: Sequence[Object]
    services: Sequence[Object]
    deployments: Sequence[Object]
    stateful_sets: Sequence[Object]
    autoscalers: Sequence[Object]
    scaled_objects: Sequence[Object] = ()
    pods: Sequence[Object]
    nodes: Sequence[Object]


def load_of(objects: Objects, view: KubeView) -> ClusterLoad:
    """What serves on a cluster.

    Args:
        objects: what it has.
        view: what it publishes.
    """
    names = _names_by_service(objects, view)
    scalers = _scalers(objects)
    serving: list[Serving] = []
    own: list[Scalable] = []
    for kind, item in _workloads(objects):
        scalable = _workload(kind, item)
        own.append(scalable)
        led = _led(item, objects.services, names)
        if led:
            ready = int(item.get("status", {}).get("readyReplicas") or 0)
            by = scalers.get(scalable.name, scalable)
            found = Serving(name=scalable.name, ready=ready, names=tuple(led), scaled_by=by)
            serving.append(found)
    served = {name for it in serving for name in it.names}
    kept = [it for it in objects.pods if _is_carried(it) and not _gives_way(it)]
    return ClusterLoad(
        serving=tuple(serving),
        bare=tuple(sorted({name for led in names.values() for name in led} - served)),
        raised=tuple(it for it in (*own, *_all_scalers(objects)) if it.raised_from is not None),
        asked=_sum(_requests(it) for it in kept if not _is_daemon(it)),
        daemons=_sum(_requests(it) for it in kept if _is_daemon(it)),
        allocatable=_sum(
            _room(it["status"].get("allocatable", {})) for it in objects.nodes if _takes_pods(it)
        ),
    )


def _names_by_service(objects: Objects, view: KubeView) -> dict[tuple[str, str], list[str]]:
    """Namespace and name of a Service → live names that lead to it."""
    wanted: dict[str, set[str]] = {}
    for published in view.published:
        for source in published.sources:
            wanted.setdefault(source, set()).add(published.name)
    found: dict[tuple[str, str], set[str]] = {}
    for item in objects.services:
        space, name = _key(item)
        found.setdefault((space, name), set()).update(wanted.get(f"service/{space}/{name}", ()))
    for item in objects.ingresses:
        space, name = _key(item)
        for service in _backends(item):
            names = wanted.get(f"ingress/{space}/{name}", set())
            found.setdefault((space, service), set()).update(names)
    return {key: sorted(names) for key, names in found.items() if names}


def _backends(ingress: Object) -> Iterator[str]:
    """Services that an Ingress leads to, those of the controller's own actions included."""
    spec, annotations = ingress["spec"], ingress["metadata"].get("annotations") or {}
    backends = [spec.get("defaultBackend")]
    for rule in spec.get("rules") or ():
        backends += [path["backend"] for path in (rule.get("http") or {}).get("paths") or ()]
    for backend in backends:
        name = ((backend or {}).get("service") or {}).get("name")
        if name is None:
            continue
        action = annotations.get(f"{_ACTION}{name}")
        yield from [name] if action is None else _forwarded(action)


def _forwarded(action: str) -> Iterator[str]:
    """Services in an action of the load balancer controller, which is JSON."""

    def walk(value: object) -> Iterator[str]:
        if isinstance(value, Mapping):
            for key, inner in value.items():
                if str(key).lower() == "servicename" and isinstance(inner, str):
                    yield inner
                else:
                    yield from walk(inner)
        elif isinstance(value, list):
            for inner in value:
                yield from walk(inner)

    try:
        yield from walk(json.loads(action))
    except ValueError:
        return


def _workloads(objects: Objects) -> Iterator[tuple[str, Object]]:
    yield from (("deployment", it) for it in objects.deployments)
    yield from (("statefulset", it) for it in objects.stateful_sets)


def _led(
    item: Object, services: Sequence[Object], names: Mapping[tuple[str, str], Sequence[str]]
) -> list[str]:
    """Live names that lead to pods of a workload."""
    labels = item["spec"].get("template", {}).get("metadata", {}).get("labels") or {}
    found: set[str] = set()
    for service in services:
        space, name = _key(service)
        selector = service.get("spec", {}).get("selector") or {}
        if space == _key(item)[0] and selector and selector.items() <= labels.items():
            found.update(names.get((space, name), ()))
    return sorted(found)


def _workload(kind: str, item: Object) -> Scalable:
    space, name = _key(item)
    number, raised_from = item["spec"].get("replicas"), number_in(item, RAISED)
    return Scalable(
        name=f"{kind}/{space}/{name}",
        path=f"/apis/apps/v1/namespaces/{space}/{kind}s/{name}",
        field="replicas",
        number=1 if number is None else int(number),
        raised_from=raised_from,
        set_to=None if raised_from is None else number_in(item, RAISED_TO),
        set_by=manager_of(item, "replicas"),
    )


def _scalers(objects: Objects) -> dict[str, Scalable]:
    """What scales each workload, by its ``KIND/NAMESPACE/NAME``, where it is not itself.

    A HorizontalPodAutoscaler that KEDA made is no way to raise anything: KEDA writes it back.
    """
    by_keda = {target_of(it): it for it in objects.scaled_objects}
    others = {
        _target(it): _autoscaler(it)
        for it in objects.autoscalers
        if not (is_its_own(it) and _target(it) in by_keda)
    }
    scaled = {name: scalable_of(it) for name, it in by_keda.items() if not leaves_alone(it)}
    return {**others, **scaled}


def _all_scalers(objects: Objects) -> list[Scalable]:
    """Everything that scales, paused or not: what was raised before a pause is raised still."""
    return [
        *(_autoscaler(it) for it in objects.autoscalers),
        *(scalable_of(it) for it in objects.scaled_objects),
    ]


def _autoscaler(item: Object) -> Scalable:
    space, name = _key(item)
    spec, raised_from = item["spec"], number_in(item, RAISED)
    return Scalable(
        name=f"horizontalpodautoscaler/{space}/{name}",
        path=autoscaler_path(space, name),
        field="minReplicas",
        number=int(spec.get("minReplicas") or 1),
        raised_from=raised_from,
        most=int(spec["maxReplicas"]),
        set_to=None if raised_from is None else number_in(item, RAISED_TO),
        set_by=manager_of(item, "minReplicas"),
    )


def _target(autoscaler: Object) -> str:
    """The workload that an autoscaler scales, ``KIND/NAMESPACE/NAME``."""
    target = autoscaler["spec"]["scaleTargetRef"]
    return f"{target['kind'].lower()}/{_key(autoscaler)[0]}/{target['name']}"


def _key(item: Object) -> tuple[str, str]:
    return item["metadata"]["namespace"], item["metadata"]["name"]


def _is_carried(pod: Object) -> bool:
    """Whether a node has it; one that waits for a node is carried by nobody, on either colour."""
    over = pod.get("status", {}).get("phase") in ("Succeeded", "Failed")
    return bool(pod["spec"].get("nodeName")) and not over


def _gives_way(pod: Object) -> bool:
    return int(pod["spec"].get("priority") or 0) < 0


def _is_daemon(pod: Object) -> bool:
    return any(it["kind"] == "DaemonSet" for it in pod["metadata"].get("ownerReferences") or ())


def _takes_pods(node: Object) -> bool:
    conditions = node.get("status", {}).get("conditions") or ()
    ready = any(it["type"] == "Ready" and it["status"] == "True" for it in conditions)
    return ready and not node.get("spec", {}).get("unschedulable")


def _requests(pod: Object) -> Room:
    """As the scheduler counts: containers together, or the largest init container."""
    spec = pod["spec"]
    together = _sum(_asked(it) for it in spec.get("containers") or ())
    first = [_asked(it) for it in spec.get("initContainers") or ()]
    return Room(
        cores=max([together.cores, *(it.cores for it in first)]),
        gib=max([together.gib, *(it.gib for it in first)]),
    ).plus(_room(spec.get("overhead") or {}))


def _asked(container: Object) -> Room:
    return _room((container.get("resources") or {}).get("requests") or {})


def _room(quantities: Mapping[str, str]) -> Room:
    return Room(
        cores=float(parse_quantity(quantities.get("cpu", "0"))),
        gib=float(parse_quantity(quantities.get("memory", "0"))) / 1024**3,
    )


def _sum(rooms: Iterable[Room]) -> Room:
    total = Room()
    for room in rooms:
        total = total.plus(room)
    return total
