"""Where aliases lead."""

import pytest

from tests.unit.localcloud.record_sets import (
    ALB,
    ALB_ZONE,
    NLB,
    NLB_ZONE,
    OTHER,
    WWW,
    ZONE,
    ZONE_ID,
    Change,
    an_alias,
    apply_changes,
    create,
    fatal,
    invalid_batch,
    refusal,
    unsupported,
)

THERE = apply_changes(create(OTHER, "AAAA", "::1"), create(ZONE, "NS", "ns.example.net"))
ABROAD = "lb.us-east-1.elb.amazonaws.com"
CLOUDFRONT, CLOUDFRONT_ZONE = "d1.cloudfront.net", "Z2FDTNDATAQYW2"
API_GATEWAY, API_GATEWAY_ZONE = "x.execute-api.eu-west-1.amazonaws.com", "ZLY8HYME6SFDD"


def tried(words: str, target: str, kind: str = "A", zone_id: str = ZONE_ID) -> str:
    target = f"{target.rstrip('.')}."
    return (
        f"Tried to create an alias that targets {target}, type {kind} in zone {zone_id}, but"
        f" {words}"
    )


def outside(target: str, zone_id: str = ZONE_ID) -> str:
    return tried("the alias target name does not lie within the target zone", target, "A", zone_id)


def missing(target: str, kind: str = "A", zone_id: str = ZONE_ID) -> str:
    return tried("that target was not found", target, kind, zone_id)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (an_alias(WWW, "A", "none.example.com"), [missing("none.example.com")]),
        (an_alias(WWW, "A", OTHER), [missing(OTHER)]),  # it is an AAAA
        (an_alias(WWW, "AAAA", WWW), [missing(WWW, "AAAA")]),
        (an_alias(WWW, "NS", ZONE), [missing(ZONE, "NS")]),
        (an_alias(WWW, "A", "a.example.net"), [outside("a.example.net"), missing("a.example.net")]),
        (an_alias(WWW, "A", "192.0.2.1"), [outside("192.0.2.1"), missing("192.0.2.1")]),
        (an_alias(WWW, "A", ALB), [outside(ALB), missing(ALB)]),
        (an_alias(WWW, "A", NLB, ALB_ZONE), [outside(NLB, ALB_ZONE)]),
        (an_alias(WWW, "A", ALB, NLB_ZONE), [outside(ALB, NLB_ZONE)]),
        (an_alias(WWW, "A", ABROAD, ALB_ZONE), [outside(ABROAD, ALB_ZONE)]),
        (an_alias(WWW, "A", "192.0.2.1", ALB_ZONE), [outside("192.0.2.1", ALB_ZONE)]),
        (an_alias(WWW, "TXT", ALB, ALB_ZONE), [missing(ALB, "TXT", ALB_ZONE)]),
        (
            an_alias(WWW, "A", API_GATEWAY, API_GATEWAY_ZONE),
            [
                tried(
                    "the local Route 53 does not emulate aliases to that zone",
                    API_GATEWAY,
                    zone_id=API_GATEWAY_ZONE,
                )
            ],
        ),
        (
            an_alias(WWW, "A", "", ALB_ZONE),
            [fatal("DomainNameEmpty", "Domain name is empty", "")],
        ),
        (an_alias(WWW, "A", f"us-east -1.{ALB}", ALB_ZONE), [unsupported(" ")]),
    ],
)
def test_an_alias_that_leads_nowhere(change: Change, said: list[str]) -> None:
    assert refusal(change, on=THERE) == invalid_batch(*said)
    assert refusal({**change, "Action": "UPSERT"}, on=THERE) == invalid_batch(*said)


@pytest.mark.parametrize(
    ("kind", "target", "zone_id"),
    [
        ("A", ALB, ALB_ZONE),
        ("AAAA", f"dualstack.{ALB}.", ALB_ZONE),
        ("A", NLB, NLB_ZONE),
        ("A", ALB, "Z2P70J7EXAMPLE"),
        ("AAAA", OTHER, ZONE_ID),
        ("AAAA", CLOUDFRONT, CLOUDFRONT_ZONE),
    ],
)
def test_an_alias_that_leads_somewhere(kind: str, target: str, zone_id: str) -> None:
    new = an_alias("alias.example.com", kind, target.upper(), zone_id)
    assert apply_changes(new, on=THERE)[-1].alias_target == {
        "HostedZoneId": zone_id,
        "DNSName": f"{target.rstrip('.')}.",
        "EvaluateTargetHealth": True,
    }


def test_a_target_may_be_made_before_in_the_same_batch() -> None:
    target, alias = create("t.example.com", "A", "192.0.2.1"), an_alias(WWW, "A", "t.example.com")
    assert refusal(target, alias) == ""
    assert refusal(alias, target) == invalid_batch(missing("t.example.com"))


def test_an_alias_goes_after_its_target() -> None:
    target, alias = create("t.example.com", "A", "192.0.2.1"), an_alias(WWW, "A", "t.example.com")
    there = apply_changes(target, alias)
    gone = [{**change, "Action": "DELETE"} for change in (target, alias)]
    assert apply_changes(*gone, on=there) == []
