"""A report that is written as it goes."""

from datetime import UTC, datetime
from pathlib import Path

from development.chaos.plan import interruption
from development.chaos.report import Outcome, Report, failures, markdown, rows


def outcome(number: int, *, struck: str = "killed", broken: tuple[str, ...] = ()) -> Outcome:
    return Outcome(
        plan=interruption(9, number),
        time=datetime(2026, 1, 1, tzinfo=UTC),
        start="blue",
        struck=struck,
        first=-9,
        first_seconds=10,
        last=0,
        last_seconds=20,
        broken=broken,
        seconds=35,
    )


def test_what_was_written_is_read_by_the_run_that_goes_on(tmp_path: Path) -> None:
    outcomes = [outcome(0), outcome(1, struck="")]
    for it in outcomes:
        Report(tmp_path).add(it)
    assert Report(tmp_path).read() == outcomes


def test_a_miss_is_no_interruption() -> None:
    assert not outcome(0, struck="").hit
    counted = rows([outcome(0), outcome(0, struck=""), outcome(0, broken=("x",))])
    assert counted == [(interruption(9, 0).kind, 2, 1, 1)]


def test_a_failure_says_what_broke_and_how_to_replay_it() -> None:
    (line,) = failures([outcome(0), outcome(4, broken=("two live writers",))])
    assert "two live writers" in line
    assert "make chaos SEED=9 ONLY=4 START=blue" in line


def test_the_summary_counts() -> None:
    text = markdown([outcome(0), outcome(1, struck=""), outcome(2, broken=("x",))])
    assert "2 interruptions, 1 misses, 1 failures. Seed 9." in text
