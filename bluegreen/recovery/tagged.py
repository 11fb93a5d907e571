"""Finds AWS resources whose id AWS chose: by their tags."""

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING

from bluegreen.recovery.candidate import Candidate, Find, Inputs, carries_tags, tags_by_key
from bluegreen.world.aws import Aws

if TYPE_CHECKING:
    from mypy_boto3_ec2.type_defs import FilterTypeDef, IpPermissionTypeDef
    from mypy_boto3_route53.type_defs import HostedZoneTypeDef

_LIVING = ("pending", "available")  # states of a NAT gateway


def _ec2_finder(prefix: str, what: str) -> Find:
    """Looks among EC2's resources whose ids have a prefix."""

    def find(aws: Aws, inputs: Inputs) -> Iterator[Candidate]:
        for found in _tagged(aws, inputs, prefix):
            yield Candidate(found, own=True, what=f"{what} {found}")

    return find


def _tagged(aws: Aws, inputs: Inputs, prefix: str) -> list[str]:
    """Ids with a prefix of EC2's resources that carry all tags that were wanted."""
    wanted: Mapping[str, str] = inputs.get("tags") or {}
    carriers: list[set[str]] = []
    for key, value in wanted.items():
        filters: list[FilterTypeDef] = [
            {"Name": "key", "Values": [key]},
            {"Name": "value", "Values": [value]},
        ]
        pages = aws.ec2.get_paginator("describe_tags").paginate(Filters=filters)
        ids = (str(tag.get("ResourceId")) for page in pages for tag in page["Tags"])
        carriers.append({found for found in ids if found.startswith(prefix)})
    return sorted(set.intersection(*carriers)) if carriers else []


def _nat_gateways(aws: Aws, inputs: Inputs) -> Iterator[Candidate]:
    # Tags outlive a deleted gateway for an hour.
    ids = _tagged(aws, inputs, "nat-")
    if not ids:
        return
    for gateway in aws.ec2.describe_nat_gateways(NatGatewayIds=ids)["NatGateways"]:
        if gateway.get("State") in _LIVING:
            found = str(gateway.get("NatGatewayId"))
            # Routes to it are made next.
            aws.ec2.get_waiter("nat_gateway_available").wait(NatGatewayIds=[found])
            yield Candidate(found, own=True, what=f"NAT gateway {found}")


def _security_groups(aws: Aws, inputs: Inputs) -> Iterator[Candidate]:
    found = aws.ec2.describe_security_groups(
        Filters=[
            {"Name": "vpc-id", "Values": [str(inputs["vpcId"])]},
            {"Name": "group-name", "Values": [str(inputs["name"])]},
        ]
    )
    for group in found["SecurityGroups"]:
        own = carries_tags(inputs, tags_by_key(group.get("Tags", ())))
        what = f"security group {group['GroupName']} ({group['GroupId']})"
        yield Candidate(group["GroupId"], own=own, what=what)


def _rules(aws: Aws, inputs: Inputs) -> Iterator[Candidate]:
    pages = aws.ec2.get_paginator("describe_security_group_rules").paginate(
        Filters=[{"Name": "group-id", "Values": [str(inputs["securityGroupId"])]}]
    )
    for rule in (rule for page in pages for rule in page["SecurityGroupRules"]):
        if carries_tags(inputs, tags_by_key(rule.get("Tags", ()))):
            found = str(rule.get("SecurityGroupRuleId"))
            yield Candidate(found, own=True, what=f"security group rule {found}")


def _keys(aws: Aws, inputs: Inputs) -> Iterator[Candidate]:
    pages = aws.kms.get_paginator("list_keys").paginate()
    for key in (str(key.get("KeyId")) for page in pages for key in page["Keys"]):
        described = aws.kms.describe_key(KeyId=key)["KeyMetadata"]
        if described.get("KeyManager") == "AWS" or described.get("KeyState") == "PendingDeletion":
            continue
        tags = aws.kms.list_resource_tags(KeyId=key).get("Tags", ())
        if carries_tags(inputs, tags_by_key(tags, "TagKey", "TagValue")):
            yield Candidate(key, own=True, what=f"KMS key {key}")


def _zones(aws: Aws, inputs: Inputs) -> Iterator[Candidate]:
    name = str(inputs["name"]).rstrip(".").lower()
    pages = aws.route53.get_paginator("list_hosted_zones").paginate()
    for zone in (zone for page in pages for zone in page["HostedZones"]):
        if zone["Name"].rstrip(".").lower() != name:
            continue
        found = zone["Id"].rpartition("/")[2]
        answer = aws.route53.list_tags_for_resource(ResourceType="hostedzone", ResourceId=found)
        tags = tags_by_key(answer["ResourceTagSet"].get("Tags", ()))
        if carries_tags(inputs, tags) or (not tags and _is_new_zone(aws, inputs, zone)):
            yield Candidate(found, own=True, what=f"hosted zone {found}")


def _is_new_zone(aws: Aws, inputs: Inputs, zone: "HostedZoneTypeDef") -> bool:
    """Whether a zone without tags is as the call that makes it leaves it.

    A zone gets its tags later. Its comment, which names this program, and the first VPC of a
    private one are there from the beginning.
    """
    config = zone.get("Config", {})
    comment, vpcs = inputs.get("comment"), inputs.get("vpcs") or ()
    if not comment or config.get("Comment") != comment:
        return False
    if zone.get("ResourceRecordSetCount", 0) > _OWN_RECORDS:
        return False
    if config.get("PrivateZone", False) != bool(vpcs):
        return False
    there = aws.route53.get_hosted_zone(Id=zone["Id"]).get("VPCs", ()) if vpcs else ()
    return not vpcs or vpcs[0]["vpcId"] in {it.get("VPCId") for it in there}


def _without_default_egress(aws: Aws, group: str) -> None:
    """Takes the rule away that EC2 gives every new group, as the provider does after its creation.

    The group's own rules come later and are resources of their own; one of them may say the same,
    and would be refused.
    """
    found = aws.ec2.describe_security_groups(GroupIds=[group])["SecurityGroups"][0]
    every: list[IpPermissionTypeDef] = [
        {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]},
    ]
    for permission in found.get("IpPermissionsEgress", ()):
        ranges = [it.get("CidrIp") for it in permission.get("IpRanges", ())]
        if permission.get("IpProtocol") == "-1" and ranges == ["0.0.0.0/0"]:
            aws.ec2.revoke_security_group_egress(GroupId=group, IpPermissions=every)


COMPLETED: Mapping[str, Callable[[Aws, str], None]] = {
    "aws:ec2/securityGroup:SecurityGroup": _without_default_egress,
}
"""What is still to be done with one whose creation was interrupted, and no refresh would show."""

_OWN_RECORDS = 2
"""Record sets of an empty zone: NS and SOA."""

TAGGED: Mapping[str, Find] = {
    "aws:ec2/eip:Eip": _ec2_finder("eipalloc-", "address"),
    "aws:ec2/internetGateway:InternetGateway": _ec2_finder("igw-", "internet gateway"),
    "aws:ec2/natGateway:NatGateway": _nat_gateways,
    "aws:ec2/routeTable:RouteTable": _ec2_finder("rtb-", "route table"),
    "aws:ec2/securityGroup:SecurityGroup": _security_groups,
    "aws:ec2/subnet:Subnet": _ec2_finder("subnet-", "subnet"),
    "aws:ec2/vpc:Vpc": _ec2_finder("vpc-", "VPC"),
    "aws:kms/key:Key": _keys,
    "aws:route53/zone:Zone": _zones,
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": _rules,
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": _rules,
}
"""By Pulumi type."""
