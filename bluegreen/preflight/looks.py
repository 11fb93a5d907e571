"""What was seen of an account, or why it was not."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias, TypeVar

from bluegreen.finding import Finding, unseen

T = TypeVar("T")


@dataclass(frozen=True)
class Unseen:
    """Something that could not be looked at.

    Attributes:
        why: in words, for people.
    """

    why: str


Look: TypeAlias = T | Unseen
"""What was seen, or that it was not."""


def judge(rule: str, says: str, look: Look[T], verdict: Callable[[T], Finding]) -> Finding:
    """A finding about what was seen; what was not seen is a finding of its own.

    Args:
        rule: short name.
        says: what the rule demands.
        look: what was seen.
        verdict: judges it.
    """
    if isinstance(look, Unseen):
        return unseen(rule, says, [look.why])
    return verdict(look)
