"""What is due on a day, and what the command says of it."""

import shutil
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from catalogue.minors import MINORS, SHIPPED
from development.minors import proposal
from development.minors.__main__ import ROOT, main
from development.minors.due import WITHIN, due, sentence
from development.minors.pair import Pair

PAIR: Pair = ("1.35", "1.36")
END = date(2027, 3, 27)
"""Of 1.35."""
_FINE, _FAILED, _DUE = 0, 1, 3


@pytest.mark.parametrize(
    ("days", "is_due"), [(WITHIN + 1, False), (WITHIN, True), (0, True), (-400, True)]
)
def test_the_older_minor_is_due_within_some_days_of_its_end_and_after_it(
    days: int, is_due: bool
) -> None:
    found = due(PAIR, PAIR, END - timedelta(days))
    assert found.is_due is is_due
    assert found.pair == (("1.36", "1.37") if is_due else None)
    assert due(PAIR, PAIR, END - timedelta(days), within=10**6).is_due


def test_what_is_said_is_the_same_each_day_of_a_phase() -> None:
    days = [END - timedelta(it) for it in (90, 1, 0, -1, -300, -500)]
    said = [sentence(due(PAIR, PAIR, day).pressing[0]) for day in days]
    assert said[0] == said[1] == "Standard support of Kubernetes 1.35 ends on 2027-03-27"
    assert said[2] == said[3] == said[4]
    assert "438 USD a month instead of 73, until 2028-03-27" in said[2]
    assert said[5] == "Support of Kubernetes 1.35 ended on 2028-03-27"


def test_an_end_that_nobody_knows_is_due_and_not_taken_for_far(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    support = replace(MINORS["1.36"].support, standard_end=None, extended_end=None)
    monkeypatch.setitem(MINORS, "1.36", replace(MINORS["1.36"], support=support))
    found = due(PAIR, PAIR, date(2026, 12, 1))
    assert (found.is_due, found.pressing, found.unknown, found.pair) == (True, [], ["1.36"], None)
    issue = proposal.issue(found)
    assert issue.title == "Look up when support ends: Kubernetes 1.36"
    assert "dates of 1.36" in issue.body


def test_stack_files_that_name_something_else_are_their_owners_to_raise() -> None:
    near = due(PAIR, ("1.35", "1.34"), date(2026, 11, 29))
    assert [it.minor for it in near.pressing] == ["1.34"]
    assert (near.pair, near.own) == (None, ("1.35", "1.34"))
    assert "docs/runbooks/upgrade.md" in proposal.issue(near).body
    # The active colour goes on with what production has, whatever is shipped.
    assert due(PAIR, ("1.35", "1.37"), END).pair is None
    assert due(PAIR, ("1.35", "1.99"), date(2026, 11, 29)).unknown == ["1.99"]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Stack files with the shipped pair."""
    for colour in ("blue", "green"):
        shutil.copy(Path(__file__).parents[3] / f"Pulumi.{colour}.yaml", tmp_path)
    return tmp_path


def test_the_command_tells_a_shell_whether_something_is_due(
    root: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for minor, end in zip(SHIPPED, (END, END.replace(year=2028)), strict=True):
        support = replace(
            MINORS[minor].support, standard_end=end, extended_end=end.replace(year=end.year + 1)
        )
        monkeypatch.setitem(MINORS, minor, replace(MINORS[minor], support=support))
    assert main(["due", "--today", "2026-12-01"], {}, root) == _FINE
    assert capsys.readouterr().out == "nothing is due\n"
    assert main(["due", "--today", "2026-12-01", "--within", "200"], {}, root) == _DUE
    said = capsys.readouterr().out
    assert said.startswith(f"Standard support of Kubernetes {SHIPPED[0]} ends on {END}; see http")


def test_the_documented_command_only_looks(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Path, "write_text", None)
    command = ".venv/bin/python -m development.minors due --within 0"
    assert f"\n{command}\n" in (ROOT / "docs" / "runbooks" / "raise-a-minor.md").read_text()
    # In time it is due: this test is run on any day.
    assert main(command.split()[3:], {}) in {_FINE, _DUE}
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("days", ["-3", "soon", "1.5"])
def test_days_are_a_number(days: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["due", f"--within={days}"], {})
    assert f"expected a number of days, found '{days}'" in capsys.readouterr().err
