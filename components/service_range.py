"""Which range a cluster's Services get. Nodes must know it, so it is not left to EKS to choose."""

import ipaddress
from collections.abc import Iterable, Iterator

_USUAL = ("172.20.0.0/16", "10.100.0.0/16")  # what EKS itself chooses between
_PRIVATE = ("172.16.0.0/12", "10.0.0.0/8", "192.168.0.0/16")  # of which EKS takes a part
_PREFIX = 16


def free_service_range(taken: Iterable[str]) -> str | None:
    """The first usual range that overlaps none of those taken, else the first private /16.

    Args:
        taken: IPv4 ranges.

    Returns:
        The range; None if there is none.
    """
    known = tuple(taken)
    return next((it for it in _candidates() if not overlapping(it, known)), None)


def overlapping(service_range: str, taken: Iterable[str]) -> list[str]:
    """Those of some IPv4 ranges that overlap the Services'."""
    services = ipaddress.IPv4Network(service_range)
    return [it for it in taken if services.overlaps(ipaddress.IPv4Network(it))]


def _candidates() -> Iterator[str]:
    yield from _USUAL
    for block in map(ipaddress.IPv4Network, _PRIVATE):
        yield from map(str, block.subnets(new_prefix=_PREFIX))
