"""Route 53 hosted zones and records."""

from typing import Any

from localcloud.plugins.aws.clients import Clients, found, tag_list, wait_until
from localcloud.plugins.aws.properties import FIXED, KEY, PLAIN, Property
from localcloud.plugins.aws.resource import ResourceType, given, tag_changes, tags_of, with_tags
from localcloud.plugins.plugin import Object

_OWN_TYPES = ("NS", "SOA")  # at the zone's apex, which Route 53 keeps itself


def change(aws: Clients, zone: str, changes: list[Any], timeout: float = 300.0) -> None:
    """Makes one batch of changes and waits until Route 53 says INSYNC."""
    made = aws.route53.change_resource_record_sets(
        HostedZoneId=zone, ChangeBatch={"Changes": changes}
    )["ChangeInfo"]
    wait_until(
        f"change {made['Id']} did not become INSYNC",
        lambda: aws.route53.get_change(Id=made["Id"])["ChangeInfo"]["Status"] == "INSYNC",
        timeout,
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
    properties = {
        "name": FIXED,
        "comment": PLAIN,
        "forceDestroy": PLAIN,
        "vpcs": Property(fields={"vpcId": PLAIN, "vpcRegion": PLAIN}),
        "tags": PLAIN,
    }

    def create(self, inputs: Object, timeout: float) -> str:
        first, *others = inputs.get("vpcs") or [None]
        config: dict[str, Any] = {
            "Comment": inputs.get("comment", "Managed by Pulumi"),
            "PrivateZone": first is not None,
        }
        created = self.aws.route53.create_hosted_zone(
            Name=inputs["name"],
            CallerReference=f"pulumi-{inputs['name']}-{len(self._ids())}",
            HostedZoneConfig=config,  # pyright: ignore[reportArgumentType]
            **given(VPC=self._vpc(first) if first else None),
        )
        zone = created["HostedZone"]["Id"].removeprefix("/hostedzone/")
        for vpc in others:
            self.aws.route53.associate_vpc_with_hosted_zone(HostedZoneId=zone, VPC=self._vpc(vpc))
        self._tag(zone, {}, inputs)
        return zone

    def _ids(self) -> list[str]:
        pages = self.aws.route53.get_paginator("list_hosted_zones").paginate()
        return [zone["Id"] for page in pages for zone in page["HostedZones"]]

    def _vpc(self, vpc: Object) -> Any:
        return {"VPCId": vpc["vpcId"], "VPCRegion": vpc.get("vpcRegion") or self.aws.region}

    def _tag(self, zone: str, olds: Object, news: Object) -> None:
        added, removed = tag_changes(olds, news)
        if added or removed:
            self.aws.route53.change_tags_for_resource(
                ResourceType="hostedzone",
                ResourceId=zone,
                **given(
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
                Id=resource_id, Comment=news.get("comment", "")
            )
        before, after = ([self._vpc(v) for v in x.get("vpcs") or []] for x in (olds, news))
        for vpc in (v for v in after if v not in before):
            self.aws.route53.associate_vpc_with_hosted_zone(HostedZoneId=resource_id, VPC=vpc)
        for vpc in (v for v in before if v not in after):
            self.aws.route53.disassociate_vpc_from_hosted_zone(HostedZoneId=resource_id, VPC=vpc)
        self._tag(resource_id, olds, news)

    def delete(self, resource_id: str, state: Object, timeout: float) -> None:
        if state.get("forceDestroy"):
            pages = self.aws.route53.get_paginator("list_resource_record_sets").paginate(
                HostedZoneId=resource_id
            )
            left = [
                {"Action": "DELETE", "ResourceRecordSet": record}
                for page in pages
                for record in page["ResourceRecordSets"]
                if record["Type"] not in _OWN_TYPES
            ]
            if left:
                change(self.aws, resource_id, left)
        self.aws.route53.delete_hosted_zone(Id=resource_id)


class Record(ResourceType):
    """A record set; its id is ``ZONE_NAME_TYPE``."""

    token = "aws:route53/record:Record"
    properties = {
        "zoneId": KEY,
        "name": KEY,
        "type": KEY,
        "ttl": PLAIN,
        "records": Property(unordered=True),
        "allowOverwrite": PLAIN,
        "aliases": Property(fields={"name": PLAIN, "zoneId": PLAIN, "evaluateTargetHealth": PLAIN}),
    }

    def create(self, inputs: Object, timeout: float) -> str:
        action = "UPSERT" if inputs.get("allowOverwrite") else "CREATE"
        record = self._record(inputs)
        change(
            self.aws, inputs["zoneId"], [{"Action": action, "ResourceRecordSet": record}], timeout
        )
        return f"{inputs['zoneId']}_{inputs['name']}_{inputs['type']}"

    @staticmethod
    def _record(inputs: Object) -> Any:
        record: dict[str, Any] = {"Name": inputs["name"], "Type": inputs["type"]}
        if inputs.get("aliases"):
            alias = inputs["aliases"][0]
            record["AliasTarget"] = {
                "DNSName": alias["name"],
                "HostedZoneId": alias["zoneId"],
                "EvaluateTargetHealth": alias["evaluateTargetHealth"],
            }
        else:
            values = inputs.get("records") or []
            if inputs["type"] in ("TXT", "SPF"):
                # As the real provider: the quotes of a single string are ours to put.
                values = [v if v.startswith('"') else f'"{v}"' for v in values]
            record["TTL"] = inputs.get("ttl")
            record["ResourceRecords"] = [{"Value": value} for value in values]
        return record

    def _find(self, state: Object) -> Any:
        name = state["name"].rstrip(".") + "."
        answer = found(
            lambda: self.aws.route53.list_resource_record_sets(
                HostedZoneId=state["zoneId"], StartRecordName=name, StartRecordType=state["type"]
            )
        )
        for record in answer["ResourceRecordSets"] if answer else []:
            if record["Name"].lower() == name.lower() and record["Type"] == state["type"]:
                return record
        return None

    def read(self, resource_id: str, state: Object) -> Object | None:
        record = self._find(state)
        if record is None:
            return None
        values = [item["Value"] for item in record.get("ResourceRecords", [])]
        if record["Type"] in ("TXT", "SPF"):
            values = [value.removeprefix('"').removesuffix('"') for value in values]
        alias = record.get("AliasTarget")
        name = record["Name"].rstrip(".")
        return {
            "id": resource_id,
            "zoneId": state["zoneId"],
            "name": name if state["name"].rstrip(".").lower() != name.lower() else state["name"],
            "fqdn": name,
            "type": record["Type"],
            "ttl": record.get("TTL"),
            "records": values or None,
            "aliases": [
                {
                    "name": alias["DNSName"].rstrip("."),
                    "zoneId": alias["HostedZoneId"],
                    "evaluateTargetHealth": alias["EvaluateTargetHealth"],
                }
            ]
            if alias
            else None,
        }

    def update(
        self, resource_id: str, olds: Object, news: Object, changed: frozenset[str], timeout: float
    ) -> None:
        record = {"Action": "UPSERT", "ResourceRecordSet": self._record(news)}
        change(self.aws, news["zoneId"], [record], timeout)

    def delete(self, resource_id: str, state: Object, timeout: float) -> None:
        record = self._find(state)
        if record is not None:
            change(
                self.aws,
                state["zoneId"],
                [{"Action": "DELETE", "ResourceRecordSet": record}],
                timeout,
            )
