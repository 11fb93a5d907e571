"""What a preview of a colour takes, over one of a flat program of the same resources."""

import json
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from development.bench import flat
from development.bench.copies import changed_project, emptied_backend
from development.bench.cost import Cost, measure
from development.bench.demo_platform import Platform, standing
from development.bench.figure import Figure, figure, interleaved, paired
from localcloud import workspace
from settings.names import PROJECT

NAME = "overhead"
COLOUR = "blue"

_AIM = 1.1
_FLOOR = (
    "the flat program: every custom resource of the colour's state, registered as it stands there;"
    " same engine and providers"
)


@dataclass(frozen=True)
class _Case:
    """What is previewed.

    Attributes:
        name: of its figures.
        title: in words.
        platform: folder of the platform's project.
        flat: folder of the flat program.
        backend: URL of the backend with both states; None: the local cloud's.
        forks: with the local cloud's fork server. What runs in forks is no child of the engine,
            so that time by the clock is all that is known.
    """

    name: str
    title: str
    platform: Path
    flat: Path
    backend: str | None = None
    forks: bool = False


def run(rounds: int, tell: Callable[[str], None]) -> list[Figure]:
    """Time of a preview at rest, with one change, and on an empty state."""
    with standing(tell) as platform, tempfile.TemporaryDirectory(prefix="bench-flat-") as place:
        cases = _prepare(platform, Path(place))
        try:
            return [it for case in cases for it in _figures(platform, case, rounds, tell)]
        finally:
            words = ("stack", "rm", flat.STACK, "--yes", "--force", "--cwd", str(cases[0].flat))
            workspace.pulumi(platform.state, platform.cloud, *words)


def _prepare(platform: Platform, place: Path) -> Sequence[_Case]:
    words = ("stack", "export", "--show-secrets", "--stack", COLOUR)
    exported = workspace.pulumi(platform.state, platform.cloud, *words).stdout
    rest, changed = place / "flat", place / "flat-changed"
    rest.mkdir()
    flat.make(platform, rest, json.loads(exported))
    flat.changed(rest, changed)
    stacks = ((PROJECT, COLOUR), (flat.STACK, flat.STACK))
    backend = emptied_backend(platform, place / "backend", stacks)
    return (
        _Case("rest", "preview of blue at rest", platform.project, rest),
        _Case(
            "rest-forks",
            "preview of blue at rest, with the local cloud's fork server",
            platform.project,
            rest,
            forks=True,
        ),
        _Case(
            "change",
            "preview of blue with one change",
            changed_project(platform, place / "changed", COLOUR, _larger_group),
            changed,
        ),
        _Case(
            "empty",
            "preview of blue on an empty state",
            platform.project,
            rest,
            backend,
        ),
    )


def _larger_group(config: dict[str, Any]) -> None:
    """One thing else: a group may be larger."""
    next(iter(config["eks-platform:nodeGroups"].values()))["max"] += 1


def _figures(
    platform: Platform, case: _Case, rounds: int, tell: Callable[[str], None]
) -> Sequence[Figure]:
    tell(case.title)
    plain = platform.environment if case.forks else platform.environment_without_forks
    environment = {**plain, **({"PULUMI_BACKEND_URL": case.backend} if case.backend else {})}
    sides: Mapping[str, Callable[[], Cost]] = {
        what: partial(_preview, platform, folder, stack, environment)
        for what, folder, stack in (
            ("value", case.platform, COLOUR),
            ("floor", case.flat, flat.STACK),
        )
    }
    costs = interleaved(rounds, sides, tell=tell)
    made = partial(figure, floor_from=_FLOOR, aim=_AIM)
    wall = made(
        f"{NAME}-{case.name}-wall",
        f"{case.title}: time by the clock",
        paired(costs["value"], costs["floor"], lambda it: it.wall),
        unit="s",
    )
    if case.forks:
        return (wall,)
    processor = made(
        f"{NAME}-{case.name}",
        f"{case.title}: time of processors",
        paired(costs["value"], costs["floor"], lambda it: it.processor),
        unit="s of processor",
    )
    return processor, wall


def _preview(platform: Platform, folder: Path, stack: str, environment: Mapping[str, str]) -> Cost:
    """One preview. Raises CommandError."""
    return measure(
        [str(platform.state.bin / "pulumi"), "--non-interactive", "preview", "--stack", stack],
        folder=folder,
        environment=environment,
    )
