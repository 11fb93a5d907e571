"""Which of several groups grows."""

import random
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

import yaml
from pydantic import TypeAdapter, ValidationError

from localcloud.cluster_autoscaler.groups import Group, Template
from localcloud.cluster_autoscaler.objects import NONE, Pod

PRIORITIES = "cluster-autoscaler-priority-expander"
"""ConfigMap of the priority expander; its key ``priorities`` has lists of expressions by number."""

Priorities = Mapping[int, Sequence[str]]


@dataclass(frozen=True)
class Option:
    """A way to grow.

    Attributes:
        group: that would grow.
        template: of its nodes.
        count: nodes more.
        pods: that would then fit.
    """

    group: Group
    template: Template
    count: int
    pods: tuple[Pod, ...]


class PrioritiesError(ValueError):
    """The ConfigMap of the priority expander is none."""


def read_priorities(text: str | None) -> Priorities:
    """Expressions of group names by priority.

    Raises:
        PrioritiesError: the text is no such document, or an expression is none.
    """
    try:
        read = TypeAdapter(dict[int, list[str]]).validate_python(yaml.safe_load(text or ""))
        for expression in (it for many in read.values() for it in many):
            re.compile(expression)
    except (yaml.YAMLError, ValidationError, re.error) as error:
        raise PrioritiesError(f"{PRIORITIES}: priorities: {error}") from error
    return read


def choose(
    options: Sequence[Option],
    expanders: Sequence[str],
    priorities: Priorities | None,
    pick: Callable[[Sequence[Option]], Option] = random.choice,
) -> Option:
    """The option that expanders leave, one after the other; among equals it is picked.

    Args:
        options: at least one.
        expanders: names.
        priorities: of the priority expander; None where its ConfigMap is none, and it chooses
            nothing.
        pick: the last word.
    """
    left = list(options)
    for name in expanders:
        if name == "priority" and priorities is not None:
            left = _most_wanted(left, priorities)
        elif name in _SCORES:
            scores = [_SCORES[name](it) for it in left]
            left = [it for it, score in zip(left, scores, strict=True) if score == min(scores)]
    return pick(left)


def _most_wanted(options: list[Option], priorities: Priorities) -> list[Option]:
    """Those of the highest priority; all where no expression speaks of any."""
    ranked = [(_priority(it.group.name, priorities), it) for it in options]
    found = [(rank, it) for rank, it in ranked if rank is not None]
    if not found:
        return options
    best = max(rank for rank, _ in found)
    return [it for rank, it in found if rank == best]


def _priority(name: str, priorities: Priorities) -> int | None:
    ranks = [rank for rank, many in priorities.items() if any(re.search(it, name) for it in many)]
    return max(ranks, default=None)


def _waste(option: Option) -> Decimal:
    """Fractions of CPUs and memory that would stay idle, together."""
    return sum((_idle(option, it) for it in ("cpu", "memory")), start=NONE)


def _idle(option: Option, resource: str) -> Decimal:
    there = option.template.node.allocatable.get(resource, NONE) * option.count
    used = sum((it.requests.get(resource, NONE) for it in option.pods), start=NONE)
    return (there - used) / there if there else NONE


_SCORES: Mapping[str, Callable[[Option], Decimal]] = {
    "least-waste": _waste,
    "most-pods": lambda it: Decimal(-len(it.pods)),
    "least-nodes": lambda it: Decimal(it.count),
}
"""The lower the better; random has none."""
