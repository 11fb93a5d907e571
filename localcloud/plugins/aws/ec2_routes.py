"""Route tables, their routes and the subnets that use them."""

import zlib
from typing import TYPE_CHECKING, Any

from localcloud.plugins.aws.clients import Clients, found
from localcloud.plugins.aws.ec2_common import (
    TaggedResourceType,
    arn,
    delete_ec2,
    tag_on_create,
)
from localcloud.plugins.aws.properties import KEY, OURS, REQUIRED, TAGS
from localcloud.plugins.aws.resource import ResourceType, drop_none, tags_of, with_tags
from localcloud.plugins.plugin import Object, PluginError

if TYPE_CHECKING:
    from mypy_boto3_ec2.type_defs import RouteTableTypeDef


class RouteTable(TaggedResourceType):
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

    def delete(self, resource_id: str, state: Object, timeout: float) -> None:
        delete_ec2(lambda: self.aws.ec2.delete_route_table(RouteTableId=resource_id))


def describe_table(aws: Clients, table: str) -> "RouteTableTypeDef | None":
    """A route table as EC2 describes it, or None."""
    answer = found(lambda: aws.ec2.describe_route_tables(RouteTableIds=[table]))
    return answer["RouteTables"][0] if answer and answer["RouteTables"] else None


class Route(ResourceType):
    """One route of a route table; imported as ``TABLE_DESTINATION``."""

    token = "aws:ec2/route:Route"
    properties = {
        "routeTableId": KEY,
        "destinationCidrBlock": KEY,
        "gatewayId": OURS,
        "natGatewayId": OURS,
    }
    one_of = ("gatewayId", "natGatewayId")

    def create(self, inputs: Object, timeout: float) -> str:
        self.aws.ec2.create_route(**self._parameters(inputs))
        return self._id(inputs["routeTableId"], inputs["destinationCidrBlock"])

    @staticmethod
    def _id(table: str, destination: str) -> str:
        return f"r-{table}{zlib.crc32(destination.encode())}"

    @staticmethod
    def _parameters(inputs: Object) -> dict[str, Any]:
        return drop_none(
            RouteTableId=inputs["routeTableId"],
            DestinationCidrBlock=inputs["destinationCidrBlock"],
            GatewayId=inputs.get("gatewayId"),
            NatGatewayId=inputs.get("natGatewayId"),
        )

    def read(self, resource_id: str, state: Object) -> Object | None:
        named, _, to = resource_id.partition("_")
        table_id: str = state.get("routeTableId") or named
        destination: str = state.get("destinationCidrBlock") or to
        table = describe_table(self.aws, table_id)
        for route in table["Routes"] if table else []:
            if route.get("DestinationCidrBlock") == destination:
                return {
                    "id": self._id(table_id, destination),
                    "routeTableId": table_id,
                    "destinationCidrBlock": destination,
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
    """A subnet's route table; imported as ``SUBNET/TABLE``."""

    token = "aws:ec2/routeTableAssociation:RouteTableAssociation"
    properties = {"routeTableId": REQUIRED, "subnetId": KEY}

    def create(self, inputs: Object, timeout: float) -> str:
        created = self.aws.ec2.associate_route_table(
            RouteTableId=inputs["routeTableId"], SubnetId=inputs["subnetId"]
        )
        return created["AssociationId"]

    def read(self, resource_id: str, state: Object) -> Object | None:
        subnet: str = state.get("subnetId") or resource_id.partition("/")[0]
        real = self._find(subnet)
        if real is None:
            return None
        association, table = real
        # EC2 gives another id with another table; the resource keeps its first one.
        resource_id = resource_id if state else association
        return {"id": resource_id, "routeTableId": table, "subnetId": subnet}

    def update(
        self, resource_id: str, olds: Object, news: Object, changed: frozenset[str], timeout: float
    ) -> None:
        real = self._find(news["subnetId"])
        if real is None:
            raise PluginError(f"subnet {news['subnetId']} has no route table any more; refresh")
        self.aws.ec2.replace_route_table_association(
            AssociationId=real[0], RouteTableId=news["routeTableId"]
        )

    def delete(self, resource_id: str, state: Object, timeout: float) -> None:
        real = self._find(state["subnetId"])
        if real is not None:
            self.aws.ec2.disassociate_route_table(AssociationId=real[0])

    def _find(self, subnet: str) -> tuple[str, str] | None:
        """The subnet's association and its route table."""
        tables = self.aws.ec2.describe_route_tables(
            Filters=[{"Name": "association.subnet-id", "Values": [subnet]}]
        )["RouteTables"]
        for table in tables:
            for association in table.get("Associations", []):
                if association.get("SubnetId") == subnet:
                    return association["RouteTableAssociationId"], table["RouteTableId"]
        return None
