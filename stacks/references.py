"""Names of stacks and of their outputs, and the one way to read another stack."""

from collections.abc import Mapping
from typing import Any, TypeAlias, TypeVar

import pulumi

from eks_platform_contract.outputs import ColourOutput, SharedOutput
from handover.stack_outputs import read_optional_output

Json: TypeAlias = Any
"""A value as another stack exported it; `require` and `find` give it a type."""

T = TypeVar("T")


SHOWN = (
    SharedOutput.HUMAN_ROLES,
    SharedOutput.NETWORK,
    SharedOutput.LIVE_WRITER,
    SharedOutput.ACTIVE_COLOUR,
    ColourOutput.CLUSTER,
)
"""Outputs that policies compare with; none of them holds a secret."""


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
    _Read(stack, outputs or {})
    return outputs or {}


class _Read(pulumi.ComponentResource):
    """Pulumi type ``eks-platform:references:Read``: what a run took from another stack.

    Policies see no StackReference, so that this shows them what they hold a stack to.
    """

    def __init__(self, stack: str, outputs: Mapping[str, Json]) -> None:
        super().__init__("eks-platform:references:Read", stack, {})
        self.register_outputs({key: outputs[key] for key in SHOWN if outputs.get(key)})


def require(
    outputs: Mapping[str, Json], key: SharedOutput | ColourOutput, kind: type[T], stack: str
) -> T:
    """One output, checked against its type.

    Raises:
        StackOutputError: it is missing or has another shape.
    """
    found = find(outputs, key, kind, stack)
    if found is None:
        raise StackOutputError(
            f"stack {stack} has no output {key}: run `pulumi up -s {stack}` first"
        )
    return found


def find(
    outputs: Mapping[str, Json], key: SharedOutput | ColourOutput, kind: type[T], stack: str
) -> T | None:
    """As `require`, but None where the output is missing.

    Raises:
        StackOutputError: it has another shape.
    """
    return read_optional_output(outputs, key, kind, stack, error_class=StackOutputError)
