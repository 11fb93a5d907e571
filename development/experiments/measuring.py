"""What a run is measured by: a recorder that is told what is seen, in simulated seconds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from costs.bill import together
from costs.platform import Nodes, of_nodes
from development.experiments.demand import Service
from localcloud.cluster.kube import Object

_HOUR = 3600.0
_DISK_GIB = 50
_EVICTED = ("EvictionByEvictionAPI", "DeletionByTaintManager", "TerminationByKubelet")
"""Reasons of the condition DisruptionTarget; https://kubernetes.io/docs/concepts/workloads/pods/disruptions/."""


@dataclass(frozen=True)
class Instance:
    """A virtual machine that is charged for.

    Attributes:
        identity: its id.
        kind: instance type, such as ``m7i.large``.
        spot: whether it is bought as spot.
    """

    identity: str
    kind: str
    spot: bool


@dataclass
class _Pod:
    since: float
    waited: float | None = None
    ready: bool = False


@dataclass
class Recorder:
    """Adds up what happens to the service's pods and to nodes.

    Attributes:
        service: whose pods these are.
        region: whose prices count.
        evictions: pods that were evicted, or were on a node when it went.
        node_hours: by ``on-demand`` and ``spot``.
        usd: what the instances cost, by the price list.
        no_price: instance types that no list has; the cost is then too low.
        unserved_seconds: with more requests than ready pods have room for.
        unserved_requests: that found no room.
        requests: that came.
        most_pods: largest number of ready pods.
        most_nodes: largest number of instances.
    """

    service: Service
    region: str
    evictions: int = 0
    node_hours: dict[str, float] = field(default_factory=lambda: {"on-demand": 0.0, "spot": 0.0})
    usd: float = 0.0
    no_price: set[str] = field(default_factory=set[str])
    unserved_seconds: float = 0.0
    unserved_requests: float = 0.0
    requests: float = 0.0
    most_pods: int = 0
    most_nodes: int = 0
    _pods: dict[str, _Pod] = field(default_factory=dict[str, _Pod])
    _waits: list[float] = field(default_factory=list[float])
    _prices: dict[tuple[str, bool], float] = field(default_factory=dict[tuple[str, bool], float])

    @property
    def ready(self) -> int:
        """Pods of the service that are ready now."""
        return sum(pod.ready for pod in self._pods.values())

    @property
    def pending(self) -> int:
        """Pods of the service that wait for a node now."""
        return sum(pod.waited is None for pod in self._pods.values())

    def begin(self) -> None:
        """Forgets what was before the load: pods that wait do so from now on."""
        self._waits.clear()
        self.evictions = 0
        for pod in self._pods.values():
            if pod.waited is None:
                pod.since = 0.0

    def see_pod(self, event: str, pod: Object, now: float) -> None:
        """Takes an event of the watch of pods: ``ADDED``, ``MODIFIED`` or ``DELETED``."""
        uid = pod["metadata"]["uid"]
        if event == "DELETED":
            known = self._pods.pop(uid, None)
            if known is not None and known.waited is None:
                self._waits.append(now - known.since)
            self.evictions += is_evicted(pod)
            return
        known = self._pods.setdefault(uid, _Pod(now))
        if known.waited is None and pod["spec"].get("nodeName"):
            known.waited = now - known.since
            self._waits.append(known.waited)
        known.ready = is_ready(pod)

    def see_load(self, load: float, seconds: float) -> None:
        """Takes a load that has lasted some seconds on the pods that are ready."""
        ready = self.ready
        self.most_pods = max(self.most_pods, ready)
        self.requests += load * seconds
        missing = self.service.unserved(load, ready)
        self.unserved_requests += missing * seconds
        if missing > 0:
            self.unserved_seconds += seconds

    def see_instances(self, running: Sequence[Instance], seconds: float) -> None:
        """Takes the instances that have run for some seconds."""
        self.most_nodes = max(self.most_nodes, len(running))
        for it in running:
            self.node_hours["spot" if it.spot else "on-demand"] += seconds / _HOUR
            self.usd += self._usd_hour(it) * seconds / _HOUR

    def waits(self, now: float) -> list[float]:
        """Seconds that each pod waited for a node, those that still do among them; in order."""
        still = [now - pod.since for pod in self._pods.values() if pod.waited is None]
        return sorted((*self._waits, *still))

    def _usd_hour(self, it: Instance) -> float:
        key = (it.kind, it.spot)
        if key not in self._prices:
            bill = together(of_nodes([Nodes(it.kind, 1, it.spot, _DISK_GIB)], self.region))
            self.no_price.update(bill.no_price)
            self._prices[key] = bill.usd_hour
        return self._prices[key]


def percentile(ordered: Sequence[float], part: float) -> float:
    """The value below or at which that part of them is: the nearest rank; 0 of none."""
    if not ordered:
        return 0.0
    return ordered[max(0, -int(-part * len(ordered) // 1) - 1)]


def is_ready(pod: Object) -> bool:
    """Whether requests go to a pod."""
    return not pod["metadata"].get("deletionTimestamp") and _condition(pod, "Ready") is not None


def is_evicted(pod: Object) -> bool:
    """Whether a pod that is gone was made to leave its node, not given up by its Deployment."""
    found = _condition(pod, "DisruptionTarget")
    return found is not None and found.get("reason") in _EVICTED


def _condition(pod: Object, kind: str) -> Mapping[str, str] | None:
    conditions = pod.get("status", {}).get("conditions") or []
    return next((it for it in conditions if it["type"] == kind and it["status"] == "True"), None)
