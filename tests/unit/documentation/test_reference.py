"""Tables of models: each place with its kind, its default and what it is for."""

from typing import Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field

from development.docsite.reference import Row, rows, table
from development.docsite.settings_reference import settings_of
from settings import schema


class Part(BaseModel):
    """A part."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    size: int = Field(default=3, ge=1, le=9)
    """How big | wide."""


class One(BaseModel):
    """A form."""

    first: int


class Other(BaseModel):
    """Another form."""

    second: tuple[str, ...]


class Whole(BaseModel):
    """All of it."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    kind: Literal["a", "b"]
    """Which."""

    part: Part = Part()
    parts: dict[str, Part] = Field(default_factory=dict[str, Part])
    several: list[Part] = []
    names: tuple[str, ...] = Field(default=("x",), min_length=1)
    maybe: bool | None = None
    """Whether. Absent: as the kind asks for it."""

    later: int = Field(default_factory=lambda: 3)
    """How late. Absent: as `part.size`. Anything else is odd."""

    form: One | Other = One(first=1)


def test_every_place_has_a_row() -> None:
    assert list(rows(Whole.model_json_schema())) == [
        Row("kind", '`"a"`, `"b"`', "required", "Which."),
        Row("part", "map", "", "A part."),
        Row("part.size", "whole number (1 to 9)", "`3`", "How big | wide."),
        Row("parts", "map of: map", "none", ""),
        Row("parts.NAME.size", "whole number (1 to 9)", "`3`", "How big | wide."),
        Row("several", "list of: map", "none", ""),
        Row("several[].size", "whole number (1 to 9)", "`3`", "How big | wide."),
        Row("names", "list of: text (at least 1)", '`["x"]`', ""),
        Row("maybe", "`true`, `false`", "as the kind asks for it", "Whether."),
        Row("later", "whole number", "as `part.size`", "How late. Anything else is odd."),
        Row("form", "map", "", "A form."),
        Row("form.first", "whole number", "", ""),
        Row("form.second", "list of: text", "", ""),
    ]


def test_a_table_says_what_may_stand_where_and_what_holds_otherwise() -> None:
    found = [
        Row("a.b", "text", "", "Either | or."),
        Row("c", "whole number", "`3`", ""),
        Row("d", "map", "required", ""),
    ]
    lines = [line for line in table(found, first="Key").splitlines() if line.startswith("|")]
    assert lines == [
        "| Key | Value | What it is |",
        "| --- | --- | --- |",
        "| `a.b` | text | Either \\| or. |",
        "| `c` | whole number; default: `3` |  |",
        "| `d` | map; required |  |",
    ]


FORMS = {
    "network.existing",
    "humanRoles.trustedAccountIds",
    "humanRoles.existing",
}
"""What one form of a map must have, and the other must not."""


@pytest.mark.parametrize("name", schema.MODELS)
def test_every_setting_that_may_be_absent_says_what_holds_then(name: str) -> None:
    every = settings_of(name)
    above = {row.path.rpartition(".")[0] for row in every}
    silent = {row.path for row in every if not row.default} - above
    assert silent <= FORMS, "its description needs a sentence: Absent: RULE."
