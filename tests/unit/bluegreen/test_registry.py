"""ExternalDNS's registry and names, as v0.21 writes and derives them."""

from typing import Any

import pytest

from bluegreen.publishing.ownership import RecordSet
from bluegreen.registry import balanced, plain_host, published, records
from eks_platform_contract.outputs import Zone
from handover.writers import Writer

ZONE = Zone(id="Z1", name="example.com", arn="arn")
LIVE = Writer(colour="blue", visibility="public", zone=ZONE, live=True)
HOST = "k8s-web.eu-west-1.elb.amazonaws.com"


def txt(name: str, owner: str) -> RecordSet:
    value = (
        f'"heritage=external-dns,external-dns/owner={owner},'
        'external-dns/resource=ingress/sample/web"'
    )
    return RecordSet(name, "TXT", False, (value,))


def alias(name: str, kind: str) -> RecordSet:
    return RecordSet(name, kind, True, (f"dualstack.{HOST}.",))


@pytest.mark.parametrize(
    ("entry", "said_by"),
    [
        (alias("web.example.com", "A"), "cname-web.example.com"),
        (alias("web.example.com", "AAAA"), "aaaa-web.example.com"),
        (RecordSet("web.example.com", "A", False, ("192.0.2.1",)), "a-web.example.com"),
        (RecordSet("web.example.com", "CNAME", False, (HOST,)), "cname-web.example.com"),
        (alias("web.example.com", "A"), "web.example.com"),
        (alias("*.example.com", "A"), "cname-*.example.com"),
    ],
)
def test_the_owner_stands_in_the_txt_of_the_records_type(entry: RecordSet, said_by: str) -> None:
    (found, _) = records("public", [entry, txt(said_by, "ingress.example.com")])
    assert found.owner == "ingress.example.com"
    assert found.owner_records == (said_by,)


@pytest.mark.parametrize(
    ("entry", "said_by"),
    [
        (alias("web.example.com", "AAAA"), "web.example.com"),
        (alias("web.example.com", "A"), "a-web.example.com"),
        (alias("web.example.com", "A"), "cname-other.example.com"),
    ],
)
def test_another_txt_says_nothing(entry: RecordSet, said_by: str) -> None:
    (found, _) = records("public", [entry, txt(said_by, "ingress.example.com")])
    assert found.owner is None


@pytest.mark.parametrize(
    ("value", "owner"),
    [
        ('"heritage=external-dns,external-dns/owner=a"', "a"),
        ('"external-dns/owner=a,heritage=external-dns"', "a"),
        ('"heritage=external-dns-2,external-dns/owner=a"', None),
        ('"xheritage=external-dns,external-dns/owner=a"', None),
        ('"heritage=external-dns,heritage=other,external-dns/owner=a"', None),
        ('"heritage=external-dns,external-dns/owner=a=b"', None),
        ('"heritage=external-dns, external-dns/owner=a"', None),
        ('"heritage=external-dns"', None),
        ('"heritage=external-dns,external-dns/owner=a,external-dns/owner=b"', "b"),
    ],
)
def test_owners_are_read_token_by_token(value: str, owner: str | None) -> None:
    said = RecordSet("cname-web.example.com", "TXT", False, (value,))
    assert records("public", [alias("web.example.com", "A"), said])[0].owner == owner


def test_the_new_format_comes_before_the_old() -> None:
    found = records(
        "public",
        [
            alias("web.example.com", "A"),
            txt("web.example.com", "old"),
            txt("cname-web.example.com", "new"),
        ],
    )
    assert found[0].owner == "new"


def test_a_txt_without_heritage_is_no_owner() -> None:
    strange = RecordSet("cname-web.example.com", "TXT", False, ('"external-dns/owner=me"',))
    assert records("public", [alias("web.example.com", "A"), strange])[0].owner is None


def test_targets_are_plain_host_names() -> None:
    assert records("public", [alias("web.example.com", "A")])[0].targets == (HOST,)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Web.Example.com.", "web.example.com"),
        ("\\052.example.com.", "*.example.com"),
        (f"dualstack.{HOST}.", HOST),
    ],
)
def test_names_are_made_plain(name: str, expected: str) -> None:
    assert plain_host(name) == expected


