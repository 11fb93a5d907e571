"""Condition blocks of IAM policies.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
and, for keys with several values,
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html
"""

import ipaddress
import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeAlias, TypeVar

from localcloud.server.permissions.patterns import (
    AbsentError,
    Keys,
    UnknownError,
    filled,
    like,
    like_arn,
    literal,
)

Conditions: TypeAlias = Mapping[str, Mapping[str, Sequence[str]]]
"""Operator, then condition key, then the values that the policy wants."""

_ALL, _ANY = "ForAllValues", "ForAnyValue"
_IF_EXISTS = "IfExists"

_Typed = TypeVar("_Typed")


@dataclass(frozen=True)
class _Operator:
    """How one wanted value meets one that was found, and whether the opposite is asked for."""

    meets: Callable[[str, str], bool]
    opposite: bool = False


def holds(conditions: Conditions, keys: Keys) -> bool:
    """Whether all operators hold for all of their keys.

    Raises:
        UnknownError: it depends on an operator or a key that is not known.
    """
    unknown: UnknownError | None = None
    for name, block in conditions.items():
        for key, wanted in block.items():
            try:
                if not _holds(name, key, wanted, keys):
                    return False
            except UnknownError as error:
                unknown = unknown or error
    if unknown is not None:
        raise unknown
    return True


def _holds(name: str, key: str, wanted: Sequence[str], keys: Keys) -> bool:
    if name == "Null":
        return (not keys(key.lower())) == (wanted[0].lower() == "true")
    quantifier, _, rest = name.rpartition(":")
    kind = _OPERATORS.get(rest.removesuffix(_IF_EXISTS))
    if kind is None or quantifier not in ("", _ALL, _ANY):
        raise UnknownError(f"condition operator {name} is not emulated")
    found = keys(key.lower())
    if not found:
        return _without(quantifier, rest, kind)
    if not quantifier and len(found) > 1:
        raise UnknownError(
            f"{key} has {len(found)} values: {name} needs {_ALL} or {_ANY} before it"
        )
    patterns = list(_filled(wanted, keys))
    met = (_meets(kind, patterns, value) for value in found)
    return any(met) if quantifier == _ANY else all(met)


def _without(quantifier: str, rest: str, kind: _Operator) -> bool:
    """What a condition says of a request that lacks its key."""
    if rest.endswith(_IF_EXISTS) or quantifier == _ALL:
        return True
    return kind.opposite and quantifier != _ANY


def _filled(wanted: Sequence[str], keys: Keys) -> Sequence[str]:
    patterns: list[str] = []
    for value in wanted:
        try:
            patterns.append(filled(value, keys))
        except AbsentError:
            continue  # a value that nothing can meet
    return patterns


def _meets(kind: _Operator, patterns: Sequence[str], value: str) -> bool:
    return any(kind.meets(pattern, value) for pattern in patterns) != kind.opposite


def _equals(wanted: str, found: str) -> bool:
    return literal(wanted) == found


def _equals_ignoring_case(wanted: str, found: str) -> bool:
    return literal(wanted).casefold() == found.casefold()


def _compared(
    parse: Callable[[str], _Typed], compare: Callable[[_Typed, _Typed], bool]
) -> Callable[[str, str], bool]:
    def meets(wanted: str, found: str) -> bool:
        try:
            return compare(parse(found), parse(literal(wanted)))
        except ValueError as error:
            raise UnknownError(f"{found} and {literal(wanted)} cannot be compared") from error

    return meets


def _moment(text: str) -> datetime:
    """A time as policies write it: ISO 8601, or seconds since 1970."""
    if text.replace(".", "", 1).isdigit() and len(text) > len("2026"):
        return datetime.fromtimestamp(float(text), UTC)
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _in_network(wanted: str, found: str) -> bool:
    try:
        return ipaddress.ip_address(found) in ipaddress.ip_network(literal(wanted), strict=False)
    except ValueError as error:
        raise UnknownError(f"{found} and {literal(wanted)} cannot be compared") from error


_ORDERS: Mapping[str, Callable[[float, float], bool]] = {
    "LessThan": operator.lt,
    "LessThanEquals": operator.le,
    "GreaterThan": operator.gt,
    "GreaterThanEquals": operator.ge,
}
_TIME_ORDERS: Mapping[str, Callable[[datetime, datetime], bool]] = {
    "LessThan": operator.lt,
    "LessThanEquals": operator.le,
    "GreaterThan": operator.gt,
    "GreaterThanEquals": operator.ge,
}


def _with_negation(
    name: str, negated: str, meets: Callable[[str, str], bool]
) -> Mapping[str, _Operator]:
    return {name: _Operator(meets), negated: _Operator(meets, opposite=True)}


_OPERATORS: Mapping[str, _Operator] = {
    **_with_negation("StringEquals", "StringNotEquals", _equals),
    **_with_negation("StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase", _equals_ignoring_case),
    **_with_negation("StringLike", "StringNotLike", like),
    **_with_negation("ArnEquals", "ArnNotEquals", like_arn),
    **_with_negation("ArnLike", "ArnNotLike", like_arn),
    **_with_negation("NumericEquals", "NumericNotEquals", _compared(float, operator.eq)),
    **{f"Numeric{name}": _Operator(_compared(float, order)) for name, order in _ORDERS.items()},
    **_with_negation("DateEquals", "DateNotEquals", _compared(_moment, operator.eq)),
    **{f"Date{name}": _Operator(_compared(_moment, order)) for name, order in _TIME_ORDERS.items()},
    **_with_negation("IpAddress", "NotIpAddress", _in_network),
    "Bool": _Operator(_equals_ignoring_case),
    "BinaryEquals": _Operator(_equals),
}
