"""The CLI runs as the Automation API runs it, and leaves a witness where it is killed."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from pulumi.automation.errors import CommandError, ConcurrentUpdateError

from bluegreen.world.engine_command import EngineCommand

SCRIPT = """#!/bin/sh
case "$*" in
  version) echo v3.259.0 ;;
  *kill*) kill -9 $$ ;;
  *panic*) echo 'goroutine 1 [running]:' >&2; exit 2 ;;
  *wrong*) echo 'error: no such flag' >&2; exit 2 ;;
  *busy*) echo '[409] Conflict: Another update is currently in progress.' >&2; exit 255 ;;
  *) echo "$*"; echo "$PWD $GIVEN $PULUMI_AUTOMATION_API" >&2
     cp "$XDG_STATE_HOME"/eks-platform/engines/*.json seen.json; true ;;
esac
"""


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> EngineCommand:
    program = tmp_path / "pulumi"
    program.write_text(SCRIPT)
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    made = EngineCommand()
    made.backend_url = lambda: "file:///state"
    return made


def left(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(path.read_text()) for path in folder.glob("state/*/*/*.json")]


def run(command: EngineCommand, folder: Path, *words: str) -> None:
    command.run([*words, "--stack", "blue"], str(folder), {})


def test_output_folder_and_environment_are_as_ever(command: EngineCommand, tmp_path: Path) -> None:
    out: list[str] = []
    err: list[str] = []
    given = {"GIVEN": "yes"}
    ran = command.run(["up", "--stack", "blue"], str(tmp_path), given, out.append, err.append)
    assert out == ["--non-interactive up --stack blue"]
    assert (ran.stdout, ran.stderr, ran.code) == (out[0], "\n".join(err), 0)
    assert err[0] == f"{tmp_path} yes true"


def test_while_it_runs_there_is_a_witness_and_none_once_it_has_ended(
    command: EngineCommand, tmp_path: Path
) -> None:
    # It may have ended before it is written down, so this one waits for that.
    waiting = SCRIPT.replace("     cp", "     until cp").replace("; true", " 2>&-; do :; done")
    (tmp_path / "pulumi").write_text(waiting)
    run(command, tmp_path, "up")
    seen = json.loads((tmp_path / "seen.json").read_text())
    assert (seen["stack"], seen["backend"], seen["until"]) == ("blue", "file:///state", None)
    assert left(tmp_path) == []


@pytest.mark.parametrize("word", ["kill", "panic"])
def test_of_one_that_was_killed_or_crashed_it_stays(
    command: EngineCommand, tmp_path: Path, word: str
) -> None:
    with pytest.raises(CommandError):
        run(command, tmp_path, word)
    (witness,) = left(tmp_path)
    assert witness["until"] >= witness["since"]


@pytest.mark.parametrize(("word", "error"), [("wrong", CommandError), ("busy", CommandError)])
def test_of_one_that_failed_by_itself_it_goes(
    command: EngineCommand, tmp_path: Path, word: str, error: type[CommandError]
) -> None:
    with pytest.raises(error) as raised:
        run(command, tmp_path, word)
    assert isinstance(raised.value, ConcurrentUpdateError) == (word == "busy")
    assert left(tmp_path) == []


@pytest.mark.parametrize("words", [["whoami", "--json"], ["up", "--stack"]])
def test_what_names_no_stack_has_none(
    command: EngineCommand, tmp_path: Path, words: Sequence[str]
) -> None:
    command.backend_url = lambda: pytest.fail("nobody needs to know")
    command.run(list(words), str(tmp_path), {})
    assert not (tmp_path / "seen.json").exists()
