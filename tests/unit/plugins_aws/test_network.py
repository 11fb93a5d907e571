"""VPCs, subnets, gateways, addresses and routes."""

import pytest
from botocore.exceptions import ClientError

from localcloud.plugins.aws.clients import Clients
from localcloud.plugins.plugin import PluginError
from tests.unit.plugins_aws.conftest import Driver, Made

VPC = "aws:ec2/vpc:Vpc"
SUBNET = "aws:ec2/subnet:Subnet"
INTERNET_GATEWAY = "aws:ec2/internetGateway:InternetGateway"
EIP = "aws:ec2/eip:Eip"
NAT_GATEWAY = "aws:ec2/natGateway:NatGateway"
ROUTE_TABLE = "aws:ec2/routeTable:RouteTable"
ROUTE = "aws:ec2/route:Route"
ASSOCIATION = "aws:ec2/routeTableAssociation:RouteTableAssociation"

TAGS = {"Name": "it", "kubernetes.io/role/elb": "1"}


@pytest.fixture
def vpc(driver: Driver) -> Made:
    return driver.create(
        VPC, cidrBlock="10.0.0.0/16", enableDnsHostnames=True, enableDnsSupport=True, tags=TAGS
    )


@pytest.fixture
def subnet(driver: Driver, vpc: Made) -> Made:
    return driver.create(
        SUBNET,
        vpcId=vpc.resource_id,
        cidrBlock="10.0.0.0/24",
        availabilityZone="eu-west-1b",
        mapPublicIpOnLaunch=False,
        tags=TAGS,
    )


@pytest.fixture
def gateway(driver: Driver, vpc: Made) -> Made:
    return driver.create(INTERNET_GATEWAY, vpcId=vpc.resource_id, tags=TAGS)


@pytest.fixture
def nat(driver: Driver, subnet: Made) -> Made:
    address = driver.create(EIP, domain="vpc", tags=TAGS)
    return driver.create(
        NAT_GATEWAY, allocationId=address.resource_id, subnetId=subnet.resource_id, tags=TAGS
    )


@pytest.fixture
def table(driver: Driver, vpc: Made) -> Made:
    return driver.create(ROUTE_TABLE, vpcId=vpc.resource_id, tags=TAGS)


def retag_behind(aws: Clients, made: Made) -> None:
    aws.ec2.create_tags(
        Resources=[made.resource_id],
        Tags=[{"Key": "Name", "Value": "other"}, {"Key": "new", "Value": "x"}],
    )
    aws.ec2.delete_tags(Resources=[made.resource_id], Tags=[{"Key": "kubernetes.io/role/elb"}])


CHANGED_TAGS = {"tags.Name", "tags.new", 'tags["kubernetes.io/role/elb"]'}


@pytest.mark.parametrize("kind", ["vpc", "subnet", "gateway", "nat", "table"])
def test_tags_of_every_kind(aws: Clients, request: pytest.FixtureRequest, kind: str) -> None:
    made: Made = request.getfixturevalue(kind)
    retag_behind(aws, made)
    assert made.drift() == CHANGED_TAGS
    made.refresh()
    made.update(tags={"Name": "third"})
    real = aws.ec2.describe_tags(Filters=[{"Name": "resource-id", "Values": [made.resource_id]}])
    assert {tag["Key"]: tag["Value"] for tag in real["Tags"]} == {"Name": "third"}
    made.assert_importable()


def test_a_vpc_lives(driver: Driver, aws: Clients, vpc: Made) -> None:
    assert vpc.state["arn"].endswith(f":vpc/{vpc.resource_id}")
    assert vpc.state["defaultSecurityGroupId"].startswith("sg-")
    assert vpc.state["mainRouteTableId"].startswith("rtb-")
    assert vpc.state["region"] == "eu-west-1"
    aws.ec2.modify_vpc_attribute(VpcId=vpc.resource_id, EnableDnsHostnames={"Value": False})
    assert vpc.drift() == {"enableDnsHostnames"}
    vpc.update(enableDnsHostnames=False, enableDnsSupport=False)
    support = aws.ec2.describe_vpc_attribute(VpcId=vpc.resource_id, Attribute="enableDnsSupport")
    assert support["EnableDnsSupport"]["Value"] is False
    assert vpc.replaced_by(cidrBlock="10.1.0.0/16") == {"cidrBlock"}
    vpc.delete()
    assert vpc.resource_id not in {found["VpcId"] for found in aws.ec2.describe_vpcs()["Vpcs"]}


