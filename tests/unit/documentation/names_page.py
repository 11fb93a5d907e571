"""docs/names.md: its tables of what a cluster answers, and its manifests."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import yaml

from tests.unit.documentation.commands import ROOT

PAGE = ROOT / "docs" / "names.md"

_ROW = re.compile(r"\| `([^`]+)`(.*?) \| `([^`]+)` \|")


@dataclass(frozen=True)
class Answer:
    """A row of a table.

    Attributes:
        key: name of the annotation that is written.
        value: its value.
        where: the words behind it.
        sentence: what is read.
    """

    key: str
    value: str
    where: str
    sentence: str

    def __str__(self) -> str:
        return f"{self.key}: {self.value}{self.where}"


@cache
def answers(section: str) -> Sequence[Answer]:
    """The rows of a section's table. Raises AssertionError if there are none."""
    rows = [_ROW.fullmatch(line) for line in _section(section).splitlines()]
    found = [_answer(*it.groups()) for it in rows if it]
    assert found, f"{PAGE} has no table under {section!r}"
    return found


@cache
def manifests() -> Sequence[Mapping[str, Any]]:
    """All objects that the page shows."""
    blocks = re.findall(r"^```yaml\n(.*?)^```$", PAGE.read_text(), re.MULTILINE | re.DOTALL)
    return [it for block in blocks for it in yaml.safe_load_all(block)]


def _answer(written: str, where: str, sentence: str) -> Answer:
    key, value = written.split(": ", 1)
    return Answer(key, value, where, sentence)


def _section(title: str) -> str:
    _, _, rest = PAGE.read_text().partition(f"\n## {title}\n")
    return rest.split("\n## ")[0]
