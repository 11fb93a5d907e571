"""A failed command of the engine is an error of ours, wherever it fails."""

from collections.abc import Callable
from pathlib import Path

import pytest
from pulumi import automation
from pulumi.automation.errors import create_command_error

from bluegreen.world.stacks import StackError, Stacks


class Dead:
    """A stack whose every command is killed."""

    def _fail(self, *_: object) -> None:
        raise create_command_error(automation.CommandResult("", "killed", -9))

    get_all_config = set_all_config_json = remove_config = cancel = _fail


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
