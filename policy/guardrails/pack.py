"""The rules as a Pulumi policy pack."""

from collections.abc import Callable, Iterable, Mapping
from typing import cast

from pulumi_policy import (
    EnforcementLevel,
    Policy,
    PolicyPack,
    PolicyResource,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    Severity,
    StackValidationArgs,
    StackValidationPolicy,
)
from pulumi_policy.deserialize import serialize_properties
from pulumi_policy.proxy import UNKNOWN_STRING_VALUE, UnknownValueError

from guardrails.node import Json, Node, NotKnownError
from guardrails.rule import AnyRule, Rule, Seen, Stack, StackRule
from guardrails.rules import RULES

NAME = "eks-platform"
"""Name of the pack."""


def start() -> None:
    """Serves the pack to the engine that started this process, until it ends."""
    PolicyPack(NAME, [policy(rule) for rule in RULES])


def policy(rule: AnyRule) -> Policy:
    """A rule as the policy SDK wants it."""
    level = EnforcementLevel(rule.level)
    severity = Severity(rule.severity)
    description = f"{rule.says} {rule.reason}"
    if isinstance(rule, Rule):
        return ResourceValidationPolicy(
            rule.name,
            description,
            _resource_check(rule),
            level,
            severity=severity,
            remediation_steps=rule.remedy,
        )
    return StackValidationPolicy(
        rule.name,
        description,
        _stack_check(rule),
        level,
        severity=severity,
        remediation_steps=rule.remedy,
    )


def _resource_check(rule: Rule) -> Callable[[ResourceValidationArgs, ReportViolation], None]:
    def check(args: ResourceValidationArgs, report: ReportViolation) -> None:
        if args.resource_type not in rule.types:
            return
        seen = _to_seen(args)
        unknown: list[str] = []
        for part in _parts(rule, seen, unknown):
            try:
                for message in rule.check(part, seen):
                    report(_message(rule, message), None)
            except NotKnownError as error:
                unknown.append(error.path)
        _say_unknown(unknown)

    return check


def _parts(rule: Rule, seen: Seen, unknown: list[str]) -> Iterable[Node]:
    try:
        yield from rule.parts(seen)
    except NotKnownError as error:
        unknown.append(error.path)


def _stack_check(rule: StackRule) -> Callable[[StackValidationArgs, ReportViolation], None]:
    def check(args: StackValidationArgs, report: ReportViolation) -> None:
        stack = Stack([_to_seen(resource) for resource in args.resources])
        try:
            for fault in rule.check(stack):
                report(_message(rule, fault.message), fault.resource.urn)
        except NotKnownError as error:
            _say_unknown([error.path])

    return check


def _to_seen(resource: ResourceValidationArgs | PolicyResource) -> Seen:
    plain = cast("Mapping[str, Json]", serialize_properties(resource.props))
    return Seen(
        type=resource.resource_type,
        name=resource.name,
        urn=resource.urn,
        props=Node(plain),
        protect=bool(resource.opts.protect),
    )


def _message(rule: AnyRule, message: str) -> str:
    return f"{message}. {rule.remedy}"


def _say_unknown(paths: list[str]) -> None:
    """Has the SDK say, as advice, that the rule waits for the update to see these properties.

    Raises:
        UnknownValueError: there are some.
    """
    if paths:
        raise UnknownValueError(UNKNOWN_STRING_VALUE, [", ".join(dict.fromkeys(paths))])
