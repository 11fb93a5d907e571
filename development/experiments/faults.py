"""What goes wrong in a run, and when: it follows from the seed and the load alone."""

import random
from collections.abc import Sequence
from dataclasses import dataclass

from development.experiments.traces import Trace
from localcloud.state import REGION

INTERRUPTIONS = 3
SHORTAGE_SECONDS = 600.0

_ZONES = tuple(f"{REGION}{letter}" for letter in "abc")


@dataclass(frozen=True)
class Faults:
    """The plan of one run; times are seconds of the trace.

    Attributes:
        interruptions: when a spot instance is taken back, and which: a part of those that run,
            in the order of their ids.
        zone: where EC2 has no instances left.
        shortage: from when to when.
    """

    interruptions: Sequence[tuple[float, float]]
    zone: str
    shortage: tuple[float, float]


def planned(trace: Trace, seed: int) -> Faults:
    """The faults of a run."""
    source = random.Random(seed * 7919 + 1)  # noqa: S311 - no secret
    begin, end = trace.busy
    times = sorted(source.uniform(begin, end) for _ in range(INTERRUPTIONS))
    zone = source.choice(_ZONES)
    # Where it hurts: as the load begins to rise.
    start = source.uniform(begin, begin + (end - begin) / 5)
    return Faults(
        tuple((time, source.random()) for time in times), zone, (start, start + SHORTAGE_SECONDS)
    )


def chosen(running: Sequence[str], part: float) -> str | None:
    """The instance that is taken, or None where none runs."""
    ordered = sorted(running)
    return ordered[int(part * len(ordered))] if ordered else None
