"""What each DNS writer is told and may do."""

import re
from dataclasses import replace
from fnmatch import fnmatchcase

import pytest

from components.addons.external_dns.arguments import arguments
from components.addons.external_dns.permissions import statements
from components.iam_policy import Statement
from handover.filters import filter_arguments
from handover.live_names import EVERY_NAME, LiveNames
from handover.writers import Writer
from settings.colour import ExternalDns
from settings.names import COLOURS, Colour
from tests.unit.components.addons.addon_cluster import PRIVATE, PUBLIC, writer
from tests.unit.pulumi_harness import Plain

NAMES = (
    "external-dns-private",
    "external-dns-public",
    "live-external-dns-private",
    "live-external-dns-public",
)
LIVE = NAMES[2:]
CHOSEN = ("shop.devinfra.fr", "web.devinfra.fr")
CANARY = LiveNames(others=False, chosen=CHOSEN)
OTHERS = LiveNames(others=True, chosen=CHOSEN)
RECORD_NAMES = "route53:ChangeResourceRecordSetsNormalizedRecordNames"
RECORD_TYPES = {
    "route53:ChangeResourceRecordSetsRecordTypes": ["A", "AAAA", "CNAME", "TXT"],
}


NAME = r"(\*|[a-z0-9_]([a-z0-9_-]{0,55}[a-z0-9_])?)(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*"


def test_arguments_of_a_clusters_own_private_writer() -> None:
    own = writer("external-dns-private")
    assert arguments(own, ExternalDns()) == [
        "--source=service",
        "--source=ingress",
        "--service-type-filter=LoadBalancer",
        rf"--regex-domain-filter=^{NAME}\.eks-blue\.devinfra\.local$",
        "--zone-id-filter=ZPRIVATE",
        "--aws-zone-type=private",
        "--aws-zone-match-parent",
        (
            '--fqdn-template={{ .Annotations.PrivateDNSName | replace ","'
            ' ".eks-blue.devinfra.local," }}.eks-blue.devinfra.local'
        ),
        "--annotation-filter=PrivateDNSName",
        "--ignore-hostname-annotation",
        "--ignore-ingress-rules-spec",
        "--ignore-ingress-tls-spec",
        "--annotation-prefix=external-dns.alpha.kubernetes.io/",
        "--provider=aws",
        "--policy=upsert-only",
        "--registry=txt",
        "--txt-owner-id=ingress-eks-blue.devinfra.local",
        "--interval=60s",
        "--events",
        "--min-event-sync-interval=5s",
        "--aws-zones-cache-duration=1h",
        "--provider-cache-time=5m",
        "--aws-api-retries=10",
        "--aws-batch-change-interval=500ms",
        "--log-level=info",
        "--log-format=json",
    ]


OWN_DOMAINS = r"(^|\.)(eks-blue\.devinfra\.fr|eks-green\.devinfra\.fr)$"


def test_a_live_writer_differs_in_what_it_writes_and_for_whom() -> None:
    live = writer("live-external-dns-public", "green")
    own = writer("external-dns-public", "green")
    of_live, of_own = (
        arguments(it, ExternalDns.model_validate({"intervalSeconds": 300, "logLevel": "debug"}))
        for it in (live, own)
    )
    assert [argument for argument in of_live if argument not in of_own] == [
        rf"--regex-domain-filter=^{NAME}\.devinfra\.fr$",
        f"--regex-domain-exclusion={OWN_DOMAINS}",
        (
            '--fqdn-template={{ .Annotations.PublicDNSName | replace "," ".devinfra.fr," }}'
            ".devinfra.fr"
        ),
        "--txt-owner-id=ingress.devinfra.fr",
    ]


def test_a_canarys_writer_is_told_its_names_alone() -> None:
    assert filter_arguments(writer("live-external-dns-public", "green", CANARY)) == [
        r"--regex-domain-filter=^(shop\.devinfra\.fr|web\.devinfra\.fr)$",
    ]


