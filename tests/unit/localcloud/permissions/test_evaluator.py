"""How policies of several kinds decide together."""

import json
from collections.abc import Callable, Mapping, Sequence

import pytest

from localcloud.server.permissions.evaluator import (
    NOTHING,
    Attached,
    Need,
    Policies,
    Verdict,
    decide,
    keys_of,
)
from localcloud.server.permissions.patterns import UnknownError
from localcloud.server.permissions.policy import Statement, parse

ROLE = "arn:aws:iam::123456789012:role/r"
SESSION = "arn:aws:sts::123456789012:assumed-role/r/s"
ROOT = "arn:aws:iam::123456789012:root"
QUEUE = "arn:aws:sqs:eu-west-1:123456789012:q"


def statements(*content: Mapping[str, object]) -> Sequence[Statement]:
    return parse("p", json.dumps({"Version": "2012-10-17", "Statement": content}))


def statement(effect: str = "Allow", **elements: object) -> Mapping[str, object]:
    return {"Effect": effect, "Action": "sqs:*", "Resource": "*", **elements}


ALLOW, DENY = statements(statement()), statements(statement("Deny", Sid="No"))
NEED = Need("sqs:SendMessage", QUEUE, keys_of({}))


def ask(
    identity: Sequence[Statement],
    *,
    need: Need = NEED,
    boundary: Sequence[Statement] | None = None,
    session: Sequence[Statement] | None = None,
    attached: Attached | None = None,
) -> Verdict:
    policies = Policies(identity=identity, boundary=boundary, session=session)
    return decide(policies, need, attached)


def attached(*content: Mapping[str, object], decides: bool = False) -> Attached:
    return Attached(
        statements=statements(*content),
        names=(SESSION, ROLE),
        account=(ROOT, "123456789012"),
        decides=decides,
    )


def test_nothing_is_allowed_unless_a_statement_says_so() -> None:
    verdict = ask(())
    assert not verdict.allowed
    assert verdict.reason == "because no identity-based policy allows the sqs:SendMessage action"
    assert verdict.decided_by == NOTHING


def test_a_denial_wins_and_names_its_statement() -> None:
    verdict = ask((*ALLOW, *DENY))
    assert not verdict.allowed
    assert verdict.reason == "with an explicit deny in an identity-based policy"
    assert verdict.decided_by == "p/No"


def test_an_allowed_call_tells_what_allowed_it() -> None:
    (grant,) = ask(ALLOW).grants
    assert (grant.statement.label, grant.pattern) == ("p/1", "sqs:*")


def bounded(identity: Sequence[Statement], limit: Sequence[Statement]) -> Verdict:
    return ask(identity, boundary=limit)


def in_session(identity: Sequence[Statement], limit: Sequence[Statement]) -> Verdict:
    return ask(identity, session=limit)


@pytest.mark.parametrize(
    ("limited", "kind"), [(bounded, "permissions boundary"), (in_session, "session policy")]
)
def test_boundaries_and_session_policies_only_limit(
    limited: Callable[[Sequence[Statement], Sequence[Statement]], Verdict], kind: str
) -> None:
    assert not limited((), ALLOW).allowed
    assert limited(ALLOW, ALLOW).allowed
    lacking = limited(ALLOW, statements(statement(Action="sns:*")))
    assert lacking.reason == f"because no {kind} allows the sqs:SendMessage action"
    denied = limited(ALLOW, (*ALLOW, *DENY))
    assert denied.reason == f"with an explicit deny in a {kind}"


