"""Route 53 hosted zones and records."""

import uuid
from typing import TYPE_CHECKING, Any, cast

from localcloud.plugins.aws.clients import Clients, found, tag_list, wait_until
from localcloud.plugins.aws.properties import FIXED, KEY, PLAIN, REQUIRED, TAGS, Property
from localcloud.plugins.aws.resource import ResourceType, drop_none, tag_changes, tags_of, with_tags
from localcloud.plugins.plugin import Object, PluginError

if TYPE_CHECKING:
    from mypy_boto3_route53.literals import RRTypeType, VPCRegionType
    from mypy_boto3_route53.type_defs import (
        ChangeTypeDef,
        ResourceRecordSetOutputTypeDef,
        ResourceRecordSetUnionTypeDef,
        VPCTypeDef,
    )

_COMMENT = "Managed by Pulumi"  # as the real provider
_QUOTED_TYPES = ("TXT", "SPF")
_FIRST_PAUSE = 1.2  # seconds: asking for a change's status counts against Route 53's quota
_OWN_TYPES = ("NS", "SOA")  # at the zone's apex, which Route 53 keeps itself


def change(aws: Clients, zone: str, changes: "list[ChangeTypeDef]", timeout: float = 300.0) -> None:
    """Makes one batch of changes and waits until Route 53 says INSYNC."""
    made = aws.route53.change_resource_record_sets(
        HostedZoneId=zone, ChangeBatch={"Changes": changes}
    )["ChangeInfo"]
    wait_until(
        f"change {made['Id']} did not become INSYNC",
        lambda: aws.route53.get_change(Id=made["Id"])["ChangeInfo"]["Status"] == "INSYNC",
        timeout,
        _FIRST_PAUSE,
    )


def read_zone(aws: Clients, zone_id: str) -> Object | None:
    """A hosted zone in Pulumi's shape."""
    answer = found(lambda: aws.route53.get_hosted_zone(Id=zone_id))
    if answer is None:
        return None
    zone = answer["HostedZone"]
    vpcs = [
        {"vpcId": vpc["VPCId"], "vpcRegion": vpc["VPCRegion"]} for vpc in answer.get("VPCs", [])
    ]
    servers = answer.get("DelegationSet", {}).get("NameServers", [])
    tags = aws.route53.list_tags_for_resource(ResourceType="hostedzone", ResourceId=zone_id)
    return with_tags(
        {
            "id": zone_id,
            "zoneId": zone_id,
            "arn": f"arn:aws:route53:::hostedzone/{zone_id}",
            "name": zone["Name"].rstrip("."),
            "comment": zone.get("Config", {}).get("Comment") or None,
            "nameServers": sorted(servers),
            "primaryNameServer": servers[0] if servers else "",
            "vpcs": vpcs,
        },
        tags_of(tags["ResourceTagSet"].get("Tags", [])),
    )


class Zone(ResourceType):
    """A hosted zone; private with `vpcs`."""

    token = "aws:route53/zone:Zone"
    autoname = "name"
    regional = False
    properties = {
        "name": FIXED,
        "comment": PLAIN,
        "forceDestroy": PLAIN,
        "vpcs": Property(unordered=True, fields={"vpcId": REQUIRED, "vpcRegion": PLAIN}),
        **TAGS,
    }

    def create(self, inputs: Object, timeout: float) -> str:
        vpcs: list[Object] = inputs.get("vpcs") or []
        created = self.aws.route53.create_hosted_zone(
            Name=inputs["name"],
            CallerReference=f"pulumi-{uuid.uuid4()}",
            HostedZoneConfig={
                "Comment": inputs.get("comment", _COMMENT),
                "PrivateZone": bool(vpcs),
            },
            **drop_none(VPC=self._vpc(vpcs[0]) if vpcs else None),
        )
        zone = created["HostedZone"]["Id"].removeprefix("/hostedzone/")
        for vpc in vpcs[1:]:
            self.aws.route53.associate_vpc_with_hosted_zone(HostedZoneId=zone, VPC=self._vpc(vpc))
        self._tag(zone, {}, inputs)
        return zone

    def _vpc(self, vpc: Object) -> "VPCTypeDef":
        region = cast("VPCRegionType", vpc.get("vpcRegion") or self.aws.region)
        return {"VPCId": vpc["vpcId"], "VPCRegion": region}

    def _tag(self, zone: str, olds: Object, news: Object) -> None:
        added, removed = tag_changes(olds, news)
        if added or removed:
            self.aws.route53.change_tags_for_resource(
                ResourceType="hostedzone",
                ResourceId=zone,
                **drop_none(
                    AddTags=tag_list(added) or None,
                    RemoveTagKeys=removed or None,
                ),
            )

    def read(self, resource_id: str, state: Object) -> Object | None:
        return read_zone(self.aws, resource_id)

    def update(
        self, resource_id: str, olds: Object, news: Object, changed: frozenset[str], timeout: float
    ) -> None:
        self.unsupported(changed, "comment", "forceDestroy", "vpcs", "tags")
        if "comment" in changed:
            self.aws.route53.update_hosted_zone_comment(
                Id=resource_id, Comment=news.get("comment", _COMMENT)
            )
        before, after = ([self._vpc(v) for v in x.get("vpcs") or []] for x in (olds, news))
        for vpc in (v for v in after if v not in before):
            self.aws.route53.associate_vpc_with_hosted_zone(HostedZoneId=resource_id, VPC=vpc)
        for vpc in (v for v in before if v not in after):
            self.aws.route53.disassociate_vpc_from_hosted_zone(HostedZoneId=resource_id, VPC=vpc)
        self._tag(resource_id, olds, news)

    def delete(self, resource_id: str, state: Object, timeout: float) -> None:
        if state.get("forceDestroy"):
            found(lambda: self._empty(resource_id))
        self.aws.route53.delete_hosted_zone(Id=resource_id)

    def _empty(self, zone: str) -> None:
        pages = self.aws.route53.get_paginator("list_resource_record_sets").paginate(
            HostedZoneId=zone
        )
        left: list[ChangeTypeDef] = [
            {"Action": "DELETE", "ResourceRecordSet": record}
            for page in pages
            for record in page["ResourceRecordSets"]
            if record["Type"] not in _OWN_TYPES
        ]
        if left:
            change(self.aws, zone, left)


