"""Tables of models: each place with its kind, its default and what it is for."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from development.docsite.reference import Row, rows, table


class Part(BaseModel):
    """A part."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    size: int = Field(default=3, ge=1, le=9)
    """How big | wide."""


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


def test_every_place_has_a_row() -> None:
    assert list(rows(Whole.model_json_schema())) == [
        Row("kind", '`"a"`, `"b"`', "required", "Which."),
        Row("part", "map", "", "A part."),
        Row("part.size", "whole number (1 to 9)", "3", "How big | wide."),
        Row("parts", "map of: map", "", ""),
        Row("parts.NAME.size", "whole number (1 to 9)", "3", "How big | wide."),
        Row("several", "list of: map", "", ""),
        Row("several[].size", "whole number (1 to 9)", "3", "How big | wide."),
        Row("names", "list of: text (at least 1)", '["x"]', ""),
        Row("maybe", "`true`, `false`", "", ""),
    ]


def test_a_table_says_what_may_stand_where_and_what_holds_otherwise() -> None:
    found = [
        Row("a.b", "text", "", "Either | or."),
        Row("c", "whole number", "3", ""),
        Row("d", "map", "required", ""),
    ]
    lines = [line for line in table(found, first="Key").splitlines() if line.startswith("|")]
    assert lines == [
        "| Key | Value | What it is |",
        "| --- | --- | --- |",
        "| `a.b` | text | Either \\| or. |",
        "| `c` | whole number; default `3` |  |",
        "| `d` | map; required |  |",
    ]
