"""Runs that are asked for: what plays each, and whether a folder has it already."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeAlias

from pydantic import ValidationError

from development.experiments import platform, results, switch_results
from development.experiments.pace import Pace
from development.experiments.policies import Policy
from development.experiments.results import Result
from development.experiments.run import Run
from development.experiments.switch_results import SwitchResult
from development.experiments.switching import SwitchRun
from development.experiments.traces import TRACES
from development.experiments.tree import digest, digest_of_switch

Tell: TypeAlias = Callable[[str], None]
"""Is told how it goes."""


class Wanted(Protocol):
    """One run; as text, its name."""

    @property
    def policy(self) -> Policy:
        """What scales."""
        ...

    def is_there(self, folder: Path) -> bool:
        """Whether a folder has its result, of this code and at its pace."""
        ...

    def play(self, folder: Path, tell: Tell) -> Path:
        """Plays it on a local cloud of its own, which ends with it, and writes its result.

        Raises:
            ExperimentError, CloudError, ToolError, ApiException, OSError: it did not end.
        """
        ...


@dataclass(frozen=True)
class WantedLoad:
    """A load on one colour.

    Attributes:
        policy: what scales.
        trace: name of the load.
        seed: of load and faults.
        pace: how much shorter time is.
    """

    policy: Policy
    trace: str
    seed: int
    pace: Pace

    def __str__(self) -> str:
        """Such as ``A-karpenter, evening, seed 2``."""
        return f"{self.policy.key}, {self.trace}, seed {self.seed}"

    def is_there(self, folder: Path) -> bool:
        """As `Wanted` has it."""
        path = folder / results.file_name(self.trace, self.policy.key, self.seed)
        try:
            found = Result.model_validate_json(path.read_text())
        except (OSError, ValidationError):
            return False
        return (found.factor, found.tree) == (self.pace.factor, digest())

    def play(self, folder: Path, tell: Tell) -> Path:
        """As `Wanted` has it."""
        trace, begun_with = TRACES[self.trace](self.seed), digest()
        with platform.standing(self.policy, self.pace, tell) as standing:
            found = Run(standing, self.policy, trace, self.seed, self.pace, tell).play()
        _refuse_if_changed(begun_with, found.tree)
        return results.write(found, folder)


@dataclass(frozen=True)
class WantedSwitch:
    """A switch between two colours under load.

    Attributes:
        policy: what scales both.
        warm: whether the new one is warmed first.
    """

    policy: Policy
    warm: bool

    def __str__(self) -> str:
        """Such as ``A, switch, warm``."""
        return f"{self.policy.key}, switch, {'warm' if self.warm else 'cold'}"

    def is_there(self, folder: Path) -> bool:
        """As `Wanted` has it."""
        path = folder / switch_results.file_name(self.policy.key, warm=self.warm)
        try:
            return SwitchResult.model_validate_json(path.read_text()).tree == digest_of_switch()
        except (OSError, ValidationError):
            return False

    def play(self, folder: Path, tell: Tell) -> Path:
        """As `Wanted` has it."""
        begun_with = digest_of_switch()
        with platform.standing_pair(self.policy, tell) as (old, new):
            found = SwitchRun(self.policy, self.warm, tell).play(old, new)
        _refuse_if_changed(begun_with, found.tree)
        return switch_results.write(found, folder)


def _refuse_if_changed(begun_with: str, ended_with: str) -> None:
    if begun_with != ended_with:
        raise platform.ExperimentError(
            "files of this checkout were changed as it ran: nobody can say what it measured; leave"
            " them alone, or run it in a clone"
        )
