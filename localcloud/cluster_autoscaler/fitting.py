"""Where pods fit, by the rules of the scheduler's filters."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from decimal import Decimal

from localcloud.cluster_autoscaler.objects import NONE, Node, Pod, PodTerm, Spread, selects
from localcloud.cluster_autoscaler.selectors import all_match, any_matches

_KEEPS_OFF = ("NoSchedule", "NoExecute")


class Snapshot:
    """Nodes and the pods on them; pods can be put onto it in thought."""

    def __init__(self, nodes: Iterable[Node] = (), pods: Iterable[Pod] = ()) -> None:
        self._nodes: dict[str, Node] = {}
        self._pods: dict[str, list[Pod]] = {}
        self._used: dict[str, dict[str, Decimal]] = {}
        for node in nodes:
            self.add(node)
        for pod in pods:
            if pod.node in self._nodes and not pod.finished:
                self.place(pod, pod.node)

    def copy(self) -> "Snapshot":
        """Another one, that changes by itself."""
        other = Snapshot()
        other._nodes = dict(self._nodes)
        other._pods = {name: list(pods) for name, pods in self._pods.items()}
        other._used = {name: dict(used) for name, used in self._used.items()}
        return other

    def become(self, other: "Snapshot") -> None:
        """Takes over what another one has, which is not used any more."""
        self._nodes, self._pods, self._used = other._nodes, other._pods, other._used

    @property
    def nodes(self) -> list[Node]:
        """In the order in which they were added."""
        return list(self._nodes.values())

    def pods_on(self, name: str) -> list[Pod]:
        """Pods of a node."""
        return list(self._pods[name])

    def used(self, name: str) -> Mapping[str, Decimal]:
        """What the pods of a node request."""
        return self._used[name]

    def add(self, node: Node, pods: Iterable[Pod] = ()) -> None:
        """Adds a node with what runs on it."""
        self._nodes[node.name] = node
        self._pods[node.name] = []
        self._used[node.name] = defaultdict(lambda: NONE)
        for pod in pods:
            self.place(pod, node.name)

    def remove(self, name: str) -> list[Pod]:
        """Takes a node away; returns what ran on it."""
        del self._nodes[name]
        del self._used[name]
        return self._pods.pop(name)

    def place(self, pod: Pod, name: str) -> None:
        """Puts a pod onto a node, whether it fits or not."""
        self._pods[name].append(pod)
        used = self._used[name]
        for resource, amount in pod.requests.items():
            used[resource] = used.get(resource, NONE) + amount

    def find(self, pod: Pod, names: Iterable[str] | None = None) -> str | None:
        """The first node that a pod fits, of some or of all."""
        candidates = self._nodes if names is None else names
        return next((it for it in candidates if not self.why_not(pod, it)), None)

    def why_not(self, pod: Pod, name: str) -> str:
        """Why a pod does not fit a node; empty where it does."""
        node = self._nodes[name]
        return (
            why_not_by_itself(pod, node)
            or self._taken_port(pod, name)
            or self._short_of(pod, node)
            or self._too_near(pod, node)
            or self._too_far(pod, node)
            or self._uneven(pod, node)
        )

    def _taken_port(self, pod: Pod, name: str) -> str:
        taken = any(pod.host_ports & other.host_ports for other in self._pods[name])
        return "node(s) didn't have free ports for the requested pod ports" if taken else ""

    def _short_of(self, pod: Pod, node: Node) -> str:
        used = self._used[node.name]
        short = [
            f"Insufficient {resource}"
            for resource, amount in sorted(pod.requests.items())
            if amount > node.allocatable.get(resource, NONE) - used.get(resource, NONE)
            and amount > 0
        ]
        return ", ".join(short)

    def _too_near(self, pod: Pod, node: Node) -> str:
        for term in pod.apart:
            if any(term.selects(it) for it in self._in_same_place(term, node)):
                return "node(s) didn't match pod anti-affinity rules"
        for where, pods in self._pods.items():
            # Most pods keep nobody away.
            for term in (it for other in pods if other.apart for it in other.apart):
                if self._keeps_away(term, pod, where, node):
                    return "node(s) didn't satisfy existing pods anti-affinity rules"
        return ""

    def _keeps_away(self, term: PodTerm, pod: Pod, where: str, node: Node) -> bool:
        there = self._nodes[where].labels.get(term.topology)
        return term.selects(pod) and there is not None and node.labels.get(term.topology) == there

    def _too_far(self, pod: Pod, node: Node) -> str:
        for term in pod.near:
            if term.topology in node.labels and (
                any(term.selects(it) for it in self._in_same_place(term, node))
                or self._is_first(pod, term)
            ):
                continue
            return "node(s) didn't match pod affinity rules"
        return ""

    def _is_first(self, pod: Pod, term: PodTerm) -> bool:
        everyone = (it for pods in self._pods.values() for it in pods)
        return term.selects(pod) and not any(term.selects(it) for it in everyone)

    def _in_same_place(self, term: PodTerm, node: Node) -> list[Pod]:
        place = node.labels.get(term.topology)
        if place is None:
            return []
        return [
            pod
            for name, pods in self._pods.items()
            if self._nodes[name].labels.get(term.topology) == place
            for pod in pods
        ]

    def _uneven(self, pod: Pod, node: Node) -> str:
        refused = "node(s) didn't match pod topology spread constraints"
        for spread in pod.spread:
            place = node.labels.get(spread.topology)
            if place is None:
                return f"{refused} (missing required label)"
            counts = self._counts(pod, spread)
            least = min(counts.values()) if len(counts) >= spread.least_places else 0
            own = 1 if selects(spread.selector, pod.labels) else 0
            if counts[place] + own - least > spread.most:
                return refused
        return ""

    def _counts(self, pod: Pod, spread: Spread) -> dict[str, int]:
        """How many pods each place has, of nodes that the pod may be on by its node affinity."""
        counts: dict[str, int] = defaultdict(int)
        for name, node in self._nodes.items():
            place = node.labels.get(spread.topology)
            if place is not None and _is_wanted(pod, node):
                counts[place] += sum(
                    it.namespace == pod.namespace
                    and not it.deleting
                    and selects(spread.selector, it.labels)
                    for it in self._pods[name]
                )
        return counts


def why_not_by_itself(pod: Pod, node: Node) -> str:
    """Why a node is none for a pod, whatever else is there; empty where it is one."""
    if node.cordoned:
        return "node(s) were unschedulable"
    if not _is_wanted(pod, node):
        return "node(s) didn't match Pod's node affinity/selector"
    for taint in node.taints:
        kept_off = not any(it.tolerates(taint) for it in pod.tolerations)
        if taint.effect in _KEEPS_OFF and kept_off:
            return f"node(s) had untolerated taint {{{taint.key}: {taint.value}}}"
    return ""


def _is_wanted(pod: Pod, node: Node) -> bool:
    labels = node.seen_labels
    return all_match(pod.selector, labels) and all(any_matches(it, labels) for it in pod.places)