def test_the_other_writer_is_told_to_leave_these_names_and_clusters_own_ones_out() -> None:
    assert filter_arguments(writer("live-external-dns-public", "blue", OTHERS)) == [
        rf"--regex-domain-filter=^{NAME}\.devinfra\.fr$",
        (
            r"--regex-domain-exclusion=^(shop\.devinfra\.fr|web\.devinfra\.fr)$"
            rf"|{OWN_DOMAINS}"
        ),
    ]


def passes(writer: Writer, name: str) -> bool:
    """Whether ExternalDNS with the writer's arguments writes a name: `DomainFilter.Match`."""
    given = [argument.partition("=")[::2] for argument in filter_arguments(writer)]
    told = {key: re.compile(value) for key, value in given if value}
    leaves_out = told.get("--regex-domain-exclusion")
    if leaves_out and leaves_out.search(name):
        return False
    return bool(told["--regex-domain-filter"].search(name))


@pytest.mark.parametrize(
    ("name", "on"),
    [
        ("web.devinfra.fr", "green"),
        ("shop.devinfra.fr", "green"),
        ("api.web.devinfra.fr", "blue"),
        ("xweb.devinfra.fr", "blue"),
        ("webxdevinfra.fr", "nobody"),
        ("web.devinfra.fr.example.org", "nobody"),
        ("other.devinfra.fr", "blue"),
        ("web.eks-blue.devinfra.fr", "nobody"),
        ("web.eks-green.devinfra.fr", "nobody"),
        ("web.eks-bluebird.devinfra.fr", "blue"),
        ("devinfra.fr", "nobody"),
        ("eks-blue.devinfra.fr", "nobody"),
        ("*.devinfra.fr", "blue"),
    ],
)
def test_with_a_canary_each_name_has_one_writer(name: str, on: str) -> None:
    asked = {
        "blue": writer("live-external-dns-public", "blue", OTHERS),
        "green": writer("live-external-dns-public", "green", CANARY),
    }
    assert [colour for colour, told in asked.items() if passes(told, name)] == [
        colour for colour in asked if colour == on
    ]


@pytest.mark.parametrize(
    "name",
    ["web.devinfra.fr", "web.eks-green.devinfra.fr", "eks-blue.devinfra.fr", "*.devinfra.fr"],
)
def test_a_clusters_own_writer_writes_nothing_outside_of_its_domain(name: str) -> None:
    assert not passes(writer("external-dns-public", "blue"), name)


@pytest.mark.parametrize(
    ("name", "written"),
    [("web.eks-blue.devinfra.fr", True), ("*.web.eks-blue.devinfra.fr", True),
     ("a..b.eks-blue.devinfra.fr", False), (".eks-blue.devinfra.fr", False),
     ("sh op.eks-blue.devinfra.fr", False), (f"{'x' * 58}.eks-blue.devinfra.fr", False)],
)  # fmt: skip
def test_a_clusters_own_writer_writes_names_that_can_be_asked_for(name: str, written: bool) -> None:
    assert passes(writer("external-dns-public", "blue"), name) is written


def test_names_below_a_delegation_are_left_alone_by_both_kinds() -> None:
    zone = PUBLIC.model_copy(update={"delegated": ("team.devinfra.fr", "x.eks-blue.devinfra.fr")})
    for name in ("external-dns-public", "live-external-dns-public"):
        told = replace(writer(name), zone=zone)
        assert not passes(told, "web.team.devinfra.fr")
        assert not passes(told, "web.x.eks-blue.devinfra.fr")


def test_a_zone_with_an_encoded_label_is_compared_decoded() -> None:
    zone = PUBLIC.model_copy(update={"name": "xn--bcher-kva.example"})
    told = replace(writer("live-external-dns-public"), zone=zone)
    assert passes(told, "web.bücher.example")
    assert "xn--bcher-kva.example" in told.domain


def test_a_canary_leaves_the_other_zone_alone() -> None:
    name = "live-external-dns-private"
    assert writer(name, "blue", OTHERS).names == EVERY_NAME
    assert not writer(name, "green", CANARY).names.any
    assert arguments(writer(name, "blue", OTHERS), ExternalDns()) == arguments(
        writer(name, "blue"), ExternalDns()
    )


