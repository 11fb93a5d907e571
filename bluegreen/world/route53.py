"""Record sets of the hosted zones."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from bluegreen import registry
from bluegreen.publishing.ownership import RecordSet
from bluegreen.registry import unescaped
from bluegreen.snapshot import Record, ZoneKind
from eks_platform_contract.outputs import Zones

if TYPE_CHECKING:
    from mypy_boto3_route53 import Route53Client
    from mypy_boto3_route53.type_defs import ResourceRecordSetOutputTypeDef


def records(route53: "Route53Client", zones: Zones) -> tuple[Record, ...]:
    """All record sets of the three zones, with their owners."""
    found: list[Record] = []
    for kind, zone_id in zone_ids(zones).items():
        found += registry.records(kind, record_sets(route53, zone_id))
    return tuple(found)


def record_sets(route53: "Route53Client", zone_id: str) -> list[RecordSet]:
    """Record sets of a zone, as they stand there."""
    return [to_record_set(entry) for entry in list_record_sets(route53, zone_id)]


def zone_ids(zones: Zones) -> dict[ZoneKind, str]:
    """Route 53 id by kind of zone."""
    return {"public": zones.public.id, "private": zones.private.id, "api": zones.api.id}


def name_servers(route53: "Route53Client", zone_id: str) -> tuple[str, ...]:
    """Authoritative name servers of a public zone; a private one has none that answer."""
    answer = route53.get_hosted_zone(Id=zone_id)
    if answer["HostedZone"].get("Config", {}).get("PrivateZone"):
        return ()
    return tuple(answer.get("DelegationSet", {}).get("NameServers", ()))


def list_record_sets(
    route53: "Route53Client", zone_id: str
) -> Iterator["ResourceRecordSetOutputTypeDef"]:
    """Record sets of a zone, as Route 53 gives them."""
    pages = route53.get_paginator("list_resource_record_sets").paginate(HostedZoneId=zone_id)
    for page in pages:
        yield from page["ResourceRecordSets"]


def to_record_set(entry: "ResourceRecordSetOutputTypeDef") -> RecordSet:
    """A record set with its name and targets plain."""
    alias = entry.get("AliasTarget")
    values = [value["Value"] for value in entry.get("ResourceRecords", ())]
    if entry["Type"] == "CNAME":
        values = [unescaped(value) for value in values]
    return RecordSet(
        name=unescaped(entry["Name"]),
        type=entry["Type"],
        alias=alias is not None,
        values=(unescaped(alias["DNSName"]),) if alias else tuple(values),
        set_identifier=entry.get("SetIdentifier", ""),
        ttl=entry.get("TTL", 0),
    )
