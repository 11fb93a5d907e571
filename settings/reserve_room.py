"""Whether reserve pods find room on the nodes that a colour has, or would wait for ever."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from pydantic_core import InitErrorDetails

from catalogue.addons import KARPENTER
from catalogue.instance_types import instance_type
from settings.model import expected
from settings.node_groups import NodeGroup
from settings.nodes import Nodes
from settings.reserve import Reserve

_OWN_CPUS = 1
"""Cores of a node that the kubelet and the platform's own pods on each have, rounded up."""

_OWN_GIB = 2
"""GiB that the kubelet keeps back for 110 pods (11 MiB each, 255 MiB, and 100 MiB before it
evicts), and that the kernel takes, rounded up: nodeadm's ``internal/kubelet`` says so."""

_MIB = 1024
_KARPENTERS_CPUS = 16
_GIB_PER_CPU = {"c": 2, "m": 4, "r": 8}


@dataclass(frozen=True)
class _Room:
    """What a reserve pod finds on an empty node of one place.

    Attributes:
        cpus: whole cores.
        gib: of memory.
        where: the place, and what limits it.
    """

    cpus: int
    gib: int
    where: str


def room_mistakes(
    reserve: Reserve, groups: Mapping[str, NodeGroup], nodes: Nodes
) -> Iterator[InitErrorDetails]:
    """A reserve pod that no node of its capacity can ever take.

    Of a group the smallest type counts: any may come. Where there are no nodes of that capacity at
    all nothing is said.

    Args:
        reserve: what the stack file says of it.
        groups: node groups, by name.
        nodes: what makes others.
    """
    rooms = [*_of_groups(reserve, groups), *_of_karpenter(reserve, nodes)]
    if not rooms or any(it.cpus >= reserve.cpus and it.gib >= reserve.memory_gib for it in rooms):
        return
    most = max(rooms, key=lambda it: (it.cpus, it.gib))
    if reserve.cpus > most.cpus:
        right = f"at most {most.cpus}, or larger instance types: {most.where}"
        yield InitErrorDetails(type=expected(right), loc=("cpus",), input=reserve.cpus)
    if reserve.memory_gib > most.gib:
        right = f"at most {most.gib}, or larger instance types: {most.where}"
        yield InitErrorDetails(type=expected(right), loc=("memoryGiB",), input=reserve.memory_gib)


def _of_groups(reserve: Reserve, groups: Mapping[str, NodeGroup]) -> Sequence[_Room]:
    found: list[_Room] = []
    for name, group in groups.items():
        if group.capacity != reserve.capacity:
            continue
        smallest = min(
            map(instance_type, group.instance_types), key=lambda it: (it.vcpus, it.memory_mib)
        )
        gib = smallest.memory_mib // _MIB
        size = f"{smallest.vcpus} vCPUs and {gib} GiB, not all for pods"
        where = f"{smallest.name} of nodeGroups.{name} has {size}"
        found.append(_Room(smallest.vcpus - _OWN_CPUS, gib - _OWN_GIB, where))
    return found


def _of_karpenter(reserve: Reserve, nodes: Nodes) -> Sequence[_Room]:
    if nodes.autoscaler != KARPENTER.name:
        return []
    if reserve.capacity == "spot" and not nodes.karpenter.spot:
        return []
    gib = max(_GIB_PER_CPU[it] for it in nodes.karpenter.categories) * _KARPENTERS_CPUS
    where = f"Karpenter's have at most {_KARPENTERS_CPUS} vCPUs, and {gib} GiB, not all for pods"
    return [_Room(_KARPENTERS_CPUS - _OWN_CPUS, gib - _OWN_GIB, where)]
