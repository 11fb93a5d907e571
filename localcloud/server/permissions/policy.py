"""IAM policy documents as statements.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeAlias, cast

from localcloud.server.permissions.conditions import Conditions, holds
from localcloud.server.permissions.patterns import (
    AbsentError,
    Keys,
    UnknownError,
    filled,
    like,
    like_action,
)

_Json: TypeAlias = Mapping[str, Any]

_DOCUMENT = frozenset({"Version", "Id", "Statement"})
_STATEMENT = frozenset(
    {"Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Condition", "Principal"}
)
_EFFECTS = ("Allow", "Deny")
_WITH_VARIABLES = "2012-10-17"


@dataclass(frozen=True, kw_only=True)
class Statement:
    """One statement of a policy.

    Attributes:
        policy: name or ARN of its policy.
        name: its Sid, or its place in the policy, from 1.
        allows: whether its effect is Allow.
        actions: patterns of actions.
        but_actions: whether it is about all other actions (NotAction).
        resources: patterns of ARNs.
        but_resources: whether it is about all other resources (NotResource).
        conditions: what must hold besides.
        principals: of a policy on a resource, whom it is about, by kind; empty in others.
    """

    policy: str
    name: str
    allows: bool
    actions: tuple[str, ...]
    but_actions: bool
    resources: tuple[str, ...]
    but_resources: bool
    conditions: Conditions
    principals: Mapping[str, tuple[str, ...]]

    @property
    def label(self) -> str:
        """The statement, for people: ``POLICY/STATEMENT``."""
        return f"{self.policy.rpartition('/')[2]}/{self.name}"

    def pattern_of(self, action: str) -> str | None:
        """The pattern by which the statement is about an action, or None when it is not."""
        found = next((it for it in self.actions if like_action(it, action)), None)
        if self.but_actions:
            return f"all but {', '.join(self.actions)}" if found is None else None
        return found

    def is_about(self, resource: str | None, keys: Keys) -> bool:
        """Whether it is about a resource.

        Raises:
            UnknownError: the resource is not known, and it is not about all of them.
        """
        if not self.but_resources and "*" in self.resources:
            return True
        if resource is None:
            raise UnknownError("the resource of this call is not known to the local cloud")
        return any(self._names(it, resource, keys) for it in self.resources) != self.but_resources

    def applies(self, resource: str | None, keys: Keys) -> bool:
        """Whether it is about a resource and its conditions hold. Raises UnknownError."""
        return self.is_about(resource, keys) and holds(self.conditions, keys)

    @staticmethod
    def _names(pattern: str, resource: str, keys: Keys) -> bool:
        try:
            return like(filled(pattern, keys), resource)
        except AbsentError:
            return False


@lru_cache(maxsize=1024)
def parse(policy: str, document: str) -> tuple[Statement, ...]:
    """The statements of a document; of the same text the same ones.

    Args:
        policy: its name or ARN.
        document: JSON.

    Raises:
        UnknownError: it has an element that is not known here.
    """
    content = cast("_Json", json.loads(document))
    _require_known(policy, content, _DOCUMENT)
    if content.get("Version") != _WITH_VARIABLES and "${" in document:
        raise UnknownError(f"{policy}: a policy without Version {_WITH_VARIABLES} has a ${{")
    listed = content["Statement"]
    return tuple(
        _statement(policy, number, it)
        for number, it in enumerate(listed if isinstance(listed, list) else [listed], start=1)
    )


def _statement(policy: str, number: int, content: _Json) -> Statement:
    _require_known(policy, content, _STATEMENT)
    if content["Effect"] not in _EFFECTS:
        raise UnknownError(f"{policy}: the effect {content['Effect']} is not known")
    principal = content.get("Principal", {})
    everything = "*" if "Principal" in content else ()  # the one that has the policy
    return Statement(
        policy=policy,
        name=str(content.get("Sid") or number),
        allows=content["Effect"] == "Allow",
        actions=_texts(content.get("Action", content.get("NotAction", ()))),
        but_actions="NotAction" in content,
        resources=_texts(content.get("Resource", content.get("NotResource", everything))),
        but_resources="NotResource" in content,
        conditions={
            name: {key: _texts(value) for key, value in cast("_Json", block).items()}
            for name, block in cast("_Json", content.get("Condition") or {}).items()
        },
        principals=(
            {"*": ("*",)}
            if principal == "*"
            else {kind: _texts(it) for kind, it in cast("_Json", principal).items()}
        ),
    )


def _require_known(policy: str, content: _Json, known: frozenset[str]) -> None:
    if unknown := sorted(content.keys() - known):
        raise UnknownError(f"{policy}: the element {', '.join(unknown)} is not emulated")


def _texts(value: object) -> tuple[str, ...]:
    """One value or several, as texts: JSON's true is written "true"."""
    listed = cast("Sequence[object]", value) if isinstance(value, list | tuple) else [value]
    return tuple(str(it).lower() if isinstance(it, bool) else str(it) for it in listed)
