"""Where record sets may stand, and what a batch may do to one of them."""

import pytest

from tests.unit.localcloud.record_sets import (
    WEIGHTED,
    WWW,
    ZONE,
    Change,
    an_address,
    apply_changes,
    create,
    delete,
    invalid_batch,
    refusal,
    upsert,
)

CNAME = create(WWW, "CNAME", "a.example.net")
SOA = "ns. mail. 1 7200 900 1209600 86400"
OWN = (create(ZONE, "NS", "ns.example.net", ttl=172800), create(ZONE, "SOA", SOA, ttl=900))
NO_NS = "A HostedZone must contain at least one NS record for the zone itself."
NO_SOA = "A HostedZone must contain exactly one SOA record."


def not_permitted(kind: str, name: str, words: str) -> str:
    return f"RRSet of type {kind} with DNS name {name} is not permitted {words}"


AMONG_OTHERS = not_permitted(
    "CNAME",
    WWW,
    "as it conflicts with other records with the same DNS name in zone example.com.",
)


def beside_cname(kind: str) -> str:
    words = (
        "because a conflicting RRSet of type CNAME with the same DNS name already exists in zone"
        " example.com."
    )
    return not_permitted(kind, WWW, words)


def outside(name: str) -> str:
    return f"RRSet with DNS name {name} is not permitted in zone example.com."


def tried(action: str, words: str, kind: str = "A", identifier: str = "") -> str:
    identifier = f", set-identifier='{identifier}'" if identifier else ""
    return (
        f"Tried to {action} resource record set [name='www.example.com.', type='{kind}'"
        f"{identifier}] but {words}"
    )


@pytest.mark.parametrize(
    ("there", "changes", "said"),
    [
        ([], [create("example.org", "A", "192.0.2.1")], [outside("example.org.")]),
        ([], [create("myexample.com", "A", "192.0.2.1")], [outside("myexample.com.")]),
        (
            [],
            [create(ZONE, "CNAME", "a.example.net")],
            [not_permitted("CNAME", ZONE, "at apex in zone example.com.")],
        ),
        ([create(WWW, "A", "192.0.2.1")], [CNAME], [AMONG_OTHERS]),
        ([create(WWW, "TXT", '"x"')], [{**CNAME, "Action": "UPSERT"}], [AMONG_OTHERS]),
        ([CNAME], [create(WWW, "A", "192.0.2.1")], [beside_cname("A")]),
        (
            [CNAME],
            [create(WWW, "A", "192.0.2.1"), create(WWW, "TXT", '"x"')],
            [beside_cname("A"), beside_cname("TXT")],
        ),
        # As ExternalDNS wrote it: https://github.com/kubernetes-sigs/external-dns/issues/2757
        ([], [CNAME, create(WWW, "TXT", '"x"')], [beside_cname("TXT")]),
        (
            [],
            [create("*.example.com", "NS", "ns.example.net")],
            [
                not_permitted(
                    "NS",
                    "\\052.example.com.",
                    "as the * wildcard cannot be used with that type",
                )
            ],
        ),
        ([], [create(WWW, "SOA", SOA)], [NO_SOA]),
        ([CNAME], [CNAME], [tried("create", "it already exists", "CNAME")]),
        (
            [an_address("x", **WEIGHTED)],
            [an_address("x", **WEIGHTED)],
            [tried("create", "it already exists", identifier="x")],
        ),
        (
            [an_address("x", **WEIGHTED)],
            [delete(WWW, "A", "192.0.2.1", SetIdentifier="x", Weight=2)],
            [
                tried(
                    "delete",
                    "the values provided do not match the current values",
                    identifier="x",
                )
            ],
        ),
        (
            [an_address("x", **WEIGHTED)],
            [delete(WWW, "A", "192.0.2.1")],
            [tried("delete", "it was not found")],
        ),
    ],
)
def test_a_place_that_is_not_free(
    there: list[Change], changes: list[Change], said: list[str]
) -> None:
    assert refusal(*changes, on=apply_changes(*there)) == invalid_batch(*said)


def test_nothing_is_deleted_outside_the_zone() -> None:
    there = "Tried to delete resource record set [name='example.org.', type='A']"
    assert refusal(delete("example.org", "A", "192.0.2.1")) == invalid_batch(
        outside("example.org."), f"{there} but it was not found"
    )


def test_an_asterisk_is_a_character_like_others() -> None:
    changes = [create(name, "A", "192.0.2.1") for name in ("*.example.com", "cname-*.example.com")]
    assert [record.name for record in apply_changes(*changes)] == [
        "\\052.example.com.",
        "cname-\\052.example.com.",
    ]


def test_a_zone_keeps_its_own_records() -> None:
    there = apply_changes(*OWN)
    gone = [{**change, "Action": "DELETE"} for change in OWN]
    assert refusal(*gone, on=there) == invalid_batch(NO_NS, NO_SOA)
    assert refusal(gone[0], on=there) == invalid_batch(NO_NS)
    assert refusal(gone[1], on=there) == invalid_batch(NO_SOA)
    assert refusal(gone[0], create(ZONE, "NS", "ns.example.org"), on=there) == ""
    assert refusal(upsert(ZONE, "SOA", "ns. mail. 2 1 1 1 1"), on=there) == ""


def test_a_record_set_changes_once_in_a_batch() -> None:
    there = apply_changes(create(WWW, "A", "192.0.2.1"))
    first, second = upsert(WWW, "A", "192.0.2.2"), upsert("WWW.example.com", "A", "192.0.2.3")
    old = delete(WWW, "A", "192.0.2.1")
    said = invalid_batch(
        "The request contains an invalid set of changes for a resource record set 'A"
        " www.example.com.'"
    )
    for changes in ((first, second), (first, old), (old, old), (old, second, first)):
        assert refusal(*changes, on=there) == said
    assert refusal(old, first, on=there) == ""
    assert refusal(first, create(WWW, "AAAA", "::1"), on=there) == ""


def test_every_mistake_of_a_batch_is_told() -> None:
    bad = create("a..example.com", "A", "x"), create("b.example.org", "A", "y")
    said = refusal(*bad, create(WWW, "A", "192.0.2.1"))
    assert said.count("encountered with") == 2
    assert outside("b.example.org.") in said
