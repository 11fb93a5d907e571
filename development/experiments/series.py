"""Runs, one after the other: those that are there are kept, one that fails ends no other."""

import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from development.experiments.platform import ExperimentError
from development.experiments.wanted import Tell, Wanted
from localcloud.cluster.kube import FAILURES
from localcloud.lifecycle import CloudError
from localcloud.tools.progress import ToolError

_KNOWN = (*FAILURES, CloudError, ExperimentError, ToolError)
"""What a run may fail with; the message says it all."""


@dataclass(frozen=True)
class Outcome:
    """How one run ended.

    Attributes:
        wanted: the run.
        error: why it is no result; empty where it is one.
    """

    wanted: Wanted
    error: str = ""


def play_all(
    runs: Sequence[Wanted], folder: Path, tell: Tell, *, again: bool = False
) -> list[Outcome]:
    """Plays runs in order, and writes each that comes to its end at once.

    Args:
        runs: what is asked for.
        folder: of results; a run that is there, of the same code and pace, is not played again.
        tell: is told how it goes.
        again: whether those are played all the same.
    """
    outcomes: list[Outcome] = []
    for number, wanted in enumerate(runs, 1):
        place = f"run {number} of {len(runs)}, policy {wanted}"
        if not again and wanted.is_there(folder):
            tell(f"{place}: measured already with this code; --again measures it anew")
            continue
        tell(f"{place}: {wanted.policy.title}")
        outcome = _outcome(wanted, folder, tell)
        if outcome.error:
            tell(f"{place} failed: {outcome.error}")
        outcomes.append(outcome)
    return outcomes


def _outcome(wanted: Wanted, folder: Path, tell: Tell) -> Outcome:
    try:
        tell(f"written: {wanted.play(folder, tell)}")
    except _KNOWN as error:
        _raise_if_interrupted(error)
        return Outcome(wanted, str(error) or type(error).__name__)
    except Exception as error:  # noqa: BLE001 - hours of other runs are not lost by a mistake in one
        _raise_if_interrupted(error)
        traceback.print_exc()
        return Outcome(wanted, f"{type(error).__name__}: {error}")
    return Outcome(wanted)


def _raise_if_interrupted(error: BaseException) -> None:
    """Ctrl-C as a local cloud started, which could not be ended yet: it ends with us.

    Raises:
        KeyboardInterrupt: it was pressed, and what went wrong after it is this error.
    """
    before: BaseException | None = error
    while before is not None:
        if isinstance(before, KeyboardInterrupt):
            raise KeyboardInterrupt from error
        before = before.__context__
