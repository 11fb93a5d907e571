"""Evaluates IAM policy documents as AWS documents it, for tests of what roles may do.

The Python packages that evaluate policies (moto's own, policyglass) leave conditions out or are
no longer kept, and the kept ones are not Python; so this is one, small, and strict: an operator
or an element that it does not know is an error, never an answer. The rules are those of
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html and
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import translate
from typing import Any

Context = Mapping[str, str | Sequence[str]]
"""Condition keys of a request with their values; keys are compared without case."""


@dataclass(frozen=True, kw_only=True)
class Request:
    """A call of an API.

    Attributes:
        action: for example ``sqs:ReceiveMessage``.
        resources: ARNs of all resources that the call needs; ``*`` for calls without.
        context: condition keys, for each resource the same unless `of` has others.
        of: condition keys by resource.
    """

    action: str
    resources: Sequence[str] = ("*",)
    context: Context = field(default_factory=dict[str, str])
    of: Mapping[str, Context] = field(default_factory=dict[str, Context])


_ELEMENTS = {"Sid", "Effect", "Action", "Resource", "Condition"}


def allowed(document: str, request: Request) -> bool:
    """Whether an identity policy alone allows a request: all of its resources, and no denial.

    Raises:
        NotImplementedError: the policy has an element or operator that this does not know.
    """
    statements = json.loads(document)["Statement"]
    for statement in statements:
        if unknown := statement.keys() - _ELEMENTS:
            raise NotImplementedError(f"elements {unknown}")
    return all(_one(statements, request, resource) for resource in request.resources)


def _one(statements: Sequence[Mapping[str, Any]], request: Request, resource: str) -> bool:
    context = {**request.context, **request.of.get(resource, {})}
    effects = {
        statement["Effect"]
        for statement in statements
        if _any_like(_list(statement["Action"]), request.action, case=False)
        and _any_like(_list(statement["Resource"]), resource)
        and _holds(statement.get("Condition", {}), context)
    }
    return "Allow" in effects and "Deny" not in effects


def _list(value: str | Sequence[str]) -> Sequence[str]:
    return [value] if isinstance(value, str) else value


def _like(pattern: str, text: str) -> bool:
    # IAM knows * and ? alone; fnmatch also knows brackets.
    plain = pattern.replace("[", "[[]")
    return re.fullmatch(translate(plain), text, re.DOTALL) is not None


def _any_like(patterns: Sequence[str], text: str, *, case: bool = True) -> bool:
    if not case:
        patterns, text = [pattern.lower() for pattern in patterns], text.lower()
    return any(_like(pattern, text) for pattern in patterns)


def _holds(conditions: Mapping[str, Mapping[str, Any]], context: Context) -> bool:
    """All operators and all of their keys must hold."""
    values = {key.lower(): _list(value) for key, value in context.items()}
    return all(
        _matches(operator, [str(it) for it in _list(wanted)], values.get(key.lower()))
        for operator, keys in conditions.items()
        for key, wanted in keys.items()
    )


_OPERATORS: Mapping[str, tuple[Callable[[str, str], bool], bool]] = {
    "StringEquals": (lambda wanted, found: wanted == found, False),
    "StringNotEquals": (lambda wanted, found: wanted == found, True),
    "StringLike": (_like, False),
    "StringNotLike": (_like, True),
    "ArnEquals": (_like, False),
    "ArnLike": (_like, False),
    "Bool": (lambda wanted, found: wanted.lower() == found.lower(), False),
}
"""How one value matches, and whether the operator asks for the opposite."""


def _matches(operator: str, wanted: Sequence[str], found: Sequence[str] | None) -> bool:
    if operator == "Null":
        return (found is None) == (wanted[0].lower() == "true")
    quantifier, _, name = operator.rpartition(":")
    if name not in _OPERATORS or quantifier not in ("", "ForAllValues"):
        raise NotImplementedError(operator)
    same, opposite = _OPERATORS[name]

    def holds(value: str) -> bool:
        return any(same(pattern, value) for pattern in wanted) != opposite

    if quantifier:
        return all(map(holds, found or ()))
    # Without the key, what asks for a value fails, and what asks for another holds.
    return opposite if found is None else all(map(holds, found))
