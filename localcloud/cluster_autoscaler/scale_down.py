"""Which nodes nobody needs, and why the others stay."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from localcloud.cluster_autoscaler.fitting import Snapshot
from localcloud.cluster_autoscaler.objects import MIRROR, NONE, Budget, Node, Pod
from localcloud.cluster_autoscaler.options import Options

SAFE = "cluster-autoscaler.kubernetes.io/safe-to-evict"
"""Annotation of a pod: ``false`` keeps its node, ``true`` lets it go."""

SAFE_VOLUMES = "cluster-autoscaler.kubernetes.io/safe-to-evict-local-volumes"
"""Annotation of a pod: names of local volumes that keep no node."""

DISABLED = "cluster-autoscaler.kubernetes.io/scale-down-disabled"
"""Annotation of a node: ``true`` keeps it."""

_REPLICATED = ("ReplicaSet", "ReplicationController", "Job", "StatefulSet")
_SYSTEM = "kube-system"


@dataclass(frozen=True)
class Removal:
    """A node that may go.

    Attributes:
        node: the node.
        moving: pods that have a place elsewhere.
    """

    node: Node
    moving: tuple[Pod, ...] = ()


@dataclass(frozen=True)
class Verdict:
    """What there is to say of nodes.

    Attributes:
        removable: nodes that could all go together; empty ones first.
        keeping: why each other node stays.
        tried: of the latter, those that were tried in vain, and are not tried again for a while.
    """

    removable: tuple[Removal, ...]
    keeping: Mapping[str, str]
    tried: frozenset[str]


def utilization(node: Node, pods: Iterable[Pod], options: Options) -> Decimal:
    """The larger fraction of CPUs and memory that pods of a node request."""
    counted = [
        it
        for it in pods
        if not (options.ignore_daemonsets_utilization and it.owner == "DaemonSet")
        and not (options.ignore_mirror_pods_utilization and MIRROR in it.annotations)
    ]
    fractions = [
        sum((it.requests.get(resource, NONE) for it in counted), start=NONE) / room
        for resource in ("cpu", "memory")
        if (room := node.allocatable.get(resource, NONE)) > 0
    ]
    return max(fractions, default=NONE)


def blocking(pod: Pod, budgets: Sequence[Budget], options: Options) -> str:
    """Why a pod keeps its node, wherever else it would fit; empty where it does not."""
    if pod.finished or pod.deleting or pod.is_of_node:
        return ""
    said = pod.annotations.get(SAFE)
    if said == "false":
        return f"{pod.full_name} says {SAFE}=false"
    return ("" if said == "true" else _by_kind(pod, budgets, options)) or _by_budget(pod, budgets)


def _by_kind(pod: Pod, budgets: Sequence[Budget], options: Options) -> str:
    if not pod.owner:
        return f"{pod.full_name} has no controller that would make it anew"
    if options.skip_nodes_with_custom_controller_pods and pod.owner not in _REPLICATED:
        return f"{pod.full_name} is of a {pod.owner}"
    if (
        options.skip_nodes_with_system_pods
        and pod.namespace == _SYSTEM
        and not any(it.covers(pod) for it in budgets)
    ):
        return f"{pod.full_name} is of the system, without a disruption budget"
    safe = {it.strip() for it in pod.annotations.get(SAFE_VOLUMES, "").split(",")}
    kept = sorted(pod.local_volumes - safe)
    if options.skip_nodes_with_local_storage and kept:
        return f"{pod.full_name} has local storage: {', '.join(kept)}"
    return ""


def _by_budget(pod: Pod, budgets: Sequence[Budget]) -> str:
    if any(it.covers(pod) and it.allowed < 1 for it in budgets):
        return f"the disruption budget of {pod.full_name} has no room"
    return ""


def examine(
    candidates: Iterable[Node],
    snapshot: Snapshot,
    budgets: Sequence[Budget],
    options: Options,
    recent: frozenset[str] = frozenset(),
) -> Verdict:
    """Which nodes could go, one after the other, with every pod of theirs on what stays.

    Args:
        candidates: nodes of groups, in the order in which they are tried after empty ones.
        snapshot: of all nodes and the pods that count; stays as it is.
        budgets: disruption budgets.
        options: of the program.
        recent: nodes that were tried in vain a short time ago.
    """
    there = snapshot.copy()
    removable: list[Removal] = []
    keeping: dict[str, str] = {}
    tried: set[str] = set()
    for node in sorted(candidates, key=lambda it: bool(_moving(snapshot.pods_on(it.name)))):
        pods = there.pods_on(node.name)
        if node.name in recent:
            keeping[node.name] = "tried a short time ago"
        elif reason := _ineligible(node, snapshot.pods_on(node.name), options):
            keeping[node.name] = reason
        elif reason := _stays(node, pods, there, budgets, options):
            keeping[node.name] = reason
            tried.add(node.name)
        else:
            removable.append(Removal(node, tuple(_moving(snapshot.pods_on(node.name)))))
    return Verdict(tuple(removable), keeping, frozenset(tried))


def _ineligible(node: Node, pods: Sequence[Pod], options: Options) -> str:
    if node.annotations.get(DISABLED) == "true":
        return f"it says {DISABLED}=true"
    used = utilization(node, pods, options)
    if node.ready and used >= Decimal(str(options.scale_down_utilization_threshold)):
        return f"its utilization is {used:.2f}"
    return ""


def _stays(
    node: Node,
    pods: Sequence[Pod],
    there: Snapshot,
    budgets: Sequence[Budget],
    options: Options,
) -> str:
    """Why a node stays; where it need not, its pods move and it is gone, in thought."""
    for pod in pods:
        if reason := blocking(pod, budgets, options):
            return reason
    trial = there.copy()
    trial.remove(node.name)
    for pod in _moving(pods):
        place = None if pod.unsimulated else trial.find(pod)
        if place is None:
            return f"{pod.full_name} has no place elsewhere"
        trial.place(pod, place)
    there.become(trial)
    return ""


def _moving(pods: Iterable[Pod]) -> list[Pod]:
    """Pods that need a place elsewhere once their node goes."""
    return [it for it in pods if not (it.is_of_node or it.finished or it.deleting)]
