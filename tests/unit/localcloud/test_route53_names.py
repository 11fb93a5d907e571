"""Names of record sets: which are taken, and how they are kept."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localcloud.server.route53 import names
from localcloud.server.route53.errors import DomainNameError
from tests.unit.localcloud.record_sets import (
    apply_changes,
    create,
    empty_label,
    fatal,
    invalid_batch,
    refusal,
    unsupported,
)

FULL = ".".join(["x" * 63] * 3)
"""191 characters; with a dot and a label of 61 more, the longest name."""

LONGER = f"{FULL}.{'x' * 50}.example.com"
STARS = ("*" * 63, "\\052" * 63)
TOO_LONG = ("DomainLabelTooLong", "Domain label is too long")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("", fatal("DomainNameEmpty", "Domain name is empty", "")),
        (".", fatal("DomainNameEmpty", "Domain name is empty", ".")),
        (".example.com", empty_label(".example.com")),
        ("a..example.com", empty_label("a..example.com")),
        ("example.com..", empty_label("example.com..")),
        (f"{'x' * 64}.example.com", fatal(*TOO_LONG, "x" * 64)),
        (f"cname-{'y' * 63}.example.com", fatal(*TOO_LONG, f"cname-{'y' * 58}")),
        (LONGER, fatal("DomainNameTooLong", "Domain name is too long", LONGER)),
        ("a b.example.com", unsupported(" ")),
        ("a\tb.example.com", unsupported("\t")),
        ("a\x7fb.example.com", unsupported("\x7f")),
        ("é.example.com", unsupported("é")),
        ("\\9.example.com", unsupported("\\")),
        ("\\400.example.com", unsupported("\\")),
        ("\\05.example.com", unsupported("\\")),
        ("a\\b.example.com", unsupported("\\")),
        ("a\\.example.com", unsupported("\\")),
    ],
)
def test_what_is_no_name_is_refused(name: str, said: str) -> None:
    assert refusal(create(name, "A", "192.0.2.1")) == invalid_batch(said)


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("WWW.Example.COM", "www.example.com."),
        ("www.example.com.", "www.example.com."),
        ("_dmarc.a-b.example.com", "_dmarc.a-b.example.com."),
        ("*.example.com", "\\052.example.com."),
        ("\\052.example.com", "\\052.example.com."),
        ("cname-*.shop.example.com", "cname-\\052.shop.example.com."),
        ("a.*.example.com", "a.\\052.example.com."),
        ("0/24.example.com", "0\\05724.example.com."),
        ("@.example.com", "\\100.example.com."),
        ("\\101bc.example.com", "abc.example.com."),
        ("a\\056b.example.com", "a\\056b.example.com."),
        ("ex\\344mple.example.com", "ex\\344mple.example.com."),
        ("a\\040b.example.com", "a\\040b.example.com."),
        (f"{'x' * 63}.example.com", f"{'x' * 63}.example.com."),
        (f"{FULL}.{'x' * 49}.example.com", f"{FULL}.{'x' * 49}.example.com."),
        (f"{STARS[0]}.example.com", f"{STARS[1]}.example.com."),
    ],
)
def test_a_name_is_kept_as_route53_gives_it_back(name: str, kept: str) -> None:
    (record,) = apply_changes(create(name, "A", "192.0.2.1"))
    assert record.name == kept


def test_a_name_is_counted_as_dns_does() -> None:
    # 63 + 63 + 63 + 61 octets, four octets that say how many, and the root's.
    longest = f"{FULL}.{'x' * 61}"
    assert names.absolute(longest) == f"{longest}."
    assert names.absolute(f"*{longest[1:]}") == f"\\052{longest[1:]}."
    for name in (f"{longest}x", f"{longest}x.", f"*{longest}"):
        with pytest.raises(DomainNameError, match="TooLong"):
            names.absolute(name)


@given(st.lists(st.binary(min_size=1, max_size=63), min_size=1, max_size=3))
def test_every_octet_can_be_written_and_stays(labels: list[bytes]) -> None:
    written = ".".join("".join(f"\\{octet:03o}" for octet in label) for label in labels)
    kept = names.absolute(written)
    assert names.absolute(kept) == kept == names.absolute(kept.upper())
    assert names._labels(kept) == [label.lower() for label in labels]


@given(st.text(st.characters(codec="latin-1"), max_size=80))
def test_a_name_is_kept_or_refused(name: str) -> None:
    try:
        kept = names.absolute(name)
    except DomainNameError:
        return
    assert names.absolute(kept) == kept


@pytest.mark.parametrize(
    ("name", "wildcard"),
    [
        ("*.example.com", True),
        ("\\052.example.com", True),
        ("**.example.com", False),
        ("cname-*.example.com", False),
        ("a.*.example.com", False),
    ],
)
def test_only_a_star_alone_at_the_left_stands_for_others(name: str, *, wildcard: bool) -> None:
    assert names.is_wildcard(names.absolute(name)) is wildcard
    assert bool(refusal(create(name, "NS", "ns.example.net"))) is wildcard