def ingress(asked: str | None, *hosts: str, name: str = "web") -> dict[str, Any]:
    annotations = {} if asked is None else {"PublicDNSName": asked}
    return {
        "metadata": {"namespace": "sample", "name": name, "annotations": annotations},
        "status": {"loadBalancer": {"ingress": [{"hostname": host} for host in hosts]}},
    }


def service(kind: str) -> dict[str, Any]:
    return {**ingress("tcp", HOST), "spec": {"type": kind}}


def test_an_ingress_publishes_its_annotation_below_the_zone() -> None:
    found, asked = published(LIVE, [ingress("Web", HOST)], [])
    assert [(it.name, it.type, it.hosts) for it in found] == [
        ("web.example.com", "A", (HOST,)),
        ("web.example.com", "AAAA", (HOST,)),
    ]
    assert {it.sources for it in found} == {("ingress/sample/web",)}
    assert [(it.name, it.why_not) for it in asked] == [("web.example.com", "")]


def test_without_a_load_balancer_a_name_is_asked_for_and_not_published() -> None:
    found, asked = published(LIVE, [ingress("web")], [])
    assert found == []
    assert [it.name for it in asked] == ["web.example.com"]


def test_objects_that_ask_for_nothing_publish_nothing() -> None:
    assert published(LIVE, [ingress(None, HOST)], []) == ([], [])
    assert published(LIVE, [{"metadata": {"namespace": "a", "name": "b"}}], []) == ([], [])


@pytest.mark.parametrize(("kind", "sets"), [("LoadBalancer", 2), ("ClusterIP", 0)])
def test_only_services_with_a_load_balancer_publish(kind: str, sets: int) -> None:
    found, _ = published(LIVE, [], [service(kind)])
    assert len(found) == sets


def test_whatever_has_a_load_balancer_is_known_with_a_name_or_without() -> None:
    entries = balanced(
        [ingress(None, HOST.upper()), ingress("web", name="waiting")],
        [service("LoadBalancer"), service("ClusterIP")],
    )
    assert [(it.source, it.hosts) for it in entries] == [
        ("ingress/sample/web", (HOST,)),
        ("service/sample/web", (HOST,)),
    ]


def test_what_is_being_deleted_may_have_lost_its_load_balancer() -> None:
    item = ingress("web", HOST)
    item["metadata"]["deletionTimestamp"] = "2030-01-01T12:00:00Z"
    assert balanced([item], []) == []


def test_two_objects_of_one_name_are_two_candidates() -> None:
    found, _ = published(LIVE, [ingress("web", "a.elb"), ingress("web", "b.elb", name="c")], [])
    assert [(it.hosts, it.sources) for it in found] == [
        (("a.elb",), ("ingress/sample/web",)),
        (("b.elb",), ("ingress/sample/c",)),
    ]


@pytest.mark.parametrize("asked", ["web.eks-blue", "web.eks-green", "eks-blue", "x.team"])
def test_a_live_writer_leaves_domains_alone_that_others_write(asked: str) -> None:
    zone = Zone(id="Z1", name="example.com", arn="arn", delegated=("team.example.com",))
    writer = Writer(colour="blue", visibility="public", zone=zone, live=True)
    found, (said,) = published(writer, [ingress(asked, HOST)], [])
    assert found == []
    assert said.why_not == "it lies in a domain that others write"


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("web, api", ["api.example.com", "web.example.com"]),
        ("web,\n  *.shop", ["*.shop.example.com", "web.example.com"]),
        ("web,", ["web.example.com"]),
        ("web.", []),
        ("a..b", []),
        (".web", []),
        ("", []),
        ("web api", []),
        ("x*", []),
        ("_dmarc", ["_dmarc.example.com"]),
        ("x" * 57, [f"{'x' * 57}.example.com"]),
        ("x" * 58, []),
        ("xn--caf-dma", []),
        ("web.example.com", ["web.example.com.example.com"]),
    ],
)
def test_an_annotation_holds_relative_names_parted_by_commas(
    asked: str, expected: list[str]
) -> None:
    found, said = published(LIVE, [ingress(asked, HOST)], [])
    assert sorted({it.name for it in found}) == expected
    assert sorted({it.name for it in said if not it.why_not}) == expected
