"""What one pass of a DNS writer makes of a zone: cases that the real one was seen to decide so.

tests/e2e/publishing compares the model with the real ExternalDNS; these say why it is as it is.
"""

import pytest

from bluegreen.publishing.aliases import is_canonical
from bluegreen.publishing.endpoint import Endpoint, Kind, kind_of, least
from bluegreen.publishing.ownership import RecordSet
from bluegreen.publishing.reconciliation import Outcome, Reconciliation

OWNER, NAME = "ingress.example.com", "web.example.com"
BLUE = "k8s-blue-1.eu-west-1.elb.amazonaws.com"
GREEN = "k8s-green-1.eu-west-1.elb.amazonaws.com"


def endpoint(
    *targets: str, kind: Kind = "A", alias: bool = True, source: str = "a", own: bool = False
) -> Endpoint:
    resource = f"ingress/{source}/web"
    return Endpoint(
        name=NAME,
        type=kind,
        targets=targets,
        resource=resource,
        sources=frozenset({resource}),
        properties={"alias": "true"} if alias else {},
        own_target=own,
    )


def claim(prefix: str, owner: str = OWNER, source: str = "a") -> RecordSet:
    said = f"heritage=external-dns,external-dns/owner={owner}"
    value = f'"{said},external-dns/resource=ingress/{source}/web"'
    return RecordSet(f"{prefix}-{NAME}", "TXT", False, (value,), ttl=300)


def alias(target: str, kind: str = "A") -> RecordSet:
    return RecordSet(NAME, kind, True, (target,))


def reconciled(sets: list[RecordSet], *wanted: Endpoint) -> Outcome:
    return Reconciliation(OWNER, sets, wanted).run()


def led(outcome: Outcome) -> dict[str, tuple[str, ...]]:
    return {entry.type: entry.values for entry in outcome.sets if entry.name == NAME}


def test_a_new_name_gets_its_record_and_who_owns_it() -> None:
    outcome = reconciled([], endpoint(GREEN))
    assert led(outcome) == {"A": (GREEN,)}
    assert [entry.name for entry in outcome.sets if entry.type == "TXT"] == [f"cname-{NAME}"]


def test_what_it_owns_follows_the_new_load_balancer() -> None:
    assert led(reconciled([alias(BLUE), claim("cname")], endpoint(GREEN))) == {"A": (GREEN,)}


@pytest.mark.parametrize("standing", [[alias(BLUE)], [alias(BLUE), claim("cname", "somebody")]])
def test_what_it_does_not_own_stays_and_nothing_is_added_beside_it(
    standing: list[RecordSet],
) -> None:
    outcome = reconciled(standing, endpoint(GREEN), endpoint(GREEN, kind="AAAA"))
    assert led(outcome) == {"A": (BLUE,)}
    assert list(outcome.left) == [NAME]


def test_an_ownership_record_that_somebody_left_gives_the_new_record_to_them() -> None:
    outcome = reconciled([claim("cname", "somebody")], endpoint(GREEN))
    assert led(outcome) == {"A": (GREEN,)}
    assert claim("cname", "somebody") in outcome.sets
    again = reconciled(list(outcome.sets), endpoint(BLUE))
    assert led(again) == {"A": (GREEN,)}


def test_a_txt_that_says_no_owner_is_in_the_way() -> None:
    spf = RecordSet(f"cname-{NAME}", "TXT", False, ('"v=spf1 -all"',), ttl=60)
    outcome = reconciled([spf], endpoint(GREEN))
    assert led(outcome) == {}
    assert list(outcome.refused) == [NAME]


def test_a_type_that_is_wanted_no_more_stays() -> None:
    standing = [alias(BLUE), alias(BLUE, "AAAA"), claim("cname"), claim("aaaa")]
    assert led(reconciled(standing, endpoint(GREEN))) == {"A": (GREEN,), "AAAA": (BLUE,)}


def test_a_cname_cannot_become_an_alias() -> None:
    cname = RecordSet(NAME, "CNAME", False, ("shop.cdn.example.net",), ttl=300)
    outcome = reconciled([cname, claim("cname")], endpoint(GREEN))
    assert led(outcome) == {"CNAME": ("shop.cdn.example.net",)}
    assert "stands alone" in outcome.refused[NAME]


def cdn_at(name: str) -> Endpoint:
    return Endpoint(
        name=name,
        type="CNAME",
        targets=("shop.cdn.example.net",),
        resource="ingress/b/cdn",
        sources=frozenset({"ingress/b/cdn"}),
        own_target=True,
    )


def test_a_cname_and_an_ownership_record_of_one_name_are_a_race() -> None:
    """Found by generated objects: ExternalDNS makes them in no order, and the first one wins."""
    outcome = reconciled([], endpoint(GREEN), cdn_at(f"cname-{NAME}"))
    assert outcome.sets == ()
    assert sorted(outcome.unclear) == [f"cname-{NAME}", NAME]


def test_what_stands_already_has_won() -> None:
    standing = [alias(BLUE), claim("cname")]
    outcome = reconciled(standing, endpoint(GREEN), cdn_at(f"cname-{NAME}"))
    assert led(outcome) == {"A": (GREEN,)}
    assert (outcome.unclear, list(outcome.refused)) == ({}, [f"cname-{NAME}"])


def test_of_two_objects_the_one_that_has_the_name_keeps_it() -> None:
    first, second = endpoint(BLUE, source="a"), endpoint(GREEN, source="b")
    assert led(reconciled([], second, first)) == {"A": (BLUE,)}
    standing = [alias(GREEN), claim("cname", source="b")]
    assert led(reconciled(standing, first, second)) == {"A": (GREEN,)}


def test_addresses_come_before_host_names_and_fewer_before_more() -> None:
    address = endpoint("192.0.2.9", alias=False)
    assert least([endpoint("a.example.net"), address]).targets == ("192.0.2.9",)
    assert least([endpoint("a", "b"), endpoint("c")]).targets == ("c",)
    assert least([endpoint("192.0.2.9"), endpoint("192.0.2.10")]).targets == ("192.0.2.9",)


@pytest.mark.parametrize(
    ("target", "kind"),
    [
        ("192.0.2.1", "A"),
        ("2001:db8::1", "AAAA"),
        ("::ffff:192.0.2.1", "AAAA"),
        ("192.0.2.01", "CNAME"),
        ("lb.example.com", "CNAME"),
    ],
)
def test_a_target_says_the_type(target: str, kind: str) -> None:
    assert kind_of(target) == kind


@pytest.mark.parametrize(
    ("host", "known"),
    [
        (BLUE, True),
        ("a.elb.eu-west-1.amazonaws.com", True),
        ("d1.cloudfront.net", True),
        ("lb.mars-north-1.elb.amazonaws.com", False),
        ("elb.amazonaws.com.example.org", False),
        ("web.s3.eu-west-1.amazonaws.com", False),
    ],
)
def test_hosts_of_aws_become_aliases(host: str, known: bool) -> None:
    assert is_canonical(host) is known
