"""What is asked of the service: requests a second over time, the same for the same seed."""

import random
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

DAY_FILE = Path(__file__).parent / "day.txt"
"""One recorded day, normalised; its first lines say where it is from."""

PEAK = 2400.0
"""Requests a second at the top of each trace."""

RISE = 10
"""By how much the evening's peak is above what is flat before it."""

_MINUTE = 60.0
_NOISE = 0.03  # part of the load by which neighbouring points differ


@dataclass(frozen=True)
class Trace:
    """A load.

    Attributes:
        name: ``evening`` or ``day``.
        points: seconds since the beginning, and requests a second from there; rising in time.
            Between two of them the load is on the line that joins them.
        busy: seconds of the beginning and end of what is interesting: faults are put in there.
        cron: seconds at which who knows the schedule raises the service, and ends that.
    """

    name: str
    points: Sequence[tuple[float, float]]
    busy: tuple[float, float]
    cron: tuple[float, float]

    @property
    def seconds(self) -> float:
        """How long it is."""
        return self.points[-1][0]

    def at(self, second: float) -> float:
        """Requests a second at a time; before and after, those of its ends."""
        after = bisect_right(self.points, second, key=lambda it: it[0])
        if after == 0:
            return self.points[0][1]
        if after == len(self.points):
            return self.points[-1][1]
        (begin, low), (end, high) = self.points[after - 1], self.points[after]
        return low + (high - low) * (second - begin) / (end - begin)


def evening(seed: int) -> Trace:
    """55 minutes: flat, then ten times as much within five minutes, a quarter of an hour long.

    The rest shows what nodes cost that nobody needs any more. Autoscalers give pods up five
    minutes after the load fell. Cluster Autoscaler takes nodes away ten minutes after that, drained
    ones one by one; Karpenter begins after five, and goes on by the budgets of its pools.
    """
    flat, rise, stay, fall, rest = (minutes * _MINUTE for minutes in (6, 5, 15, 4, 25))
    begin, low = flat, PEAK / RISE
    corners = (
        (0.0, low),
        (begin, low),
        (begin + rise, PEAK),
        (begin + rise + stay, PEAK),
        (begin + rise + stay + fall, low),
        (begin + rise + stay + fall + rest, low),
    )
    plain = Trace("evening", corners, (0, 0), (0, 0))
    busy = (begin, begin + rise + stay)
    points = _noisy([(s, plain.at(s)) for s in _steps(plain.seconds, 30.0)], seed)
    # Half an hour, which is whole minutes of KEDA's clock at every pace.
    cron = (begin - 5 * _MINUTE, begin + 25 * _MINUTE)
    return Trace("evening", points, busy, cron)


def day(seed: int) -> Trace:
    """A recorded day, from midnight to midnight."""
    lines = DAY_FILE.read_text().splitlines()
    shares = [float(line) for line in lines if line and not line.startswith("#")]
    half_hours = [(number * 1800.0, share * PEAK) for number, share in enumerate(shares)]
    plain = Trace("day", [*half_hours, (len(shares) * 1800.0, half_hours[-1][1])], (0, 0), (0, 0))
    points = _noisy([(s, plain.at(s)) for s in _steps(plain.seconds, 300.0)], seed)
    # From an hour before the evening rises, as any day's does, to its end.
    return Trace("day", points, (7 * 3600.0, 22 * 3600.0), (16 * 3600.0, 20 * 3600.0))


TRACES: Mapping[str, Callable[[int], Trace]] = {"evening": evening, "day": day}
"""By name; a seed makes one."""


def _steps(seconds: float, step: float) -> Sequence[float]:
    return [number * step for number in range(int(seconds / step) + 1)]


def _noisy(points: Sequence[tuple[float, float]], seed: int) -> Sequence[tuple[float, float]]:
    source = random.Random(seed)  # noqa: S311 - no secret
    return [(at, load * (1 + source.uniform(-_NOISE, _NOISE))) for at, load in points]
