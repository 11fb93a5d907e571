"""Whether a role's trust policy lets somebody in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from localcloud.server.permissions.conditions import holds
from localcloud.server.permissions.keys import NEVER
from localcloud.server.permissions.patterns import UnknownError
from localcloud.server.permissions.policy import Statement, parse


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

    def values(self, key: str) -> Sequence[str] | None:
        """Values of a condition key, None where it is absent. Raises UnknownError."""
        if key in self.context:
            return (self.context[key],)
        if key.startswith("aws:") and key not in NEVER:
            raise UnknownError(f"the local cloud does not know the condition key {key} of STS")
        return None


def trusts(document: str, asker: Asker) -> bool:
    """Whether the policy allows it: some statement does, and none denies it.

    Raises:
        UnknownError: that depends on something that is not known here.
    """
    applying = [
        statement
        for statement in parse("the trust policy", document)
        if statement.pattern_of(asker.action) is not None
        and _names(statement, asker)
        and holds(statement.conditions, asker.values)
    ]
    return bool(applying) and all(statement.allows for statement in applying)


def _names(statement: Statement, asker: Asker) -> bool:
    named = (*statement.principals.get(asker.kind, ()), *statement.principals.get("*", ()))
    return "*" in named or bool({*named} & {*asker.names})
