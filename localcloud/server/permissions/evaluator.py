"""Decides whether policies allow a call, within one account.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from localcloud.server.permissions.patterns import Keys, UnknownError
from localcloud.server.permissions.policy import Statement, parse

Context: TypeAlias = Mapping[str, str | Sequence[str]]
"""Condition keys with their values; keys are compared without case."""

NOTHING = "no statement allows"
"""What decided, where no statement did."""


@dataclass(frozen=True)
class Need:
    """One permission that a call needs.

    Attributes:
        action: for example ``sqs:ReceiveMessage``.
        resource: ARN; ``*`` for an action that knows no resources, None where it is not known.
        keys: condition keys of the call, for this resource.
    """

    action: str
    resource: str | None
    keys: Keys


@dataclass(frozen=True, kw_only=True)
class Policies:
    """All policies that have a say in a caller's permissions.

    Attributes:
        identity: statements of the role's own policies.
        boundary: of its permissions boundary, or None without one.
        session: of the session's policies, or None without any.
    """

    identity: Sequence[Statement]
    boundary: Sequence[Statement] | None = None
    session: Sequence[Statement] | None = None


@dataclass(frozen=True, kw_only=True)
class Attached:
    """The policy on a resource.

    Attributes:
        statements: its statements.
        names: by which it may mean the caller: the session's ARN and the role's.
        account: by which it may mean the whole account, for whose roles IAM then decides.
        decides: whether nobody gets in whom it does not name, as with keys of KMS and roles.
    """

    statements: Sequence[Statement]
    names: tuple[str, ...]
    account: tuple[str, ...]
    decides: bool


@dataclass(frozen=True)
class Grant:
    """What a statement gave: the statement, and its pattern of the action."""

    statement: Statement
    pattern: str


@dataclass(frozen=True)
class Verdict:
    """The answer.

    Attributes:
        allowed: whether the call may be made.
        reason: the end of AWS's sentence about a denial.
        decided_by: label of the statement that denied, or `NOTHING`.
        grants: statements of the role's own policies that allow it.
    """

    allowed: bool
    reason: str = ""
    decided_by: str = ""
    grants: tuple[Grant, ...] = field(default=())


def decide(policies: Policies, need: Need, attached: Attached | None = None) -> Verdict:
    """Whether a role's session may do what it needs to.

    What depends on something unknown is denied, and the reason says on what.
    """
    try:
        return _decide(policies, need, attached)
    except UnknownError as error:
        return Verdict(allowed=False, reason=f"because {error}", decided_by=NOTHING)


def _decide(policies: Policies, need: Need, attached: Attached | None) -> Verdict:
    kinds: Sequence[tuple[str, Sequence[Statement] | None]] = (
        ("an identity-based policy", policies.identity),
        ("a permissions boundary", policies.boundary),
        ("a session policy", policies.session),
        ("a resource-based policy", _of_caller(attached)),
    )
    for kind, statements in kinds:
        for denial in _applying(statements or (), need, allows=False):
            return Verdict(
                allowed=False,
                reason=f"with an explicit deny in {kind}",
                decided_by=denial.statement.label,
            )
    invited, delegated = _invited(attached, need)
    if attached is not None and attached.decides and not (invited or delegated):
        return _nobody("resource-based policy", need)
    for kind, statements in (
        ("session policy", policies.session),
        ("permissions boundary", policies.boundary),
    ):
        if statements is not None and not _applying(statements, need, allows=True):
            return _nobody(kind, need)
    grants = _applying(policies.identity, need, allows=True)
    if grants or invited:
        return Verdict(allowed=True, grants=tuple(grants))
    return _nobody("identity-based policy", need)


def _nobody(kind: str, need: Need) -> Verdict:
    reason = f"because no {kind} allows the {need.action} action"
    return Verdict(allowed=False, reason=reason, decided_by=NOTHING)


def _applying(statements: Iterable[Statement], need: Need, *, allows: bool) -> list[Grant]:
    """Statements of one effect that hold for the call.

    Raises:
        UnknownError: none surely allows it, or none surely denies it, and for one it is not known.
    """
    found: list[Grant] = []
    unknown: UnknownError | None = None
    for statement in statements:
        pattern = statement.pattern_of(need.action) if statement.allows == allows else None
        if pattern is None:
            continue
        try:
            if statement.applies(need.resource, need.keys):
                found.append(Grant(statement, pattern))
        except UnknownError as error:
            unknown = unknown or error
    if unknown is not None and not found:
        raise unknown
    return found


def _of_caller(attached: Attached | None) -> Sequence[Statement]:
    if attached is None:
        return ()
    names = (*attached.names, *attached.account)
    return [it for it in attached.statements if _is_about(it, names)]


def _is_about(statement: Statement, names: Sequence[str]) -> bool:
    named = {*statement.principals.get("AWS", ()), *statement.principals.get("*", ())}
    return "*" in named or bool(named & set(names))


def _invited(attached: Attached | None, need: Need) -> tuple[bool, bool]:
    """Whether the resource's policy lets the role itself in, and whether its account's roles."""
    if attached is None:
        return False, False

    def lets_in(names: Sequence[str]) -> bool:
        about = [it for it in attached.statements if _is_about(it, names)]
        return bool(_applying(about, need, allows=True))

    return lets_in(attached.names), lets_in(attached.account)


def keys_of(context: Context) -> Keys:
    """Condition keys of a context that is known as a whole."""
    lower = {
        key.lower(): (value,) if isinstance(value, str) else tuple(value)
        for key, value in context.items()
    }
    return lower.get


def allows(document: str, needs: Iterable[Need]) -> bool:
    """Whether one identity policy alone allows everything that a call needs.

    Raises:
        UnknownError: that depends on something that is not known here.
    """
    policies = Policies(identity=parse("policy", document))
    return all(_decide(policies, need, None).allowed for need in needs)
