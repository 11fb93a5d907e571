"""Documented calls of the operator command are ones that it knows."""

import pytest
from typer.testing import CliRunner

from bluegreen.cli import app
from tests.unit.documentation.commands import documented

COMMANDS = sorted({it.text for it in documented() if it.text.startswith("bluegreen ")})


def ask(words: list[str]) -> int:
    """Exit code of a call that ends with its help: options are read, nothing is run."""
    return CliRunner().invoke(app, [*words, "--help"]).exit_code


@pytest.mark.parametrize("command", COMMANDS)
def test_a_documented_command_is_known(command: str) -> None:
    assert ask(command.split()[1:]) == 0


def test_a_command_or_an_option_that_is_none_is_noticed() -> None:
    assert ask(["switchh", "--to", "green"]) != 0
    assert ask(["switch", "--too", "green"]) != 0
