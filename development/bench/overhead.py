"""What a preview of a colour takes, over one of a flat program of the same resources."""

import json
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import yaml

from development.bench import flat
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
_FORKS = "LOCALCLOUD_STATE"
"""Environment variable by which the engine's processes find the local cloud's fork server.

Previews are measured without it: then all that runs for one is a child of its engine, and AWS has
no such server either."""

_STACKS_FOLDER = Path(".pulumi") / "stacks"


@dataclass(frozen=True)
class _Case:
    """What is previewed.

    Attributes:
        name: of its figures.
        title: in words.
        platform: folder of the platform's project.
        flat: folder of the flat program.
        backend: URL of the backend with both states; None: the local cloud's.
    """

    name: str
    title: str
    platform: Path
    flat: Path
    backend: str | None = None


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
    backend = place / "backend"
    shutil.copytree(platform.state.backend, backend)
    for project, stack in ((PROJECT, COLOUR), (flat.STACK, flat.STACK)):
        _empty(backend / _STACKS_FOLDER / project / f"{stack}.json")
    return (
        _Case("rest", "preview of blue at rest", platform.project, rest),
        _Case(
            "change",
            "preview of blue with one change",
            _changed(platform, place / "changed"),
            changed,
        ),
        _Case(
            "empty",
            "preview of blue on an empty state",
            platform.project,
            rest,
            f"{backend.as_uri()}?metadata=skip",
        ),
    )


def _empty(file: Path) -> None:
    """Takes all resources out of a state."""
    content = json.loads(file.read_text(encoding="utf-8"))
    content["checkpoint"]["latest"]["resources"] = []
    file.write_text(json.dumps(content), encoding="utf-8")


def _changed(platform: Platform, to: Path) -> Path:
    """A copy of the platform's project that asks for one thing else: a group may be larger."""
    shutil.copytree(platform.project, to)
    file = to / f"Pulumi.{COLOUR}.yaml"
    content = yaml.safe_load(file.read_text(encoding="utf-8"))
    groups = content["config"]["eks-platform:nodeGroups"]
    next(iter(groups.values()))["max"] += 1
    file.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
    return to


def _figures(
    platform: Platform, case: _Case, rounds: int, tell: Callable[[str], None]
) -> Sequence[Figure]:
    tell(case.title)
    environment = {key: it for key, it in platform.environment.items() if key != _FORKS}
    if case.backend is not None:
        environment["PULUMI_BACKEND_URL"] = case.backend
    sides: Mapping[str, Callable[[], Cost]] = {
        what: partial(_preview, platform, folder, stack, environment)
        for what, folder, stack in (
            ("value", case.platform, COLOUR),
            ("floor", case.flat, flat.STACK),
        )
    }
    costs = interleaved(rounds, sides, tell=tell)
    return (
        figure(
            f"{NAME}-{case.name}",
            f"{case.title}: time of processors",
            paired(costs["value"], costs["floor"], lambda it: it.processor),
            unit="s of processor",
            floor_from=_FLOOR,
            aim=_AIM,
        ),
        figure(
            f"{NAME}-{case.name}-wall",
            f"{case.title}: time by the clock",
            paired(costs["value"], costs["floor"], lambda it: it.wall),
            unit="s",
            floor_from=_FLOOR,
            aim=_AIM,
        ),
    )


def _preview(platform: Platform, folder: Path, stack: str, environment: Mapping[str, str]) -> Cost:
    """One preview. Raises CommandError."""
    return measure(
        [str(platform.state.bin / "pulumi"), "--non-interactive", "preview", "--stack", stack],
        folder=folder,
        environment=environment,
    )
