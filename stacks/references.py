"""Names of stacks and of their outputs, and the one way to read another stack."""

from collections.abc import Mapping
from typing import Any, TypeAlias, TypeVar

import pulumi
from pydantic import TypeAdapter, ValidationError

from eks_platform_contract.outputs import ColourOutput, SharedOutput

Json: TypeAlias = Any
"""A value as another stack exported it; `require` gives it a type."""

T = TypeVar("T")


class StackOutputError(pulumi.RunError):
    """Another stack is missing, or its outputs are not what is needed; says what to run."""


async def read(stack: str) -> Mapping[str, Json]:
    """Outputs of a stack of this project as they stood before this run.

    Of a stack that exists and never came up there are none. Reading one's own stack gives what
    the run before this one exported.

    Raises:
        pulumi.RunError: the stack does not exist (the engine has said so).
    """
    name = f"{pulumi.get_organization()}/{pulumi.get_project()}/{stack}"
    outputs = await pulumi.StackReference(name).outputs.future()
    return outputs or {}


def require(
    outputs: Mapping[str, Json], key: SharedOutput | ColourOutput, kind: type[T], stack: str
) -> T:
    """One output, checked against its type.

    Raises:
        StackOutputError: it is missing or has another shape.
    """
    if outputs.get(key) is None:
        raise StackOutputError(
            f"stack {stack} has no output {key}: run `pulumi up -s {stack}` first"
        )
    try:
        return TypeAdapter(kind).validate_python(outputs[key])
    except ValidationError as error:
        raise StackOutputError(
            f"output {key} of stack {stack} has another shape than this version needs; run"
            f" `pulumi up -s {stack}` with this version first ({error.error_count()} mismatches,"
            f" first: {error.errors()[0]['loc']} {error.errors()[0]['msg']})"
        ) from None