def test_a_canary_changes_neither_owners_nor_rights() -> None:
    canary_of: dict[Colour, LiveNames] = {"blue": OTHERS, "green": CANARY}
    for colour, names in canary_of.items():
        for name in LIVE:
            canary, every = writer(name, colour, names), writer(name, colour)
            assert canary.owner_id == every.owner_id
            assert statements(canary) == statements(every)


@pytest.mark.parametrize("name", LIVE)
def test_live_writers_of_both_colours_are_told_the_same(name: str) -> None:
    blue, green = (arguments(writer(name, colour), ExternalDns()) for colour in COLOURS)
    assert blue == green


def test_no_two_writers_share_an_owner_except_those_that_hand_over() -> None:
    own = {writer(name, colour).owner_id for name in NAMES[:2] for colour in COLOURS}
    live = {writer(name, colour).owner_id for name in LIVE for colour in COLOURS}
    assert len(own) == 4
    assert live == {"ingress.devinfra.local", "ingress.devinfra.fr"}
    assert not own & live


def read(zone: str) -> list[Statement]:
    reason = "Route 53 knows no resources for a list: who asks for it filters it"
    return [
        Statement(actions=["route53:ListResourceRecordSets"], resources=[zone]),
        Statement(actions=["route53:ListHostedZones"], resources=["*"], reason=reason),
    ]


def test_a_clusters_own_writer_may_change_only_names_of_its_colour_in_its_zone() -> None:
    change = Statement(
        actions=["route53:ChangeResourceRecordSets"],
        resources=[PUBLIC.arn],
        conditions={
            "ForAllValues:StringEquals": RECORD_TYPES,
            "ForAllValues:StringLike": {RECORD_NAMES: ["*.eks-green.devinfra.fr"]},
        },
    )
    allowed = statements(writer("external-dns-public", "green"))
    assert list(allowed) == [change, *read(PUBLIC.arn)]


def test_a_live_writer_may_change_only_names_of_no_colour_in_its_zone() -> None:
    patterns = [
        "devinfra.local",
        "eks-blue.devinfra.local",
        "*.eks-blue.devinfra.local",
        "eks-green.devinfra.local",
        "*.eks-green.devinfra.local",
    ]
    change = Statement(
        actions=["route53:ChangeResourceRecordSets"],
        resources=[PRIVATE.arn],
        conditions={
            "ForAllValues:StringEquals": RECORD_TYPES,
            "ForAllValues:StringNotLike": {RECORD_NAMES: patterns},
        },
    )
    assert list(statements(writer("live-external-dns-private"))) == [change, *read(PRIVATE.arn)]


@pytest.mark.parametrize(
    ("record", "owner"),
    [
        ("web.eks-blue.devinfra.fr", "blue"),
        ("cname-web.eks-blue.devinfra.fr", "blue"),
        ("aaaa-web.eks-blue.devinfra.fr", "blue"),
        (r"\052.eks-blue.devinfra.fr", "blue"),
        ("a.b.eks-green.devinfra.fr", "green"),
        ("web.devinfra.fr", "live"),
        ("cname-web.devinfra.fr", "live"),
        ("eks-bluebird.devinfra.fr", "live"),
    ],
)
def test_each_record_and_its_txt_is_writable_by_exactly_one_kind(record: str, owner: str) -> None:
    allowed: set[Colour | str] = {
        colour for colour in COLOURS if may_change("external-dns-public", colour, record)
    }
    for colour in COLOURS:
        if may_change("live-external-dns-public", colour, record):
            allowed.add("live")
    assert allowed == {owner}


def may_change(name: str, colour: Colour, record: str) -> bool:
    """What IAM would say of one record's name."""
    conditions: Plain = statements(writer(name, colour))[0].conditions
    ((operator, keys),) = [item for item in conditions.items() if RECORD_NAMES in item[1]]
    like = any(fnmatchcase(record, pattern) for pattern in keys[RECORD_NAMES])
    return like is not operator.endswith("NotLike")
