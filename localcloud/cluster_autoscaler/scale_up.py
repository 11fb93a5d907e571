"""How many nodes of which groups pending pods need."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from localcloud.cluster_autoscaler.expanders import Option
from localcloud.cluster_autoscaler.fitting import Snapshot
from localcloud.cluster_autoscaler.groups import Group, Template
from localcloud.cluster_autoscaler.objects import HOSTNAME, NONE, Pod

_IGNORED_LABELS = frozenset(
    {
        HOSTNAME,
        "failure-domain.beta.kubernetes.io/zone",
        "failure-domain.beta.kubernetes.io/region",
        "topology.kubernetes.io/zone",
        "topology.kubernetes.io/region",
        "topology.ebs.csi.aws.com/zone",
        "beta.kubernetes.io/fluentd-ds-ready",
        "kops.k8s.io/instancegroup",
        "alpha.eksctl.io/instance-id",
        "alpha.eksctl.io/nodegroup-name",
        "eks.amazonaws.com/nodegroup",
        "k8s.amazonaws.com/eniConfig",
        "lifecycle",
    }
)
"""Labels in which similar groups may differ (processors/nodegroupset)."""

_TOLERANCES: Mapping[str, Decimal] = {"memory": Decimal("0.015")}
"""Fraction in which similar groups may differ; of what is not here, in none."""


@dataclass(frozen=True)
class Growth:
    """A group that is to grow."""

    group: Group
    to: int


@dataclass(frozen=True)
class Plan:
    """What is to be done for pending pods.

    Attributes:
        growths: groups that grow; none where nothing would help.
        helped: pods that will then fit.
        refusals: for each other pod, why none of the groups would help: group → reason.
    """

    growths: tuple[Growth, ...] = ()
    helped: tuple[Pod, ...] = ()
    refusals: Mapping[str, Mapping[str, str]] = field(default_factory=dict[str, Mapping[str, str]])


def is_pending(pod: Pod, cutoff: int, now: datetime, delay: timedelta) -> bool:
    """Whether a pod may ask for nodes: the scheduler found none, and it is no expendable one.

    Args:
        pod: any pod.
        cutoff: lowest priority that counts.
        now: the time.
        delay: how old it must be.
    """
    young = pod.created is not None and now - pod.created < delay
    return (
        pod.unschedulable
        and not (pod.node or pod.deleting or pod.finished or pod.is_of_node)
        and pod.priority >= cutoff
        and not young
    )


def left_over(pods: Iterable[Pod], snapshot: Snapshot) -> list[Pod]:
    """Pods that fit nowhere; those that fit are put onto the snapshot, important ones first."""
    left: list[Pod] = []
    for pod in sorted(pods, key=lambda it: -it.priority):
        place = None if pod.unsimulated else snapshot.find(pod)
        if place is None:
            left.append(pod)
        else:
            snapshot.place(pod, place)
    return left


def estimate(
    pods: Iterable[Pod], template: Template, snapshot: Snapshot, most: int
) -> tuple[int, tuple[Pod, ...]]:
    """How many nodes pods need, and which of them fit: large ones first, into the first room.

    Args:
        pods: that fit nowhere yet.
        template: of the nodes.
        snapshot: of what is there; stays as it is.
        most: most nodes.
    """
    there, added, placed = snapshot.copy(), list[str](), list[Pod]()
    for pod in sorted(pods, key=lambda it: -_size(it, template)):
        place = there.find(pod, added)
        if place is None and len(added) < most:
            name = f"{template.node.name}-{len(added)}"
            there.add(template.numbered(name), template.daemon_pods)
            if there.why_not(pod, name):
                there.remove(name)
            else:
                added.append(name)
                place = name
        if place is not None:
            there.place(pod, place)
            placed.append(pod)
    return len(added), tuple(placed)


def plan(
    pods: Sequence[Pod],
    groups: Mapping[str, tuple[Group, Template]],
    closed: Mapping[str, str],
    snapshot: Snapshot,
    choose: Callable[[Sequence[Option]], Option],
    *,
    balance: bool = False,
    ignored_labels: frozenset[str] = frozenset(),
    most: int | None = None,
) -> Plan:
    """What is to be done for pods that fit nowhere.

    Args:
        pods: those pods.
        groups: every group with its template, by name.
        closed: groups that may not grow now, and why.
        snapshot: of what is there.
        choose: which option is taken.
        balance: whether nodes are shared with similar groups.
        ignored_labels: in which similar groups may differ, beside the usual ones.
        most: most nodes more; None for no limit.
    """
    options: list[Option] = []
    simulated = [it for it in pods if not it.unsimulated]
    for group, template in groups.values():
        limit = group.room if most is None else min(group.room, most)
        if group.name not in closed and limit > 0:
            count, fitting = estimate(simulated, template, snapshot, limit)
            if count:
                options.append(Option(group, template, count, fitting))
    if not options:
        return Plan(refusals=refusals(pods, groups, closed, snapshot))
    best = choose(options)
    helped = {it.uid for it in best.pods}
    others = [it for it in pods if it.uid not in helped]
    sharing = [best.group]
    if balance:
        sharing += _similar(best, groups, closed, snapshot, ignored_labels)
    return Plan(
        _shared(sharing, best.count),
        best.pods,
        refusals(others, groups, closed, snapshot),
    )


def refusals(
    pods: Iterable[Pod],
    groups: Mapping[str, tuple[Group, Template]],
    closed: Mapping[str, str],
    snapshot: Snapshot,
) -> Mapping[str, Mapping[str, str]]:
    """Why no group helps a pod: uid → group → reason; pods that some group helps are left out."""
    found: dict[str, Mapping[str, str]] = {}
    for pod in pods:
        reasons = {
            group.name: _refusal(pod, group, template, closed, snapshot)
            for group, template in groups.values()
        }
        if all(reasons.values()):
            found[pod.uid] = reasons
    return found


def _refusal(
    pod: Pod, group: Group, template: Template, closed: Mapping[str, str], snapshot: Snapshot
) -> str:
    if pod.unsimulated:
        return f"the model of Cluster Autoscaler does not simulate {', '.join(pod.unsimulated)}"
    if group.name in closed:
        return closed[group.name]
    if not group.room:
        return "max node group size reached"
    there = snapshot.copy()
    there.add(template.node, template.daemon_pods)
    return there.why_not(pod, template.node.name)


def _size(pod: Pod, template: Template) -> Decimal:
    room = template.node.allocatable
    parts = (
        pod.requests.get(it, NONE) / room[it] for it in ("cpu", "memory") if room.get(it, NONE) > 0
    )
    return sum(parts, start=NONE)


def _similar(
    best: Option,
    groups: Mapping[str, tuple[Group, Template]],
    closed: Mapping[str, str],
    snapshot: Snapshot,
    ignored: frozenset[str],
) -> list[Group]:
    """Groups whose nodes are like those of the best, and take all of its pods."""
    return [
        group
        for group, template in groups.values()
        if group.name != best.group.name
        and group.name not in closed
        and group.room
        and are_similar(best.template, template, ignored)
        and not any(_refusal(it, group, template, {}, snapshot) for it in best.pods)
    ]


def are_similar(one: Template, other: Template, ignored: frozenset[str] = frozenset()) -> bool:
    """Whether nodes have the same labels and room, but for where they are and who made them."""
    left = {k: v for k, v in one.node.labels.items() if k not in _IGNORED_LABELS | ignored}
    right = {k: v for k, v in other.node.labels.items() if k not in _IGNORED_LABELS | ignored}
    here, there = one.node.allocatable, other.node.allocatable
    return (
        left == right
        and here.keys() == there.keys()
        and all(_is_near(here[it], there[it], _TOLERANCES.get(it, NONE)) for it in here)
    )


def _is_near(one: Decimal, other: Decimal, tolerance: Decimal) -> bool:
    return abs(one - other) <= max(one, other) * tolerance


def _shared(groups: Sequence[Group], count: int) -> tuple[Growth, ...]:
    """Nodes given one by one to the smallest group that has room."""
    sizes = {it.name: it.target for it in groups}
    room = sum(it.room for it in groups)
    for _ in range(min(count, room)):
        smallest = min(
            (it for it in groups if sizes[it.name] < it.maximum), key=lambda it: sizes[it.name]
        )
        sizes[smallest.name] += 1
    return tuple(Growth(it, sizes[it.name]) for it in groups if sizes[it.name] > it.target)
