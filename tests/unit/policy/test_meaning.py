"""Whatever a policy is written like: what it allows by evaluation is what is flagged."""

import ipaddress
import json
import re
from collections.abc import Mapping, Sequence

import pytest
from guardrails.actions import known
from guardrails.networks import NotANetworkError, most_of_the_internet
from guardrails.rules.identity import UNSCOPED
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.policy.judge import Made, Plain, judge

ROLE_POLICY = "aws:iam/rolePolicy:RolePolicy"
INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
ACTIONS = sorted(action for actions in known().values() for action in actions)
# Whatever is not listed may reach no resource of a stranger.
VICTIMS: Mapping[str, str] = {
    "iam:AttachRolePolicy": "arn:aws:iam::123456789012:role/someone-elses",
    "sts:AssumeRole": "arn:aws:iam::210987654321:role/someone-elses",
    "s3:DeleteObject": "arn:aws:s3:::someone-elses/key",
    "ec2:TerminateInstances": "arn:aws:ec2:eu-west-3:123456789012:instance/i-0f7d0c1e42b9a4f63",
    "secretsmanager:GetSecretValue": "arn:aws:secretsmanager:eu-west-1:123456789012:secret:other-x",
    "kms:Decrypt": "arn:aws:kms:eu-west-1:123456789012:key/57d0c1e4-2b9a-4f63-8e15-90ab52c6d7f3",
}


def _matches(pattern: str, text: str, *, any_case: bool) -> bool:
    """What IAM says, by other means than the pack's."""
    parts = ["." if it == "?" else ".*" if it == "*" else re.escape(it) for it in pattern]
    flags = re.DOTALL | (re.IGNORECASE if any_case else 0)
    return re.fullmatch("".join(parts), text, flags) is not None


def _spelt(text: str) -> st.SearchStrategy[str]:
    """Patterns that match a text: parts of it as wildcards, letters in any case."""

    def spell(cuts: Sequence[tuple[int, int, str]]) -> str:
        found = text
        for start, length, wildcard in cuts:
            at = start % (len(found) + 1)
            taken = length if wildcard == "*" else min(1, len(found) - at)
            found = (
                found[:at] + wildcard * (1 if wildcard == "*" or taken else 0) + found[at + taken :]
            )
        return found

    cut = st.tuples(st.integers(0, 200), st.integers(0, 60), st.sampled_from("*?"))
    return st.lists(cut, max_size=4).map(spell)


def _faults(statement: Mapping[str, Plain]) -> list[str]:
    document = json.dumps(
        {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **statement}]}
    )
    made = Made(ROLE_POLICY, {"policy": document})
    rules = ("no-wildcard-action", "no-unscoped-resource")
    return [fault for rule in rules for fault in judge(rule, made).faults]


@st.composite
def _wide_resources(draw: st.DrawFn, arn: str) -> str:
    """A pattern that names nothing of a resource: its own part is wildcards."""
    *place, resource = arn.split(":", 5)
    kind = re.match(r"(?:role/|instance/|secret:|key/)?", resource)
    head = draw(st.sampled_from(["", kind[0] if kind else ""]))
    shown = [draw(st.sampled_from([it, "*", "?*"])) for it in place[1:]]
    whole = ":".join(["arn", *shown, f"{head}{draw(st.sampled_from(['*', '**', '?*', '*?']))}"])
    return draw(st.sampled_from([whole, "*", "**", "arn:*", "?*:*"]))


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_what_reaches_a_stranger_is_flagged_however_it_is_spelt(data: st.DataObject) -> None:
    action = data.draw(st.sampled_from(sorted(VICTIMS)))
    pattern = data.draw(_spelt(action))
    resource = data.draw(_wide_resources(VICTIMS[action]))
    if not _matches(pattern, action, any_case=True):
        return
    if not _matches(resource, VICTIMS[action], any_case=False):
        return
    harmless = data.draw(st.sampled_from(["sqs:SendMessage", "ec2:DescribeVpcs"]))
    assert _faults({"Action": [harmless, pattern], "Resource": ["arn:q", resource]})


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(sorted(known())), st.sampled_from(["*", "**", "?*", "*?*"]))
def test_all_of_a_service_is_flagged(service: str, rest: str) -> None:
    assert _faults({"Action": f"{service.upper()}:{rest}", "Resource": "arn:q"})


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(ACTIONS))
def test_an_action_that_is_named_and_scoped_is_let_through(action: str) -> None:
    service = action.partition(":")[0]
    arn = f"arn:aws:{service}:eu-west-1:123456789012:thing/eks-blue-*"
    assert not _faults({"Action": action, "Resource": [arn, "arn:q"]})


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(ACTIONS))
def test_an_action_on_everything_is_let_through_only_if_it_is_listed(action: str) -> None:
    listed = any(_matches(pattern, action, any_case=True) for pattern in UNSCOPED)
    assert bool(_faults({"Action": action, "Resource": "arn:*"})) != listed


