"""Base of every settings model, and how a validator says what it expected."""

import ipaddress
import re
from dataclasses import dataclass
from typing import Annotated, ClassVar

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    WithJsonSchema,
)
from pydantic.alias_generators import to_camel
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from settings.regions import APART, CHINA, REGIONS, nearest_region

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
    )


UNKNOWN = "unknown_value"
"""Pydantic error type of a key that a chart does not know: the message is what it knows."""


def expected(what: str, beside: str = "") -> PydanticCustomError:
    """Error of a validator.

    Args:
        what: completes the sentence "expected …".
        beside: what else of the stack file it depends on; left out where that is secret.
    """
    return PydanticCustomError(EXPECTED, "{what}", {"what": what, "beside": beside})


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


def range_of(value: str) -> ipaddress.IPv4Network | None:
    """An IPv4 range as AWS writes it: with a prefix length, host bits zero; None if it is not."""
    try:
        network = ipaddress.IPv4Network(value)
    except ValueError:
        return None
    return network if str(network) == value else None


def distinct(values: tuple[str, ...]) -> tuple[str, ...]:
    """Refuses a list that names something twice."""
    repeated = sorted({value for value in values if values.count(value) > 1})
    if repeated:
        raise expected("each entry once", f"repeated: {', '.join(repeated)}")
    return values


def _check_region(value: str) -> str:
    if value in REGIONS:
        return value
    if value.startswith(CHINA):
        raise expected(
            "a region outside China: there EC2 takes on roles as ec2.amazonaws.com.cn, which those"
            " of the platform do not trust"
        )
    if value.startswith(APART):
        raise expected(
            "a region of AWS or of AWS GovCloud (US): in other partitions services have names that"
            " the platform does not know"
        )
    close = nearest_region(value)
    if close is None:
        raise expected("an AWS region such as eu-west-1")
    raise expected("an AWS region with EKS", f"did you mean {close}?")


Region = Annotated[
    str, AfterValidator(_check_region), WithJsonSchema({"type": "string", "enum": [*REGIONS]})
]
"""A region in which EKS runs. https://docs.aws.amazon.com/general/latest/gr/eks.html"""


def is_region(value: object) -> bool:
    """Whether a value is a region that the platform runs in."""
    return value in REGIONS
