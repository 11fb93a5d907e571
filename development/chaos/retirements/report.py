"""What a run has found: JSON lines as it goes, and a table at its end."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from development.chaos.retirements.plan import Interruption

_LINES = "retirements.jsonl"
_SUMMARY = "summary.md"


class Outcome(BaseModel):
    """What became of one retirement.

    Attributes:
        plan: its interruption.
        time: when it began, UTC.
        struck: what was done, in words; empty for a miss.
        codes: exit code of each run of the command until one was 0, or none was; negative for a
            signal, None for one that hung.
        seconds: of each of these runs.
        broken: what was left or touched, or does not hold.
        whole_seconds: of all of it, bringing the colour up included.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    plan: Interruption
    time: datetime
    struck: str
    codes: tuple[int | None, ...]
    seconds: tuple[float, ...]
    broken: tuple[str, ...]
    whole_seconds: float

    @property
    def hit(self) -> bool:
        """Whether anything was interrupted."""
        return bool(self.struck)

    @property
    def told_codes(self) -> str:
        """``killed, 0`` and the like."""
        words = ("hung" if it is None else "killed" if it < 0 else str(it) for it in self.codes)
        return ", ".join(words)


class Report:
    """The folder of one run's report.

    Args:
        folder: made if it is not there.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self._path = folder / _LINES

    def read(self) -> list[Outcome]:
        """Outcomes so far."""
        if not self._path.exists():
            return []
        return [Outcome.model_validate_json(it) for it in self._path.read_text().splitlines()]

    def add(self, outcome: Outcome) -> None:
        """Writes an outcome, so that nothing is lost when the run ends here."""
        with self._path.open("a") as file:
            file.write(outcome.model_dump_json() + "\n")
        (self.folder / _SUMMARY).write_text(markdown(self.read()))

    def log(self, plan: Interruption, which: int) -> Path:
        """Where the output of the n-th run of a retirement's command goes."""
        return self.folder / f"{plan.seed}-{plan.number:04}-{which}.log"


def markdown(outcomes: Sequence[Outcome]) -> str:
    """A table with a line for each retirement, and what is broken below it."""
    rows = [
        f"| {it.plan.number} | {it.plan.kind} | {it.struck or 'missed'} | {it.told_codes}"
        f" | {len(it.broken)} | {it.whole_seconds:.0f} |"
        for it in outcomes
    ]
    return "\n".join(
        [
            "# Interrupted retirements",
            "",
            tally(outcomes),
            "",
            "| number | kind | what was done | exit codes | left or broken | seconds |",
            "|---|---|---|---|---|---|",
            *rows,
            "",
            *(f"- {line}" for line in failures(outcomes)),
            "",
        ]
    )


def tally(outcomes: Sequence[Outcome]) -> str:
    """How many hit, missed and failed, in a sentence."""
    hits = sum(it.hit for it in outcomes)
    failed = sum(bool(it.broken) for it in outcomes)
    missed = len(outcomes) - hits
    return f"{hits} interrupted retirements, {missed} misses, {failed} failures."


def failures(outcomes: Sequence[Outcome]) -> list[str]:
    """Failures in words, each with how to replay it."""
    return [
        f"{it.plan.number} ({it.plan}): {'; '.join(it.broken)}."
        f" Replay: make chaos-retire SEED={it.plan.seed} ONLY={it.plan.number}"
        for it in outcomes
        if it.broken
    ]
