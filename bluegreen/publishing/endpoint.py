"""A record set that an object asks for, on its way through ExternalDNS."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv6Address, ip_address
from typing import Literal

Kind = Literal["A", "AAAA", "CNAME"]

KINDS: tuple[Kind, ...] = ("A", "AAAA", "CNAME")
"""In the order in which ExternalDNS makes them of one object's targets."""

ALIAS = "alias"
"""Property of an endpoint: ``true`` makes it an alias, of type A and AAAA."""

UNCONFIGURED_TTL = 0


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """One record set that is asked for: `endpoint.Endpoint` of ExternalDNS.

    Attributes:
        name: as the template gave it: not lower-cased, without a final dot.
        type: A, AAAA or CNAME; a CNAME may yet become an alias.
        targets: addresses or host names.
        resource: the object, ``ingress/NAMESPACE/NAME``; of several that were merged, the first.
        sources: all objects that were merged.
        ttl: seconds; 0 where nothing says it.
        set_identifier: annotation of that name, or empty.
        properties: other annotations that AWS knows, such as ``aws/weight``.
        own_target: whether an annotation says the targets, not the load balancer.
        mixed: its object has addresses and host names as targets, and annotations of a DNS
            provider. Release 0.21 keeps one list of these for both, and changes it for each:
            what comes of it depends on their order.
    """

    name: str
    type: Kind
    targets: tuple[str, ...]
    resource: str
    sources: frozenset[str]
    ttl: int = UNCONFIGURED_TTL
    set_identifier: str = ""
    properties: Mapping[str, str] = field(default_factory=dict[str, str])
    own_target: bool = False
    mixed: bool = False

    @property
    def alias(self) -> bool:
        """Whether it is written as an alias."""
        return self.properties.get(ALIAS) == "true"


def kind_of(target: str) -> Kind:
    """Type of the record set that leads to a target: `SuitableType`."""
    try:
        address = ip_address(target)
    except ValueError:
        return "CNAME"
    return "AAAA" if isinstance(address, IPv6Address) else "A"


def least(candidates: Sequence[Endpoint]) -> Endpoint:
    """The candidate whose targets come first: `PerResource.ResolveCreate`."""
    return min(candidates, key=lambda endpoint: _rank(endpoint.targets))


def _rank(targets: Iterable[str]) -> tuple[int, tuple[tuple[int, object, str], ...]]:
    """`Targets.IsLess`: fewer first, addresses before host names."""
    ordered = sorted(targets)
    return len(ordered), tuple(_target_rank(target) for target in ordered)


def _target_rank(target: str) -> tuple[int, object, str]:
    try:
        address = ip_address(target)
    except ValueError:
        return 2, 0, target
    return address.version // 6, int(address), ""
