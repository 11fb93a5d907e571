"""VPCs and their subnets."""

from typing import TYPE_CHECKING

from localcloud.plugins.aws.clients import Clients, found
from localcloud.plugins.aws.ec2_common import arn, delete_ec2, retag, tag_on_create
from localcloud.plugins.aws.properties import FIXED, KEY, PLAIN, TAGS
from localcloud.plugins.aws.resource import ResourceType, drop_none, tags_of, with_tags
from localcloud.plugins.plugin import Object

if TYPE_CHECKING:
    from mypy_boto3_ec2.type_defs import FilterTypeDef


class Vpc(ResourceType):
    """A VPC."""

    token = "aws:ec2/vpc:Vpc"
    properties = {
        "cidrBlock": KEY,
        "enableDnsHostnames": PLAIN,
        "enableDnsSupport": PLAIN,
        "instanceTenancy": FIXED,
        **TAGS,
    }

    def create(self, inputs: Object, timeout: float) -> str:
        created = self.aws.ec2.create_vpc(
            **drop_none(
                CidrBlock=inputs["cidrBlock"], InstanceTenancy=inputs.get("instanceTenancy")
            ),
            **tag_on_create("vpc", inputs),
        )
        vpc_id = created["Vpc"]["VpcId"]
        self._set_dns(vpc_id, inputs, frozenset(inputs))
        return vpc_id

    def _set_dns(self, vpc_id: str, inputs: Object, changed: frozenset[str]) -> None:
        if "enableDnsSupport" in changed:
            support: bool = inputs.get("enableDnsSupport", True)
            self.aws.ec2.modify_vpc_attribute(VpcId=vpc_id, EnableDnsSupport={"Value": support})
        if "enableDnsHostnames" in changed:
            names: bool = inputs.get("enableDnsHostnames", False)
            self.aws.ec2.modify_vpc_attribute(VpcId=vpc_id, EnableDnsHostnames={"Value": names})

    def read(self, resource_id: str, state: Object) -> Object | None:
        return read_vpc(self.aws, resource_id)

    def update(
        self, resource_id: str, olds: Object, news: Object, changed: frozenset[str], timeout: float
    ) -> None:
        self.unsupported(changed, "enableDnsSupport", "enableDnsHostnames", "tags")
        self._set_dns(resource_id, news, changed)
        retag(self.aws, resource_id, olds, news)

    def delete(self, resource_id: str, state: Object, timeout: float) -> None:
        delete_ec2(lambda: self.aws.ec2.delete_vpc(VpcId=resource_id))


def read_vpc(aws: Clients, vpc_id: str) -> Object | None:
    """A VPC in Pulumi's shape."""
    answer = found(lambda: aws.ec2.describe_vpcs(VpcIds=[vpc_id])["Vpcs"])
    if not answer:
        return None
    vpc = answer[0]
    by_vpc: list[FilterTypeDef] = [{"Name": "vpc-id", "Values": [vpc_id]}]
    groups = aws.ec2.describe_security_groups(
        Filters=[*by_vpc, {"Name": "group-name", "Values": ["default"]}]
    )["SecurityGroups"]
    tables = aws.ec2.describe_route_tables(
        Filters=[*by_vpc, {"Name": "association.main", "Values": ["true"]}]
    )["RouteTables"]
    acls = aws.ec2.describe_network_acls(
        Filters=[*by_vpc, {"Name": "default", "Values": ["true"]}]
    )["NetworkAcls"]
    support = aws.ec2.describe_vpc_attribute(VpcId=vpc_id, Attribute="enableDnsSupport")
    names = aws.ec2.describe_vpc_attribute(VpcId=vpc_id, Attribute="enableDnsHostnames")
    main_table = tables[0]["RouteTableId"] if tables else ""
    return with_tags(
        {
            "id": vpc_id,
            "arn": arn(aws, "vpc", vpc_id),
            "cidrBlock": vpc["CidrBlock"],
            "instanceTenancy": vpc.get("InstanceTenancy", "default"),
            "enableDnsSupport": support["EnableDnsSupport"]["Value"],
            "enableDnsHostnames": names["EnableDnsHostnames"]["Value"],
            "ownerId": vpc.get("OwnerId", aws.account_id),
            "defaultSecurityGroupId": groups[0]["GroupId"] if groups else "",
            "mainRouteTableId": main_table,
            "defaultRouteTableId": main_table,
            "defaultNetworkAclId": acls[0]["NetworkAclId"] if acls else "",
        },
        tags_of(vpc.get("Tags")),
    )


class Subnet(ResourceType):
    """A subnet."""

    token = "aws:ec2/subnet:Subnet"
    properties = {
        "vpcId": KEY,
        "cidrBlock": KEY,
        "availabilityZone": FIXED,
        "mapPublicIpOnLaunch": PLAIN,
        **TAGS,
    }

    def create(self, inputs: Object, timeout: float) -> str:
        created = self.aws.ec2.create_subnet(
            **drop_none(
                VpcId=inputs["vpcId"],
                CidrBlock=inputs["cidrBlock"],
                AvailabilityZone=inputs.get("availabilityZone"),
            ),
            **tag_on_create("subnet", inputs),
        )
        subnet = created["Subnet"]["SubnetId"]
        if "mapPublicIpOnLaunch" in inputs:
            self._map_public(subnet, inputs)
        return subnet

    def _map_public(self, subnet: str, inputs: Object) -> None:
        value: bool = inputs.get("mapPublicIpOnLaunch", False)
        self.aws.ec2.modify_subnet_attribute(SubnetId=subnet, MapPublicIpOnLaunch={"Value": value})

    def read(self, resource_id: str, state: Object) -> Object | None:
        return read_subnet(self.aws, resource_id)

    def update(
        self, resource_id: str, olds: Object, news: Object, changed: frozenset[str], timeout: float
    ) -> None:
        self.unsupported(changed, "mapPublicIpOnLaunch", "tags")
        if "mapPublicIpOnLaunch" in changed:
            self._map_public(resource_id, news)
        retag(self.aws, resource_id, olds, news)

    def delete(self, resource_id: str, state: Object, timeout: float) -> None:
        delete_ec2(lambda: self.aws.ec2.delete_subnet(SubnetId=resource_id))


def read_subnet(aws: Clients, subnet_id: str) -> Object | None:
    """A subnet in Pulumi's shape."""
    answer = found(lambda: aws.ec2.describe_subnets(SubnetIds=[subnet_id])["Subnets"])
    if not answer:
        return None
    subnet = answer[0]
    return with_tags(
        {
            "id": subnet_id,
            "arn": arn(aws, "subnet", subnet_id),
            "vpcId": subnet["VpcId"],
            "cidrBlock": subnet["CidrBlock"],
            "availabilityZone": subnet["AvailabilityZone"],
            "availabilityZoneId": subnet.get("AvailabilityZoneId", ""),
            "mapPublicIpOnLaunch": subnet.get("MapPublicIpOnLaunch", False),
            "ownerId": subnet.get("OwnerId", aws.account_id),
        },
        tags_of(subnet.get("Tags")),
    )
