"""Whether a role's trust policy lets somebody in."""

import fnmatch
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias, cast

Document: TypeAlias = Mapping[str, Any]


class UnsupportedConditionError(ValueError):
    """The policy has a condition that is not evaluated here; the answer must then be no."""


@dataclass(frozen=True)
class Asker:
    """Who wants to take a role on.

    Attributes:
        action: for example ``sts:AssumeRole``.
        kind: ``AWS`` for users and roles, ``Federated`` for web identities, ``Service``.
        names: every name by which a policy may mean the asker.
        context: condition keys, lower case, with their values.
    """

    action: str
    kind: str
    names: Sequence[str]
    context: Mapping[str, str] = field(default_factory=dict[str, str])


def trusts(document: Document, asker: Asker) -> bool:
    """Whether the policy allows it: some statement does, and none denies it.

    Raises:
        UnsupportedConditionError: a statement about the asker has an unknown condition operator.
    """
    statements = _list(document.get("Statement", []))
    matching = [s for s in statements if _matches(s, asker)]
    return bool(matching) and all(s.get("Effect") == "Allow" for s in matching)


def _matches(statement: Document, asker: Asker) -> bool:
    actions = _list(statement.get("Action", []))
    if not any(fnmatch.fnmatchcase(asker.action.lower(), str(a).lower()) for a in actions):
        return False
    principal = statement.get("Principal", {})
    if principal != "*":
        named = _list(cast("Document", principal).get(asker.kind, []))
        if "*" not in named and not set(asker.names) & {str(n) for n in named}:
            return False
    return _conditions_hold(statement.get("Condition") or {}, asker.context)


def _conditions_hold(conditions: Document, context: Mapping[str, str]) -> bool:
    for operator, keys in conditions.items():
        for key, values in cast("Document", keys).items():
            if not _holds(operator, context.get(key.lower()), _list(values)):
                return False
    return True


def _holds(operator: str, found: str | None, wanted: list[Any]) -> bool:
    if operator == "StringEquals":
        return found is not None and found in wanted
    if operator == "StringLike":
        return found is not None and any(fnmatch.fnmatchcase(found, str(w)) for w in wanted)
    raise UnsupportedConditionError(f"condition operator {operator} is not emulated")


def _list(value: Any) -> list[Any]:  # noqa: ANN401 - JSON
    return cast("list[Any]", value) if isinstance(value, list) else [value]
