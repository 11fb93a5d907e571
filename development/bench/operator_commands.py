"""What commands of the operator ask, over the least that their answers need."""

import json
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

from bluegreen.world.content import short_name
from development.bench.cost import Cost, measure
from development.bench.demo_platform import Platform, standing
from development.bench.figure import Figure, figure
from localcloud import backend
from settings.names import COLOURS, SHARED

NAME = "commands"

Whom: TypeAlias = Literal["engine", "aws", "cluster", "program"]
"""Who is asked: Pulumi's CLI, AWS, an API server, or another program, as for a token."""

_QUESTIONS = Path(__file__).parent / "questions.py"
_AIM = 1.5

_STATES = tuple(("stack", "export", "--stack", it) for it in (SHARED, *COLOURS))
_LOOK = (("whoami",), ("config", "--stack", "shared"), *_STATES)
"""What a look at the platform needs: where the states are, who shall be active, each state."""

_PREVIEWS = (
    ("preview", "--stack", "shared", "--refresh"),
    *(("preview", "--stack", it) for it in COLOURS),
    *(("refresh", "--preview-only", "--stack", it) for it in COLOURS),
)
"""What else a switch needs that moves something: each stack's changes, each writer's drift."""


@dataclass(frozen=True)
class _Command:
    """A command of the operator.

    Attributes:
        name: of its figures.
        words: after ``bluegreen``.
        least: runs of the engine without which its answer cannot be known.
        codes: exit codes that are right.
    """

    name: str
    words: Sequence[str]
    least: Sequence[Sequence[str]]
    codes: Sequence[int] = (0,)

    @property
    def title(self) -> str:
        """As it is typed."""
        return f"`bluegreen {' '.join(self.words)}`"


# By the sample application green is as warm as blue. What `status` finds is no matter here.
_COMMANDS = (
    _Command("status", ("status",), _LOOK, (0, 3, 8)),
    _Command("plan", ("plan", "--to", "green"), (*_LOOK, *_PREVIEWS)),
    _Command("idle-switch", ("switch", "--to", "blue", "--yes"), _LOOK),
)


def run(rounds: int, tell: Callable[[str], None]) -> list[Figure]:
    """Runs of the engine, calls of APIs, and time of processors of each command."""
    found: list[Figure] = []
    with standing(tell) as platform:
        for command in _COMMANDS:
            tell(command.title)
            looks: list[tuple[Cost, Counter[tuple[Whom, str]], float]] = []
            for number in range(rounds + 1):
                tell(f"round {number} of {rounds}" if number else "round that does not count")
                look = (*_ask(platform, command), _least_seconds(platform, command))
                looks += [look] if number else []
            found += _figures(command, looks)
    return found


def _figures(
    command: _Command, looks: Sequence[tuple[Cost, Counter[tuple[Whom, str]], float]]
) -> list[Figure]:
    return [
        figure(
            f"{NAME}-{command.name}-engine",
            f"{command.title}: runs of the engine",
            [(_asked(asked, "engine"), len(command.least)) for _, asked, _ in looks],
            unit="runs",
            floor_from="the backend's address, the shared stack's file, each state"
            + (
                ", each stack's preview and each writer's drift"
                if len(command.least) > len(_LOOK)
                else ""
            ),
            aim=_AIM,
        ),
        figure(
            f"{NAME}-{command.name}-calls",
            f"{command.title}: calls of AWS and of API servers",
            [
                (_asked(asked, "aws", "cluster"), _different(asked, "aws", "cluster"))
                for _, asked, _ in looks
            ],
            unit="calls",
            floor_from="the same calls, each once",
            aim=_AIM,
        ),
        figure(
            f"{NAME}-{command.name}-time",
            f"{command.title}: time",
            [(cost.processor, least) for cost, _, least in looks],
            unit="s of processor",
            floor_from="the least runs of the engine, by its CLI alone",
        ),
    ]


def _ask(platform: Platform, command: _Command) -> tuple[Cost, Counter[tuple[Whom, str]]]:
    """What one run of a command cost, and how often it asked each thing."""
    with tempfile.NamedTemporaryFile("r", encoding="utf-8") as told:
        cost = measure(
            [sys.executable, "-P", str(_QUESTIONS), told.name, *command.words],
            folder=platform.project,
            environment=platform.environment,
            expected=command.codes,
        )
        return cost, count(told.read())


def count(text: str) -> Counter[tuple[Whom, str]]:
    """How often each thing was asked, of what `questions` wrote."""
    return Counter((whom, what) for whom, what in map(json.loads, text.splitlines()))


def _asked(asked: Counter[tuple[Whom, str]], *of: Whom) -> int:
    return sum(times for (whom, _), times in asked.items() if whom in of)


def _different(asked: Counter[tuple[Whom, str]], *of: Whom) -> int:
    return sum(whom in of for whom, _ in asked)


def _least_seconds(platform: Platform, command: _Command) -> float:
    """Seconds of processors of the least runs of the engine, one after the other."""
    return sum(
        measure(
            [
                str(platform.state.bin / "pulumi"),
                "--non-interactive",
                *words,
                *_targets(platform, words),
            ],
            folder=platform.project,
            environment=platform.environment,
        ).processor
        for words in command.least
    )


def _targets(platform: Platform, words: Sequence[str]) -> list[str]:
    """What a refresh is to look at: Deployments of the colour's live writers."""
    if words[0] != "refresh":
        return []
    colour = words[-1]
    state = backend.latest(platform.state, colour)
    found = [
        it["urn"]
        for it in state["resources"]
        if it["type"] == "kubernetes:apps/v1:Deployment"
        and short_name(it["urn"]).startswith("live-external-dns")
    ]
    return [word for urn in found for word in ("--target", urn)]
