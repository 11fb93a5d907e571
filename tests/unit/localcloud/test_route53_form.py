"""Changes that are malformed, whatever the zone holds: InvalidInput."""

import pytest

from tests.unit.localcloud.record_sets import (
    ALB,
    ALB_ZONE,
    WWW,
    Change,
    Fields,
    an_address,
    an_alias,
    create,
    refusal,
)

ADDRESS = [{"Value": "192.0.2.1"}]


def alias_with(**more: object) -> Change:
    change = an_alias(WWW, "A", ALB, ALB_ZONE)
    return {**change, "ResourceRecordSet": {**change["ResourceRecordSet"], **more}}


def expected(content: str, found: str, identifier: str = "null") -> str:
    return (
        f"Invalid request: Expected exactly one of [{content}], but found {found} in Change with"
        f" [Action=CREATE, Name=www.example.com., Type=A, SetIdentifier={identifier}]"
    )


CONTENT = "AliasTarget, all of [TTL, and ResourceRecords], or TrafficPolicyInstanceId"


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (create(WWW, "A", ttl=None), "none"),
        (create(WWW, "A"), "none"),
        (create(WWW, "A", "192.0.2.1", ttl=None), "none"),
        (alias_with(TTL=60), "more than one"),
        (alias_with(ResourceRecords=ADDRESS), "more than one"),
        (alias_with(TTL=60, ResourceRecords=ADDRESS), "more than one"),
    ],
)
def test_a_record_set_is_an_alias_or_has_values_and_a_ttl(change: Change, found: str) -> None:
    assert refusal(change) == f"InvalidInput: {expected(CONTENT, found)}"


@pytest.mark.parametrize(
    ("policies", "found"),
    [
        ({}, "none"),
        ({"MultiValueAnswer": False}, "none"),
        ({"Weight": 1, "Region": "eu-west-1"}, "more than one"),
        ({"Weight": 0, "MultiValueAnswer": True}, "more than one"),
        ({"Failover": "SECONDARY", "GeoLocation": {"CountryCode": "*"}}, "more than one"),
    ],
)
def test_an_identifier_goes_with_one_policy(policies: Fields, found: str) -> None:
    content = "Weight, Region, Failover, GeoLocation, or MultiValueAnswer"
    said = expected(content, found, "x")
    assert refusal(an_address("x", **policies)) == f"InvalidInput: {said}"


@pytest.mark.parametrize(
    "policy",
    [
        {"Weight": 0},
        {"Region": "eu-west-1"},
        {"Failover": "PRIMARY"},
        {"GeoLocation": {"CountryCode": "FR"}},
        {"MultiValueAnswer": True},
        {"MultiValueAnswer": False},
    ],
)
@pytest.mark.parametrize("action", ["CREATE", "DELETE"])
def test_a_policy_wants_an_identifier(action: str, policy: Fields) -> None:
    change: Change = {**create(WWW, "A", "192.0.2.1", **policy), "Action": action}
    assert refusal(change) == (
        "InvalidInput: Invalid request: Missing field 'SetIdentifier' in Change with"
        f" [Action={change['Action']}, Name=www.example.com., Type=A, SetIdentifier=null]"
    )


def length(bound: str, value: str, limit: int, kind: str) -> str:
    return (
        f"cvc-{bound}Length-valid: Value '{value}' with length = '{len(value)}' is not facet-valid"
        f" with respect to {bound}Length '{limit}' for type '{kind}'."
    )


def number(bound: str, value: int, limit: int, kind: str) -> str:
    return (
        f"cvc-{bound}Inclusive-valid: Value '{value}' is not facet-valid with respect to"
        f" {bound}Inclusive '{limit}' for type '{kind}'."
    )


def choice(value: str) -> str:
    return (
        f"cvc-enumeration-valid: Value '{value}' is not facet-valid with respect to enumeration '["
    )


def incomplete(name: str, member: str) -> str:
    return (
        f"cvc-complex-type.2.4.b: The content of element '{name}' is not complete. One of"
        f" '{{\"https://route53.amazonaws.com/doc/2013-04-01/\":{member}}}' is expected."
    )


