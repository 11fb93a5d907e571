"""Asks one policy of the pack about resources, through the SDK that the engine speaks to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from guardrails.pack import policy
from guardrails.rules import RULES
from pulumi_policy import (
    PolicyCustomTimeouts,
    PolicyResource,
    PolicyResourceOptions,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    StackValidationArgs,
    StackValidationPolicy,
)
from pulumi_policy.proxy import UNKNOWN_STRING_VALUE, UnknownValueError, unknown_checking_proxy

Plain: TypeAlias = Any
"""A plain JSON value."""

UNKNOWN = UNKNOWN_STRING_VALUE
"""A property that is not known at a preview."""

BY_NAME = {rule.name: rule for rule in RULES}


@dataclass(frozen=True)
class Made:
    """A resource to be judged."""

    type: str
    props: Mapping[str, Plain]
    name: str = "it"
    stack: str = "blue"
    protect: bool = False
    parents: str = ""

    @property
    def urn(self) -> str:
        return f"urn:pulumi:{self.stack}::eks-platform::{self.parents}{self.type}::{self.name}"

    @property
    def options(self) -> PolicyResourceOptions:
        timeouts = PolicyCustomTimeouts(0, 0, 0)
        return PolicyResourceOptions(self.protect, [], None, [], timeouts, [])


def reference(stack: str, **outputs: Plain) -> Made:
    """What the program says that it read of another stack."""
    return Made("eks-platform:references:Read", outputs, stack)


@dataclass
class Verdict:
    """What a policy says.

    Attributes:
        faults: its messages.
        unknown: what it says it could not see, empty if it saw all.
    """

    faults: list[str] = field(default_factory=list[str])
    unknown: str = ""


def judge(rule: str, *resources: Made) -> Verdict:
    """Asks a policy about a resource, or about a stack of resources."""
    found, verdict = policy(BY_NAME[rule]), Verdict()

    def report(message: str, _: str | None = None) -> None:
        verdict.faults.append(message)

    try:
        if isinstance(found, ResourceValidationPolicy):
            (made,) = resources
            found.validate(_args(made), report)
        elif isinstance(found, StackValidationPolicy):
            found.validate(StackValidationArgs(_stack(resources)), report)
    except UnknownValueError as error:
        verdict.unknown = error.message
    return verdict


def _args(made: Made) -> ResourceValidationArgs:
    props = unknown_checking_proxy(dict(made.props))
    return ResourceValidationArgs(made.type, props, made.urn, made.name, made.options, None)


def _stack(resources: Sequence[Made]) -> list[PolicyResource]:
    return [
        PolicyResource(
            made.type,
            unknown_checking_proxy(dict(made.props)),
            made.urn,
            made.name,
            made.options,
            None,
            None,
            [],
            {},
        )
        for made in resources
    ]
