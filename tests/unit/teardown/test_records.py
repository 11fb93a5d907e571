"""Which records are a colour's own."""

from typing import TYPE_CHECKING

import pytest

from teardown import OwnZone
from teardown.records import own_records

if TYPE_CHECKING:
    from mypy_boto3_route53.literals import RRTypeType
    from mypy_boto3_route53.type_defs import ResourceRecordSetOutputTypeDef

ZONE = OwnZone(zone_id="Z1", domain="eks-blue.devinfra.fr", owner_id="ingress-eks-blue.devinfra.fr")
LIVE = "ingress.devinfra.fr"


def record(
    name: str, kind: "RRTypeType" = "CNAME", value: str = "lb"
) -> "ResourceRecordSetOutputTypeDef":
    return {"Name": f"{name}.", "Type": kind, "ResourceRecords": [{"Value": value}]}


def proof(name: str, owner: str = ZONE.owner_id) -> "ResourceRecordSetOutputTypeDef":
    text = f'"heritage=external-dns,external-dns/owner={owner},external-dns/resource=ingress/a/b"'
    return record(name, "TXT", text)


def own_names(*records: "ResourceRecordSetOutputTypeDef") -> list[tuple[str, str]]:
    return [(it["Name"].rstrip("."), it["Type"]) for it in own_records(records, ZONE)]


@pytest.mark.parametrize("kind", ["A", "AAAA", "CNAME"])
def test_a_record_and_the_txt_record_that_says_whose_it_is(kind: "RRTypeType") -> None:
    name, said = "web.eks-blue.devinfra.fr", f"{kind.lower()}-web.eks-blue.devinfra.fr"
    assert own_names(record(name, kind), proof(said)) == [(name, kind), (said, "TXT")]


def test_an_alias_whose_txt_record_speaks_of_a_cname() -> None:
    name = "web.eks-blue.devinfra.fr"
    alias = record(name, "A")
    assert (name, "A") in own_names(alias, proof(f"cname-{name}"))


@pytest.mark.parametrize(
    "there",
    [
        pytest.param((record("web.eks-blue.devinfra.fr"),), id="without a TXT record"),
        pytest.param(
            (record("web.devinfra.fr"), proof("cname-web.devinfra.fr", LIVE)), id="a live one"
        ),
        pytest.param(
            (record("web.devinfra.fr"), proof("cname-web.devinfra.fr")),
            id="outside of its domain, whatever its TXT record says",
        ),
        pytest.param(
            (record("web.eks-blue.devinfra.fr"), proof("cname-web.eks-blue.devinfra.fr", LIVE)),
            id="in its domain, of the live writer",
        ),
        pytest.param(
            (
                record("web.eks-green.devinfra.fr"),
                proof("cname-web.eks-green.devinfra.fr", "ingress-eks-green.devinfra.fr"),
            ),
            id="the other colour's",
        ),
        pytest.param((record("eks-blue.devinfra.fr"),), id="the domain itself"),
        pytest.param(
            (record("webeks-blue.devinfra.fr"), proof("cname-webeks-blue.devinfra.fr")),
            id="a name that only ends alike",
        ),
        pytest.param(
            (record("web.eks-blue.devinfra.fr", "TXT", f'"owner={ZONE.owner_id}"'),),
            id="a text of somebody else",
        ),
        pytest.param(
            (proof("cname-web.eks-blue.devinfra.fr", f"{ZONE.owner_id}x"),), id="a longer owner id"
        ),
    ],
)
def test_what_is_not_its_own_is_left(there: "tuple[ResourceRecordSetOutputTypeDef, ...]") -> None:
    assert own_names(*there) == []


def test_only_records_of_names_go() -> None:
    name = "web.eks-blue.devinfra.fr"
    kept = record(name, "MX")
    assert (name, "MX") not in own_names(kept, record(name), proof(f"cname-{name}"))
