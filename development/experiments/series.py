"""Runs, one after the other: those that are there are kept, one that fails ends no other."""

import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from pydantic import ValidationError

from development.experiments import platform, results
from development.experiments.pace import Pace
from development.experiments.platform import ExperimentError
from development.experiments.policies import Policy
from development.experiments.results import Result
from development.experiments.run import Run
from development.experiments.traces import TRACES
from development.experiments.tree import digest
from localcloud.cluster.kube import FAILURES
from localcloud.lifecycle import CloudError
from localcloud.tools.progress import ToolError

Tell: TypeAlias = Callable[[str], None]
"""Is told how it goes."""

_KNOWN = (*FAILURES, CloudError, ExperimentError, ToolError)
"""What a run may fail with; the message says it all."""


@dataclass(frozen=True)
class Wanted:
    """One run that is asked for.

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


Play: TypeAlias = Callable[[Wanted, Tell], Result]
"""Plays one run to its end."""


@dataclass(frozen=True)
class Outcome:
    """How one run ended.

    Attributes:
        wanted: the run.
        error: why it is no result; empty where it is one.
    """

    wanted: Wanted
    error: str = ""


def play(wanted: Wanted, tell: Tell) -> Result:
    """Plays a run on a local cloud of its own, which ends with it.

    Raises:
        ExperimentError, CloudError, ToolError, ApiException, OSError: it did not come to its end.
    """
    trace = TRACES[wanted.trace](wanted.seed)
    with platform.standing(wanted.policy, wanted.pace, tell) as standing:
        return Run(standing, wanted.policy, trace, wanted.seed, wanted.pace, tell).play()


def play_all(
    runs: Sequence[Wanted],
    folder: Path,
    tell: Tell,
    *,
    again: bool = False,
    play_one: Play | None = None,
) -> list[Outcome]:
    """Plays runs in order, and writes each that comes to its end at once.

    Args:
        runs: what is asked for.
        folder: of results; a run that is there, of the same code and pace, is not played again.
        tell: is told how it goes.
        again: whether those are played all the same.
        play_one: plays one; by default `play`.
    """
    outcomes: list[Outcome] = []
    for number, wanted in enumerate(runs, 1):
        place = f"run {number} of {len(runs)}, policy {wanted}"
        if not again and is_there(wanted, folder):
            tell(f"{place}: measured already with this code; --again measures it anew")
            continue
        tell(f"{place}: {wanted.policy.title}")
        outcome = _outcome(wanted, folder, tell, play_one or play)
        if outcome.error:
            tell(f"{place} failed: {outcome.error}")
        outcomes.append(outcome)
    return outcomes


def is_there(wanted: Wanted, folder: Path) -> bool:
    """Whether a folder has a run's result, of this code and at its pace."""
    path = folder / results.file_name(wanted.trace, wanted.policy.key, wanted.seed)
    try:
        found = Result.model_validate_json(path.read_text())
    except (OSError, ValidationError):
        return False
    return (found.factor, found.tree) == (wanted.pace.factor, digest())


def _outcome(wanted: Wanted, folder: Path, tell: Tell, play_one: Play) -> Outcome:
    try:
        tell(f"written: {results.write(play_one(wanted, tell), folder)}")
    except _KNOWN as error:
        return Outcome(wanted, str(error) or type(error).__name__)
    except Exception as error:  # noqa: BLE001 - hours of other runs are not lost by a mistake in one
        traceback.print_exc()
        return Outcome(wanted, f"{type(error).__name__}: {error}")
    return Outcome(wanted)
