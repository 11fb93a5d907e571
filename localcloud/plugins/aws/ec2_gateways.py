"""Ways out of a VPC: internet gateways, NAT gateways and their addresses."""

from typing import TYPE_CHECKING

from localcloud.plugins.aws.clients import found, retry_while, wait_until
from localcloud.plugins.aws.ec2_common import (
    TaggedResourceType,
    arn,
    delete_ec2,
    retag,
    tag_on_create,
)
from localcloud.plugins.aws.properties import FIXED, KEY, OURS, TAGS
from localcloud.plugins.aws.resource import ResourceType, drop_none, tags_of, with_tags
from localcloud.plugins.plugin import Object, PluginError

if TYPE_CHECKING:
    from mypy_boto3_ec2.type_defs import NatGatewayTypeDef


class InternetGateway(ResourceType):
    """An internet gateway, attached to its VPC."""

    token = "aws:ec2/internetGateway:InternetGateway"
    properties = {"vpcId": OURS, **TAGS}

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


class Eip(TaggedResourceType):
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

    def delete(self, resource_id: str, state: Object, timeout: float) -> None:
        retry_while(
            ("InvalidIPAddress.InUse",),
            lambda: self.aws.ec2.release_address(AllocationId=resource_id),
        )


class NatGateway(TaggedResourceType):
    """A NAT gateway."""

    token = "aws:ec2/natGateway:NatGateway"
    properties = {"allocationId": FIXED, "subnetId": KEY, "connectivityType": FIXED, **TAGS}

    def create(self, inputs: Object, timeout: float) -> str:
        created = self.aws.ec2.create_nat_gateway(
            **drop_none(
                SubnetId=inputs["subnetId"],
                AllocationId=inputs.get("allocationId"),
                ConnectivityType=inputs.get("connectivityType"),
            ),
            **tag_on_create("natgateway", inputs),
        )
        gateway = created["NatGateway"]["NatGatewayId"]
        wait_until(
            f"NAT gateway {gateway} did not become available",
            lambda: self._available(gateway),
            timeout,
        )
        return gateway

    def _available(self, gateway: str) -> bool:
        real = self._describe(gateway) or {}
        if real.get("State") == "failed":
            raise PluginError(f"NAT gateway {gateway} failed: {real.get('FailureMessage')}")
        return real.get("State") == "available"

    def _describe(self, gateway: str) -> "NatGatewayTypeDef | None":
        answer = found(lambda: self.aws.ec2.describe_nat_gateways(NatGatewayIds=[gateway]))
        gateways = answer["NatGateways"] if answer else []
        return gateways[0] if gateways else None

    def read(self, resource_id: str, state: Object) -> Object | None:
        gateway = self._describe(resource_id)
        if gateway is None or gateway["State"] in ("deleting", "deleted"):
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

    def delete(self, resource_id: str, state: Object, timeout: float) -> None:
        self.aws.ec2.delete_nat_gateway(NatGatewayId=resource_id)
        wait_until(
            f"NAT gateway {resource_id} did not go",
            lambda: (self._describe(resource_id) or {}).get("State", "deleted") == "deleted",
            timeout,
        )
