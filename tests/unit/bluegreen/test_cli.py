"""Options, exit codes and JSON of the command line."""

import json
import subprocess
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import ClassVar

import pytest
from typer.testing import CliRunner, Result

from bluegreen import cli
from bluegreen.bootstrap import Bootstrap, Built
from bluegreen.context import Context
from bluegreen.errors import (
    BusyError,
    Exit,
    HalfwayError,
    OperatorError,
    RefusedError,
    StillTrafficError,
    TakenBackError,
)
from bluegreen.finding import Finding, Verdict, judged
from bluegreen.preflight.preflight import Preflight
from bluegreen.retire import Retired, Retirement
from bluegreen.switch import Plan, Switch
from bluegreen.updates import Patience
from handover.assignment import Assignment
from handover.steps import Act, Step
from teardown import TeardownError
from tests.unit.bluegreen.snapshots import live_set, snapshot

PLAN = Plan(
    to="green",
    only=(),
    configured=Assignment(active="blue"),
    target=Assignment(active="green"),
    before=Assignment(active="blue"),
    steps=(Step(Act.START, "green"),),
    findings=(),
    begun=False,
    names=("web.example.com",),
    left=("web.example.com",),
)

runner = CliRunner()
COMMANDS = (
    "init",
    "preflight",
    "bootstrap",
    "status",
    "history",
    "leftovers",
    "plan",
    "switch",
    "drain",
    "retire",
)


class Records:
    """In place of a recorder: what was begun."""

    begun: ClassVar[list[tuple[str, str]]] = []

    def __init__(self, *_: object) -> None:
        pass

    def begin(self, command: str, colour: str, **_: object) -> str:
        self.begun.append((command, colour))
        return colour

    def recorded(self, _: object) -> AbstractContextManager[Callable[[str], None]]:
        return nullcontext(lambda _: None)


@pytest.fixture(autouse=True)
def records(monkeypatch: pytest.MonkeyPatch) -> type[Records]:
    Records.begun.clear()
    monkeypatch.setattr("bluegreen.context.Recorder", Records)
    return Records


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "Pulumi.yaml").write_text("name: eks-platform\nruntime: python\n")
    (tmp_path / "Pulumi.shared.yaml").write_text("config:\n  aws:region: eu-west-1\n")
    return tmp_path


def test_help_names_every_command_and_every_exit_code() -> None:
    said = runner.invoke(cli.app, ["--help"]).output
    for command in COMMANDS:
        assert command in said
    for code in Exit:
        assert f"{code:d}: " in said


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_has_help(command: str) -> None:
    ran = runner.invoke(cli.app, [command, "--help"])
    assert ran.exit_code == 0
    assert "--json" in ran.output


@pytest.mark.parametrize(
    "arguments",
    [
        ["switch"],
        ["switch", "--to", "red"],
        ["drain", "--colour", "blue", "--window", "15"],
        ["drain", "--colour", "blue", "--window", "1d"],
        ["switch", "--to", "green", "--resolver", "nowhere:0"],
    ],
)
def test_wrong_arguments_end_with_2(arguments: list[str], project: Path) -> None:
    ran = runner.invoke(cli.app, [*arguments, "-C", str(project)])
    assert ran.exit_code == Exit.USAGE, ran.output


def test_outside_a_project_the_error_says_where_to_go(tmp_path: Path) -> None:
    ran = runner.invoke(cli.app, ["status", "-C", str(tmp_path)])
    assert ran.exit_code == Exit.FAILED
    assert "no Pulumi.yaml in" in ran.output
    assert "--project" in ran.output


