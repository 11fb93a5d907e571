"""Values of record sets."""

import pytest

from tests.unit.localcloud.record_sets import (
    ALB,
    WWW,
    ZONE,
    apply_changes,
    create,
    empty_label,
    fatal,
    invalid_batch,
    refusal,
    unsupported,
    upsert,
)


def address(found: str) -> str:
    return fatal("ARRDATAIllegalIPv4Address", "Value is not a valid IPv4 address", found)


def long_address(found: str) -> str:
    return fatal("AAAARRDATAIllegalIPv6Address", "Value is not a valid IPv6 address", found)


def no_string(found: str) -> str:
    return fatal("InvalidCharacterString", "Value should be enclosed in quotation marks", found)


def too_long(found: str) -> str:
    return fatal("CharacterStringTooLong", "Value is too long", found)


def fields(found: str) -> str:
    return fatal("InvalidRData", "Value has not as many fields as its type", found)


def up_to(most: int, found: str) -> str:
    return fatal("InvalidRData", f"Value is not a number up to {most}", found)


TWO = "192.0.2.1 192.0.2.2"
LONG = f'"{"x" * 256}"'
NOTHING = fatal("DomainNameEmpty", "Domain name is empty", "")


@pytest.mark.parametrize(
    ("kind", "value", "said"),
    [
        ("A", "", address("")),
        ("A", ALB, address(ALB)),
        ("A", "::1", address("::1")),
        ("A", "192.0.2.256", address("192.0.2.256")),
        ("A", "192.0.2.01", address("192.0.2.01")),
        ("A", TWO, fatal("ARRDATANotSingleField", "Value contains spaces", TWO)),
        ("AAAA", "192.0.2.1", long_address("192.0.2.1")),
        ("AAAA", "fe80::1%eth0", long_address("fe80::1%eth0")),
        ("CNAME", "", NOTHING),
        ("CNAME", "a..b", empty_label("a..b")),
        ("CNAME", "a b.example.com", unsupported(" ")),
        ("NS", "ns..example.net", empty_label("ns..example.net")),
        ("PTR", "é", unsupported("é")),
        ("MX", "mail.example.com", fields("mail.example.com")),
        ("MX", "65536 mail.example.com", up_to(65535, "65536")),
        ("MX", "10 a..b", empty_label("a..b")),
        ("SRV", "1 10 mail.example.com", fields("1 10 mail.example.com")),
        ("SRV", "1 x 25 mail.example.com", up_to(65535, "x")),
        ("TXT", "bare", no_string("bare")),
        ("TXT", "", no_string("")),
        ("TXT", '"open', no_string('"open')),
        ("TXT", '"one" two', no_string('"one" two')),
        ("TXT", '"one"two"', no_string('"one"two"')),
        ("TXT", '"never closed\\"', no_string('"never closed\\"')),
        ("TXT", LONG, too_long(LONG)),
        ("TXT", f'"short" {LONG}', too_long(f'"short" {LONG}')),
        ("TXT", '"a\tb"', unsupported("\t")),
        ("TXT", '"é"', unsupported("é")),
        ("SPF", "v=spf1 -all", no_string("v=spf1 -all")),
    ],
)
def test_a_value_that_does_not_fit_its_type(kind: str, value: str, said: str) -> None:
    wrong = invalid_batch(f"Invalid Resource Record: '{said}'")
    assert refusal(create(WWW, kind, value)) == wrong
    assert refusal(upsert(WWW, kind, value)) == wrong


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("ns. mail. 1 2 3 4", fields("ns. mail. 1 2 3 4")),
        (f"ns. mail. 1 2 3 4 {2**32}", up_to(2**32 - 1, str(2**32))),
        ("ns. a..b 1 2 3 4 5", empty_label("a..b")),
    ],
)
def test_a_start_of_authority_that_is_none(value: str, said: str) -> None:
    assert refusal(upsert(ZONE, "SOA", value)) == invalid_batch(
        f"Invalid Resource Record: '{said}'"
    )


def test_every_value_is_looked_at() -> None:
    assert refusal(create(WWW, "A", "x", "192.0.2.1", "y")) == invalid_batch(
        *(f"Invalid Resource Record: '{address(value)}'" for value in "xy")
    )


def test_a_value_is_there_once() -> None:
    twice = "Duplicate Resource Record: '192.0.2.1'"
    assert refusal(create(WWW, "A", *["192.0.2.1"] * 3)) == invalid_batch(twice, twice)


MANY = tuple(f"10.0.{n // 200}.{n % 200}" for n in range(401))


@pytest.mark.parametrize(
    ("kind", "values", "most"),
    [("CNAME", ("a.example.net", "b.example.net"), 1), ("A", MANY, 400)],
)
def test_too_many_values(kind: str, values: tuple[str, ...], most: int) -> None:
    assert refusal(create(WWW, kind, *values)) == invalid_batch(
        f"RRSet with DNS name www.example.com., type {kind} has {len(values)} resource records;"
        f" the most are {most}"
    )


OWNED = (
    '"heritage=external-dns,external-dns/owner=ingress.devinfra.fr,'
    'external-dns/resource=ingress/ns/name"'
)


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("A", ("192.0.2.1", "192.0.2.2")),
        ("A", MANY[:400]),
        ("AAAA", ("2001:0db8:85a3:0:0:8a2e:0370:7334", "::")),
        # Route 53 takes it: https://github.com/hashicorp/terraform/issues/9732
        ("CNAME", ("172.21.200.100",)),
        ("CNAME", ("Blue.Example.NET.",)),
        ("MX", ("10 mail.example.com", "20 mail.example.com.")),
        ("SRV", ("1 10 5269 xmpp-server.example.com",)),
        ("NS", ("ns-2048.awsdns-64.com", "ns-2049.awsdns-65.net.")),
        ("PTR", ("host.example.com",)),
        ("SPF", ('"v=spf1 -all"',)),
        ("TXT", (OWNED,)),
        ("TXT", ('""', '"a" "b"', '"a""b"', '"say \\"it\\""', '"\\344"', f'"{"x" * 255}"')),
        ("TXT", ('"' + "\\344" * 255 + '"',)),
    ],
)
def test_a_value_that_fits_its_type(kind: str, values: tuple[str, ...]) -> None:
    (record,) = apply_changes(create(WWW, kind, *values))
    assert record.records == [*values]
