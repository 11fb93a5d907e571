"""The roles of ExternalDNS as the program writes them, on names as ExternalDNS changes them."""

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import pytest

from tests.unit.components.addons.deployed import deployed
from tests.unit.localcloud.conftest import Aws
from tests.unit.localcloud.permissions.conftest import Account, Role
from tests.unit.localcloud.test_route53 import a_change, make_zone

POLICY = "aws:iam/rolePolicy:RolePolicy"
ZONE = "devinfra.fr"
OWN, LIVE = "external-dns-public", "live-external-dns-public"


@pytest.fixture
def zone(aws: Aws) -> str:
    return make_zone(aws.own_route53, ZONE)


@pytest.fixture
def policies(zone: str) -> Mapping[str, str]:
    """Policies of eks-blue's roles, for a zone of that id."""
    return {
        made.name: made.inputs["policy"].replace("ZPUBLIC", zone)
        for made in deployed().of_type(POLICY)
    }


Writer: TypeAlias = Callable[[str], Role]
"""A session of eks-blue's role of this name."""


@pytest.fixture
def writer(account: Account, policies: Mapping[str, str]) -> Writer:
    return lambda name: account.session(account.role(f"eks-blue-{name}", policies[name]))


def write(role: Role, zone: str, *names: tuple[str, str]) -> str:
    """Writes records of names and types; gives the sentence of the denial, if it was denied."""
    values = {"TXT": '"x"', "CNAME": "k8s.example.com", "A": "192.0.2.1", "MX": "10 x.example.com"}
    changes: list[dict[str, Any]] = [
        a_change("UPSERT", name, values[kind], kind) for name, kind in names
    ]
    return role.call(
        "route53",
        "change_resource_record_sets",
        HostedZoneId=zone,
        ChangeBatch={"Changes": changes},
    )


@pytest.mark.parametrize(
    ("role", "record", "allowed"),
    [
        (OWN, ("shop.eks-blue.devinfra.fr", "CNAME"), True),
        (OWN, ("shop.eks-blue.devinfra.fr", "A"), True),
        (OWN, ("SHOP.EKS-Blue.devinfra.fr.", "A"), True),
        (OWN, ("*.shop.eks-blue.devinfra.fr", "A"), True),
        (OWN, ("cname-shop.eks-blue.devinfra.fr", "TXT"), True),
        (OWN, ("shop.devinfra.fr", "CNAME"), False),
        (OWN, ("cname-shop.devinfra.fr", "TXT"), False),
        (OWN, ("eks-blue.devinfra.fr", "A"), False),
        (OWN, ("shop.eks-green.devinfra.fr", "A"), False),
        (OWN, ("shop.eks-blue.devinfra.fr", "MX"), False),
        (LIVE, ("shop.devinfra.fr", "A"), True),
        (LIVE, ("a-shop.devinfra.fr", "TXT"), True),
        (LIVE, ("x.eks-green.devinfra.fr", "A"), False),
        (LIVE, ("X.EKS-GREEN.devinfra.fr", "A"), False),
        (LIVE, ("cname-x.eks-blue.devinfra.fr", "TXT"), False),
    ],
)
def test_a_writer_writes_its_own_names_alone(
    writer: Writer, zone: str, role: str, record: tuple[str, str], allowed: bool
) -> None:
    denied = write(writer(role), zone, record)
    assert (not denied) is allowed
    if not allowed:
        assert denied.endswith(
            "because no identity-based policy allows the route53:ChangeResourceRecordSets action"
        )


def test_one_foreign_name_denies_a_whole_batch(account: Account, zone: str, writer: Writer) -> None:
    assert write(writer(OWN), zone, ("a.eks-blue.devinfra.fr", "A"), ("b.devinfra.fr", "A"))
    found = account.own["route53"].list_resource_record_sets(HostedZoneId=zone)
    assert {it["Type"] for it in found["ResourceRecordSets"]} == {"NS", "SOA"}


def test_a_writer_reads_its_zone_and_no_other(aws: Aws, zone: str, writer: Writer) -> None:
    other = make_zone(aws.own_route53, "devinfra.local")
    role = writer(OWN)
    assert role.may("route53", "list_hosted_zones")
    assert role.may("route53", "list_resource_record_sets", HostedZoneId=zone)
    assert not role.may("route53", "get_hosted_zone", Id=zone)
    assert not role.may("route53", "list_resource_record_sets", HostedZoneId=other)
