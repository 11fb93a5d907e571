"""Condition operators, one by one, on keys with no value, one and several."""

from collections.abc import Mapping, Sequence

import pytest

from localcloud.server.permissions.conditions import holds
from localcloud.server.permissions.evaluator import Context, keys_of
from localcloud.server.permissions.patterns import UnknownError

ARN = "arn:aws:ec2:eu-west-1:123456789012:vpc/vpc-1"


def condition(
    operator: str, *wanted: str, key: str = "k"
) -> Mapping[str, Mapping[str, Sequence[str]]]:
    return {operator: {key: wanted}}


@pytest.mark.parametrize(
    ("operator", "wanted", "yes", "no"),
    [
        ("StringEquals", ("a", "b"), "b", "B"),
        ("StringNotEquals", ("a", "b"), "B", "b"),
        ("StringEqualsIgnoreCase", ("a",), "A", "b"),
        ("StringNotEqualsIgnoreCase", ("a",), "b", "A"),
        ("StringLike", ("*.eks-blue.x", "y?"), "web.eks-blue.x", "eks-blue.x"),
        ("StringNotLike", ("*.eks-blue.x", "y?"), "y", "yz"),
        ("ArnEquals", ("arn:aws:ec2:*:*:vpc/*",), ARN, ARN.replace("vpc/", "subnet/")),
        ("ArnLike", ("arn:aws:ec2:eu-west-?:*:vpc/*",), ARN, "vpc-1"),
        ("ArnNotLike", ("arn:aws:s3:*:*:*",), ARN, "arn:aws:s3:::bucket"),
        ("ArnNotEquals", ("arn:aws:ec2:*:*:subnet/*",), ARN, ARN.replace("vpc/", "subnet/")),
        ("NumericEquals", ("10",), "10.0", "11"),
        ("NumericNotEquals", ("10",), "11", "10"),
        ("NumericLessThan", ("10",), "9", "10"),
        ("NumericLessThanEquals", ("10",), "10", "11"),
        ("NumericGreaterThan", ("10",), "11", "10"),
        ("NumericGreaterThanEquals", ("10",), "10", "9"),
        ("DateEquals", ("2026-11-29T00:00:00Z",), "2026-11-29", "2026-11-30"),
        ("DateLessThan", ("2026-11-29T00:00:00Z",), "2026-11-28", "2026-11-29"),
        ("DateGreaterThan", ("1764374400",), "2025-11-29T00:00:01Z", "2025-11-28"),
        ("Bool", ("true",), "True", "false"),
        ("BinaryEquals", ("AA==",), "AA==", "AB=="),
        ("IpAddress", ("10.0.0.0/8", "2001:db8::/32"), "10.1.2.3", "11.1.2.3"),
        ("NotIpAddress", ("10.0.0.0/8",), "11.1.2.3", "10.1.2.3"),
    ],
)
def test_an_operator_on_one_value(
    operator: str, wanted: tuple[str, ...], yes: str, no: str
) -> None:
    asked = condition(operator, *wanted)
    assert holds(asked, keys_of({"K": yes}))
    assert not holds(asked, keys_of({"K": no}))


@pytest.mark.parametrize(
    ("operator", "values", "expected"),
    [
        ("StringEquals", None, False),
        ("StringNotEquals", None, True),
        ("StringEqualsIfExists", None, True),
        ("StringEqualsIfExists", ["b"], False),
        ("NumericLessThan", None, False),
        ("ForAllValues:StringEquals", None, True),
        ("ForAllValues:StringEquals", [], True),
        ("ForAllValues:StringEquals", ["a", "a"], True),
        ("ForAllValues:StringEquals", ["a", "b"], False),
        ("ForAllValues:StringNotEquals", ["b", "c"], True),
        ("ForAllValues:StringNotEquals", ["a", "c"], False),
        ("ForAnyValue:StringEquals", None, False),
        ("ForAnyValue:StringEquals", ["b", "a"], True),
        ("ForAnyValue:StringEquals", ["b", "c"], False),
        ("ForAnyValue:StringNotEquals", ["a", "b"], True),
        ("ForAnyValue:StringNotEquals", ["a"], False),
        ("ForAnyValue:StringNotEquals", None, False),
        ("ForAnyValue:StringLikeIfExists", None, True),
    ],
)
def test_keys_without_a_value_and_with_several(
    operator: str, values: list[str] | None, expected: bool
) -> None:
    context: Context = {} if values is None else {"k": values}
    assert holds(condition(operator, "a"), keys_of(context)) is expected


@pytest.mark.parametrize(("wanted", "there"), [("true", False), ("false", True)])
def test_null_asks_whether_a_key_is_there(wanted: str, there: bool) -> None:
    asked = condition("Null", wanted)
    assert holds(asked, keys_of({"k": "x"})) is there
    assert holds(asked, keys_of({})) is not there


def test_all_operators_and_all_keys_must_hold() -> None:
    both = {"StringEquals": {"a": ["1"], "b": ["2"]}, "Null": {"c": ["true"]}}
    assert holds(both, keys_of({"a": "1", "b": "2"}))
    assert not holds(both, keys_of({"a": "1", "b": "3"}))
    assert not holds(both, keys_of({"a": "1", "b": "2", "c": "x"}))


@pytest.mark.parametrize(
    ("asked", "context", "problem"),
    [
        (condition("StringSounds", "a"), {"k": "a"}, "operator StringSounds"),
        (condition("ForEachValue:StringEquals", "a"), {"k": "a"}, "ForEachValue"),
        (condition("StringEquals", "a"), {"k": ["a", "b"]}, "needs ForAllValues or ForAnyValue"),
        (condition("NumericEquals", "a"), {"k": "1"}, "cannot be compared"),
        (condition("IpAddress", "10.0.0.0/8"), {"k": "here"}, "cannot be compared"),
        (condition("StringEquals", "${aws:TagKeys}"), {"k": "a", "aws:TagKeys": ["a", "b"]}, "2 v"),
    ],
)
def test_what_is_not_known_is_an_error_that_names_it(
    asked: Mapping[str, Mapping[str, Sequence[str]]], context: Context, problem: str
) -> None:
    with pytest.raises(UnknownError, match=problem):
        holds(asked, keys_of(context))


def test_what_is_not_known_does_not_matter_where_the_rest_does_not_hold() -> None:
    asked = {**condition("StringSounds", "a"), **condition("StringEquals", "b")}
    assert not holds(asked, keys_of({"k": "a"}))


@pytest.mark.parametrize(
    ("pattern", "value", "expected"),
    [
        ("${aws:username}-*", "ann-1", True),
        ("${aws:username}-*", "bob-1", False),
        ("${aws:PrincipalTag/team, 'all'}", "all", True),
        ("${aws:PrincipalTag/team}", "all", False),
        ("${star}", "*", True),
        ("${star}", "x", False),
        ("a${*}", "a*", True),
        ("a${*}", "ab", False),
        ("${?}${$}", "?$", True),
    ],
)
def test_a_variable_stands_for_its_value_alone(pattern: str, value: str, expected: bool) -> None:
    context = {"aws:username": "ann", "star": "*", "k": value}
    assert holds(condition("StringLike", pattern), keys_of(context)) is expected
