"""Record sets of one name and type, with and without routing policies."""

import pytest

from tests.unit.localcloud.record_sets import (
    ALB,
    ALB_ZONE,
    FRANCE,
    LATENCY,
    MULTIVALUE,
    PRIMARY,
    SECONDARY,
    SIMPLE,
    WEIGHTED,
    WWW,
    Change,
    Fields,
    an_address,
    an_alias,
    apply_changes,
    create,
    delete,
    invalid_batch,
    refusal,
    upsert,
)

NOT_ROUTED = "its type allows no such routing policy"
POLICIES = (WEIGHTED, LATENCY, SECONDARY, FRANCE, MULTIVALUE)


def title(kind: str = "A") -> str:
    return f"RRSet with DNS name www.example.com., type {kind}, SetIdentifier new"


def among(what: str) -> str:
    return (
        f"cannot be created because a non-{what} RRSet with the same name and type already exists."
    )


def twice(what: str, by: str) -> str:
    known = f"a {what} RRSet with the same name, type and {by}"
    return f"cannot be created because {known} already exists."


AMONG_OTHERS = {
    "Weight": " cannot be created as a non-weighted set exists with the same name and type.",
    "Region": f", and Region Name=eu-west-1 {among('latency')}",
    "Failover": f", and marked as secondary {among('failover')}",
    "GeoLocation": f", and routing to [country = FR] {among('GEO')}",
    "MultiValueAnswer": (
        " cannot be created because a non multivalue answer rrset exists with the same name and"
        " type."
    ),
}


def first(fields: Fields) -> str:
    return next(iter(fields), "simple")


@pytest.mark.parametrize("there", [SIMPLE, *POLICIES], ids=first)
@pytest.mark.parametrize("new", POLICIES, ids=first)
def test_routing_policies_do_not_mix(there: Fields, new: Fields) -> None:
    old = apply_changes(an_address("old", **there) if there else create(WWW, "A", "192.0.2.9"))
    other = {**new, "Region": "us-east-1"} if new is LATENCY is there else new
    said = refusal(an_address("new", **other), on=old)
    if there is new:
        assert AMONG_OTHERS[first(new)] not in said
    else:
        assert said == invalid_batch(f"{title()}{AMONG_OTHERS[first(new)]}")


@pytest.mark.parametrize("there", POLICIES, ids=first)
def test_a_simple_record_set_stands_alone(there: Fields) -> None:
    old = apply_changes(an_address("old", **there))
    for new in (create(WWW, "A", "192.0.2.9"), upsert(WWW, "A", "192.0.2.9")):
        assert refusal(new, on=old) == invalid_batch(
            "RRSet with DNS name www.example.com., type A cannot be created as other RRSets exist"
            " with the same name and type."
        )
    assert refusal(create(WWW, "TXT", '"x"'), on=old) == ""


@pytest.mark.parametrize(
    ("there", "new", "said"),
    [
        (LATENCY, LATENCY, f", and Region Name=eu-west-1 {twice('latency', 'region')}"),
        (PRIMARY, PRIMARY, f", and marked as primary {twice('failover', 'role')}"),
        (SECONDARY, SECONDARY, f", and marked as secondary {twice('failover', 'role')}"),
        (FRANCE, FRANCE, f", and routing to [country = FR] {twice('GEO', 'location')}"),
    ],
    ids=str,
)
def test_a_choice_is_there_once(there: Fields, new: Fields, said: str) -> None:
    old = apply_changes(an_address("old", **there))
    assert refusal(an_address("new", **new), on=old) == invalid_batch(f"{title()}{said}")
    assert refusal({**an_address("old", **new), "Action": "UPSERT"}, on=old) == ""


