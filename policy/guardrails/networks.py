"""How much of the internet ranges of addresses hold, however they are written."""

from collections.abc import Iterable, Sequence
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    collapse_addresses,
    ip_network,
)

_MOST_V4 = 2**24
"""Addresses of a /8: no one that is let in by name has more."""
_MOST_V6 = 2**112
"""Addresses of a /16, as above: the largest providers have a /19."""

# Nobody on the internet has these.
# https://www.iana.org/assignments/iana-ipv4-special-registry
_NOT_INTERNET = tuple(
    map(
        IPv4Network,
        (
            "0.0.0.0/8",
            "10.0.0.0/8",
            "100.64.0.0/10",
            "127.0.0.0/8",
            "169.254.0.0/16",
            "172.16.0.0/12",
            "192.168.0.0/16",
            "198.18.0.0/15",
            "224.0.0.0/3",
        ),
    )
)
_INTERNET_V6 = IPv6Network("2000::/3")
_HOLD_V4 = (
    IPv6Network("::/96"),  # IPv4-compatible
    IPv6Network("::ffff:0:0/96"),  # IPv4-mapped
    IPv6Network("64:ff9b::/96"),  # NAT64
    IPv6Network("2002::/16"),  # 6to4
)
"""Networks of IPv6 in which every address of IPv4 has its place, right behind the prefix."""


class NotANetworkError(Exception):
    """A text is no range of addresses."""


def most_of_the_internet(ranges: Iterable[str]) -> bool:
    """Whether ranges together hold more of the internet than any one that could be meant.

    Raises:
        NotANetworkError: one of them is no range.
    """
    four: list[IPv4Network] = []
    six: list[IPv6Network] = []
    for text in ranges:
        network = _network(text)
        if isinstance(network, IPv4Network):
            four.append(network)
        else:
            six.append(network)
            four += [held for place in _HOLD_V4 for held in _held(network, place)]
    of_six = sum(_shared(network, _INTERNET_V6) for network in collapse_addresses(six))
    return _public(four) > _MOST_V4 or of_six > _MOST_V6


def _network(text: str) -> IPv4Network | IPv6Network:
    try:
        # AWS reads 1.2.3.4/0 as 0.0.0.0/0.
        return ip_network(text.strip(), strict=False)
    except ValueError as error:
        raise NotANetworkError(f"{text or 'an empty text'} is no range of addresses") from error


def _held(network: IPv6Network, place: IPv6Network) -> Sequence[IPv4Network]:
    """The addresses of IPv4 that a network holds in a place for them."""
    if not network.overlaps(place):
        return ()
    if place.subnet_of(network):
        return (IPv4Network("0.0.0.0/0"),)
    behind = min(network.prefixlen - place.prefixlen, IPv4Address(0).max_prefixlen)
    shift = IPv6Address(0).max_prefixlen - place.prefixlen - IPv4Address(0).max_prefixlen
    found = (int(network.network_address) >> shift) & int(IPv4Address("255.255.255.255"))
    return (IPv4Network((found, behind)),)


def _public(networks: Iterable[IPv4Network]) -> int:
    return sum(
        network.num_addresses - sum(_shared(network, other) for other in _NOT_INTERNET)
        for network in collapse_addresses(networks)
    )


def _shared(network: IPv4Network | IPv6Network, other: IPv4Network | IPv6Network) -> int:
    """Addresses that two networks share: of two that overlap, one holds the other."""
    if network.version != other.version or not network.overlaps(other):
        return 0
    return min(network.num_addresses, other.num_addresses)
