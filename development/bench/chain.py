"""The longest chain of things that wait for each other."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from functools import cache


@dataclass(frozen=True)
class Link:
    """One thing of a chain.

    Attributes:
        key: which.
        seconds: that it takes itself.
        end: seconds from the begin of all until it is done.
    """

    key: str
    seconds: float
    end: float


def longest(waits: Mapping[str, Set[str]], seconds: Mapping[str, float]) -> Sequence[Link]:
    """The chain that ends last where all begins as early as it can; the first link first.

    Args:
        waits: key → keys that it waits for.
        seconds: key → seconds that it takes.
    """

    @cache
    def link(key: str) -> tuple[float, str | None]:
        before = max(sorted(waits[key]), key=lambda it: link(it)[0], default=None)
        began = 0.0 if before is None else link(before)[0]
        return began + seconds[key], before

    found: list[Link] = []
    key: str | None = max(sorted(waits), key=lambda it: link(it)[0], default=None)
    while key is not None:
        end, before = link(key)
        found.append(Link(key, seconds[key], end))
        key = before
    return found[::-1]


def reverse(waits: Mapping[str, Set[str]]) -> Mapping[str, Set[str]]:
    """Who waits for whom when all goes in reverse, as a destroy does."""
    turned: dict[str, set[str]] = {key: set() for key in waits}
    for key, others in waits.items():
        for other in others:
            turned[other].add(key)
    return turned
