"""How previews and updates by the engine grow with what a colour has.

Previews are of an empty state, so that every resource is new, and are done in turn; their sizes are
large, so that what they add is more than what one preview differs from the next. An update goes
from the smallest number to another one and back, once each: it takes minutes. Updates end at fewer
namespaces than previews: the engine writes the whole state after each resource, which grows with
the square of them, and 500 to come and to go would take longer than all the rest.
"""

import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from development.bench.copies import changed_project, emptied_backend
from development.bench.cost import Cost, measure
from development.bench.demo_platform import Platform, standing
from development.bench.figure import Figure, interleaved
from development.bench.growth import exponent, exponents
from settings.names import PROJECT

NAME = "engine-growth"

_COLOUR = "green"
"""The idle one."""


class _Growth(NamedTuple):
    """Something that grows.

    Attributes:
        title: of its figures.
        sizes: of previews; the smallest is what the others are compared with.
        updated: sizes of updates, the same smallest among them.
        change: gives a stack file's ``config`` so many.
    """

    title: str
    sizes: Sequence[int]
    updated: Sequence[int]
    change: Callable[[int, dict[str, Any]], None]


def _node_groups(number: int, config: dict[str, Any]) -> None:
    groups = config["eks-platform:nodeGroups"]
    spot = groups["spot"]
    more = {f"group-{it:02}": {**spot, "min": 1} for it in range(number - len(groups))}
    config["eks-platform:nodeGroups"] = {**groups, **more}


def _namespaces(number: int, config: dict[str, Any]) -> None:
    names = [f"team-{it:03}" for it in range(number)]
    config["eks-platform:access"] = {"debugNamespaces": names}


GROWTHS: Mapping[str, _Growth] = {
    "node-groups": _Growth("node groups", (2, 25, 50), (2, 10, 50), _node_groups),
    "namespaces": _Growth("namespaces to debug", (1, 250, 500), (1, 25, 100, 200), _namespaces),
}


def run(rounds: int, tell: Callable[[str], None]) -> Iterator[Figure]:
    """The exponent of previews and of updates of each, as soon as it is known."""
    with standing(tell) as platform, tempfile.TemporaryDirectory(prefix="bench-") as place:
        backend = emptied_backend(platform, Path(place) / "backend", [(PROJECT, _COLOUR)])
        empty = {**platform.environment_without_forks, "PULUMI_BACKEND_URL": backend}
        for name, growth in GROWTHS.items():
            projects = _projects(platform, growth, Path(place) / name)
            yield _previews(platform, name, projects, empty, rounds, tell=tell)
            yield _updates(platform, name, projects, tell)


def _projects(platform: Platform, growth: _Growth, place: Path) -> Mapping[int, Path]:
    place.mkdir()
    return {
        size: changed_project(platform, place / str(size), _COLOUR, partial(growth.change, size))
        for size in sorted({*growth.sizes, *growth.updated})
    }


def _previews(
    platform: Platform,
    name: str,
    projects: Mapping[int, Path],
    environment: Mapping[str, str],
    rounds: int,
    *,
    tell: Callable[[str], None],
) -> Figure:
    tell(f"previews: {GROWTHS[name].title}")
    sides = {
        str(size): partial(_pulumi, platform, projects[size], environment, "preview")
        for size in GROWTHS[name].sizes
    }
    costs = interleaved(rounds, sides, tell=tell)
    found = [
        exponent({int(size): costs[size][number].processor for size in costs})
        for number in range(rounds)
    ]
    return _figure(name, "preview on an empty state", GROWTHS[name].sizes, found)


def _updates(
    platform: Platform, name: str, projects: Mapping[int, Path], tell: Callable[[str], None]
) -> Figure:
    least, *more = sizes = GROWTHS[name].updated
    to = partial(_pulumi, platform, environment=platform.environment_without_forks, command="up")
    tell(f"updates: {GROWTHS[name].title}")
    to(projects[least])
    seconds = {least: to(projects[least]).processor}
    for size in more:
        tell(f"from {least} to {size}, and back")
        seconds[size] = to(projects[size]).processor
        tell(f"{size}: {seconds[size]:.1f} s of processor, after {seconds[least]:.1f}")
        to(projects[least])
    return _figure(name, "update", sizes, [exponent(seconds)])


def _figure(name: str, what: str, sizes: Sequence[int], found: Sequence[float]) -> Figure:
    figure_name = f"{NAME}-{name}-{what.partition(' ')[0]}"
    return exponents(figure_name, f"{what} with {GROWTHS[name].title}", sizes, found)


def _pulumi(platform: Platform, folder: Path, environment: Mapping[str, str], command: str) -> Cost:
    words = [str(platform.state.bin / "pulumi"), "--non-interactive", command]
    words += ["--yes", "--skip-preview"] if command == "up" else []
    return measure([*words, "--stack", _COLOUR], folder=folder, environment=environment)
