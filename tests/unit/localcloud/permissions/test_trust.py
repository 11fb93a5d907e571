"""Whom a trust policy lets in."""

import json
from collections.abc import Mapping

import pytest

from localcloud.server.permissions.patterns import UnknownError
from localcloud.server.trust import Asker, trusts

HOST = "oidc.eks.eu-west-1.amazonaws.com/id/1"
PROVIDER = f"arn:aws:iam::123456789012:oidc-provider/{HOST}"
ROOT = "arn:aws:iam::123456789012:root"
WEB = "sts:AssumeRoleWithWebIdentity"
POD = Asker(
    WEB,
    "Federated",
    (PROVIDER,),
    {f"{HOST}:sub".lower(): "system:serviceaccount:a:b", f"{HOST}:aud".lower(): "sts"},
)
USER = Asker(
    "sts:AssumeRole",
    "AWS",
    ("arn:aws:iam::123456789012:user/ann", "123456789012", ROOT),
    {"sts:externalid": "x"},
)


def policy(principal: object, action: str, conditions: object = None, effect: str = "Allow") -> str:
    statement = {"Effect": effect, "Principal": principal, "Action": action}
    whole = [{**statement, **({"Condition": conditions} if conditions else {})}]
    return json.dumps({"Version": "2012-10-17", "Statement": whole})


def subject(operator: str, value: str) -> Mapping[str, object]:
    return {operator: {f"{HOST}:sub": value, f"{HOST}:aud": "sts"}}


@pytest.mark.parametrize(
    ("document", "asker", "expected"),
    [
        (policy({"Federated": PROVIDER}, WEB), POD, True),
        (policy({"Federated": PROVIDER}, WEB, subject("StringEquals", "x")), POD, False),
        (
            policy(
                {"Federated": PROVIDER},
                WEB,
                subject("StringEquals", "system:serviceaccount:a:b"),
            ),
            POD,
            True,
        ),
        (policy({"Federated": PROVIDER}, WEB, subject("StringLike", "system:*:a:*")), POD, True),
        (policy({"Federated": PROVIDER}, WEB, subject("StringLike", "system:*:b:*")), POD, False),
        (policy({"Federated": PROVIDER}, WEB, effect="Deny"), POD, False),
        (policy({"Federated": f"{PROVIDER}2"}, WEB), POD, False),
        (policy({"AWS": PROVIDER}, WEB), POD, False),
        (policy({"AWS": ROOT}, "sts:AssumeRole"), USER, True),
        (policy({"AWS": ["1", "123456789012"]}, "sts:*"), USER, True),
        (policy("*", "*"), USER, True),
        (policy({"Service": "*"}, "*"), USER, False),
        (
            policy({"AWS": ROOT}, "sts:AssumeRole", {"StringEquals": {"sts:ExternalId": "x"}}),
            USER,
            True,
        ),
        (
            policy({"AWS": ROOT}, "sts:AssumeRole", {"StringEquals": {"sts:ExternalId": "y"}}),
            USER,
            False,
        ),
        (policy({"AWS": ROOT}, "sts:AssumeRole", {"Null": {"aws:SourceVpc": "true"}}), USER, True),
    ],
)
def test_who_is_let_in(document: str, asker: Asker, expected: bool) -> None:
    assert trusts(document, asker) is expected


def test_a_denial_wins() -> None:
    one, other = (
        json.loads(policy("*", "*", effect=it))["Statement"][0] for it in ("Allow", "Deny")
    )
    both = json.dumps({"Version": "2012-10-17", "Statement": [one, other]})
    assert not trusts(both, USER)


@pytest.mark.parametrize(
    ("conditions", "problem"),
    [
        ({"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}, "aws:sourceip"),
        ({"StringSounds": {"sts:ExternalId": "x"}}, "StringSounds"),
    ],
)
def test_what_is_not_known_is_an_error(conditions: object, problem: str) -> None:
    with pytest.raises(UnknownError, match=problem):
        trusts(policy({"AWS": ROOT}, "sts:AssumeRole", conditions), USER)