_TAG = "aws:ResourceTag/team"
_OPERATORS = (
    "StringEquals",
    "StringLike",
    "StringNotEquals",
    "StringNotLike",
    "StringEqualsIgnoreCase",
)


def _meets(operator: str, values: Sequence[str], team: str | None) -> bool:
    """Whether a resource with this tag passes, told apart from the pack's own way."""
    name = operator.partition(":")[2] or operator
    if team is None:
        negated = "Not" in name and not operator.startswith("ForAnyValue")
        return "IfExists" in name or operator.startswith("ForAllValues") or negated
    bare = name.removesuffix("IfExists")
    if "Like" in bare:
        found = any(_matches(it, team, any_case=False) for it in values)
    elif "IgnoreCase" in bare:
        found = team.lower() in [it.lower() for it in values]
    else:
        found = team in values
    return found != ("Not" in bare)


@settings(max_examples=150, deadline=None)
@given(
    quantifier=st.sampled_from(["", "ForAllValues:", "ForAnyValue:"]),
    operator=st.sampled_from(_OPERATORS),
    suffix=st.sampled_from(["", "IfExists"]),
    values=st.lists(
        st.sampled_from(["web", "web-*", "*", "?*", "w??", "**"]), min_size=1, max_size=3
    ),
)
def test_a_condition_that_lets_strangers_through_narrows_nothing(
    quantifier: str, operator: str, suffix: str, values: list[str]
) -> None:
    name = f"{quantifier}{operator}{suffix}"
    condition = {name: {_TAG: values}}
    faults = _faults({"Action": "sqs:PurgeQueue", "Resource": "*", "Condition": condition})
    open_ = [team for team in (None, "billing-7", "Zürich", "a/b") if _meets(name, values, team)]
    assert bool(faults) == bool(open_)


_NETWORKS = st.builds(
    lambda number, prefix: ipaddress.IPv4Network((number, prefix), strict=False),
    st.integers(0, 2**32 - 1),
    st.integers(0, 32),
)


@given(_NETWORKS)
def test_a_network_of_ipv4_means_the_same_inside_ipv6(network: ipaddress.IPv4Network) -> None:
    alone = most_of_the_internet([str(network)])
    mapped = f"::ffff:{network.network_address}/{96 + network.prefixlen}"
    assert most_of_the_internet([mapped]) == alone
    nat64 = f"64:ff9b::{network.network_address}/{96 + network.prefixlen}"
    assert most_of_the_internet([nat64]) == alone


@given(st.lists(_NETWORKS, min_size=1, max_size=6))
def test_parts_are_as_wide_as_the_whole(networks: list[ipaddress.IPv4Network]) -> None:
    whole = [str(network) for network in networks]
    halves = [
        str(half)
        for network in networks
        for half in (network.subnets() if network.prefixlen < 32 else [network])
    ]
    assert most_of_the_internet(whole) == most_of_the_internet(halves)
    assert most_of_the_internet(whole) == most_of_the_internet([*whole, *halves, "10.0.0.0/8"])


# Of 0.0.0.0/7 one half is nobody's, and the other as large as one network may be.
@given(st.integers(0, 6), st.integers(0, 2**32 - 1))
def test_no_short_prefix_comes_in(prefix: int, number: int) -> None:
    text = f"{ipaddress.IPv4Address(number)}/{prefix}"
    public = int(ipaddress.IPv4Network(text, strict=False).network_address) < int(
        ipaddress.IPv4Address("224.0.0.0")
    )
    assert bool(judge("no-open-ingress", Made(INGRESS, {"cidrIpv4": text})).faults) == public


@pytest.mark.parametrize("text", ["", "everywhere", "10.0.0.0/33", "010.0.0.0/8", "1.2.3/8"])
def test_what_is_no_network_is_said(text: str) -> None:
    with pytest.raises(NotANetworkError):
        most_of_the_internet([text])