def test_weighted_sets_have_one_ttl() -> None:
    old = apply_changes(an_address("old", **WEIGHTED))
    new = create(WWW, "A", "192.0.2.9", ttl=61, SetIdentifier="new", **WEIGHTED)
    assert refusal(new, on=old) == invalid_batch(
        "RRSet with DNS name www.example.com. and type A, SetIdentifier new cannot be created as"
        " weighted sets must contain the same TTL."
    )
    alias = an_alias(WWW, "A", ALB, ALB_ZONE, SetIdentifier="new", **WEIGHTED)
    assert refusal(alias, on=old) == ""


def test_a_group_has_an_end() -> None:
    old = apply_changes(*(an_address(f"n{n}", **WEIGHTED) for n in range(100)))
    assert refusal(an_address("new", **WEIGHTED), on=old) == invalid_batch(
        f"{title()} cannot be created as 100 RRSets exist with the same name and type."
    )


@pytest.mark.parametrize(
    ("new", "said"),
    [
        (
            create(WWW, "A", "192.0.2.1", "192.0.2.2", SetIdentifier="new", **WEIGHTED),
            f"{title()} has 2 resource records; with Weight it has one",
        ),
        (
            create(WWW, "A", "192.0.2.1", "192.0.2.2", SetIdentifier="new", **LATENCY),
            f"{title()} has 2 resource records; with Region it has one",
        ),
        (
            an_address("new", Failover="PRIMARY"),
            (
                "A non-alias primary ResourceRecordSet must have an associated health check. No"
                " changes made."
            ),
        ),
        (
            an_alias(WWW, "A", ALB, ALB_ZONE, SetIdentifier="new", **MULTIVALUE),
            "Multivalue answer rrset should not be an alias rrset",
        ),
        (
            create(WWW, "CNAME", "a.example.net", SetIdentifier="new", **MULTIVALUE),
            f"{title('CNAME')} cannot have MultiValueAnswer: {NOT_ROUTED}",
        ),
        (
            create(WWW, "NS", "a.example.net", SetIdentifier="new", **WEIGHTED),
            f"{title('NS')} cannot have Weight: {NOT_ROUTED}",
        ),
    ],
)
def test_what_does_not_fit_its_policy(new: Change, said: str) -> None:
    assert refusal(new) == invalid_batch(said)


@pytest.mark.parametrize(
    "group",
    [
        [an_address("a", Weight=0), an_address("b", Weight=255)],
        [an_address("a", **LATENCY), an_address("b", Region="us-east-1")],
        [an_address("a", **PRIMARY), an_address("b", **SECONDARY)],
        [an_address("a", **FRANCE), an_address("b", GeoLocation={"CountryCode": "*"})],
        [
            an_address("a", GeoLocation={"ContinentCode": "EU"}),
            an_address("b", GeoLocation={"CountryCode": "US", "SubdivisionCode": "NY"}),
        ],
        [an_address("a", **MULTIVALUE), an_address("b", **MULTIVALUE)],
        [an_address("x" * 128, **WEIGHTED), create(WWW, "AAAA", "::1")],
        [
            an_alias(WWW, "A", ALB, ALB_ZONE, SetIdentifier="a", Failover="PRIMARY"),
            an_address("b", **SECONDARY),
        ],
        [
            create(WWW, "CNAME", "a.example.net", SetIdentifier="a", **WEIGHTED),
            create(WWW, "CNAME", "b.example.net", SetIdentifier="b", **WEIGHTED),
        ],
    ],
)
def test_record_sets_of_one_policy_stand_beside_each_other(group: list[Change]) -> None:
    assert len(apply_changes(*group)) == len(group)


def test_a_policy_changes_within_one_batch_if_the_old_set_goes_first() -> None:
    there = apply_changes(create(WWW, "A", "192.0.2.1"))
    new, old = an_address("new", **WEIGHTED), delete(WWW, "A", "192.0.2.1")
    assert refusal(new, old, on=there) == invalid_batch(f"{title()}{AMONG_OTHERS['Weight']}")
    (left,) = apply_changes(old, new, on=there)
    assert left.weight == 1