@pytest.mark.parametrize(
    ("elements", "action", "resource", "expected"),
    [
        ({"Action": "SQS:send*"}, "sqs:SendMessage", QUEUE, True),
        ({"Action": ["sqs:Receive*", "sqs:Send?essage"]}, "sqs:SendMessage", QUEUE, True),
        ({"Action": "sqs:Send"}, "sqs:SendMessage", QUEUE, False),
        ({"Action": "*"}, "sqs:SendMessage", QUEUE, True),
        ({"Resource": QUEUE}, "sqs:SendMessage", QUEUE, True),
        ({"Resource": QUEUE.upper()}, "sqs:SendMessage", QUEUE, False),
        ({"Resource": "arn:aws:sqs:*:*:[q]"}, "sqs:SendMessage", QUEUE, False),
        ({"Resource": ["arn:aws:sqs:*:*:x", "arn:aws:sqs:*:*:?"]}, "sqs:SendMessage", QUEUE, True),
        ({"Resource": QUEUE}, "sqs:SendMessage", "*", False),
    ],
)
def test_wildcards(
    elements: Mapping[str, object], action: str, resource: str, expected: bool
) -> None:
    need = Need(action, resource, keys_of({}))
    assert ask(statements({**statement(), **elements}), need=need).allowed is expected


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ({"NotAction": "iam:*", "Resource": "*"}, True),
        ({"NotAction": ["iam:*", "sqs:Send*"], "Resource": "*"}, False),
        ({"Action": "*", "NotResource": "arn:aws:sqs:*:*:other"}, True),
        ({"Action": "*", "NotResource": ["arn:aws:sqs:*:*:q"]}, False),
    ],
)
def test_not_action_and_not_resource(content: Mapping[str, object], expected: bool) -> None:
    assert ask(statements({"Effect": "Allow", **content})).allowed is expected


UNKNOWN = Need("sqs:SendMessage", None, keys_of({}))


def test_an_unknown_resource_is_allowed_by_a_statement_about_all_alone() -> None:
    some = statements(statement(Resource=QUEUE))
    assert ask(ALLOW, need=UNKNOWN).allowed
    assert ask((*some, *ALLOW), need=UNKNOWN).allowed
    verdict = ask(some, need=UNKNOWN)
    assert verdict.reason == "because the resource of this call is not known to the local cloud"
    denies = statements(statement("Deny", Resource=QUEUE))
    assert not ask((*ALLOW, *denies), need=UNKNOWN).allowed


def test_an_unknown_condition_is_no_allowance_and_may_be_a_denial() -> None:
    odd = {"StringSounds": {"k": "a"}}
    for effect in ("Allow", "Deny"):
        (unknown,) = statements(statement(effect, Condition=odd))
        verdict = ask([unknown, *(ALLOW if effect == "Deny" else ())])
        assert verdict.reason == "because condition operator StringSounds is not emulated"
    (unknown,) = statements(statement(Condition=odd))
    assert ask([unknown, *ALLOW]).allowed


@pytest.mark.parametrize(
    ("document", "problem"),
    [
        ({"Statement": [statement(Principals="*")]}, "element Principals"),
        ({"Statement": [statement("Maybe")]}, "effect Maybe"),
        ({"Statement": [statement()], "Rules": []}, "element Rules"),
        ({"Statement": [statement(Resource="${aws:username}")]}, "Version"),
    ],
)
def test_a_document_with_something_unknown_is_an_error(
    document: Mapping[str, object], problem: str
) -> None:
    with pytest.raises(UnknownError, match=problem):
        parse("p", json.dumps(document))


def test_one_statement_needs_no_list() -> None:
    (only,) = parse("p", json.dumps({"Statement": statement()}))
    assert only.allows


@pytest.mark.parametrize(
    ("principal", "decides", "alone", "with_policy"),
    [
        ({"AWS": ROLE}, False, True, True),
        ({"AWS": [SESSION]}, True, True, True),
        ({"AWS": ROOT}, False, False, True),
        ({"AWS": ROOT}, True, False, True),
        ({"AWS": "123456789012"}, True, False, True),
        ({"AWS": "arn:aws:iam::999999999999:root"}, False, False, True),
        ({"AWS": "arn:aws:iam::999999999999:root"}, True, False, False),
        ({"Service": "events.amazonaws.com"}, True, False, False),
        ("*", True, True, True),
    ],
)
def test_a_policy_on_a_resource_lets_in_whom_it_names(
    principal: object, decides: bool, alone: bool, with_policy: bool
) -> None:
    policy = attached(statement(Principal=principal), decides=decides)
    assert ask((), attached=policy).allowed is alone
    assert ask(ALLOW, attached=policy).allowed is with_policy


def test_a_policy_on_a_resource_can_deny_and_can_be_asked_for() -> None:
    denies = attached(statement("Deny", Principal="*"))
    assert ask(ALLOW, attached=denies).reason == "with an explicit deny in a resource-based policy"
    others = attached(statement("Deny", Principal={"AWS": "arn:aws:iam::123456789012:role/x"}))
    assert ask(ALLOW, attached=others).allowed
    empty = ask(ALLOW, attached=attached(decides=True))
    assert empty.reason == "because no resource-based policy allows the sqs:SendMessage action"
