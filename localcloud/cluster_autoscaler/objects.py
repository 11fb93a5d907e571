"""Pods, nodes and disruption budgets, with what the model's decisions depend on."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from kubernetes.utils.quantity import parse_quantity

from localcloud.cluster.kube import Object
from localcloud.cluster_autoscaler.selectors import (
    Requirement,
    Requirements,
    Terms,
    equalities,
    label_selector,
    node_terms,
)

MIRROR = "kubernetes.io/config.mirror"
"""Annotation of what a kubelet runs by itself."""

Resources = Mapping[str, Decimal]
"""Amounts by resource: cores, bytes, pods."""

NONE = Decimal(0)
"""Of a resource."""

HOSTNAME = "kubernetes.io/hostname"
"""Label of a node that no other has."""

NODE_NAME = "metadata.name"
"""Field of a node that terms of affinity may name."""


@dataclass(frozen=True)
class Taint:
    """A taint of a node."""

    key: str
    value: str
    effect: str


@dataclass(frozen=True)
class Toleration:
    """A toleration of a pod; empty strings stand for whatever there is."""

    key: str = ""
    operator: str = "Equal"
    value: str = ""
    effect: str = ""

    def tolerates(self, taint: Taint) -> bool:
        """Whether a taint keeps the pod off no longer."""
        if self.effect and self.effect != taint.effect:
            return False
        if self.key and self.key != taint.key:
            return False
        return self.operator == "Exists" or (bool(self.key) and self.value == taint.value)


@dataclass(frozen=True)
class PodTerm:
    """A term of required pod affinity or anti-affinity.

    Attributes:
        topology: label of nodes that makes a place.
        namespaces: of the pods that count.
        selector: of those pods.
    """

    topology: str
    namespaces: frozenset[str]
    selector: Requirements | None

    def selects(self, pod: "Pod") -> bool:
        """Whether it speaks of a pod."""
        return pod.namespace in self.namespaces and selects(self.selector, pod.labels)


@dataclass(frozen=True)
class Spread:
    """A topology spread constraint that keeps pods from being scheduled."""

    topology: str
    most: int
    least_places: int
    selector: Requirements | None


def selects(selector: Requirements | None, labels: Mapping[str, str]) -> bool:
    """Whether a label selector takes labels; none at all takes nothing."""
    return selector is not None and all(it.matches(labels) for it in selector)


@dataclass(frozen=True)
class Pod:
    """A pod, or what a DaemonSet would make of one.

    Attributes:
        owner: kind of its controller; empty where it has none.
        places: node terms that must be met, one by one: affinity, and each of its volumes.
        local_volumes: names of those that are on the node's disk.
        unsimulated: what it asks for that the model does not know.
    """

    uid: str
    namespace: str
    name: str
    labels: Mapping[str, str] = field(default_factory=dict[str, str])
    annotations: Mapping[str, str] = field(default_factory=dict[str, str])
    owner: str = ""
    node: str = ""
    nominated: str = ""
    phase: str = ""
    unschedulable: bool = False
    deleting: bool = False
    created: datetime | None = None
    priority: int = 0
    requests: Resources = field(default_factory=dict[str, Decimal])
    tolerations: tuple[Toleration, ...] = ()
    selector: Requirements = ()
    places: tuple[Terms, ...] = ()
    apart: tuple[PodTerm, ...] = ()
    near: tuple[PodTerm, ...] = ()
    spread: tuple[Spread, ...] = ()
    host_ports: frozenset[tuple[str, int]] = frozenset()
    local_volumes: frozenset[str] = frozenset()
    unsimulated: tuple[str, ...] = ()

    @property
    def finished(self) -> bool:
        """Whether it runs no more."""
        return self.phase in ("Succeeded", "Failed")

    @property
    def is_of_node(self) -> bool:
        """Whether it belongs to its node, so that nobody misses it elsewhere."""
        return self.owner == "DaemonSet" or MIRROR in self.annotations

    @property
    def full_name(self) -> str:
        """``NAMESPACE/NAME``."""
        return f"{self.namespace}/{self.name}"


@dataclass(frozen=True)
class Node:
    """A node, or what one of a group would be like."""

    name: str
    labels: Mapping[str, str]
    taints: tuple[Taint, ...]
    allocatable: Resources
    annotations: Mapping[str, str] = field(default_factory=dict[str, str])
    cordoned: bool = False
    ready: bool = True
    ready_since: datetime | None = None
    created: datetime | None = None
    instance: str = ""

    @property
    def seen_labels(self) -> Mapping[str, str]:
        """Its labels, and its name, as terms of affinity see them."""
        return {**self.labels, NODE_NAME: self.name}


@dataclass(frozen=True)
class Budget:
    """A PodDisruptionBudget."""

    namespace: str
    selector: Requirements | None
    allowed: int

    def covers(self, pod: Pod) -> bool:
        """Whether it speaks of a pod."""
        return pod.namespace == self.namespace and selects(self.selector, pod.labels)


Volumes = Mapping[tuple[str, str], Terms]
"""Namespace and name of a claim → where its volume is; of volumes that are somewhere alone."""


def pod_of(said: Object, volumes: Volumes) -> Pod:
    """A Pod as the API server gives it."""
    meta, status = said["metadata"], said.get("status") or {}
    conditions = status.get("conditions") or ()
    return Pod(
        uid=meta["uid"],
        node=said["spec"].get("nodeName") or "",
        nominated=status.get("nominatedNodeName") or "",
        phase=status.get("phase") or "",
        unschedulable=any(_is_unschedulable(it) for it in conditions),
        deleting=bool(meta.get("deletionTimestamp")),
        created=when(meta.get("creationTimestamp")),
        owner=_controller(meta),
        name=meta["name"],
        **_of_template(meta, said["spec"], meta["namespace"], volumes),
    )


def daemon_pod_of(said: Object) -> Pod:
    """The pod that a DaemonSet puts on a node."""
    meta, template = said["metadata"], said["spec"]["template"]
    return Pod(
        uid=f"daemon-set-{meta['uid']}",
        name=meta["name"],
        owner="DaemonSet",
        **_of_template(template.get("metadata") or {}, template["spec"], meta["namespace"], {}),
    )


def node_of(said: Object) -> Node:
    """A Node as the API server gives it."""
    meta, spec, status = said["metadata"], said["spec"], said.get("status") or {}
    provider = spec.get("providerID") or ""
    readiness = next((it for it in status.get("conditions") or () if it["type"] == "Ready"), {})
    return Node(
        name=meta["name"],
        labels=meta.get("labels") or {},
        annotations=meta.get("annotations") or {},
        taints=tuple(
            Taint(it["key"], it.get("value") or "", it["effect"]) for it in spec.get("taints") or ()
        ),
        allocatable=_amounts(status.get("allocatable") or {}),
        cordoned=bool(spec.get("unschedulable")),
        ready=readiness.get("status") == "True",
        ready_since=when(readiness.get("lastTransitionTime")),
        created=when(meta.get("creationTimestamp")),
        instance=provider.rpartition("/")[2] if provider.startswith("aws://") else "",
    )


def budget_of(said: Object) -> Budget:
    """A PodDisruptionBudget as the API server gives it."""
    status = said.get("status") or {}
    return Budget(
        namespace=said["metadata"]["namespace"],
        selector=label_selector(said["spec"].get("selector")),
        allowed=int(status.get("disruptionsAllowed") or 0),
    )


def volumes_of(claims: Iterable[Object], volumes: Iterable[Object]) -> Volumes:
    """Where the volumes of claims are, of those that are somewhere alone."""
    affinity = {
        it["metadata"]["name"]: node_terms((it["spec"].get("nodeAffinity") or {}).get("required"))
        for it in volumes
    }
    found = {
        (it["metadata"]["namespace"], it["metadata"]["name"]): affinity.get(
            it["spec"].get("volumeName") or "", ()
        )
        for it in claims
    }
    return {claim: terms for claim, terms in found.items() if terms}


def when(said: str | None) -> datetime | None:
    """A time as the API server writes it."""
    return datetime.fromisoformat(said) if said else None


def _is_unschedulable(condition: Mapping[str, Any]) -> bool:
    return (
        condition["type"] == "PodScheduled"
        and condition["status"] == "False"
        and condition.get("reason") == "Unschedulable"
    )


def _controller(meta: Mapping[str, Any]) -> str:
    owners = meta.get("ownerReferences") or ()
    return next((it["kind"] for it in owners if it.get("controller")), "")


def _of_template(
    meta: Mapping[str, Any], spec: Mapping[str, Any], namespace: str, volumes: Volumes
) -> Any:  # noqa: ANN401 - keyword arguments of Pod, of as many types
    affinity = spec.get("affinity") or {}
    required = "requiredDuringSchedulingIgnoredDuringExecution"
    nodes = (affinity.get("nodeAffinity") or {}).get(required)
    apart = (affinity.get("podAntiAffinity") or {}).get(required) or ()
    near = (affinity.get("podAffinity") or {}).get(required) or ()
    labels = meta.get("labels") or {}
    claimed = [
        volumes[namespace, it["persistentVolumeClaim"]["claimName"]]
        for it in spec.get("volumes") or ()
        if "persistentVolumeClaim" in it
        and (namespace, it["persistentVolumeClaim"]["claimName"]) in volumes
    ]
    return {
        "namespace": namespace,
        "labels": labels,
        "annotations": meta.get("annotations") or {},
        "priority": int(spec.get("priority") or 0),
        "requests": _requests(spec),
        "tolerations": tuple(
            Toleration(
                it.get("key") or "",
                it.get("operator") or "Equal",
                it.get("value") or "",
                it.get("effect") or "",
            )
            for it in spec.get("tolerations") or ()
        ),
        "selector": equalities(spec.get("nodeSelector")),
        "places": (*((node_terms(nodes),) if nodes is not None else ()), *claimed),
        "apart": tuple(_pod_term(it, labels, namespace) for it in apart),
        "near": tuple(_pod_term(it, labels, namespace) for it in near),
        "spread": tuple(
            _spread(it, labels)
            for it in spec.get("topologySpreadConstraints") or ()
            if it["whenUnsatisfiable"] == "DoNotSchedule"
        ),
        "host_ports": frozenset(
            (port.get("protocol") or "TCP", int(port["hostPort"]))
            for container in spec.get("containers") or ()
            for port in container.get("ports") or ()
            if port.get("hostPort")
        ),
        "local_volumes": frozenset(it["name"] for it in spec.get("volumes") or () if _is_local(it)),
        "unsimulated": tuple(sorted(_unsimulated(spec, (*apart, *near)))),
    }


def _is_local(volume: Mapping[str, Any]) -> bool:
    directory = volume.get("emptyDir")
    return "hostPath" in volume or (directory is not None and directory.get("medium") != "Memory")


def _unsimulated(spec: Mapping[str, Any], terms: Iterable[Mapping[str, Any]]) -> set[str]:
    selected = any(it.get("namespaceSelector") is not None for it in terms)
    return {
        *(("namespaceSelector of a pod affinity",) if selected else ()),
        *(("resourceClaims",) if spec.get("resourceClaims") else ()),
    }


def _pod_term(said: Mapping[str, Any], labels: Mapping[str, str], own: str) -> PodTerm:
    return PodTerm(
        topology=said["topologyKey"],
        namespaces=frozenset(said.get("namespaces") or (own,)),
        selector=_with_keys(said, labels),
    )


def _spread(said: Mapping[str, Any], labels: Mapping[str, str]) -> Spread:
    return Spread(
        topology=said["topologyKey"],
        most=int(said["maxSkew"]),
        least_places=int(said.get("minDomains") or 1),
        selector=_with_keys(said, labels),
    )


def _with_keys(said: Mapping[str, Any], labels: Mapping[str, str]) -> Requirements | None:
    """A term's selector, with the pod's own values of ``matchLabelKeys``."""
    selector = label_selector(said.get("labelSelector"))
    keys = [it for it in said.get("matchLabelKeys") or () if it in labels]
    if selector is None:
        return None
    return (*selector, *(Requirement(it, "In", (labels[it],)) for it in keys))


def _amounts(said: Mapping[str, object]) -> dict[str, Decimal]:
    return {name: Decimal(parse_quantity(value)) for name, value in said.items()}


def _requests(spec: Mapping[str, Any]) -> Resources:
    """What the scheduler counts: containers and sidecars together, or one init container."""
    total: Resources = {}
    most: Resources = {}
    for container in spec.get("initContainers") or ():
        asked = added(total, _asked(container))
        most = _larger(most, asked)
        if container.get("restartPolicy") == "Always":
            total = asked
    for container in spec.get("containers") or ():
        total = added(total, _asked(container))
    found = added(_larger(total, most), _amounts(spec.get("overhead") or {}))
    return {**found, "pods": Decimal(1)}


def added(left: Resources, right: Resources) -> Resources:
    """Both amounts together."""
    return {it: left.get(it, NONE) + right.get(it, NONE) for it in {*left, *right}}


def _larger(left: Resources, right: Resources) -> Resources:
    return {it: max(left.get(it, NONE), right.get(it, NONE)) for it in {*left, *right}}


def _asked(container: Mapping[str, Any]) -> dict[str, Decimal]:
    return _amounts((container.get("resources") or {}).get("requests") or {})