def test_turning_off_what_is_on_by_default_is_a_change(driver: Driver, aws: Clients) -> None:
    vpc = driver.create(VPC, cidrBlock="10.0.0.0/16")
    vpc.update(enableDnsSupport=False)
    support = aws.ec2.describe_vpc_attribute(VpcId=vpc.resource_id, Attribute="enableDnsSupport")
    assert support["EnableDnsSupport"]["Value"] is False


def test_a_tag_on_what_has_none_is_drift(driver: Driver, aws: Clients) -> None:
    vpc = driver.create(VPC, cidrBlock="10.0.0.0/16")
    aws.ec2.create_tags(Resources=[vpc.resource_id], Tags=[{"Key": "a", "Value": "b"}])
    assert vpc.drift() == {"tags"}


def test_a_subnet_lives(aws: Clients, subnet: Made) -> None:
    assert subnet.state["availabilityZone"] == "eu-west-1b"
    aws.ec2.modify_subnet_attribute(
        SubnetId=subnet.resource_id, MapPublicIpOnLaunch={"Value": True}
    )
    assert subnet.drift() == {"mapPublicIpOnLaunch"}
    subnet.update(mapPublicIpOnLaunch=True)
    real = aws.ec2.describe_subnets(SubnetIds=[subnet.resource_id])["Subnets"][0]
    assert real["MapPublicIpOnLaunch"] is True
    for key, value in (
        ("vpcId", "vpc-other"),
        ("cidrBlock", "10.0.1.0/24"),
        ("availabilityZone", "eu-west-1a"),
    ):
        assert subnet.replaced_by(**{key: value}) == {key}
    subnet.delete()


def test_an_internet_gateway_lives(driver: Driver, aws: Clients, vpc: Made, gateway: Made) -> None:
    aws.ec2.detach_internet_gateway(InternetGatewayId=gateway.resource_id, VpcId=vpc.resource_id)
    assert gateway.drift() == {"vpcId"}
    aws.ec2.attach_internet_gateway(InternetGatewayId=gateway.resource_id, VpcId=vpc.resource_id)
    other = driver.create(VPC, cidrBlock="10.9.0.0/16")
    gateway.update(vpcId=other.resource_id)
    real = aws.ec2.describe_internet_gateways(InternetGatewayIds=[gateway.resource_id])
    attached = real["InternetGateways"][0]["Attachments"]
    assert [item["VpcId"] for item in attached] == [other.resource_id]
    gateway.delete()


def test_an_address_lives(driver: Driver, aws: Clients) -> None:
    address = driver.create(EIP, domain="vpc")
    real = aws.ec2.describe_addresses(AllocationIds=[address.resource_id])["Addresses"][0]
    assert address.state["publicIp"] == real["PublicIp"]
    address.update(tags=TAGS)
    address.assert_importable()
    address.delete()
    assert aws.ec2.describe_addresses()["Addresses"] == []


def test_a_nat_gateway_lives(aws: Clients, nat: Made) -> None:
    assert nat.state["connectivityType"] == "public"
    assert nat.state["publicIp"]
    assert nat.replaced_by(subnetId="subnet-other") == {"subnetId"}
    assert nat.replaced_by(allocationId="eipalloc-other") == {"allocationId"}
    nat.delete()
    left = aws.ec2.describe_nat_gateways()["NatGateways"]
    assert [it["State"] for it in left if it["State"] != "deleted"] == []


def test_a_nat_gateway_that_was_deleted_is_gone(aws: Clients, nat: Made) -> None:
    aws.ec2.delete_nat_gateway(NatGatewayId=nat.resource_id)
    assert nat.read() is None


def test_a_nat_gateway_takes_its_interface_along_and_frees_its_address(
    aws: Clients, nat: Made
) -> None:
    interfaces = aws.ec2.describe_network_interfaces()["NetworkInterfaces"]
    assert [it["PrivateIpAddress"] for it in interfaces] == [nat.state["privateIp"]]
    for _ in range(2):
        aws.ec2.delete_nat_gateway(NatGatewayId=nat.resource_id)
    assert aws.ec2.describe_network_interfaces()["NetworkInterfaces"] == []
    (address,) = aws.ec2.describe_addresses()["Addresses"]
    assert "AssociationId" not in address
    with pytest.raises(ClientError, match=r"NatGatewayNotFound.*nat-0"):
        aws.ec2.delete_nat_gateway(NatGatewayId="nat-0")


def test_a_route_table_lives(table: Made) -> None:
    assert table.replaced_by(vpcId="vpc-other") == {"vpcId"}
    table.delete()


