"""The command: what it writes and how it ends, with an engine that does as a test says."""

import json
import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from preview.cli import main
from preview.marks import DRIFT_MARK, LONGEST, MARK
from preview.plan import read_plans
from tests.unit.preview.event_logs import Plain, step

ENGINE = """\
#!/bin/sh
# Answers as the real CLI does: what it says, then an event log if the stack has one to give.
while [ $# -gt 0 ]; do
  case $1 in --stack) stack=$2 ;; --event-log) log=$2 ;; esac
  shift
done
cat "$ANSWERS/$stack.said" 2>/dev/null
[ ! -e "$ANSWERS/$stack.jsonl" ] || cp "$ANSWERS/$stack.jsonl" "$log"
"""
MISSING = "error: no stack named 'green' found\n"
LOCKED_OUT = 'error: read ".pulumi/stacks": AccessDenied: not for you\n'
FINE = json.dumps({"summaryEvent": {"result": "succeeded"}})
FAILED = json.dumps({"summaryEvent": {"result": "failed"}})


class Project:
    """A folder with an engine, and what it answers by stack: an event log, or only words."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.report = folder / "report"

    def ends(self, answers: Mapping[str, str], *options: str) -> int:
        """Exit status of the command that the pipelines run."""
        for stack, answer in answers.items():
            kind = "jsonl" if answer.startswith(("{", "[")) else "said"
            (self.folder / f"{stack}.{kind}").write_text(answer)
        where = ["--events", str(self.report), "--output", str(self.report / "comment.md")]
        return main([*where, *options])

    @property
    def comment(self) -> str:
        return (self.report / "comment.md").read_text()


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "pulumi").write_text(ENGINE)
    (tmp_path / "bin" / "pulumi").chmod(0o700)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
    monkeypatch.setenv("ANSWERS", str(tmp_path))
    return Project(tmp_path)


def test_a_stack_that_does_not_exist_is_no_failure(project: Project) -> None:
    assert project.ends({"shared": FINE, "blue": FINE, "green": MISSING}) == 0
    assert project.comment.startswith(MARK)
    assert "## Stack `green`\n\nNot created yet" in project.comment
    assert project.comment.count("Nothing changes.") == 2
    assert sorted(it.name for it in project.report.glob("*.jsonl")) == [
        "blue.jsonl",
        "shared.jsonl",
    ]


def test_what_goes_wrong_with_one_stack_is_said_in_the_comment(project: Project) -> None:
    assert project.ends({"shared": FINE, "blue": LOCKED_OUT, "green": FINE}) == 2
    assert project.comment.startswith(MARK)
    assert "## Stack `blue`\n\n**Not previewed**:" in project.comment
    assert LOCKED_OUT.strip() in project.comment
    assert project.comment.count("Nothing changes.") == 2


def test_an_error_counts_more_than_a_refusal(project: Project) -> None:
    assert project.ends({"shared": FAILED, "blue": LOCKED_OUT, "green": FINE}) == 2
    assert project.ends({"shared": FAILED, "blue": FINE, "green": MISSING}) == 1


def test_another_stack_that_is_missing_is_an_error(project: Project) -> None:
    said = "error: no stack named 'shared' found\n"
    assert project.ends({"green": said, "blue": FINE}, "--stack", "green", "--stack", "blue") == 2
    assert "**Not previewed**" in project.comment


def test_where_no_stack_exists_the_place_is_doubted(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    assert project.ends({"green": MISSING}, "--stack", "green") == 2
    assert "Not created yet" in project.comment
    assert "no such stack: green. Is this the right backend?" in capsys.readouterr().err


def test_a_log_that_breaks_off_is_said(project: Project) -> None:
    assert project.ends({"shared": FINE, "blue": "{", "green": FINE}) == 2
    assert "blue.jsonl:1 is no event of the engine" in project.comment


def test_without_an_engine_the_comment_says_so(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(project.folder))
    assert project.ends({}) == 2
    assert project.comment.count("pulumi is not on PATH") == 3


def test_a_long_error_is_bounded(project: Project) -> None:
    assert project.ends({"blue": f"error: {'x' * LONGEST}"}, "--stack", "blue") == 2
    assert len(project.comment) < LONGEST / 10


@pytest.mark.parametrize(
    ("blue", "ends", "says"),
    [
        (FINE, 0, "Nothing differs."),
        (LOCKED_OUT, 2, "**Not previewed**"),
        (FAILED, 1, "**Not everything could be looked at.**"),
    ],
)
def test_drift_is_reported_whatever_one_stack_says(
    project: Project, blue: str, ends: int, says: str
) -> None:
    assert project.ends({"shared": FINE, "blue": blue, "green": MISSING}, "--drift") == ends
    assert project.comment.startswith(DRIFT_MARK)
    assert f"## Stack `blue`\n\n{says}" in project.comment
    assert "Not created yet" in project.comment


def test_recorded_logs_have_a_place(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--recorded"])
    assert ended.value.code == 2
    assert "--recorded needs --events DIR" in capsys.readouterr().err


def test_a_recorded_log_that_is_missing_is_said(project: Project) -> None:
    project.report.mkdir()
    (project.report / "blue.jsonl").write_text(FINE)
    assert project.ends({}, "--recorded", "--stack", "blue", "--stack", "green") == 2
    assert "there is no event log" in project.comment
    assert "Nothing changes." in project.comment


def test_a_log_that_is_no_text_is_said(project: Project) -> None:
    project.report.mkdir()
    (project.report / "blue.jsonl").write_bytes(b'{"a": "\xff"}')
    assert project.ends({"green": FINE}, "--recorded", "--stack", "blue") == 2
    assert "it is not UTF-8" in project.comment


def test_an_engine_that_says_what_is_no_text_is_quoted(project: Project) -> None:
    (project.folder / "blue.said").write_bytes(b"error: \xff is not for you\n")
    assert project.ends({}, "--stack", "blue") == 2
    assert "is not for you" in project.comment


def test_a_place_where_nothing_can_be_written_is_said(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    project.report.write_text("a file, and no folder")
    assert project.ends({"blue": FINE}, "--stack", "blue") == 2
    assert capsys.readouterr().err.startswith("preview: [Errno")


def test_what_an_error_says_of_a_password_is_hidden(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    said = "error: postgres://pulumi:hunter2@db.example/state: connection refused\n"
    assert project.ends({"blue": said}, "--stack", "blue") == 2
    assert "hunter2" not in project.comment
    assert "hunter2" not in capsys.readouterr().err
    assert "db.example/state: connection refused" in project.comment


def logged(*events: Mapping[str, Plain], result: str = "succeeded") -> str:
    return "\n".join(json.dumps(it) for it in (*events, {"summaryEvent": {"result": result}}))


CREATED = logged(step("create", new={"description": "b"}))
OTHERWISE = logged(step("create", new={"description": "c", "password": "hunter2"}))


def test_an_update_is_held_to_what_was_approved(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    plan = str(project.folder / "plan.json")
    assert project.ends({"blue": CREATED}, "--stack", "blue", "--plan", plan) == 0
    (digest,) = re.findall(r"Plan `(sha256:[0-9a-f]{64})`", project.comment)
    held = ("--stack", "blue", "--approved", plan)
    assert project.ends({"blue": CREATED}, *held) == 0
    assert f"**As approved**: plan `{digest}`" in project.comment
    capsys.readouterr()
    assert project.ends({"blue": OTHERWISE}, *held) == 3
    assert f"### Not what was approved\n\nApproved was plan `{digest}`" in project.comment
    assert "KMS key `it` property description is not as approved" in project.comment
    said = capsys.readouterr().err
    assert "preview: blue: it property description is not as approved" in said
    assert "Start the pipeline anew" in said
    assert "hunter2" not in said + project.comment


@pytest.mark.parametrize(
    ("blue", "ends"), [(LOCKED_OUT, 2), (logged(result="failed"), 1), (MISSING, 2)]
)
def test_what_cannot_be_previewed_is_not_as_approved_and_makes_no_plan(
    blue: str, ends: int, project: Project
) -> None:
    plan = project.folder / "plan.json"
    assert project.ends({"blue": CREATED}, "--stack", "blue", "--plan", str(plan)) == 0
    (project.folder / "blue.jsonl").unlink()
    held = ("--stack", "blue", "--approved", str(plan))
    assert project.ends({"blue": blue}, *held) == ends
    assert "As approved" not in project.comment
    assert project.ends({"blue": blue}, "--stack", "blue", "--plan", str(plan)) == ends
    assert read_plans(plan) == {}


def test_without_the_approved_plan_nothing_is_previewed(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    plan = project.folder / "plan.json"
    assert project.ends({"blue": CREATED}, "--stack", "blue", "--approved", str(plan)) == 2
    assert "Start the pipeline anew" in capsys.readouterr().err
    assert not project.report.exists()
    assert project.ends({"blue": CREATED}, "--stack", "blue", "--plan", str(plan)) == 0
    assert project.ends({}, "--stack", "green", "--approved", str(plan)) == 2
    assert f"{plan} holds no plan of green" in capsys.readouterr().err


def test_drift_has_no_plan(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--drift", "--plan", "plan.json"])
    assert "--drift has no plan" in capsys.readouterr().err


def test_all_of_it_is_written_where_that_is_wanted_and_hides_the_same(project: Project) -> None:
    """What does not fit into a comment is in a file beside it; the engine's log is not needed."""
    inputs = {f"key{number}": number for number in range(2_000)} | {"password": "hunter2"}
    many = [step("update", name=f"n{it}", old={}, new=inputs) for it in range(60)]
    whole = project.folder / "whole.md"
    log = logged(*many, {"diagnosticEvent": {"message": "x" * LONGEST, "severity": "error"}})
    assert project.ends({"blue": log}, "--stack", "blue", "--whole", str(whole)) == 0
    assert len(project.comment) <= LONGEST
    assert "more properties" in project.comment
    text = whole.read_text()
    assert "key1999" in text
    assert "x" * LONGEST in text
    assert "hunter2" not in text
    assert "**Cut**" not in text
