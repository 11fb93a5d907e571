"""How the program and a switch's rules grow with what a platform has.

``python -m development.bench.growth WHAT NUMBER`` does it once, and prints seconds of processors
without imports. The program runs under Pulumi's mocks: without an engine, which previews each
resource alone. Each run has a process of its own, as the SDK keeps what it has made.
"""

import math
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from statistics import linear_regression, median
from typing import NamedTuple

from bluegreen import moved, rules
from development.bench.cost import ROOT, CommandError
from development.bench.figure import Figure, figure
from development.docsite import registration
from development.docsite.registration import Plain
from handover.assignment import Assignment
from tests.unit.bluegreen import snapshots

NAME = "growth"

_AIM = 1.1
_LINEAR = 1.0


class _Growth(NamedTuple):
    """Something that grows.

    Attributes:
        title: of its figure.
        sizes: the smallest is what the others are compared with.
        prepare: makes all that is needed for a number, and returns what is measured.
    """

    title: str
    sizes: Sequence[int]
    prepare: Callable[[int], Callable[[], object]]


def _node_groups(number: int) -> Callable[[], object]:
    group: dict[str, Plain] = {"instanceTypes": ["m7i.large", "m6i.large"], "min": 1, "max": 9}
    groups = {
        f"group-{it:02}": {**group, "capacity": "spot" if it else "on-demand"}
        for it in range(number)
    }
    return lambda: registration.run_colour("blue", nodeGroups=groups)


def _namespaces(number: int) -> Callable[[], object]:
    names = [f"team-{it:03}" for it in range(number)]
    return lambda: registration.run_colour("blue", access={"debugNamespaces": names})


def _live_names(number: int) -> Callable[[], object]:
    """Rules of a switch, and what it waits for, of a platform that was looked at."""
    names = [f"app-{it:04}.example.com" for it in range(number)]
    records = [it for name in names for it in snapshots.live_set(name, snapshots.host("blue"))]
    seen = snapshots.snapshot(
        blue={"kube": snapshots.kube("blue", names)},
        green={"kube": snapshots.kube("green", names)},
        records=[*records, *snapshots.api_records()],
    )
    target, before = Assignment(active="green"), Assignment(active="blue")

    def judge() -> object:
        move = moved.expected_move(seen, target, ())
        return rules.before_switch(seen, "green", before=before), moved.not_moved(seen, move)

    return judge


GROWTHS: Mapping[str, _Growth] = {
    "node-groups": _Growth("program with node groups", (2, 20, 35, 50), _node_groups),
    "namespaces": _Growth("program with namespaces to debug", (1, 100, 250, 500), _namespaces),
    "live-names": _Growth("rules of a switch with live names", (10, 1000, 2500, 5000), _live_names),
}


def run(rounds: int, tell: Callable[[str], None]) -> list[Figure]:
    """The exponent of each."""
    return [_figure(name, growth, rounds, tell) for name, growth in GROWTHS.items()]


def _figure(name: str, growth: _Growth, rounds: int, tell: Callable[[str], None]) -> Figure:
    tell(growth.title)
    found: list[float] = []
    for number in range(rounds):
        tell(f"round {number + 1} of {rounds}")
        found.append(exponent({size: _seconds(name, size) for size in growth.sizes}))
    return exponents(f"{NAME}-{name}", growth.title, growth.sizes, found)


def exponents(name: str, title: str, sizes: Sequence[int], found: Sequence[float]) -> Figure:
    """The figure of something that grows.

    Args:
        name: of the figure.
        title: of what grows, in words.
        sizes: that were measured, the smallest first.
        found: exponent of each round.
    """
    return figure(
        name,
        f"{title}, {sizes[0]} to {sizes[-1]}: exponent",
        [(max(it, 0.0), _LINEAR) for it in found],
        unit="exponent",
        floor_from="linear: what one more takes does not depend on how many there are",
        aim=_AIM,
    )


def exponent(seconds: Mapping[int, float]) -> float:
    """Slope of seconds over numbers, both on logarithmic scales and beyond the smallest number.

    Args:
        seconds: number → seconds; three numbers or more.

    Raises:
        CommandError: a larger number took no longer than the smallest: that is noise.
    """
    least = min(seconds)
    if not_longer := [str(it) for it in seconds if it > least and seconds[it] <= seconds[least]]:
        raise CommandError(
            f"{' and '.join(not_longer)} took no longer than {least}, so what one more takes is not"
            " to be told from noise; measure where less else runs"
        )
    points = [
        (math.log(number - least), math.log(it - seconds[least]))
        for number, it in sorted(seconds.items())
        if number > least
    ]
    return linear_regression(*zip(*points, strict=True)).slope


def _seconds(name: str, number: int) -> float:
    words = [sys.executable, "-m", __spec__.name, name, str(number)]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise CommandError(f"{' '.join(words[1:])}: {done.stderr.strip()}")
    return float(done.stdout.split()[-1])


def main() -> None:
    """Measures one number once."""
    name, number = sys.argv[1:]
    work = GROWTHS[name].prepare(int(number))
    times: list[float] = []
    for _ in range(1 if name != "live-names" else 3):
        began = time.process_time()
        work()
        times.append(time.process_time() - began)
    print(median(times))


if __name__ == "__main__":
    main()
