"""Outputs of a stack, checked as the other stacks and the operator command read them."""

from collections.abc import Callable, Mapping
from typing import TypeVar

from pydantic import TypeAdapter, ValidationError

from eks_platform_contract.outputs import ColourOutput, SharedOutput

T = TypeVar("T")


def read_optional_output(
    outputs: Mapping[str, object],
    key: SharedOutput | ColourOutput,
    kind: type[T],
    stack: str,
    *,
    error_class: Callable[[str], Exception],
) -> T | None:
    """One output, checked against its type; None where the stack does not have it.

    Args:
        outputs: of the stack.
        key: the output.
        kind: its type.
        stack: name of the stack, for the error.
        error_class: makes the error of an output that has another shape, of its message.
    """
    if outputs.get(key) is None:
        return None
    try:
        return TypeAdapter(kind).validate_python(outputs[key])
    except ValidationError as error:
        raise error_class(
            f"output {key} of stack {stack} has another shape than this version needs: run"
            f" `pulumi up -s {stack}` with this version first ({error.error_count()} mismatches,"
            f" first: {error.errors()[0]['loc']} {error.errors()[0]['msg']})"
        ) from None
