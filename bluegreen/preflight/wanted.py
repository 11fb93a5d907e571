"""What the stack files want of an account."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

from catalogue.addons import KARPENTER
from catalogue.instance_types import InstanceType, instance_type
from settings.colour import ColourSettings
from settings.names import Colour
from settings.network import OwnNetwork
from settings.node_groups import NodeGroup
from settings.shared import SharedSettings

# https://docs.cilium.io/en/stable/network/concepts/ipam/eni/: a prefix has 16 addresses.
_PREFIX = 16


class Group(NamedTuple):
    """A node group of a stack file.

    Attributes:
        colour: whose.
        name: its name.
        settings: what the file says of it.
    """

    colour: Colour
    name: str
    settings: NodeGroup

    @property
    def in_words(self) -> str:
        """The group, for people."""
        return f"group {self.name} of {self.colour}"

    @property
    def largest(self) -> InstanceType:
        """The type with the most vCPUs: what the group takes of a quota at worst."""
        return max(self.types, key=lambda kind: kind.vcpus)

    @property
    def types(self) -> list[InstanceType]:
        """Its types."""
        return [instance_type(name) for name in self.settings.instance_types]

    @property
    def addresses(self) -> int:
        """Addresses of a subnet that its nodes take at `max`, pods included.

        Of the type that takes the most: one of its own, and prefixes of 16, as many as all of a
        node's pods fill, or single addresses where a type knows no prefixes.
        """
        return self.settings.max * max(map(addresses_of, self.types))


class Pool(NamedTuple):
    """A pool of nodes that Karpenter makes, of types of families c, m and r.

    Attributes:
        capacity: how instances are bought.
        max_vcpus: most vCPUs of all its nodes.
    """

    capacity: Literal["on-demand", "spot"]
    max_vcpus: int


def addresses_of(kind: InstanceType) -> int:
    """Addresses that a full node takes."""
    if not kind.has_prefixes:
        return kind.max_pods
    return 1 + _PREFIX * -(-kind.max_pods // _PREFIX)


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What stack files want.

    Attributes:
        shared: of the shared stack; None where its file is wrong.
        colours: of each colour that is looked at and whose file is right.
        mistakes: of the files, in words.
    """

    shared: SharedSettings | None
    colours: Mapping[Colour, ColourSettings]
    mistakes: tuple[str, ...] = ()

    @property
    def minors(self) -> list[str]:
        """Kubernetes minors, each once, in order."""
        return sorted({settings.kubernetes_version for settings in self.colours.values()})

    @property
    def groups(self) -> list[Group]:
        """Node groups of all colours."""
        return list(self._groups())

    def _groups(self) -> Iterator[Group]:
        for colour, settings in self.colours.items():
            for name, group in settings.node_groups.items():
                yield Group(colour, name, group)

    @property
    def instance_types(self) -> list[str]:
        """Types of all groups, each once, in order."""
        return sorted({name for group in self.groups for name in group.settings.instance_types})

    @property
    def gateways(self) -> int:
        """NAT gateways, and as many Elastic IP addresses, that a network of its own has."""
        if self.shared is None or not isinstance(self.shared.network, OwnNetwork):
            return 0
        return 3 if self.shared.network.nat_gateways == "perZone" else 1

    @property
    def has_spot(self) -> bool:
        """Whether any group or pool is of spot instances."""
        return any(group.settings.capacity == "spot" for group in self.groups) or any(
            pool.capacity == "spot" for pool in self.pools
        )

    @property
    def pools(self) -> list[Pool]:
        """Pools of Karpenter of all colours."""
        return [
            Pool(capacity, settings.nodes.karpenter.max_vcpus)
            for settings in self.colours.values()
            if KARPENTER.name in settings.enabled_addons
            for capacity in _capacities(settings)
        ]


def _capacities(settings: ColourSettings) -> tuple[Literal["on-demand", "spot"], ...]:
    return ("on-demand", "spot") if settings.nodes.karpenter.spot else ("on-demand",)