def planned(error: BaseException, project: Path, monkeypatch: pytest.MonkeyPatch) -> Result:
    """How `bluegreen plan --json` ends where planning raises an error."""

    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr("bluegreen.context.Stacks", lambda *_, **__: None)
    monkeypatch.setattr(Switch, "plan", fail)
    return runner.invoke(cli.app, ["plan", "--to", "green", "--json", "-C", str(project)])


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (OperatorError, 1),
        (TeardownError, 1),
        (RefusedError, 3),
        (TakenBackError, 4),
        (HalfwayError, 5),
        (BusyError, 6),
        (StillTrafficError, 7),
        (KeyboardInterrupt, 130),
    ],
)
def test_each_error_has_its_exit_code_and_is_json_on_demand(
    error: type[BaseException], code: int, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran = planned(error("why [it] failed"), project, monkeypatch)
    assert ran.exit_code == code
    document = json.loads(ran.stdout)
    assert document["exit"] == code
    if error is not KeyboardInterrupt:
        assert document["error"] == "why [it] failed"
        assert "why [it] failed" in ran.stderr


@pytest.mark.parametrize(
    ("options", "seconds"),
    [((), (900, 240)), (("--keep-warm", "90s", "--timeout", "2m"), (120, 90))],
)
def test_a_switch_waits_as_long_as_it_is_told(
    options: tuple[str, ...],
    seconds: tuple[int, int],
    project: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found: list[tuple[float, float]] = []

    class Contexts(Context):
        def __init__(self, *, patience: Patience, **_: object) -> None:
            found.append((patience.names_seconds, patience.warm_seconds))
            raise OperatorError("far enough")

    monkeypatch.setattr("bluegreen.context.Context", Contexts)
    runner.invoke(cli.app, ["switch", "--to", "green", "--yes", *options, "-C", str(project)])
    assert found == [seconds]


def test_a_mistake_of_the_command_itself_is_no_failure_before_anything_was_changed(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran = planned(ZeroDivisionError("by [/hand]"), project, monkeypatch)
    assert ran.exit_code == Exit.MISTAKE
    assert "ZeroDivisionError: by [/hand]" in ran.stderr
    assert "please report it" in json.loads(ran.stdout)["error"]


def test_a_retirement_is_not_begun_where_nobody_can_be_asked(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bluegreen.context.Stacks", lambda *_, **__: None)
    monkeypatch.setattr("bluegreen.retire.Retirement.check", lambda *_: (None, []))
    ran = runner.invoke(cli.app, ["retire", "--colour", "blue", "-C", str(project)])
    assert ran.exit_code == Exit.FAILED
    assert "--yes" in ran.output


def test_a_switch_is_not_begun_where_nobody_can_be_asked(project: Path) -> None:
    ran = runner.invoke(cli.app, ["switch", "--to", "green", "-C", str(project)])
    assert ran.exit_code == Exit.FAILED
    assert "this moves production names: give --yes" in ran.output


@pytest.mark.parametrize(("answer", "ran"), [("y\n", True), ("n\n", False)])
def test_a_switch_shows_its_plan_and_asks(
    project: Path, monkeypatch: pytest.MonkeyPatch, answer: str, ran: bool
) -> None:
    plan = PLAN
    begun: list[Plan] = []
    monkeypatch.setattr("bluegreen.context.Stacks", lambda *_, **__: None)
    monkeypatch.setattr("bluegreen.cli._require_terminal", lambda _: None)
    monkeypatch.setattr("bluegreen.stack_files.advise_commit", lambda _: nullcontext())
    monkeypatch.setattr(Switch, "plan", lambda *_, **__: plan)
    monkeypatch.setattr(Switch, "run", lambda _, found, *__, **___: begun.append(found) or 1)
    said = runner.invoke(cli.app, ["switch", "--to", "green", "-C", str(project)], input=answer)
    assert "1 of 1 live names have still to move" in " ".join(said.output.split())
    assert "Go on, so that green writes live names?" in said.output
    assert (begun == [replace(plan, told=True)]) is ran
    assert (Records.begun == [("switch", "green")]) is ran
    assert ("nothing was changed" in said.output) is not ran


def test_traffic_that_a_retirement_accepts_is_handed_on_and_told(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[object, ...]] = []

    def retire(_: Retirement, *arguments: object) -> Retired:
        asked.append(arguments)
        return Retired(colour="blue", resources=186, records=12, kept_logs=("/logs",))

    monkeypatch.setattr("bluegreen.context.Stacks", lambda *_, **__: None)
    monkeypatch.setattr(Retirement, "check", lambda *given: (retire(*given), []))
    monkeypatch.setattr(Retirement, "run", retire)
    accepted = ["web-blue", "service/sample/plain"]
    words = [word for name in accepted for word in ("--ignore-traffic", name)]
    call = ["retire", "--colour", "blue", *words, "--yes", "--json", "-C", str(project)]
    ran = runner.invoke(cli.app, call)
    assert asked == [("blue", timedelta(minutes=15), accepted)] * 2
    assert json.loads(ran.stdout) == {
        "colour": "blue",
        "resources": 186,
        "records": 12,
        "keptLogs": ["/logs"],
        "waived": accepted,
    }
    call.remove("--json")
    assert "/logs" in runner.invoke(cli.app, call).output


def test_without_the_pulumi_cli_the_error_says_so(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(project))
    ran = runner.invoke(cli.app, ["status", "-C", str(project)])
    assert ran.exit_code == Exit.FAILED
    assert "pulumi is not on PATH" in ran.output


def bootstrapped(
    project: Path,
    monkeypatch: pytest.MonkeyPatch,
    changes: Mapping[str, str],
    *options: str,
    fails: bool = False,
) -> Result:
    """How `bluegreen bootstrap` ends where it writes some files, and then fails or not."""

    def build(*_: object) -> Built:
        for file, text in changes.items():
            (project / file).write_text(text)
        if fails:
            raise HalfwayError("it stands halfway")
        return Built(colour="blue", active="blue")

    monkeypatch.setattr("bluegreen.context.Stacks", lambda *_, **__: None)
    monkeypatch.setattr("bluegreen.bootstrap.Bootstrap.run", build)
    return runner.invoke(cli.app, ["bootstrap", "--skip-preflight", "-C", str(project), *options])


ACTIVE = {"Pulumi.shared.yaml": "config:\n  eks-platform:activeColour: blue\n"}


@pytest.mark.parametrize(
    ("changes", "names"),
    [
        (ACTIVE, "Pulumi.shared.yaml:"),
        (ACTIVE | {"Pulumi.blue.yaml": "new"}, "Pulumi.shared.yaml and Pulumi.blue.yaml:"),
    ],
    ids=["one", "two"],
)
@pytest.mark.parametrize("fails", [False, True])
def test_changed_stack_files_are_to_be_committed(
    project: Path,
    monkeypatch: pytest.MonkeyPatch,
    changes: Mapping[str, str],
    names: str,
    fails: bool,
) -> None:
    ran = bootstrapped(project, monkeypatch, changes, fails=fails)
    assert ran.exit_code == (Exit.HALFWAY if fails else 0)
    last = ran.stdout.splitlines()[-1]
    if fails:
        assert last.startswith(f"Do not commit {names.removesuffix(':')} yet: ")
    else:
        assert last.startswith(f"Commit and push {names}")


def test_nothing_is_to_be_committed_where_no_stack_file_changed(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    same = {"Pulumi.shared.yaml": (project / "Pulumi.shared.yaml").read_text()}
    assert "Commit" not in bootstrapped(project, monkeypatch, same).output


def test_json_is_the_result_alone(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ran = bootstrapped(project, monkeypatch, ACTIVE, "--json")
    assert json.loads(ran.stdout) == {"colour": "blue", "active": "blue"}
    assert "Commit" not in ran.output


@pytest.mark.parametrize(
    "command", [["switch", "--to", "green", "--yes"], ["retire", "--colour", "blue", "--yes"]]
)
def test_a_switch_and_a_retirement_say_so_too(
    command: list[str], project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def change(*_: object, **__: object) -> object:
        (project / "Pulumi.shared.yaml").write_text("config: {}\n")
        raise HalfwayError("it stands halfway")

    monkeypatch.setattr("bluegreen.context.Stacks", lambda *_, **__: None)
    monkeypatch.setattr("bluegreen.retire.Retirement.check", lambda *_: (None, []))
    monkeypatch.setattr("bluegreen.retire.Retirement.run", change)
    monkeypatch.setattr(Switch, "plan", lambda *_, **__: PLAN)
    monkeypatch.setattr(Switch, "run", change)
    monkeypatch.setattr("bluegreen.cli.shown.plan", lambda _: "the plan")
    ran = runner.invoke(cli.app, [*command, "-C", str(project)])
    assert ran.exit_code == Exit.HALFWAY, ran.output
    assert "Do not commit Pulumi.shared.yaml yet: it holds a state on the way" in ran.stdout
    assert "Commit and push" not in ran.output


def test_interrupted_nothing_is_to_be_committed_and_the_same_command_says_what_is(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def git(*words: str) -> None:
        identity = ("-c", "user.name=a", "-c", "user.email=a@example.com")
        subprocess.run(["git", *identity, *words], cwd=project, check=True, capture_output=True)

    git("init")
    git("add", ".")
    git("commit", "-m", "begin")

    def interrupt(*_: object) -> Built:
        (project / "Pulumi.shared.yaml").write_text(ACTIVE["Pulumi.shared.yaml"])
        raise KeyboardInterrupt

    monkeypatch.setattr("bluegreen.context.Stacks", lambda *_, **__: None)
    monkeypatch.setattr("bluegreen.bootstrap.Bootstrap.run", interrupt)
    call = ["bootstrap", "--skip-preflight", "-C", str(project)]
    first = runner.invoke(cli.app, call)
    assert "Do not commit Pulumi.shared.yaml yet" in first.stdout
    built = Built(colour="blue", active="blue")
    monkeypatch.setattr("bluegreen.bootstrap.Bootstrap.run", lambda *_: built)
    assert "Commit and push Pulumi.shared.yaml: " in runner.invoke(cli.app, call).stdout
    git("commit", "-am", "active")
    assert "ommit" not in runner.invoke(cli.app, call).output


def test_the_version_is_told() -> None:
    assert runner.invoke(cli.app, ["--version"]).output.startswith("bluegreen 0.")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["switch", "--to", "gren"], "'gren' is no colour: expected blue or green. Did you mean"),
        (["drain", "--colour", "Blue"], "Did you mean blue?"),
        (["plan", "--to", "red"], "'red' is no colour: expected blue or green"),
        (["recover", "--stack", "share"], "expected shared, blue or green. Did you mean shared?"),
        (["switch", "--to", "green", "--only", "web"], "'web' is no full DNS name"),
        (["plan", "--to", "green", "--only", "a..b"], "'a..b' is no full DNS name"),
    ],
)
def test_what_cannot_be_meant_is_refused_before_anything_is_read(
    arguments: list[str], says: str, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    ran = runner.invoke(cli.app, [*arguments, "-C", str(project)])
    assert ran.exit_code == Exit.USAGE
    assert says in ran.output
    assert "Value error" not in ran.output
    assert ("Did you mean" in ran.output) is ("Did you mean" in says)


def test_a_name_of_a_canary_may_be_written_as_people_do(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []

    def plan(*arguments: object, **_: object) -> Plan:
        asked.extend(arguments[1:])
        raise OperatorError("enough")

    monkeypatch.setattr("bluegreen.context.Stacks", lambda *_, **__: None)
    monkeypatch.setattr(Switch, "plan", plan)
    call = ["plan", "--to", "green", "--only", "Web.Example.com.", "--only", "*.a.example.com"]
    runner.invoke(cli.app, [*call, "-C", str(project)])
    assert asked == ["green", (), ["web.example.com", "*.a.example.com"]]


def test_a_refused_retirement_says_each_reason_once(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setattr("bluegreen.context.Stacks", lambda *_, **__: None)
    failing = judged("named", "no record names it", ["web.example.com A -> there"], "mend it")
    monkeypatch.setattr("bluegreen.retire.Retirement.check", lambda *_: (None, [failing]))
    ran = runner.invoke(cli.app, ["retire", "--colour", "blue", "-C", str(project)])
    assert ran.exit_code == Exit.REFUSED
    assert ran.output.count("web.example.com A -> there") == 1
    assert "blue cannot be retired, by check named above" in ran.output


def test_a_name_that_is_no_leftover_is_refused_before_anything_is_asked(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bluegreen.context.Stacks", lambda *_, **__: None)
    monkeypatch.setattr("bluegreen.cli._require_terminal", lambda _: None)
    seen = snapshot(records=live_set("old.example.com", "gone.elb.amazonaws.com"))
    monkeypatch.setattr("bluegreen.world.observe.Observer.everything", lambda _: seen)
    call = ["leftovers", "--remove", "odl.example.com", "-C", str(project)]
    ran = runner.invoke(cli.app, call, input="y\n")
    assert ran.exit_code == Exit.REFUSED
    assert "Did you mean old.example.com?" in " ".join(ran.output.split())
    assert "Delete" not in ran.output


def look_at(monkeypatch: pytest.MonkeyPatch, *verdicts: Verdict) -> list[object]:
    """An account with findings of some verdicts; gives the colours that are looked at."""
    asked: list[object] = []

    def run(_: Preflight, colours: object = None) -> list[Finding]:
        asked.append(colours)
        return [Finding(rule=it, says=f"says {it}", verdict=it, remedy="mend") for it in verdicts]

    monkeypatch.setattr(Preflight, "run", run)
    return asked


@pytest.mark.parametrize(
    ("verdicts", "code"),
    [
        (("pass", "note"), Exit.DONE),
        (("pass", "unseen"), Exit.UNSEEN),
        (("unseen", "fail"), Exit.REFUSED),
    ],
)
def test_what_preflight_ends_with(
    project: Path, monkeypatch: pytest.MonkeyPatch, verdicts: tuple[Verdict, ...], code: Exit
) -> None:
    asked = look_at(monkeypatch, *verdicts)
    ran = runner.invoke(cli.app, ["preflight", "-C", str(project)])
    assert (ran.exit_code, asked) == (code, [None])
    assert all(f"says {verdict}" in ran.output for verdict in verdicts)
    ran = runner.invoke(cli.app, ["preflight", "--colour", "green", "-C", str(project), "--json"])
    assert (ran.exit_code, asked[1]) == (code, ["green"])
    found = json.loads(ran.stdout)["findings"]
    assert [it["verdict"] for it in found] == list(verdicts)


@pytest.mark.parametrize(
    ("verdict", "stands", "code"),
    [
        ("pass", False, Exit.DONE),
        ("unseen", False, Exit.DONE),
        ("fail", False, Exit.REFUSED),
        ("fail", True, Exit.DONE),
    ],
)
def test_bootstrap_looks_at_the_account_before_a_colour_is_made(
    project: Path, monkeypatch: pytest.MonkeyPatch, verdict: Verdict, stands: bool, code: Exit
) -> None:
    asked = look_at(monkeypatch, verdict)
    monkeypatch.setattr(Bootstrap, "run", lambda _, colour: Built(colour=colour, active=colour))
    there = SimpleNamespace(resources=["one"] if stands else [])
    stacks = SimpleNamespace(read=lambda _: there)
    monkeypatch.setattr("bluegreen.context.Stacks", lambda *_, **__: stacks)
    ran = runner.invoke(cli.app, ["bootstrap", "-C", str(project)])
    assert ran.exit_code == code
    assert asked == ([] if stands else [["blue"]])
    assert ("give --skip-preflight" in " ".join(ran.output.split())) is (code == Exit.REFUSED)


def test_an_address_that_cannot_be_told_ends_a_switch_before_anything_is_looked_at(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BLUEGREEN_NOTIFY", "http://acme.example/SECRET")
    ran = runner.invoke(cli.app, ["switch", "--to", "green", "--yes", "-C", str(project)])
    assert ran.exit_code == Exit.FAILED
    assert "expected https://" in ran.output
    assert "SECRET" not in ran.output