@pytest.mark.parametrize("kind", ["vpc", "subnet", "gateway", "table"])
def test_what_was_deleted_is_gone(aws: Clients, request: pytest.FixtureRequest, kind: str) -> None:
    made: Made = request.getfixturevalue(kind)
    if kind == "gateway":
        aws.ec2.detach_internet_gateway(
            InternetGatewayId=made.resource_id, VpcId=made.inputs["vpcId"]
        )
    {
        "vpc": lambda: aws.ec2.delete_vpc(VpcId=made.resource_id),
        "subnet": lambda: aws.ec2.delete_subnet(SubnetId=made.resource_id),
        "gateway": lambda: aws.ec2.delete_internet_gateway(InternetGatewayId=made.resource_id),
        "table": lambda: aws.ec2.delete_route_table(RouteTableId=made.resource_id),
    }[kind]()
    assert made.read() is None
    made.delete()


def test_a_route_lives(driver: Driver, aws: Clients, table: Made, gateway: Made, nat: Made) -> None:
    everywhere = "0.0.0.0/0"
    key = {"routeTableId": table.resource_id, "destinationCidrBlock": everywhere}
    route = driver.create(ROUTE, **key, gatewayId=gateway.resource_id)
    assert route.state["state"] == "active"
    aws.ec2.replace_route(
        RouteTableId=table.resource_id,
        DestinationCidrBlock=everywhere,
        NatGatewayId=nat.resource_id,
    )
    assert route.drift() == {"gatewayId", "natGatewayId"}
    route.update(gatewayId=None, natGatewayId=nat.resource_id)
    real = aws.ec2.describe_route_tables(RouteTableIds=[table.resource_id])["RouteTables"][0]
    routes = {it.get("DestinationCidrBlock"): it.get("NatGatewayId") for it in real["Routes"]}
    assert routes[everywhere] == nat.resource_id
    assert route.replaced_by(destinationCidrBlock="10.5.0.0/16") == {"destinationCidrBlock"}
    route.assert_importable(f"{table.resource_id}_{everywhere}")
    route.delete()
    again = driver.create(ROUTE, **key, natGatewayId=nat.resource_id)
    aws.ec2.delete_route(RouteTableId=table.resource_id, DestinationCidrBlock=everywhere)
    assert again.read() is None


def test_a_route_leads_to_one_place(driver: Driver) -> None:
    key = {"routeTableId": "rtb-1", "destinationCidrBlock": "0.0.0.0/0"}
    assert driver.failures(ROUTE, **key).keys() == {"gatewayId"}
    both = driver.failures(ROUTE, **key, gatewayId="igw-1", natGatewayId="nat-1")
    assert both == {"natGatewayId": "exactly one of gatewayId, natGatewayId must be given"}


def test_an_association_lives(
    driver: Driver, aws: Clients, vpc: Made, subnet: Made, table: Made
) -> None:
    made = driver.create(ASSOCIATION, routeTableId=table.resource_id, subnetId=subnet.resource_id)
    made.assert_importable(f"{subnet.resource_id}/{table.resource_id}")
    other = driver.create(ROUTE_TABLE, vpcId=vpc.resource_id).resource_id
    aws.ec2.replace_route_table_association(AssociationId=made.resource_id, RouteTableId=other)
    assert made.drift() == {"routeTableId"}
    made.update(routeTableId=other)
    made.update(routeTableId=table.resource_id)
    real = aws.ec2.describe_route_tables(RouteTableIds=[table.resource_id])["RouteTables"][0]
    assert [it["SubnetId"] for it in real["Associations"]] == [subnet.resource_id]
    assert made.replaced_by(subnetId="subnet-other") == {"subnetId"}
    made.delete()
    tables = aws.ec2.describe_route_tables(RouteTableIds=[table.resource_id])["RouteTables"]
    assert tables[0]["Associations"] == []


@pytest.mark.parametrize(
    ("token", "inputs"),
    [
        (VPC, {"cidrBlock": "10.0.0.0/40"}),
        (SUBNET, {"vpcId": "vpc-none", "cidrBlock": "10.0.0.0/24"}),
        (NAT_GATEWAY, {"subnetId": "subnet-none", "connectivityType": "sideways"}),
        (ROUTE_TABLE, {"vpcId": "vpc-none"}),
    ],
)
def test_what_ec2_refuses_names_the_type(
    driver: Driver, token: str, inputs: dict[str, object]
) -> None:
    with pytest.raises(PluginError, match=f"^{token}: "):
        driver.provider.create(token, inputs, preview=False, timeout=0)
