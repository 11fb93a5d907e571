"""A failed command of the engine is an error of ours, wherever it fails."""

from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

import pytest
from pulumi import automation
from pulumi.automation import StackSummary
from pulumi.automation.errors import create_command_error

from bluegreen.world.stacks import StackError, Stacks


class FakeWorkspace:
    """A workspace of the Automation API, its CLI, and a stack of it.

    Args:
        backend: URL of its backend.
    """

    work_dir = "."
    env_vars: ClassVar[dict[str, str]] = {}

    def __init__(self, backend: str = "file:///nowhere") -> None:
        self._backend = backend

    @property
    def pulumi_command(self) -> "FakeWorkspace":
        return self

    def named_stack(self, _: str) -> "FakeWorkspace":
        return self

    @property
    def backend_url(self) -> str:
        return self._backend

    def stacks(self) -> Stacks:
        return Stacks(Path(), self)  # pyright: ignore[reportArgumentType]


class Dead(FakeWorkspace):
    """Its every command is killed."""

    def _fail(self, *_: object) -> None:
        raise create_command_error(automation.CommandResult("", "killed", -9))

    get_all_config = set_all_config_json = remove_all_config = cancel = run = _fail


class Cloud(FakeWorkspace):
    """Somebody updates blue."""

    def list_stacks(self) -> list[StackSummary]:
        return [
            StackSummary(name="shared", current=False, update_in_progress=False),
            StackSummary(name="blue", current=False, update_in_progress=True),
            StackSummary(name="elsewhere/green", current=False, update_in_progress=True),
        ]

    def run(self, *_: object) -> automation.CommandResult:
        return automation.CommandResult('{"deployment": {}}', "", 0)


class Missing(FakeWorkspace):
    """It has no stack."""

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


def test_a_missing_stack_reads_as_none_and_has_no_state() -> None:
    stacks = Missing().stacks()
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
        (
            lambda it: it.set_config("shared", {"a": "b"}),
            "the file of stack shared cannot be written",
        ),
        (
            lambda it: it.set_config("shared", {"a": None}),
            "the file of stack shared cannot be written",
        ),
        (lambda it: it.create("shared"), "stack shared"),
        (lambda it: it.break_locks("shared", ()), "the lock of stack shared cannot be removed"),
    ],
)
def test_a_killed_command_of_the_engine_is_told(do: Callable[[Stacks], object], says: str) -> None:
    with pytest.raises(StackError, match=f"{says}: the engine was killed by signal 9"):
        do(Dead("gs://state").stacks())


@pytest.mark.parametrize("stack", ["shared", "blue", "green"])
def test_pulumi_cloud_is_asked_whether_an_update_runs(stack: str) -> None:
    state = Cloud("https://app.pulumi.com/ann").stacks().read(stack).state
    held = ["an update that Pulumi Cloud knows of"] if stack == "blue" else []
    assert [lock.in_words for lock in state.locks] == held
    assert state.locks_read


def test_a_backend_that_does_not_show_locks_is_no_backend_without() -> None:
    for workspace in (Cloud, Missing):
        state = workspace("gs://state").stacks().read("blue").state
        assert (state.locks, state.locks_read) == ((), False)
