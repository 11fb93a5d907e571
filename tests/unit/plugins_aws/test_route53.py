"""Hosted zones and record sets."""

import pytest

from localcloud.plugins.aws.clients import Clients
from localcloud.plugins.plugin import Object, PluginError
from tests.unit.plugins_aws.conftest import Driver, Made

ZONE = "aws:route53/zone:Zone"
RECORD = "aws:route53/record:Record"


@pytest.fixture
def zone(driver: Driver) -> Made:
    return driver.create(ZONE, name="example.com", forceDestroy=True, tags={"Name": "public"})


def vpc(aws: Clients, cidr: str) -> str:
    return aws.ec2.create_vpc(CidrBlock=cidr)["Vpc"]["VpcId"]


def records(aws: Clients, zone: Made) -> dict[tuple[str, str], list[str]]:
    """Values of the zone's records but its own, by name and type."""
    found = aws.route53.list_resource_record_sets(HostedZoneId=zone.resource_id)
    return {
        (record["Name"], record["Type"]): [it["Value"] for it in record.get("ResourceRecords", [])]
        for record in found["ResourceRecordSets"]
        if record["Type"] not in ("NS", "SOA")
    }


def upsert(aws: Clients, zone: Made, name: str, kind: str, value: str, *, ttl: int = 60) -> None:
    record = {"Name": name, "Type": kind, "TTL": ttl, "ResourceRecords": [{"Value": value}]}
    aws.route53.change_resource_record_sets(
        HostedZoneId=zone.resource_id,
        ChangeBatch={"Changes": [{"Action": "UPSERT", "ResourceRecordSet": record}]},  # pyright: ignore[reportArgumentType]
    )


def test_a_zone_lives(aws: Clients, zone: Made) -> None:
    assert zone.state["zoneId"] == zone.resource_id
    assert len(zone.state["nameServers"]) == 4
    assert zone.state["comment"] == "Managed by Pulumi"
    zone.assert_importable()
    aws.route53.change_tags_for_resource(
        ResourceType="hostedzone",
        ResourceId=zone.resource_id,
        AddTags=[{"Key": "Name", "Value": "x"}, {"Key": "new", "Value": "y"}],
    )
    assert zone.drift() == {"tags.Name", "tags.new"}
    zone.refresh()
    zone.update(comment="ours", tags={"team": "a"})
    real = aws.route53.get_hosted_zone(Id=zone.resource_id)["HostedZone"]
    assert real.get("Config", {}).get("Comment") == "ours"
    aws.route53.update_hosted_zone_comment(Id=zone.resource_id, Comment="theirs")
    assert zone.drift() == {"comment"}
    assert zone.replaced_by(name="example.org") == {"name"}
    upsert(aws, zone, "left.example.com", "A", "192.0.2.1")
    zone.delete()
    assert aws.route53.list_hosted_zones()["HostedZones"] == []


def test_a_zone_with_records_goes_only_if_told_so(driver: Driver, aws: Clients) -> None:
    zone = driver.create(ZONE, name="example.com")
    upsert(aws, zone, "left.example.com", "A", "192.0.2.1")
    with pytest.raises(PluginError, match=f"^{ZONE}: .*HostedZoneNotEmpty"):
        driver.provider.delete(ZONE, zone.resource_id, zone.state, timeout=5)


def test_a_zone_that_was_deleted_is_gone(aws: Clients, zone: Made) -> None:
    aws.route53.delete_hosted_zone(Id=zone.resource_id)
    assert zone.read() is None
    zone.delete()


def test_two_zones_of_one_name(driver: Driver, zone: Made) -> None:
    other = driver.create(ZONE, name="example.com")
    assert other.resource_id != zone.resource_id


def test_a_private_zone_follows_its_vpcs(driver: Driver, aws: Clients) -> None:
    one, two, three = (vpc(aws, f"10.{number}.0.0/16") for number in range(3))
    zone = driver.create(ZONE, name="internal", vpcs=[{"vpcId": one}, {"vpcId": two}])
    real = aws.route53.get_hosted_zone(Id=zone.resource_id)
    assert real["HostedZone"].get("Config", {}).get("PrivateZone") is True
    zone.update(vpcs=[{"vpcId": three, "vpcRegion": "eu-west-1"}, {"vpcId": two}])
    real = aws.route53.get_hosted_zone(Id=zone.resource_id)
    assert {it.get("VPCId") for it in real["VPCs"]} == {two, three}
    aws.route53.disassociate_vpc_from_hosted_zone(
        HostedZoneId=zone.resource_id, VPC={"VPCId": two, "VPCRegion": "eu-west-1"}
    )
    assert zone.drift() == {"vpcs"}


