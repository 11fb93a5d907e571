"""A failed command of the engine is an error of ours, wherever it fails."""

from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

import pytest
from pulumi import automation
from pulumi.automation import StackSummary
from pulumi.automation.errors import create_command_error

from bluegreen.world import locks
from bluegreen.world.stacks import StackError, Stacks


class Dead:
    """A workspace whose every command is killed; and a stack of it."""

    def _fail(self, *_: object) -> None:
        raise create_command_error(automation.CommandResult("", "killed", -9))

    work_dir = "."
    env_vars: ClassVar[dict[str, str]] = {}
    get_all_config = set_all_config_json = remove_all_config = cancel = run = _fail

    @property
    def pulumi_command(self) -> "Dead":
        return self


class Cloud:
    """A workspace of Pulumi Cloud, where somebody updates blue."""

    work_dir = "."
    env_vars: ClassVar[dict[str, str]] = {}

    def list_stacks(self) -> list[StackSummary]:
        return [
            StackSummary(name="shared", current=False, update_in_progress=False),
            StackSummary(name="blue", current=False, update_in_progress=True),
            StackSummary(name="elsewhere/green", current=False, update_in_progress=True),
        ]

    @property
    def pulumi_command(self) -> "Cloud":
        return self

    def run(self, *_: object) -> automation.CommandResult:
        return automation.CommandResult('{"deployment": {}}', "", 0)


class Missing:
    """A workspace without stacks."""

    work_dir = "."
    env_vars: ClassVar[dict[str, str]] = {}

    @property
    def pulumi_command(self) -> "Missing":
        return self

    def run(self, *_: object) -> None:
        said = "error: no stack named 'blue' found"
        raise create_command_error(automation.CommandResult("", said, 255))

    get_all_config = run


@pytest.mark.parametrize(
    ("script", "says"),
    [
        ("kill -9 $$", "'version']' died with <Signals.SIGKILL: 9>"),
        ("exit 3", "'version']' returned non-zero exit status 3"),
        ("echo v2.0.0", "Minimum version requirement failed|Major version mismatch"),
    ],
)
def test_a_cli_that_cannot_be_used_is_told(
    script: str, says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "pulumi"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    with pytest.raises(StackError, match=f"pulumi cannot be used: .*({says})"):
        Stacks(tmp_path)


def test_a_missing_stack_reads_as_none_and_has_no_state(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bluegreen.world.stacks.Workspace", lambda **_: Missing())
    monkeypatch.setattr(locks, "held", lambda *_: ())
    monkeypatch.setattr(Stacks, "_backend_url", "file:///nowhere")
    stacks = Stacks(Path())
    state = stacks.read("blue").state
    assert (state.exists, state.locks_read) == (False, True)
    missing = "stack blue does not exist: run `bluegreen bootstrap` first"
    for ask in (stacks.deployment, stacks.config):
        with pytest.raises(StackError, match=missing):
            ask("blue")


@pytest.mark.parametrize(
    ("do", "says"),
    [
        (lambda it: it.config("shared"), "the file of stack shared cannot be read"),
        (lambda it: it.set("shared", {"a": "b"}), "the file of stack shared cannot be written"),
        (lambda it: it.set("shared", {"a": None}), "the file of stack shared cannot be written"),
        (lambda it: it.create("shared"), "stack shared"),
        (lambda it: it.break_lock("shared"), "the lock of stack shared cannot be removed"),
    ],
)
def test_a_killed_command_of_the_engine_is_told(
    do: Callable[[Stacks], object], says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bluegreen.world.stacks.Workspace", lambda **_: Dead())
    monkeypatch.setattr("bluegreen.world.stacks.NamedStack", lambda *_: Dead())
    monkeypatch.setattr(Stacks, "_backend_url", "file:///nowhere")
    stacks = Stacks(Path())
    with pytest.raises(StackError, match=f"{says}: the engine was killed by signal 9"):
        do(stacks)


@pytest.mark.parametrize("stack", ["shared", "blue", "green"])
def test_pulumi_cloud_is_asked_whether_an_update_runs(
    stack: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bluegreen.world.stacks.Workspace", lambda **_: Cloud())
    monkeypatch.setattr(Stacks, "_backend_url", "https://app.pulumi.com/ann")
    state = Stacks(Path()).read(stack).state
    held = ["an update that Pulumi Cloud knows of"] if stack == "blue" else []
    assert [lock.said for lock in state.locks] == held
    assert state.locks_read


def test_a_backend_that_does_not_show_locks_is_no_backend_without(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for workspace in (Cloud, Missing):
        monkeypatch.setattr("bluegreen.world.stacks.Workspace", lambda made=workspace, **_: made())
        monkeypatch.setattr(Stacks, "_backend_url", "gs://state")
        state = Stacks(Path()).read("blue").state
        assert (state.locks, state.locks_read) == ((), False)
