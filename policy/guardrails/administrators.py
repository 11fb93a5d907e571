"""Who can give itself whatever it lacks, told by what a policy allows."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path

from guardrails.actions import expanded, known, services, whole_services
from guardrails.arns import reach_everything
from guardrails.conditions import narrowing
from guardrails.node import Node
from guardrails.statements import actions, allows, member, statements

_LIST = Path(__file__).parent / "reference" / "administrators.txt"
_MANY = 40
"""Whole services in one policy from which on it is everything but in name."""

ESCALATING = (
    "iam:AddUserToGroup",
    "iam:AttachGroupPolicy",
    "iam:AttachRolePolicy",
    "iam:AttachUserPolicy",
    "iam:CreateAccessKey",
    "iam:CreateLoginProfile",
    "iam:CreatePolicyVersion",
    "iam:PutGroupPolicy",
    "iam:PutRolePolicy",
    "iam:PutUserPolicy",
    "iam:SetDefaultPolicyVersion",
    "iam:UpdateAssumeRolePolicy",
    "iam:UpdateLoginProfile",
)
"""Actions that, on any identity, give whoever has them the rights of any."""


@cache
def named() -> frozenset[str]:
    """Policies of AWS itself that make an administrator, by name."""
    return frozenset(_LIST.read_text(encoding="utf-8").split())


def is_administrator(document: Node) -> bool:
    """Whether a policy allows everything, or what is needed to get it."""
    return any(map(_makes_one, statements(document)))


def _makes_one(statement: Node) -> bool:
    if any(narrowing(statement, principal_is_ours=True)):
        return False
    excepted = member(statement, "NotResource")
    resources = tuple(member(statement, "Resource").texts())
    if excepted.missing and not reach_everything("iam", resources):
        return False
    return any(allows(statement, it) for it in ESCALATING) or _allows_many(statement)


def _allows_many(statement: Node) -> bool:
    excepted = member(statement, "NotAction")
    if excepted.missing:
        return len(whole_services(actions(statement))) >= _MANY
    gone = {it for pattern in excepted.texts() for it in services(pattern)}
    return len(known()) - len(gone) >= _MANY


def on_everything(statement: Node) -> Iterator[tuple[str, frozenset[str]]]:
    """Patterns of a statement's actions with those of its actions that reach every resource."""
    everything = not member(statement, "NotResource").missing
    resources = tuple(member(statement, "Resource").texts())
    for pattern in actions(statement):
        reaching = {
            action
            for action in expanded(pattern)
            if everything or reach_everything(action.partition(":")[0], resources)
        }
        if reaching:
            yield pattern, frozenset(reaching)