RECORDS: list[tuple[str, str, list[str], list[str]]] = [
    ("api.example.com", "CNAME", ["blue.example.net"], ["green.example.net"]),
    ("*.example.com", "A", ["192.0.2.2", "192.0.2.1"], ["192.0.2.3"]),
    ("eks", "TXT", ["blue"], ["green", "blue"]),
    ("_acme.example.com", "TXT", ['a" "b'], ["c"]),
    ("example.com", "TXT", ["v=spf1 -all"], ["v=spf1 ~all"]),
]


@pytest.mark.parametrize("case", RECORDS, ids=lambda case: f"{case[1]} {case[0]}")
def test_a_record_lives(
    driver: Driver, aws: Clients, zone: Made, case: tuple[str, str, list[str], list[str]]
) -> None:
    name, kind, values, others = case
    made = driver.create(
        RECORD, zoneId=zone.resource_id, name=name, type=kind, ttl=60, records=values
    )
    made.assert_importable()
    assert made.resource_id == f"{zone.resource_id}_{name}_{kind}"
    assert made.state["fqdn"].endswith("example.com")
    (written,) = records(aws, zone).values()
    assert len(written) == len(values)
    assert all(value.startswith('"') is (kind == "TXT") for value in written)
    made.update(records=others, ttl=30)
    upsert(aws, zone, made.state["fqdn"], kind, written[0], ttl=30)
    assert made.drift() == {"records"}
    upsert(aws, zone, made.state["fqdn"], kind, written[0], ttl=5)
    assert made.drift() == {"records", "ttl"}
    assert made.replaced_by(name="other.example.com") == {"name"}
    assert made.replaced_by(zoneId="Z2") == {"zoneId"}
    made.delete()
    assert records(aws, zone) == {}


def test_records_of_one_name_are_told_apart(driver: Driver, aws: Clients, zone: Made) -> None:
    key = {"zoneId": zone.resource_id, "name": "a.example.com", "ttl": 60}
    address = driver.create(RECORD, "a", type="A", records=["192.0.2.1"], **key)
    text = driver.create(RECORD, "t", type="TXT", records=["x"], **key)
    longer = driver.create(
        RECORD, "b", **{**key, "name": "aa.example.com"}, type="A", records=["192.0.2.9"]
    )
    address.delete()
    text.assert_settled()
    longer.assert_settled()


def test_an_alias_record_lives(driver: Driver, aws: Clients, zone: Made) -> None:
    target = {"name": "lb.example.net", "zoneId": "Z32O12XQLNTSW2", "evaluateTargetHealth": False}
    made = driver.create(
        RECORD, zoneId=zone.resource_id, name="www.example.com", type="A", aliases=[target]
    )
    made.assert_importable()
    made.update(aliases=[{**target, "name": "other.example.net"}])
    found = made.diff(aliases=[{**target, "evaluateTargetHealth": True}])
    assert set(found.changes) == {"aliases[0].evaluateTargetHealth", "aliases[0].name"}
    made.delete()


def test_a_record_of_somebody_else_is_taken_over_only_if_told_so(
    driver: Driver, aws: Clients, zone: Made
) -> None:
    upsert(aws, zone, "api.example.com", "A", "192.0.2.1")
    inputs: Object = {
        "zoneId": zone.resource_id,
        "name": "api.example.com",
        "type": "A",
        "ttl": 60,
        "records": ["192.0.2.2"],
    }
    with pytest.raises(PluginError, match=f"^{RECORD}: .*InvalidChangeBatch"):
        driver.provider.create(RECORD, inputs, preview=False, timeout=0)
    driver.create(RECORD, **inputs, allowOverwrite=True)
    assert records(aws, zone)["api.example.com.", "A"] == ["192.0.2.2"]


def test_a_record_in_a_zone_that_is_gone_is_gone(driver: Driver, aws: Clients, zone: Made) -> None:
    made = driver.create(
        RECORD, zoneId=zone.resource_id, name="a", type="A", ttl=60, records=["192.0.2.1"]
    )
    zone.delete()
    assert made.read() is None
    made.delete()


def test_what_a_record_needs(driver: Driver, zone: Made) -> None:
    key: Object = {"zoneId": zone.resource_id, "name": "a", "type": "TXT"}
    assert driver.failures(RECORD, **key).keys() == {"records"}
    assert driver.failures(RECORD, **key, aliases=[{"name": "x"}]).keys() == {
        "aliases[0].zoneId",
        "aliases[0].evaluateTargetHealth",
    }
    with pytest.raises(PluginError, match=f"^{RECORD}: .*outer quotes"):
        driver.provider.create(
            RECORD, {**key, "ttl": 60, "records": ['"quoted"']}, preview=False, timeout=0
        )
    with pytest.raises(PluginError, match=f"(?s)^{RECORD}: .*Type: 'LETTER'"):
        driver.provider.create(
            RECORD,
            {**key, "type": "LETTER", "ttl": 60, "records": ["x"]},
            preview=False,
            timeout=0,
        )
