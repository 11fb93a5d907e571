"""Which step of the version a change of the outputs needs."""

from typing import Annotated, Literal

import pytest
from pydantic import BaseModel, Field

from eks_platform_contract.compatibility import Bump, Change, compare, complaints, next_version
from eks_platform_contract.outputs import SECRET
from eks_platform_contract.version import Version


class Inner(BaseModel):
    """Part of the outputs."""

    name: str
    note: str | None = None


class Before(BaseModel):
    """Outputs as they were."""

    inner: Inner
    names: tuple[str, ...]
    groups: dict[str, int]
    colour: Literal["blue", "green"]
    closed: "Closed"
    sure: int
    perhaps: int | None = None


class Closed(BaseModel, extra="forbid"):
    """Part that refuses unknown keys."""

    term: int


def changed(**fields: object) -> list[str]:
    """What is noticed once some fields are other ones; None takes one away."""
    own = {name: it.annotation for name, it in Before.model_fields.items()}
    kinds = {name: kind for name, kind in (own | fields).items() if kind is not None}
    space: dict[str, object] = {"__annotations__": kinds, "__module__": __name__, "perhaps": None}
    after = type("After", (BaseModel,), space)
    return list(map(str, compare(Before.model_json_schema(), after.model_json_schema())))


class Renamed(BaseModel):
    """`Inner` with another name for a field."""

    label: str
    note: str | None = None


class Surer(BaseModel):
    """`Inner` whose note is always there."""

    name: str
    note: str


class LessSure(BaseModel):
    """`Inner` whose name may be absent."""

    name: str = "x"
    note: str | None = None


class Opener(BaseModel, extra="forbid"):
    """`Closed` with one more field."""

    term: int
    more: int


Hidden = Annotated[int, Field(json_schema_extra={SECRET: True})]
MAJOR: list[tuple[dict[str, object], list[str]]] = [
    ({"sure": None}, ["sure: removed"]),
    ({"inner": Renamed}, ["inner.label: added", "inner.name: removed"]),
    ({"sure": str}, ["sure: type was 'integer', is 'string'"]),
    ({"sure": int | None}, ["sure: may now be null"]),
    ({"sure": int | str}, ["sure: type was 'integer', is nothing", "sure: other kinds of value"]),
    ({"inner": LessSure}, ["inner.name: may now be absent"]),
    ({"names": tuple[int, ...]}, ["names[]: type was 'string', is 'integer'"]),
    ({"names": str}, ["names: type was 'array', is 'string'", "names: items was"]),
    ({"groups": dict[str, str]}, ["groups.*: type was 'integer', is 'string'"]),
    ({"colour": Literal["blue", "green", "red"]}, ["colour: may now be 'red'"]),
    ({"colour": str}, ["colour: choices were"]),
    ({"closed": Opener}, ["closed.more: added"]),
    ({"sure": Hidden}, ["sure: x-secret was nothing, is True"]),
]
MINOR: list[tuple[dict[str, object], list[str]]] = [
    ({"extra": int}, ["extra: added"]),
    ({"inner": Surer}, ["inner.note: is always there", "inner.note: is never null"]),
    ({"colour": Literal["blue"]}, ["colour: is never 'green' any more"]),
    ({"sure": Annotated[int, Field(ge=1)]}, ["sure: minimum was nothing, is 1"]),
]


@pytest.mark.parametrize(("fields", "said"), MAJOR)
def test_what_breaks_readers_is_a_major_step(fields: dict[str, object], said: list[str]) -> None:
    found = changed(**fields)
    for line in said:
        assert any(it.startswith(line) for it in found), found
    assert any(it.endswith("(a major step)") for it in found)


@pytest.mark.parametrize(("fields", "said"), MINOR)
def test_what_only_promises_more_is_a_minor_step(
    fields: dict[str, object], said: list[str]
) -> None:
    assert sorted(changed(**fields)) == sorted(f"{line} (a minor step)" for line in said)


def test_words_are_no_change() -> None:
    class After(Before):
        """The same in other words."""

        sure: int = Field(description="How sure.", title="Sure?")

    assert compare(Before.model_json_schema(), After.model_json_schema()) == []


def test_the_same_part_under_another_name_is_no_change() -> None:
    class Other(BaseModel):
        """`Inner` by another name."""

        name: str
        note: str | None = None

    assert changed(inner=Other) == []


def test_a_secret_that_is_none_any_more_is_a_major_step() -> None:
    class Secret(BaseModel):
        """An output that is secret."""

        sure: Hidden

    class Open(BaseModel):
        """The same, for everybody to see."""

        sure: int

    (found,) = compare(Secret.model_json_schema(), Open.model_json_schema())
    assert found == Change("sure", "x-secret was True, is nothing", Bump.MAJOR)


@pytest.mark.parametrize(
    ("steps", "expected"),
    [([], "1.3"), ([Bump.MINOR], "1.4"), ([Bump.MINOR, Bump.MAJOR], "2.0")],
)
def test_the_next_version(steps: list[Bump], expected: str) -> None:
    changes = [Change("x", "y", step) for step in steps]
    assert str(next_version(Version(1, 3), changes)) == expected


def test_a_history_with_too_small_a_step_is_complained_of() -> None:
    class Less(BaseModel):
        """Outputs of which one is gone."""

        sure: int

    before, less = Before.model_json_schema(), Less.model_json_schema()
    assert complaints({Version(1, 0): less, Version(1, 1): before}) == []
    assert complaints({Version(1, 9): before, Version(2, 0): less}) == []
    found = complaints({Version(1, 0): before, Version(1, 10): less, Version(1, 2): before})
    assert found
    assert all(it.startswith("1.2 → 1.10: ") and "removed" in it for it in found)
