"""Visitors of a live name: each goes where DNS sent it, for as long as it may remember."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, repeat
from typing import TypeAlias

import dns.exception

from localcloud.traffic import Resolver, ask_server

Ask: TypeAlias = Callable[[str], tuple[Sequence[str], float]]
"""Name → its addresses, and the seconds that they may be kept."""

NOBODY = ""
"""In the place of a colour: the name has no address, or one that is no colour's."""

_VISITORS = 50


@dataclass(frozen=True)
class Visitors:
    """Many visitors of one name.

    Attributes:
        name: that they ask for.
        resolvers: the memory of each.
        colours: address → colour that it leads to.
    """

    name: str
    resolvers: Sequence[Resolver]
    colours: Mapping[str, str]

    def shares(self) -> dict[str, float]:
        """Which part of them goes to which colour now; to `NOBODY` where a name has no address."""
        found: dict[str, float] = {}
        for it in self.resolvers:
            try:
                addresses = it.addresses(self.name)
            except dns.exception.DNSException:
                addresses = ()
            colour = self.colours.get(addresses[0], NOBODY) if addresses else NOBODY
            found[colour] = found.get(colour, 0.0) + 1 / len(self.resolvers)
        return found


def visitors(name: str, own_names: Mapping[str, str], dns_port: int) -> Visitors:
    """Visitors of a live name.

    Args:
        name: the live name.
        own_names: colour → the name of the same application on it alone.
        dns_port: of the local cloud's DNS server.

    Raises:
        dns.exception.DNSException: the server does not answer.
    """

    def ask(asked: str) -> tuple[Sequence[str], float]:
        return ask_server(asked, dns_port)

    colours = {address: colour for colour, own in own_names.items() for address in ask(own)[0]}
    return Visitors(name, _remembering(ask), colours)


def _remembering(ask: Ask) -> Sequence[Resolver]:
    """Those who came at different times: their memories do not end together."""
    return [Resolver(_aged(ask, 1 - number / _VISITORS)) for number in range(_VISITORS)]


def _aged(ask: Ask, left: float) -> Ask:
    """The first answer holds for a part of its time alone."""
    parts = chain([left], repeat(1.0))

    def aged(name: str) -> tuple[Sequence[str], float]:
        addresses, seconds = ask(name)
        return addresses, seconds * next(parts)

    return aged
