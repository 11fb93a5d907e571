"""What conditions of a statement let through, told by asking them about strangers.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
"""

import re
import string
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from guardrails.node import Node
from guardrails.statements import member
from guardrails.wildcards import is_wild, like

_FIRST = string.ascii_letters + string.digits
_WORDS = tuple(f"{first}x7/q-{first}.w_k" for first in _FIRST)
_ACCOUNTS = tuple(f"{first}10987654321" for first in string.digits)
_SERVICES = ("ec2", "lambda", "eks", "states", "glue", "ecs-tasks", "cloudformation", "ssm")
_ARNS = tuple(
    f"arn:aws:{service}:xx-nowhere-9:{account}:{kind}"
    for service, kind in (
        ("ec2", "vpc/vpc-0a7d0c1e42b9a4f63"),
        ("events", "rule/x7q"),
        ("sns", "x7q"),
        ("iam", "role/x7q"),
    )
    for account in _ACCOUNTS
)
_ARN_FIELDS = 5
_VARIABLE = re.compile(r"\$\{([^},]+)[^}]*\}")


@dataclass(frozen=True)
class Condition:
    """One key of a condition block under one operator.

    Attributes:
        operator: without quantifier and ``IfExists``, in lower case: ``stringequals``.
        quantifier: ``forallvalues``, ``foranyvalue`` or empty.
        if_exists: whether a request without the key passes.
        key: in lower case.
        values: what is asked for; one of them is enough.
    """

    operator: str
    quantifier: str
    if_exists: bool
    key: str
    values: Sequence[str]

    @property
    def demands(self) -> bool:
        """Whether only a request with one of the values passes: nothing without, nothing else."""
        return (
            self.operator in _DEMANDING and not self.if_exists and self.quantifier != "forallvalues"
        )

    @property
    def exact(self) -> bool:
        """Whether it demands its values as they are written, so that nothing else is like them."""
        patterned = self.operator in ("stringlike", "arnlike", "arnequals")
        loose = any("${" in it or (patterned and is_wild(it)) for it in self.values)
        return self.demands and bool(self.values) and not loose

    def passes(self, value: str | None) -> bool:
        """Whether it lets through a request with this value of its key, or without the key.

        An operator that is not known here lets everything through: nobody may rely on it.
        """
        if self.operator == "null":
            wants_none = [it.lower() for it in self.values] == ["true"]
            return (value is None) == wants_none
        meets = _DEMANDING.get(self.operator) or _REFUSING.get(self.operator)
        if meets is None:
            return True
        refusing = self.operator in _REFUSING
        if value is None:
            absent = refusing and self.quantifier != "foranyvalue"
            return self.if_exists or self.quantifier == "forallvalues" or absent
        return any(meets(it, value) for it in self.values) != refusing


def _same(wanted: str, found: str) -> bool:
    return not is_wild(wanted) and wanted == found


def _same_in_any_case(wanted: str, found: str) -> bool:
    return wanted.lower() == found.lower()


_DEMANDING = {
    "stringequals": _same,
    "stringequalsignorecase": _same_in_any_case,
    "stringlike": like,
    "arnequals": like,
    "arnlike": like,
}
_REFUSING = {
    "stringnotequals": _same,
    "stringnotequalsignorecase": _same_in_any_case,
    "stringnotlike": like,
    "arnnotequals": like,
    "arnnotlike": like,
}


def conditions(statement: Node) -> Iterator[Condition]:
    """Conditions of a statement; all of them must hold."""
    for name, keys in member(statement, "Condition").items():
        quantifier, _, operator = name.lower().rpartition(":")
        for key, values in keys.items():
            yield Condition(
                operator=operator.removesuffix("ifexists"),
                quantifier=quantifier,
                if_exists=operator.endswith("ifexists"),
                key=key.lower(),
                values=values.texts(),
            )


def narrowing(statement: Node, *, principal_is_ours: bool) -> Iterator[str]:
    """Keys, in lower case, by which the conditions keep strangers out.

    A key narrows if requests without it are refused, and most of those with a stranger's value.
    Conditions on one key count together.

    Args:
        statement: of a policy.
        principal_is_ours: whether variables in values are filled in by somebody of ours; a
            stranger fills them in as suits.
    """
    by_key: dict[str, list[Condition]] = {}
    for each in conditions(statement):
        by_key.setdefault(each.key, []).append(_filled(each, principal_is_ours=principal_is_ours))
    for key, together in by_key.items():
        if not all(each.passes(None) for each in together) and (
            _asks_for_a_tag(key, together)
            or not any(
                _let_in(together, family)
                for family in _strangers(key, together, principal_is_ours=principal_is_ours)
            )
        ):
            yield key


def _let_in(together: Sequence[Condition], strangers: Sequence[str]) -> bool:
    passed = sum(all(each.passes(it) for each in together) for it in strangers)
    return passed * 2 >= len(strangers) > 0


def _asks_for_a_tag(key: str, together: Sequence[Condition]) -> bool:
    """Whether a resource must have a certain tag, whatever its value: no other has it by chance."""
    return "/" in key and any(it.operator == "null" and not it.passes(None) for it in together)


def _filled(condition: Condition, *, principal_is_ours: bool) -> Condition:
    """With variables that the asker chooses, or that are the key itself, as wildcards."""

    def fill(found: re.Match[str]) -> str:
        itself = found[1].lower() == condition.key
        escape = found[1] in ("*", "?", "$")
        return "*" if itself or not (principal_is_ours or escape) else found[0]

    values = [_VARIABLE.sub(fill, value) for value in condition.values]
    opened = condition.operator
    if values != list(condition.values):
        opened = opened.replace("equals", "like").removesuffix("ignorecase")
    return Condition(opened, condition.quantifier, condition.if_exists, condition.key, values)


def _strangers(
    key: str, together: Sequence[Condition], *, principal_is_ours: bool
) -> Iterator[Sequence[str]]:
    """Families of values of a key that somebody else's request has."""
    if key.endswith(("arn", "ec2:vpc")):
        yield _ARNS
        for value in {value for each in together for value in each.values}:
            yield _neighbours(value, principal_is_ours=principal_is_ours)
    elif key.endswith("account"):
        yield _ACCOUNTS
    elif key.endswith("orgid"):
        yield [f"o-{word}" for word in _WORDS]
    elif key in ("iam:passedtoservice", "iam:awsservicename"):
        yield [f"{service}.amazonaws.com" for service in _SERVICES]
    else:
        yield _WORDS


def _neighbours(arn: str, *, principal_is_ours: bool) -> Sequence[str]:
    """ARNs of strangers that are most like a given one; none if its account keeps them out.

    In other accounts a stranger gives things the names that suit. Ours does not leave the account.
    """
    parts = arn.split(":", _ARN_FIELDS)
    if len(parts) <= _ARN_FIELDS:
        return ()
    *place, account, resource = parts
    here = [_elsewhere(it) if is_wild(it) else it for it in place]
    if principal_is_ours or not account:
        kind = re.match(r"[\w-]+[/:]", resource)
        known = _elsewhere(account) if is_wild(account) else account
        return [":".join([*here, known, f"{kind[0] if kind else ''}{it}"]) for it in _WORDS]
    if not is_wild(account):
        return ()
    return [":".join([*here, it, _elsewhere(resource)]) for it in _ACCOUNTS]


def _elsewhere(pattern: str) -> str:
    return pattern.replace("*", "7").replace("?", "7")
