"""Base of every settings model, and how a validator says what it expected."""

import re
from dataclasses import dataclass
from typing import Annotated, ClassVar

from pydantic import BaseModel, ConfigDict, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.alias_generators import to_camel
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

EXPECTED = "expected"
"""Pydantic error type of our validators: the message is what would have been right."""


class Settings(BaseModel):
    """Part of a stack file: camelCase keys, no unknown ones, no silent conversion, frozen."""

    model_config: ClassVar[ConfigDict] = ConfigDict(
        alias_generator=to_camel,
        extra="forbid",
        frozen=True,
        strict=True,
        validate_default=True,
        use_attribute_docstrings=True,
    )


def expected(what: str) -> PydanticCustomError:
    """Error of a validator; `what` completes the sentence "expected …"."""
    return PydanticCustomError(EXPECTED, "{what}", {"what": what})


@dataclass(frozen=True)
class Matching:
    """Annotation: the whole text matches `pattern`; `what` says so in words."""

    pattern: str
    what: str

    def __get_pydantic_core_schema__(
        self, source: type[str], handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self._check, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return handler(schema) | {"pattern": f"^(?:{self.pattern})$"}

    def _check(self, value: str) -> str:
        if re.fullmatch(self.pattern, value) is None:
            raise expected(self.what)
        return value


def distinct(values: tuple[str, ...]) -> tuple[str, ...]:
    """Refuses a list that names something twice."""
    repeated = sorted({value for value in values if values.count(value) > 1})
    if repeated:
        raise expected(f"each entry once ({', '.join(repeated)} is repeated)")
    return values


Region = Annotated[
    str,
    Matching(
        r"(?:af|ap|ca|eu|il|me|mx|sa|us)-(?:[a-z]+-)?[a-z]+-\d",
        "an AWS region such as eu-west-1",
    ),
]
