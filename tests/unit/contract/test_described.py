"""Descriptions of schemas, from docstrings below attributes."""

from typing import Annotated

from pydantic import BaseModel, Field
from pydantic.alias_generators import to_camel

from eks_platform_contract.described import Described, docstrings


class Base(BaseModel, alias_generator=to_camel):
    """What all have."""

    full_name: str
    """Name
    and more."""

    silent: int = 0


class Inner(Base):
    """A part."""

    full_name: str = "x"
    """Said anew."""


class Whole(Base):
    """The whole."""

    part: Inner
    """Its part."""

    parts: tuple[Inner, ...] = ()
    """More of them."""

    given: Annotated[int, Field(alias="gi-ven", description="By the field.")]
    """By the docstring."""


def test_each_attribute_is_described_by_what_stands_below_it() -> None:
    made = Whole.model_json_schema(schema_generator=Described)
    assert {key: it.get("description") for key, it in made["properties"].items()} == {
        "fullName": "Name\nand more.",
        "silent": None,
        "part": "Its part.",
        "parts": "More of them.",
        "gi-ven": "By the field.",
    }
    inner = made["$defs"]["Inner"]
    assert inner["description"] == "A part."
    assert inner["properties"]["fullName"]["description"] == "Said anew."


def test_nothing_else_of_the_schema_changes() -> None:
    made = Whole.model_json_schema(schema_generator=Described)
    for model in (made, made["$defs"]["Inner"]):
        for it in model["properties"].values():
            it.pop("description", None)
    plain = Whole.model_json_schema()
    plain["properties"]["gi-ven"].pop("description")
    assert made == plain


def test_a_class_without_docstrings_has_none() -> None:
    class Bare(BaseModel):
        one: int

    assert docstrings(Bare) == {}
