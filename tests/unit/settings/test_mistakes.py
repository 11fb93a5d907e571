"""Mistakes that people make in stack files, and exactly what they are told.

The table is in `mistakes/*.yaml`, where values look as they do in a stack file; GONE takes a
key away, and MINORS stands for those of the catalogue.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from tests.unit.settings.stack_files import MINORS, Changes, Value, mistakes

FOLDER = Path(__file__).parent / "mistakes"
STACKS = ("shared", "blue")


@dataclass(frozen=True)
class Case:
    """Changes that make a right file wrong, and each line that is said about them."""

    name: str
    stack: str
    changes: Changes
    says: tuple[str, ...]


def _case(entry: Mapping[str, Value]) -> Case:
    stack = next(stack for stack in STACKS if stack in entry)
    assert entry.keys() == {"name", stack, "says"}
    says = [line.replace("MINORS", MINORS) for line in entry["says"]]
    return Case(entry["name"], stack, entry[stack], tuple(says))


def _cases() -> list[Case]:
    files = sorted(FOLDER.glob("*.yaml"))
    return [_case(e) for file in files for e in yaml.safe_load(file.read_text())]


CASES = _cases()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_mistake(case: Case) -> None:
    assert mistakes(case.stack, case.changes) == list(case.says)


def test_table_covers_both_kinds_of_stack() -> None:
    for stack in STACKS:
        said = [line for case in CASES if case.stack == stack for line in case.says]
        assert len(set(said)) >= 50


def test_names_differ() -> None:
    assert len({case.name for case in CASES}) == len(CASES)


@pytest.mark.parametrize("stack", STACKS)
def test_without_changes_nothing_is_said(stack: str) -> None:
    assert mistakes(stack, {}) == []
