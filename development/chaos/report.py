"""What a run has found: JSON lines as it goes, and a summary at its end."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path

from pydantic import BaseModel, ConfigDict
from rich.console import Console, Group
from rich.table import Table
from rich.text import Text

from development.chaos.plan import Interruption

_LINES = "interruptions.jsonl"
_SUMMARY = "summary.md"


class Outcome(BaseModel):
    """What became of one interruption.

    Attributes:
        plan: the interruption.
        time: when it began, UTC.
        start: the colour that was active.
        struck: what was done, in words; empty for a miss.
        first: exit code of the interrupted command; negative for a signal, None for one that hung.
        first_seconds: how long it ran.
        last: exit code of the one more command.
        last_seconds: how long it ran.
        broken: rules that do not hold, in words.
        seconds: of all of it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    plan: Interruption
    time: datetime
    start: str
    struck: str
    first: int | None
    first_seconds: float
    last: int
    last_seconds: float
    broken: tuple[str, ...]
    seconds: float

    @property
    def hit(self) -> bool:
        """Whether anything was interrupted: a miss is none of the interruptions that count."""
        return bool(self.struck)


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
        lines = self._path.read_text().splitlines()
        return [Outcome.model_validate_json(line) for line in lines]

    def add(self, outcome: Outcome) -> None:
        """Writes an outcome, so that nothing is lost when the run ends here."""
        with self._path.open("a") as file:
            file.write(outcome.model_dump_json() + "\n")

    @property
    def usual(self) -> Path:
        """JSON of `chaos.tracking.Usual`."""
        return self.folder / "usual.json"

    def log(self, plan: Interruption, which: str) -> Path:
        """Where the output of a command goes."""
        return self.folder / f"{plan.seed}-{plan.number:04}-{which}.log"

    def summarize(self, console: Console) -> None:
        """Prints the summary, and writes it as Markdown."""
        outcomes = self.read()
        console.print(Group(_kinds(outcomes), _codes(outcomes)))
        for line in failures(outcomes):
            console.print(Text(line, "red"), soft_wrap=True)
        (self.folder / _SUMMARY).write_text(markdown(outcomes))


def markdown(outcomes: Sequence[Outcome]) -> str:
    """The summary: counts, seeds, failures and how to replay each."""
    hits = [outcome for outcome in outcomes if outcome.hit]
    failed = [outcome for outcome in outcomes if outcome.broken]
    seeds = ", ".join(str(seed) for seed in sorted({o.plan.seed for o in outcomes}))
    counts = (
        f"{len(hits)} interruptions, {len(outcomes) - len(hits)} misses, {len(failed)} failures."
        f" Seed {seeds}."
    )
    lines = [
        "# Chaos",
        "",
        counts,
        "",
        "| kind | interruptions | misses | failures |",
        "|---|---|---|---|",
        *(f"| {kind} | {done} | {missed} | {bad} |" for kind, done, missed, bad in rows(outcomes)),
        "",
        *(f"- {line}" for line in failures(outcomes)),
        "",
    ]
    return "\n".join(lines)


def rows(outcomes: Iterable[Outcome]) -> list[tuple[str, int, int, int]]:
    """Kind, interruptions, misses and failures, by kind."""
    done: Counter[str] = Counter()
    missed: Counter[str] = Counter()
    bad: Counter[str] = Counter()
    for outcome in outcomes:
        kind = outcome.plan.kind
        (done if outcome.hit else missed)[kind] += 1
        bad[kind] += bool(outcome.broken)
    return [(k, done[k], missed[k], bad[k]) for k in sorted({*done, *missed})]


def failures(outcomes: Iterable[Outcome]) -> list[str]:
    """Failures in words, each with how to replay it."""
    return [
        f"{o.plan.number} ({o.plan}, {o.struck or 'missed'}): {'; '.join(o.broken)}."
        f" Replay: make chaos SEED={o.plan.seed} ONLY={o.plan.number} START={o.start}"
        for o in outcomes
        if o.broken
    ]


def _kinds(outcomes: Sequence[Outcome]) -> Table:
    table = Table("kind", "interruptions", "misses", "failures", title="Interruptions")
    for row in rows(outcomes):
        table.add_row(*map(str, row))
    hits = sum(outcome.hit for outcome in outcomes)
    bad = sum(bool(outcome.broken) for outcome in outcomes)
    table.add_section()
    table.add_row("all", str(hits), str(len(outcomes) - hits), str(bad))
    return table


def _codes(outcomes: Sequence[Outcome]) -> Table:
    table = Table("exit code", "how often", title="How interrupted commands ended")
    counts = Counter("killed" if (o.first or 0) < 0 else str(o.first) for o in outcomes)
    for code, count in sorted(counts.items()):
        table.add_row(code, str(count))
    return table