LONG = "x" * 1025
IDENTIFIER = "ResourceRecordSetIdentifier"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (create(WWW, "A", "192.0.2.1", ttl=-1), number("min", -1, 0, "TTL")),
        (create(WWW, "A", "192.0.2.1", ttl=2**31), number("max", 2**31, 2**31 - 1, "TTL")),
        (an_address("x", Weight=-1), number("min", -1, 0, "ResourceRecordSetWeight")),
        (an_address("x", Weight=256), number("max", 256, 255, "ResourceRecordSetWeight")),
        (an_address("", Weight=1), length("min", "", 1, IDENTIFIER)),
        (an_address("x" * 129, Weight=1), length("max", "x" * 129, 128, IDENTIFIER)),
        (create(LONG, "A", "192.0.2.1"), length("max", LONG, 1024, "DNSName")),
        (create(WWW, "TXT", "x" * 4001), length("max", "x" * 4001, 4000, "RData")),
        (an_alias(WWW, "A", ALB, "Z" * 33), length("max", "Z" * 33, 32, "ResourceId")),
        (an_address("x", Failover="THIRD"), choice("THIRD")),
        (an_address("x", Region="eu-west-9"), choice("eu-west-9")),
        (create(WWW, "LETTER", "x"), choice("LETTER")),
        (create(WWW, "a", "192.0.2.1"), choice("a")),
        ({**create(WWW, "A", "192.0.2.1"), "Action": "REPLACE"}, choice("REPLACE")),
        (
            create(WWW, "A", ResourceRecords=[]),
            incomplete("ResourceRecords", "ResourceRecord"),
        ),
        (
            alias_with(AliasTarget={"HostedZoneId": ALB_ZONE, "DNSName": ALB}),
            incomplete("AliasTarget", "EvaluateTargetHealth"),
        ),
        ({"Action": "CREATE"}, incomplete("Change", "ResourceRecordSet")),
    ],
)
def test_the_schema_bounds_every_element(change: Change, said: str) -> None:
    assert refusal(change).startswith(f"InvalidInput: Invalid XML ; {said}")


def test_a_batch_has_changes() -> None:
    assert refusal() == f"InvalidInput: Invalid XML ; {incomplete('Changes', 'Change')}"


@pytest.mark.parametrize(
    ("place", "said"),
    [
        (
            {"ContinentCode": "EU", "CountryCode": "FR"},
            "ContinentCode with CountryCode or SubdivisionCode",
        ),
        ({"ContinentCode": "XX"}, "there is no ContinentCode 'XX'"),
        (
            {"CountryCode": "FR", "SubdivisionCode": "PO"},
            "SubdivisionCode with CountryCode 'FR'",
        ),
        ({}, "there is no CountryCode ''"),
        ({"CountryCode": "fr"}, "there is no CountryCode 'fr'"),
    ],
)
def test_a_place_is_a_continent_a_country_or_a_part_of_one(place: Fields, said: str) -> None:
    change = an_address("x", GeoLocation=place)
    assert refusal(change) == f"InvalidInput: Invalid GeoLocation: {said}"


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (
            an_address("x", GeoProximityLocation={"AWSRegion": "eu-west-1"}),
            "GeoProximityLocation",
        ),
        (
            an_address("x", CidrRoutingConfig={"CollectionId": "c", "LocationName": "paris"}),
            "CidrRoutingConfig",
        ),
        (
            create(WWW, "A", ttl=None, TrafficPolicyInstanceId="c0ffee"),
            "TrafficPolicyInstanceId",
        ),
        *(
            (create(WWW, kind, "x"), f"records of type {kind}")
            for kind in ("CAA", "DS", "HTTPS", "NAPTR", "SSHFP", "SVCB", "TLSA")
        ),
    ],
)
def test_what_is_not_judged_is_refused_by_its_name(change: Change, what: str) -> None:
    assert refusal(change) == f"InvalidInput: The local Route 53 does not emulate {what}"
