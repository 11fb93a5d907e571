"""Documented calls of the operator command are ones it knows, and its checks are documented."""

import re

import pytest
from typer.testing import CliRunner

from bluegreen import rules
from bluegreen.cli import app
from tests.unit.bluegreen.snapshots import snapshot
from tests.unit.bluegreen.test_rules import BEFORE
from tests.unit.documentation.commands import ROOT, documented

COMMANDS = sorted({it.text for it in documented() if it.text.startswith("bluegreen ")})
PAGE = (ROOT / "docs" / "bluegreen.md").read_text("utf-8")
CHECKS = [it.rule for it in rules.before_switch(snapshot(), "green")]
"""Checks that look at a snapshot."""

OF_OTHERS = ["name-servers", "drift", "unapplied"]
"""Checks that look at something else."""

WITH_THEIR_OWN_TESTS = {
    "way-back",
    "unwatched",
    "delegated",
    "own-targets",
    "ignored-names",
    "shared-names",
    "support",
    "support-order",
    "kubeconfigs",
}


def ask(words: list[str]) -> int:
    """Exit code of a call that ends with its help: options are read, nothing is run."""
    return CliRunner().invoke(app, [*words, "--help"]).exit_code


@pytest.mark.parametrize("command", COMMANDS)
def test_a_documented_command_is_known(command: str) -> None:
    assert ask(command.split()[1:]) == 0


def test_a_command_or_an_option_that_is_none_is_noticed() -> None:
    assert ask(["switchh", "--to", "green"]) != 0
    assert ask(["switch", "--too", "green"]) != 0


@pytest.mark.parametrize("check", [*CHECKS, *OF_OTHERS])
def test_each_check_of_a_switch_is_on_the_page(check: str) -> None:
    section = PAGE.partition("\n## When a switch is refused\n")[2].partition("\n## ")[0]
    assert check in re.findall(r"`([\w-]+)`", section)


@pytest.mark.parametrize("check", sorted({*CHECKS} - WITH_THEIR_OWN_TESTS))
def test_each_check_has_a_snapshot_that_breaks_it(check: str) -> None:
    assert check in {rule for rule, _, _ in BEFORE}, "BEFORE of tests/unit/bluegreen/test_rules.py"
