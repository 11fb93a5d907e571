"""Auto Scaling groups, and what a new node of one would be like."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

from kubernetes.utils.quantity import parse_quantity

from localcloud.cluster_autoscaler.fitting import why_not_by_itself
from localcloud.cluster_autoscaler.objects import HOSTNAME, Node, Pod, Resources, Taint

_TEMPLATE = "k8s.io/cluster-autoscaler/node-template"
_TAINT = re.compile(r"(.*):(NoSchedule|NoExecute|PreferNoSchedule)")
_PODS = Decimal(110)
"""Pods that the real program takes for the room of a node that it never saw."""

TO_BE_DELETED = "ToBeDeletedByClusterAutoscaler"
"""Taint of a node that is being removed."""

_SETTLED = timedelta(minutes=1)
"""How long a node must be ready before others are thought to be like it (nodeinfosprovider)."""

_PASSING = (TO_BE_DELETED, "DeletionCandidateOfClusterAutoscaler")
_CONDITIONS = "node.kubernetes.io/"


@dataclass(frozen=True)
class InstanceType:
    """What an instance has.

    Attributes:
        name: such as ``m5.large``.
        cpus: virtual ones.
        memory: bytes.
        architecture: in Kubernetes' word.
    """

    name: str
    cpus: int
    memory: int
    architecture: str = "amd64"


@dataclass(frozen=True)
class Group:
    """An Auto Scaling group.

    Attributes:
        minimum: fewest instances.
        maximum: most instances.
        target: desired capacity.
        instances: ids of those that it has.
        kind: the type that it starts first.
        zones: where it may start them.
    """

    name: str
    minimum: int
    maximum: int
    target: int
    instances: frozenset[str]
    tags: Mapping[str, str]
    kind: str
    zones: tuple[str, ...]
    region: str = ""

    @property
    def room(self) -> int:
        """How many instances more it may have."""
        return max(0, self.maximum - self.target)


@dataclass(frozen=True)
class Template:
    """A node as a group would make it, with the pods that every node gets."""

    node: Node
    daemon_pods: tuple[Pod, ...] = ()

    def numbered(self, name: str) -> Node:
        """Such a node under a name."""
        return replace(self.node, name=name, labels={**self.node.labels, HOSTNAME: name})


def template_of_nodes(
    group: Group,
    nodes: Sequence[Node],
    pods_on: Callable[[str], Iterable[Pod]],
    passing_taints: frozenset[str],
    now: datetime,
) -> Template | None:
    """What a new node of a group would be like: like one that is ready for a while.

    Args:
        group: the group.
        nodes: its nodes.
        pods_on: pods of a node by its name.
        passing_taints: keys of taints that nodes lose by themselves.
        now: the time.

    Returns:
        None where it has no such node.
    """
    good = [it for it in nodes if _is_settled(it, now)]
    if not good:
        return None
    seen = min(good, key=lambda it: it.name)
    name = _name(group)
    node = replace(
        seen,
        name=name,
        labels={**seen.labels, HOSTNAME: name},
        taints=tuple(it for it in seen.taints if not _passes(it, passing_taints)),
        instance="",
    )
    return Template(node, tuple(it for it in pods_on(seen.name) if it.is_of_node))


def template_of_tags(group: Group, kind: InstanceType, daemons: Iterable[Pod]) -> Template:
    """What the tags of a group say of a new node.

    Args:
        group: the group.
        kind: its instance type.
        daemons: what each DaemonSet would make of a pod.
    """
    node = _by_tags(group, _name(group), kind)
    return Template(node, tuple(it for it in daemons if not why_not_by_itself(it, node)))


def _name(group: Group) -> str:
    return f"template-node-for-{group.name}"


def _is_settled(node: Node, now: datetime) -> bool:
    young = node.ready_since is not None and now - node.ready_since < _SETTLED
    leaving = node.cordoned or any(it.key == TO_BE_DELETED for it in node.taints)
    return node.ready and not young and not leaving


def _passes(taint: Taint, passing: frozenset[str]) -> bool:
    return taint.key in passing or taint.key in _PASSING or taint.key.startswith(_CONDITIONS)


def _by_tags(group: Group, name: str, kind: InstanceType) -> Node:
    labels = {
        HOSTNAME: name,
        "kubernetes.io/os": "linux",
        "kubernetes.io/arch": kind.architecture,
        "node.kubernetes.io/instance-type": kind.name,
        "topology.kubernetes.io/region": group.region,
        "topology.kubernetes.io/zone": group.zones[0] if group.zones else "",
        **_tagged(group, "label"),
    }
    room: Resources = {
        "cpu": Decimal(kind.cpus),
        "memory": Decimal(kind.memory),
        "pods": _PODS,
        **{it: Decimal(parse_quantity(said)) for it, said in _tagged(group, "resources").items()},
    }
    return Node(name=name, labels=labels, taints=tuple(_taints(group)), allocatable=room)


def _tagged(group: Group, what: str) -> Mapping[str, str]:
    prefix = f"{_TEMPLATE}/{what}/"
    return {
        key.removeprefix(prefix): value
        for key, value in group.tags.items()
        if key.startswith(prefix)
    }


def _taints(group: Group) -> Iterable[Taint]:
    for key, said in _tagged(group, "taint").items():
        found = _TAINT.fullmatch(said)
        if found:
            yield Taint(key, found.group(1), found.group(2))
