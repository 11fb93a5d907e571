"""What an instance costs, and where EC2 has none left.

On-demand prices are those of `catalogue.prices`. Nobody publishes spot prices offline, so theirs
are made up: a stated part of on demand (`price_lists/services.yaml`), more or less by type and
zone, always the same for the same ones.
"""

import threading
import zlib
from collections.abc import Iterable, Mapping

from catalogue import prices
from catalogue.instance_types import instance_types
from localcloud.scarcity import ZONES, CapacityType

_SPREAD = 0.3
"""By how much the dearest spot price of a type is above the mean, and the cheapest below it."""

_lock = threading.Lock()
_without: dict[str, frozenset[CapacityType]] = {}


def on_demand_price(kind: str, region: str) -> float | None:
    """USD an hour, or None for a type that no list has."""
    try:
        return prices.node(kind, region).usd_hour
    except prices.NoPriceError:
        return None


def spot_price(kind: str, zone: str) -> float | None:
    """USD an hour in a zone such as ``eu-west-1a``; None for a type that EC2 does not sell so."""
    known = instance_types().get(kind)
    if known is None or "spot" not in known.usage_classes:
        return None
    try:
        mean = prices.node(kind, zone[:-1], spot=True).usd_hour
    except prices.NoPriceError:
        return None
    share = (zlib.crc32(f"{kind} {zone}".encode()) % 1000) / 999
    return mean * (1 + _SPREAD * (2 * share - 1))


def price(kind: str, zone: str, capacity: CapacityType) -> float | None:
    """USD an hour of an instance that is bought so, or None where it cannot be."""
    return spot_price(kind, zone) if capacity == "spot" else on_demand_price(kind, zone[:-1])


def has_capacity(zone: str, capacity: CapacityType) -> bool:
    """Whether EC2 has instances left in a zone."""
    with _lock:
        return capacity not in _without.get(zone, ())


def none_left(kind: str, zone: str, capacity: CapacityType) -> str:
    """EC2's words for a zone that has no such instances left."""
    if capacity == "spot":
        return "There is no Spot capacity available that matches your request."
    others = [it for it in ZONES if it != zone and has_capacity(it, capacity)]
    said = (
        f"We currently do not have sufficient {kind} capacity in the Availability Zone you"
        f" requested ({zone}). Our system will be working on provisioning additional capacity."
    )
    if not others:
        return said
    return (
        f"{said} You can currently get {kind} capacity by not specifying an Availability Zone in"
        f" your request or choosing {', '.join(others)}."
    )


def set_empty(zones: Mapping[str, Iterable[CapacityType]]) -> None:
    """Says in which zones EC2 has no instances of which kind left; in all others it has."""
    with _lock:
        _without.clear()
        _without.update({zone: frozenset(kinds) for zone, kinds in zones.items()})


def empty() -> Mapping[str, tuple[CapacityType, ...]]:
    """Zones without capacity, as they were set."""
    with _lock:
        return {zone: tuple(sorted(kinds)) for zone, kinds in sorted(_without.items())}
