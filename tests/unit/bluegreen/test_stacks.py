"""A failed command of the engine is an error of ours, wherever it fails."""

from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

import pytest
from pulumi import automation
from pulumi.automation.errors import create_command_error

from bluegreen.world import locks
from bluegreen.world.stacks import StackError, Stacks


class Dead:
    """A stack whose every command is killed."""

    def _fail(self, *_: object) -> None:
        raise create_command_error(automation.CommandResult("", "killed", -9))

    get_all_config = set_all_config_json = remove_all_config = cancel = _fail


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


def test_a_missing_stack_reads_as_none_and_has_no_state(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(automation, "LocalWorkspace", lambda **_: Missing())
    monkeypatch.setattr(locks, "held", lambda *_: ())
    monkeypatch.setattr(Stacks, "_backend_url", "file:///nowhere")
    stacks = Stacks(Path())
    assert not stacks.read("blue").state.exists
    with pytest.raises(StackError, match=r"stack blue: .*no stack named 'blue' found"):
        stacks.deployment("blue")


@pytest.mark.parametrize(
    ("do", "says"),
    [
        (lambda it: it.config("shared"), "the file of stack shared cannot be read"),
        (lambda it: it.set("shared", {"a": "b"}), "the file of stack shared cannot be written"),
        (lambda it: it.set("shared", {"a": None}), "the file of stack shared cannot be written"),
        (lambda it: it.break_lock("shared"), "the lock of stack shared cannot be removed"),
    ],
)
def test_a_killed_command_of_the_engine_is_told(
    do: Callable[[Stacks], object], says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(automation, "LocalWorkspace", lambda **_: None)
    stacks = Stacks(Path())
    stacks._known["shared"] = Dead()  # pyright: ignore[reportArgumentType]
    with pytest.raises(StackError, match=f"{says}: the engine was killed by signal 9"):
        do(stacks)
