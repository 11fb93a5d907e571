"""VPC resource types: networks, gateways, routes and addresses."""

import zlib
from collections.abc import Callable
from typing import Any

from localcloud.plugins.aws.clients import Clients, found, retry_while, tag_list, wait_until
from localcloud.plugins.aws.properties import FIXED, KEY, PLAIN, Property
from localcloud.plugins.aws.resource import ResourceType, given, tag_changes, tags_of, with_tags
from localcloud.plugins.plugin import Object

TAGS = {"tags": PLAIN}


def tag_on_create(kind: str, inputs: Object) -> dict[str, Any]:
    """The TagSpecifications parameter of EC2's create calls, if there are tags."""
    tags = tag_list(inputs.get("tags"))
    return {"TagSpecifications": [{"ResourceType": kind, "Tags": tags}]} if tags else {}


def retag(aws: Clients, resource_id: str, olds: Object, news: Object) -> None:
    """Changes an EC2 resource's tags."""
    added, removed = tag_changes(olds, news)
    if removed:
        aws.ec2.delete_tags(Resources=[resource_id], Tags=[{"Key": key} for key in removed])
    if added:
        aws.ec2.create_tags(Resources=[resource_id], Tags=tag_list(added))  # pyright: ignore[reportArgumentType]


def arn(aws: Clients, kind: str, resource_id: str) -> str:
    """ARN of an EC2 resource."""
    return f"arn:aws:ec2:{aws.region}:{aws.account_id}:{kind}/{resource_id}"


def delete_ec2(call: Callable[[], object]) -> None:
    """Deletes once what depends on the resource is gone."""
    retry_while(("DependencyViolation",), call)


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
            **given(CidrBlock=inputs["cidrBlock"], InstanceTenancy=inputs.get("instanceTenancy")),
            **tag_on_create("vpc", inputs),
        )
        vpc_id = created["Vpc"]["VpcId"]
        self._set_dns(vpc_id, inputs, frozenset(inputs))
        return vpc_id

    def _set_dns(self, vpc_id: str, inputs: Object, changed: frozenset[str]) -> None:
        if "enableDnsSupport" in changed:
            value = bool(inputs.get("enableDnsSupport", True))
            self.aws.ec2.modify_vpc_attribute(VpcId=vpc_id, EnableDnsSupport={"Value": value})
        if "enableDnsHostnames" in changed:
            value = bool(inputs.get("enableDnsHostnames", False))
            self.aws.ec2.modify_vpc_attribute(VpcId=vpc_id, EnableDnsHostnames={"Value": value})

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
    by_vpc: Any = [{"Name": "vpc-id", "Values": [vpc_id]}]
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


