"""Whether reserve pods find room on the nodes that a colour may have, or would wait for ever."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from pydantic_core import InitErrorDetails, PydanticCustomError

from catalogue.addons import KARPENTER
from catalogue.instance_types import InstanceType, instance_type, instance_types
from settings.instance_types import DAEMON_MEMORY_MIB, kept_mib
from settings.model import expected
from settings.node_groups import NodeGroup
from settings.nodes import POOL_CPUS, POOL_GENERATION, Karpenter, Nodes
from settings.reserve import Reserve

_OWN_CPUS = 1
"""Cores of a node that the kubelet and the platform's own pods on each have, rounded up."""

_SEEN = 0.925
"""Part of an instance's memory that its kernel shows at least: Karpenter plans with it
(``vmMemoryOverheadPercent``)."""

_MIB = 1024
_FAMILY = re.compile(r"([a-z]+)(\d+)")
_OFF = "overprovisioning and cluster-proportional-autoscaler off"


class _Size(NamedTuple):
    """Whole cores and GiB that pods find on an empty node."""

    cpus: int
    gib: int


@dataclass(frozen=True)
class _Room:
    """A kind of node that may come.

    Attributes:
        size: what a reserve pod finds there.
        name: of its instance type.
        where: what has it come.
        wider: what would have nodes come that are large enough; empty where nothing would.
    """

    size: _Size
    name: str
    where: str
    wider: str = "larger instance types"

    def takes(self, reserve: Reserve) -> bool:
        """Whether a reserve pod fits."""
        return self.size.cpus >= reserve.cpus and self.size.gib >= reserve.memory_gib


def room_mistakes(
    reserve: Reserve, groups: Mapping[str, NodeGroup], nodes: Nodes
) -> Iterator[InitErrorDetails]:
    """A reserve pod that no node of its capacity can ever take.

    Where there are no nodes of that capacity at all nothing is said.

    Args:
        reserve: what the stack file says of it.
        groups: node groups, by name.
        nodes: what makes others.
    """
    rooms = [*_of_groups(reserve, groups), *_of_karpenter(reserve, nodes)]
    if not rooms or any(it.takes(reserve) for it in rooms):
        return
    wide = [it for it in rooms if it.size.cpus >= reserve.cpus]
    if not wide:
        best = max(rooms, key=lambda it: it.size)
        error = _too_large(best.size.cpus, best)
        yield InitErrorDetails(type=error, loc=("cpus",), input=reserve.cpus)
    best = max(wide or rooms, key=lambda it: (it.size.gib, it.size.cpus))
    if best.size.gib < reserve.memory_gib:
        error = _too_large(best.size.gib, best)
        yield InitErrorDetails(type=error, loc=("memoryGiB",), input=reserve.memory_gib)


def _too_large(most: int, best: _Room) -> PydanticCustomError:
    ways = [f"at most {most}"] if most > 0 else []
    right = ", or ".join((*ways, *([best.wider] if best.wider else []), _OFF))
    cores = "1 core" if best.size.cpus == 1 else f"{max(best.size.cpus, 0)} cores"
    return expected(
        f"{right}: {best.name} of {best.where} has {cores} and"
        f" {max(best.size.gib, 0)} GiB for such a pod"
    )


def _of_groups(reserve: Reserve, groups: Mapping[str, NodeGroup]) -> Sequence[_Room]:
    """A group may have a node of any of its types; reserve pods tolerate no taint of its own."""
    return [
        _Room(_size(instance_type(kind)), kind, f"nodeGroups.{name}")
        for name, group in groups.items()
        if group.capacity == reserve.capacity
        and not any(it.effect != "PreferNoSchedule" for it in group.taints)
        for kind in group.instance_types
    ]


def _of_karpenter(reserve: Reserve, nodes: Nodes) -> Sequence[_Room]:
    if nodes.autoscaler != KARPENTER.name:
        return []
    if reserve.capacity == "spot" and not nodes.karpenter.spot:
        return []
    wider = _wider(reserve, nodes.karpenter)
    return [replace(it, wider=wider) for it in _pool(nodes.karpenter)]


def _wider(reserve: Reserve, now: Karpenter) -> str:
    """What of the pools' settings would be enough by itself."""
    larger = now.model_copy(update={"max_vcpus": POOL_CPUS[1]})
    memory = now.model_copy(update={"categories": (*now.categories, "r")})
    ways = {"a larger nodes.karpenter.maxVcpus": larger, "r in nodes.karpenter.categories": memory}
    helping = [said for said, it in ways.items() if any(r.takes(reserve) for r in _pool(it))]
    return " or ".join(helping)


def _pool(wanted: Karpenter) -> Sequence[_Room]:
    """What a pool may make, by its requirements: ``components.addons.karpenter.pools``."""
    least, most = POOL_CPUS
    return [
        _Room(_size(it), it.name, "Karpenter's pool")
        for it in instance_types().values()
        if (family := _FAMILY.match(it.name))
        and family[1] in wanted.categories
        and int(family[2]) >= POOL_GENERATION
        and it.architecture == wanted.architecture
        and least <= it.vcpus <= min(most, wanted.max_vcpus)
    ]


def _size(kind: InstanceType) -> _Size:
    free = kind.memory_mib * _SEEN - kept_mib(kind) - DAEMON_MEMORY_MIB
    return _Size(kind.vcpus - _OWN_CPUS, int(free // _MIB))