class Record(ResourceType):
    """A record set; its id is ``ZONE_NAME_TYPE``."""

    token = "aws:route53/record:Record"
    regional = False
    one_of = ("records", "aliases")
    properties = {
        "zoneId": KEY,
        "name": KEY,
        "type": KEY,
        "ttl": PLAIN,
        "records": Property(unordered=True),
        "allowOverwrite": PLAIN,
        "aliases": Property(
            fields={"name": REQUIRED, "zoneId": REQUIRED, "evaluateTargetHealth": REQUIRED}
        ),
    }

    def create(self, inputs: Object, timeout: float) -> str:
        zone, name, kind = inputs["zoneId"], inputs["name"], inputs["type"]
        overwrite = bool(inputs.get("allowOverwrite"))
        # Route 53 refuses a second one; moto does not.
        if not overwrite and self._find(zone, name, kind) is not None:
            raise PluginError(f"{name} {kind} exists already in {zone} (InvalidChangeBatch)")
        made: ChangeTypeDef = {
            "Action": "UPSERT" if overwrite else "CREATE",
            "ResourceRecordSet": self._record(inputs),
        }
        change(self.aws, zone, [made], timeout)
        return f"{zone}_{name}_{kind}"

    def _full_name(self, zone: str, name: str) -> str:
        """A name may be said without the zone's."""
        apex = self.aws.route53.get_hosted_zone(Id=zone)["HostedZone"]["Name"].rstrip(".")
        name = name.rstrip(".")
        return name if f".{name}".lower().endswith(f".{apex}".lower()) else f"{name}.{apex}"

    def _record(self, inputs: Object) -> "ResourceRecordSetUnionTypeDef":
        record: dict[str, Any] = {
            "Name": self._full_name(inputs["zoneId"], inputs["name"]),
            "Type": inputs["type"],
        }
        if inputs.get("aliases"):
            alias = inputs["aliases"][0]
            record["AliasTarget"] = {
                "DNSName": alias["name"],
                "HostedZoneId": alias["zoneId"],
                "EvaluateTargetHealth": alias["evaluateTargetHealth"],
            }
        else:
            values: list[str] = inputs["records"]
            if inputs["type"] in _QUOTED_TYPES:
                values = [_quoted(value) for value in values]
            record["TTL"] = inputs.get("ttl")
            record["ResourceRecords"] = [{"Value": value} for value in values]
        return cast("ResourceRecordSetUnionTypeDef", record)

    def _find(self, zone: str, name: str, kind: str) -> "ResourceRecordSetOutputTypeDef | None":
        full = found(lambda: self._full_name(zone, name))
        if full is None:
            return None
        # Route 53 gives them in order, from this one on, and a star as \052.
        for record in self.aws.route53.list_resource_record_sets(
            HostedZoneId=zone, StartRecordName=full, StartRecordType=cast("RRTypeType", kind)
        )["ResourceRecordSets"]:
            name = record["Name"].rstrip(".").replace("\\052", "*")
            if name.lower() == full.lower() and record["Type"] == kind:
                return record
        return None

    def read(self, resource_id: str, state: Object) -> Object | None:
        zone, _, rest = resource_id.partition("_")
        name, _, kind = rest.rpartition("_")
        record = self._find(zone, name, kind)
        if record is None:
            return None
        values = [item["Value"] for item in record.get("ResourceRecords", [])]
        if kind in _QUOTED_TYPES:
            values = [value.removeprefix('"').removesuffix('"') for value in values]
        alias = record.get("AliasTarget")
        target = (
            {
                "name": alias["DNSName"].rstrip("."),
                "zoneId": alias["HostedZoneId"],
                "evaluateTargetHealth": alias["EvaluateTargetHealth"],
            }
            if alias
            else None
        )
        return {
            "id": resource_id,
            "zoneId": zone,
            "name": name,
            "fqdn": self._full_name(zone, name),
            "type": kind,
            "ttl": record.get("TTL"),
            "records": values or None,
            "aliases": [target] if target else None,
        }

    def update(
        self, resource_id: str, olds: Object, news: Object, changed: frozenset[str], timeout: float
    ) -> None:
        made: ChangeTypeDef = {"Action": "UPSERT", "ResourceRecordSet": self._record(news)}
        change(self.aws, news["zoneId"], [made], timeout)

    def delete(self, resource_id: str, state: Object, timeout: float) -> None:
        zone, name, kind = state["zoneId"], state["name"], state["type"]
        record = self._find(zone, name, kind)
        if record is not None:
            change(self.aws, zone, [{"Action": "DELETE", "ResourceRecordSet": record}], timeout)


def _quoted(value: str) -> str:
    """A TXT value as Route 53 wants it; quotes inside part one string from the next."""
    if value.startswith('"'):
        raise PluginError(
            f"TXT value {value!r}: leave out the outer quotes, the provider puts them"
        )
    return f'"{value}"'