class InternetGateway(ResourceType):
    """An internet gateway, attached to its VPC."""

    token = "aws:ec2/internetGateway:InternetGateway"
    properties = {"vpcId": PLAIN, **TAGS}

    def create(self, inputs: Object, timeout: float) -> str:
        created = self.aws.ec2.create_internet_gateway(**tag_on_create("internet-gateway", inputs))
        gateway = created["InternetGateway"]["InternetGatewayId"]
        if inputs.get("vpcId"):
            self.aws.ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=inputs["vpcId"])
        return gateway

    def read(self, resource_id: str, state: Object) -> Object | None:
        answer = found(
            lambda: self.aws.ec2.describe_internet_gateways(InternetGatewayIds=[resource_id])
        )
        if answer is None or not answer["InternetGateways"]:
            return None
        gateway = answer["InternetGateways"][0]
        attached = gateway.get("Attachments", [])
        return with_tags(
            {
                "id": resource_id,
                "arn": arn(self.aws, "internet-gateway", resource_id),
                "vpcId": attached[0]["VpcId"] if attached else None,
                "ownerId": gateway.get("OwnerId", self.aws.account_id),
            },
            tags_of(gateway.get("Tags")),
        )

    def update(
        self, resource_id: str, olds: Object, news: Object, changed: frozenset[str], timeout: float
    ) -> None:
        self.unsupported(changed, "vpcId", "tags")
        if "vpcId" in changed:
            self._detach(resource_id)
            if news.get("vpcId"):
                self.aws.ec2.attach_internet_gateway(
                    InternetGatewayId=resource_id, VpcId=news["vpcId"]
                )
        retag(self.aws, resource_id, olds, news)

    def delete(self, resource_id: str, state: Object, timeout: float) -> None:
        self._detach(resource_id)
        delete_ec2(lambda: self.aws.ec2.delete_internet_gateway(InternetGatewayId=resource_id))

    def _detach(self, gateway: str) -> None:
        real = self.read(gateway, {})
        if real is not None and real["vpcId"]:
            self.aws.ec2.detach_internet_gateway(InternetGatewayId=gateway, VpcId=real["vpcId"])


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
            **given(
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
        value = bool(inputs.get("mapPublicIpOnLaunch", False))
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


class Eip(ResourceType):
    """An Elastic IP address."""

    token = "aws:ec2/eip:Eip"
    properties = {"domain": FIXED, **TAGS}

    def create(self, inputs: Object, timeout: float) -> str:
        created = self.aws.ec2.allocate_address(
            Domain=inputs.get("domain", "vpc"), **tag_on_create("elastic-ip", inputs)
        )
        return created["AllocationId"]

    def read(self, resource_id: str, state: Object) -> Object | None:
        answer = found(lambda: self.aws.ec2.describe_addresses(AllocationIds=[resource_id]))
        if answer is None or not answer["Addresses"]:
            return None
        address = answer["Addresses"][0]
        return with_tags(
            {
                "id": resource_id,
                "allocationId": resource_id,
                "arn": arn(self.aws, "elastic-ip", resource_id),
                "domain": address.get("Domain", "vpc"),
                "publicIp": address.get("PublicIp", ""),
            },
            tags_of(address.get("Tags")),
        )

    def update(
        self, resource_id: str, olds: Object, news: Object, changed: frozenset[str], timeout: float
    ) -> None:
        self.unsupported(changed, "tags")
        retag(self.aws, resource_id, olds, news)

    def delete(self, resource_id: str, state: Object, timeout: float) -> None:
        retry_while(
            ("InvalidIPAddress.InUse",),
            lambda: self.aws.ec2.release_address(AllocationId=resource_id),
        )


class NatGateway(ResourceType):
    """A NAT gateway."""

    token = "aws:ec2/natGateway:NatGateway"
    properties = {"allocationId": FIXED, "subnetId": KEY, "connectivityType": FIXED, **TAGS}

    def create(self, inputs: Object, timeout: float) -> str:
        created = self.aws.ec2.create_nat_gateway(
            **given(
                SubnetId=inputs["subnetId"],
                AllocationId=inputs.get("allocationId"),
                ConnectivityType=inputs.get("connectivityType"),
            ),
            **tag_on_create("natgateway", inputs),
        )
        gateway = created["NatGateway"]["NatGatewayId"]
        wait_until(
            f"NAT gateway {gateway} did not become available",
            lambda: self._describe(gateway).get("State") == "available",
            timeout,
        )
        return gateway

    def _describe(self, gateway: str) -> Any:
        answer = found(lambda: self.aws.ec2.describe_nat_gateways(NatGatewayIds=[gateway]))
        gateways = answer["NatGateways"] if answer else []
        return gateways[0] if gateways else {}

    def read(self, resource_id: str, state: Object) -> Object | None:
        gateway = self._describe(resource_id)
        if not gateway or gateway["State"] in ("deleting", "deleted"):
            return None
        addresses = gateway.get("NatGatewayAddresses", [{}])
        first = addresses[0] if addresses else {}
        return with_tags(
            {
                "id": resource_id,
                "subnetId": gateway["SubnetId"],
                "allocationId": first.get("AllocationId"),
                "publicIp": first.get("PublicIp", ""),
                "privateIp": first.get("PrivateIp", ""),
                "connectivityType": gateway.get("ConnectivityType", "public"),
            },
            tags_of(gateway.get("Tags")),
        )

    def update(
        self, resource_id: str, olds: Object, news: Object, changed: frozenset[str], timeout: float
    ) -> None:
        self.unsupported(changed, "tags")
        retag(self.aws, resource_id, olds, news)

    def delete(self, resource_id: str, state: Object, timeout: float) -> None:
        self.aws.ec2.delete_nat_gateway(NatGatewayId=resource_id)
        wait_until(
            f"NAT gateway {resource_id} did not go",
            lambda: self._describe(resource_id).get("State", "deleted") == "deleted",
            timeout,
        )


class RouteTable(ResourceType):
    """A route table; its routes are resources of their own."""

    token = "aws:ec2/routeTable:RouteTable"
    properties = {"vpcId": KEY, **TAGS}

    def create(self, inputs: Object, timeout: float) -> str:
        created = self.aws.ec2.create_route_table(
            VpcId=inputs["vpcId"], **tag_on_create("route-table", inputs)
        )
        return created["RouteTable"]["RouteTableId"]

    def read(self, resource_id: str, state: Object) -> Object | None:
        table = describe_table(self.aws, resource_id)
        if table is None:
            return None
        return with_tags(
            {
                "id": resource_id,
                "arn": arn(self.aws, "route-table", resource_id),
                "vpcId": table["VpcId"],
                "ownerId": table.get("OwnerId", self.aws.account_id),
            },
            tags_of(table.get("Tags")),
        )

    def update(
        self, resource_id: str, olds: Object, news: Object, changed: frozenset[str], timeout: float
    ) -> None:
        self.unsupported(changed, "tags")
        retag(self.aws, resource_id, olds, news)

    def delete(self, resource_id: str, state: Object, timeout: float) -> None:
        delete_ec2(lambda: self.aws.ec2.delete_route_table(RouteTableId=resource_id))


def describe_table(aws: Clients, table: str) -> Any:
    """A route table as EC2 describes it, or None."""
    answer = found(lambda: aws.ec2.describe_route_tables(RouteTableIds=[table]))
    return answer["RouteTables"][0] if answer and answer["RouteTables"] else None


class Route(ResourceType):
    """One route of a route table."""

    token = "aws:ec2/route:Route"
    properties = {
        "routeTableId": KEY,
        "destinationCidrBlock": KEY,
        "gatewayId": PLAIN,
        "natGatewayId": PLAIN,
    }

    def create(self, inputs: Object, timeout: float) -> str:
        self.aws.ec2.create_route(**self._parameters(inputs))
        digest = zlib.crc32(inputs["destinationCidrBlock"].encode())
        return f"r-{inputs['routeTableId']}{digest}"

    @staticmethod
    def _parameters(inputs: Object) -> dict[str, Any]:
        return given(
            RouteTableId=inputs["routeTableId"],
            DestinationCidrBlock=inputs["destinationCidrBlock"],
            GatewayId=inputs.get("gatewayId"),
            NatGatewayId=inputs.get("natGatewayId"),
        )

    def read(self, resource_id: str, state: Object) -> Object | None:
        table = describe_table(self.aws, state["routeTableId"])
        for route in table["Routes"] if table else []:
            if route.get("DestinationCidrBlock") == state["destinationCidrBlock"]:
                return {
                    "id": resource_id,
                    "routeTableId": state["routeTableId"],
                    "destinationCidrBlock": route["DestinationCidrBlock"],
                    "gatewayId": route.get("GatewayId"),
                    "natGatewayId": route.get("NatGatewayId"),
                    "state": route.get("State", "active"),
                }
        return None

    def update(
        self, resource_id: str, olds: Object, news: Object, changed: frozenset[str], timeout: float
    ) -> None:
        self.aws.ec2.replace_route(**self._parameters(news))

    def delete(self, resource_id: str, state: Object, timeout: float) -> None:
        self.aws.ec2.delete_route(
            RouteTableId=state["routeTableId"],
            DestinationCidrBlock=state["destinationCidrBlock"],
        )


class RouteTableAssociation(ResourceType):
    """A subnet's route table."""

    token = "aws:ec2/routeTableAssociation:RouteTableAssociation"
    properties = {"routeTableId": Property(required=True), "subnetId": KEY}

    def create(self, inputs: Object, timeout: float) -> str:
        created = self.aws.ec2.associate_route_table(
            RouteTableId=inputs["routeTableId"], SubnetId=inputs["subnetId"]
        )
        return created["AssociationId"]

    def read(self, resource_id: str, state: Object) -> Object | None:
        tables = self.aws.ec2.describe_route_tables(
            Filters=[{"Name": "association.subnet-id", "Values": [state["subnetId"]]}]
        )["RouteTables"]
        for table in tables:
            for association in table.get("Associations", []):
                if association.get("SubnetId") == state["subnetId"]:
                    # Another id means that someone associated anew; the route table tells.
                    return {
                        "id": resource_id,
                        "routeTableId": table["RouteTableId"],
                        "subnetId": state["subnetId"],
                    }
        return None

    def update(
        self, resource_id: str, olds: Object, news: Object, changed: frozenset[str], timeout: float
    ) -> None:
        self.aws.ec2.replace_route_table_association(
            AssociationId=self._association(news["subnetId"]), RouteTableId=news["routeTableId"]
        )

    def delete(self, resource_id: str, state: Object, timeout: float) -> None:
        association = self._association(state["subnetId"])
        if association:
            self.aws.ec2.disassociate_route_table(AssociationId=association)

    def _association(self, subnet: str) -> str:
        tables = self.aws.ec2.describe_route_tables(
            Filters=[{"Name": "association.subnet-id", "Values": [subnet]}]
        )["RouteTables"]
        for table in tables:
            for association in table.get("Associations", []):
                if association.get("SubnetId") == subnet:
                    return association["RouteTableAssociationId"]
        return ""
