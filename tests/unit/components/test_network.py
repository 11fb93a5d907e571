"""Networks of both kinds: own and existing."""

from ipaddress import IPv4Network
from itertools import combinations
from typing import Literal

import pulumi
import pytest

from components.existing_network import ExistingNetwork, ExistingNetworkArgs, pod_range
from components.network import Network, NetworkArgs, first_zones, plan_subnets, zone_mistakes
from settings.network import ExistingVpc, OwnNetwork
from tests.unit.pulumi_harness import Checks, Ran, State, run

ZONES = {
    "aws:index/getAvailabilityZones:getAvailabilityZones": {
        "names": ["eu-west-1c", "eu-west-1-mad-1a", "eu-west-1a", "eu-west-1b", "eu-west-1d"]
    }
}
SUBNET, ROUTE = "aws:ec2/subnet:Subnet", "aws:ec2/route:Route"
NAT, EIP = "aws:ec2/natGateway:NatGateway", "aws:ec2/eip:Eip"
TABLE = "aws:ec2/routeTable:RouteTable"
ASSOCIATION = "aws:ec2/routeTableAssociation:RouteTableAssociation"


def own(
    nat: Literal["one", "perZone"] = "perZone",
    zones: tuple[str, ...] | None = None,
    *,
    preview: bool = False,
) -> Ran:
    def program(_: Checks) -> None:
        settings = OwnNetwork.model_validate({"natGateways": nat, "availabilityZones": zones})
        Network("net", NetworkArgs(settings=settings, tags={"Team": "platform"}))

    return run(program, stack="shared", calls=ZONES, preview=preview)


def inputs_of(ran: Ran, kind: str) -> dict[str, State]:
    return {resource.name: resource.inputs for resource in ran.of_type(kind)}


@pytest.mark.parametrize("cidr", ["10.40.0.0/16", "172.16.32.0/19", "192.168.16.0/20"])
def test_subnets_lie_in_the_vpc_apart_from_each_other(cidr: str) -> None:
    plan = plan_subnets(cidr)
    subnets = [IPv4Network(subnet) for subnet in (*plan.public, *plan.private)]
    assert len(subnets) == 6
    assert all(subnet.subnet_of(IPv4Network(cidr)) for subnet in subnets)
    assert not [pair for pair in combinations(subnets, 2) if pair[0].overlaps(pair[1])]


def test_pods_get_three_quarters_of_the_addresses() -> None:
    plan = plan_subnets("10.40.0.0/16")
    assert plan.private == ("10.40.0.0/18", "10.40.64.0/18", "10.40.128.0/18")
    assert plan.public == ("10.40.192.0/20", "10.40.208.0/20", "10.40.224.0/20")


def test_subnets_are_tagged_for_the_load_balancers_of_both_clusters() -> None:
    ran = own()
    for kind, role in (("public", "elb"), ("private", "internal-elb")):
        for number in (1, 2, 3):
            subnet = ran.only(SUBNET, f"net-{kind}-{number}").inputs
            assert subnet["tags"] == {
                "Team": "platform",
                "Name": f"net-{kind}-{number}",
                f"kubernetes.io/role/{role}": "1",
                "kubernetes.io/cluster/eks-blue": "shared",
                "kubernetes.io/cluster/eks-green": "shared",
            }
            assert subnet["mapPublicIpOnLaunch"] is False


def test_each_kind_lies_in_the_first_three_regional_zones_for_good() -> None:
    ran = own()
    for kind in ("public", "private"):
        subnets = [ran.only(SUBNET, f"net-{kind}-{number}") for number in (1, 2, 3)]
        zones = [subnet.inputs["availabilityZone"] for subnet in subnets]
        assert zones == ["eu-west-1a", "eu-west-1b", "eu-west-1c"]
        assert all(subnet.ignore_changes == ("availabilityZone",) for subnet in subnets)


def test_named_zones_are_taken_without_a_lookup() -> None:
    ran = own(zones=("eu-west-1b", "eu-west-1c", "eu-west-1d"))
    assert not ran.invoked
    subnet = ran.only(SUBNET, "net-private-3")
    assert subnet.inputs["availabilityZone"] == "eu-west-1d"
    assert subnet.ignore_changes == ()


def test_zones_where_eks_makes_no_cluster_are_left_out_of_the_lookup() -> None:
    (asked,) = own().invoked
    assert asked.args == {
        "state": "available",
        "excludeZoneIds": ["cac1-az3", "use1-az3", "usw1-az2"],
    }


# In this account the unfit zone is called us-east-1b.
IDS = {
    "us-east-1a": "use1-az1",
    "us-east-1b": "use1-az3",
    "us-east-1c": "use1-az2",
    "us-east-1d": "use1-az4",
    "us-east-1-bos-1a": "use1-bos1-az1",
}


@pytest.mark.parametrize(
    ("names", "mistakes"),
    [
        (("us-east-1a", "us-east-1c", "us-east-1d"), []),
        (
            ("us-east-1a", "us-east-1b", "us-east-1c"),
            ["EKS makes no cluster in us-east-1b, which is zone use1-az3; take three of FIT"],
        ),
        (
            ("us-east-1a", "us-east-1c", "us-east-1f"),
            ["the account has no zone us-east-1f; take three of FIT"],
        ),
    ],
)
def test_zones_that_are_named_must_be_fit(names: tuple[str, ...], mistakes: list[str]) -> None:
    fit = "us-east-1a, us-east-1c, us-east-1d"
    assert zone_mistakes(names, IDS) == [it.replace("FIT", fit) for it in mistakes]


def test_too_few_zones_are_an_error() -> None:
    with pytest.raises(pulumi.RunError, match=r"zones that EKS takes \(us-west-1a, us-west-1c"):
        first_zones(["us-west-1a", "us-west-1c", "us-west-1-lax-1a"])


def test_a_nat_gateway_per_zone_serves_its_own_zone() -> None:
    ran = own("perZone")
    assert len(ran.of_type(EIP)) == len(ran.of_type(NAT)) == 3
    for number in (1, 2, 3):
        gateway = ran.only(NAT, f"net-nat-{number}").inputs
        assert gateway["subnetId"] == f"net-public-{number}-id"
        assert gateway["allocationId"] == f"net-nat-{number}-id"
        route = ran.only(ROUTE, f"net-private-{number}").inputs
        assert route["natGatewayId"] == f"net-nat-{number}-id"
        assert route["destinationCidrBlock"] == "0.0.0.0/0"


def test_one_nat_gateway_serves_all_zones_by_changed_routes_alone() -> None:
    one, per_zone = own("one"), own("perZone")
    assert len(one.of_type(EIP)) == len(one.of_type(NAT)) == 1
    routes = [one.only(ROUTE, f"net-private-{number}") for number in (1, 2, 3)]
    assert {route.inputs["natGatewayId"] for route in routes} == {"net-nat-1-id"}
    for kind in (TABLE, ASSOCIATION):
        assert inputs_of(one, kind) == inputs_of(per_zone, kind)


def test_every_subnet_has_the_route_table_of_its_kind() -> None:
    ran = own()
    tables = {a.inputs["subnetId"]: a.inputs["routeTableId"] for a in ran.of_type(ASSOCIATION)}
    public = {f"net-public-{number}-id": "net-public-id" for number in (1, 2, 3)}
    private = {f"net-private-{n}-id": f"net-private-{n}-id" for n in (1, 2, 3)}
    assert tables == public | private
    assert ran.only(ROUTE, "net-public").inputs["gatewayId"] == "net-internet-id"


def test_the_internet_gateway_outlives_the_addresses_behind_it() -> None:
    ran = own()
    internet = ran.only("aws:ec2/internetGateway:InternetGateway")
    assert all(r.waits_for(internet) for r in (*ran.of_type(EIP), *ran.of_type(NAT)))


def test_the_vpc_has_dns_and_an_empty_default_group() -> None:
    ran = own()
    vpc = ran.only("aws:ec2/vpc:Vpc").inputs
    assert vpc["enableDnsSupport"] is True
    assert vpc["enableDnsHostnames"] is True
    group = ran.only("aws:ec2/defaultSecurityGroup:DefaultSecurityGroup").inputs
    assert group["vpcId"] == "net-vpc-id"
    assert not {"ingress", "egress"} & set(group)


def test_outputs_of_an_own_network() -> None:
    ran = own()
    network = ran.only("eks-platform:network:Network")
    assert ran.outputs_of(network) == {
        "vpcId": "net-vpc-id",
        "vpcCidr": "10.40.0.0/16",
        "vpcCidrs": ["10.40.0.0/16"],
        "podCidr": "10.40.0.0/16",
        "publicSubnetIds": [f"net-public-{number}-id" for number in (1, 2, 3)],
        "privateSubnetIds": [f"net-private-{number}-id" for number in (1, 2, 3)],
    }
    assert all(r.parent == network.urn for r in ran.resources if r != network)


def test_a_preview_shows_every_resource() -> None:
    assert len(own(preview=True).resources) == len(own().resources)


VPC_ID = "vpc-0123456789abcdef0"


def associated(*ranges: str, gone: str = "") -> list[State]:
    """Ranges of a VPC as they are looked up."""
    states = dict.fromkeys(ranges, "associated") | ({gone: "disassociated"} if gone else {})
    return [{"associationId": it, "cidrBlock": it, "state": state} for it, state in states.items()]


PUBLIC, PRIVATE = ("subnet-a1", "subnet-b1", "subnet-c1"), ("subnet-a2", "subnet-b2", "subnet-c2")


def existing(subnets: State | None = None, vpc: State | None = None) -> Ran:
    """Runs with changed answers: subnets by id, and the VPC's."""

    def look_up(inputs: State) -> State:
        identifier = str(inputs["id"])
        kind = "internal-elb" if identifier in PRIVATE else "elb"
        right = {
            "id": identifier,
            "vpcId": VPC_ID,
            "cidrBlock": f"10.0.{(*PUBLIC, *PRIVATE).index(identifier)}.0/24",
            "availabilityZone": f"eu-west-1{identifier[7]}",
            "availabilityZoneId": f"euw1-az{'abc'.index(identifier[7]) + 1}",
            "tags": {f"kubernetes.io/role/{kind}": "1"},
        }
        return right | (subnets or {}).get(identifier, {})

    def program(_: Checks) -> None:
        settings = ExistingVpc.model_construct(
            vpc_id=VPC_ID, public_subnet_ids=PUBLIC, private_subnet_ids=PRIVATE
        )
        ExistingNetwork("net", ExistingNetworkArgs(settings=settings, tags={}))

    found = {
        "id": VPC_ID,
        "cidrBlock": "10.0.0.0/16",
        "enableDnsSupport": True,
        "enableDnsHostnames": True,
    }
    calls = {
        "aws:ec2/getVpc:getVpc": found | dict(vpc or {}),
        "aws:ec2/getSubnet:getSubnet": look_up,
    }
    return run(program, stack="shared", calls=calls)


def test_an_existing_network_is_only_looked_up() -> None:
    ran = existing()
    network = ran.only("eks-platform:existingNetwork:ExistingNetwork")
    assert ran.resources == [network]
    assert ran.outputs_of(network) == {
        "vpcId": VPC_ID,
        "vpcCidr": "10.0.0.0/16",
        "vpcCidrs": ["10.0.0.0/16"],
        "podCidr": "10.0.0.0/16",
        "publicSubnetIds": list(PUBLIC),
        "privateSubnetIds": list(PRIVATE),
    }


@pytest.mark.parametrize(
    ("subnets", "vpc", "message"),
    [
        (
            {"subnet-b2": {"vpcId": "vpc-other"}},
            {},
            f"private subnet subnet-b2 is in VPC vpc-other, not in {VPC_ID}",
        ),
        (
            {"subnet-b1": {"availabilityZone": "eu-west-1a"}},
            {},
            (
                "the public subnets must each lie in another zone (subnet-a1 in eu-west-1a,"
                " subnet-b1 in eu-west-1a, subnet-c1 in eu-west-1c)"
            ),
        ),
        (
            {"subnet-c2": {"availabilityZoneId": "use1-az3"}},
            {},
            (
                "private subnet subnet-c2 is in eu-west-1c, which is zone use1-az3: EKS makes no"
                " cluster there"
            ),
        ),
        (
            {"subnet-c2": {"cidrBlock": ""}},
            {},
            "private subnet subnet-c2 has no IPv4 range",
        ),
        (
            {"subnet-c2": {"cidrBlock": "100.64.1.0/24"}},
            {"cidrBlockAssociations": associated("10.0.0.0/16", "100.64.0.0/16")},
            (
                "the private subnets must lie in one range of the VPC, or in ranges of one private"
                " block such as 10.0.0.0/8, as Cilium takes one range for that of pods (subnet-a2"
                " in 10.0.3.0/24, subnet-b2 in 10.0.4.0/24, subnet-c2 in 100.64.1.0/24)"
            ),
        ),
        (
            {"subnet-c2": {"tags": {}}},
            {},
            "private subnet subnet-c2 lacks the tag kubernetes.io/role/internal-elb=1",
        ),
        (
            {},
            {"enableDnsHostnames": False},
            f"VPC {VPC_ID} must have DNS support and DNS host names enabled",
        ),
    ],
    ids=["other VPC", "same zone", "unfit zone", "IPv6 alone", "two blocks", "no tag", "no DNS"],
)
def test_an_unfit_existing_network_is_an_error(subnets: State, vpc: State, message: str) -> None:
    with pytest.raises(pulumi.RunError) as error:
        existing(subnets, vpc)
    assert str(error.value) == f"eks-platform:network.existing cannot be used:\n  {message}"


def test_pods_in_a_secondary_range_are_known_by_it() -> None:
    subnets = {it: {"cidrBlock": f"100.64.{n}.0/24"} for n, it in enumerate(PRIVATE)}
    ranges = associated("10.0.0.0/16", "100.64.0.0/16", gone="10.9.0.0/16")
    ran = existing(subnets, {"cidrBlockAssociations": ranges})
    said = ran.outputs_of(ran.only("eks-platform:existingNetwork:ExistingNetwork"))
    assert said["vpcCidr"] == "10.0.0.0/16"
    assert said["vpcCidrs"] == ["10.0.0.0/16", "100.64.0.0/16"]
    assert said["podCidr"] == "100.64.0.0/16"


@pytest.mark.parametrize(
    ("ranges", "subnets", "pods"),
    [
        (["10.0.0.0/16", "10.1.0.0/16"], ["10.0.0.0/20", "10.0.16.0/20"], "10.0.0.0/16"),
        (["10.0.0.0/16", "10.1.0.0/16"], ["10.0.0.0/20", "10.1.0.0/20"], "10.0.0.0/15"),
        (["10.4.0.0/16", "10.9.0.0/24"], ["10.9.0.0/26", "10.4.0.0/20"], "10.0.0.0/12"),
        (["198.18.0.0/16"], ["198.18.0.0/20"], "198.18.0.0/16"),
        (["10.0.0.0/16", "100.64.0.0/16"], ["10.0.0.0/20", "100.64.0.0/20"], None),
        (["8.0.0.0/16", "8.1.0.0/16"], ["8.0.0.0/20", "8.1.0.0/20"], None),
    ],
)
def test_the_range_of_pods_is_around_all_private_subnets(
    ranges: list[str], subnets: list[str], pods: str | None
) -> None:
    assert pod_range(ranges, subnets) == pods


def test_load_balancers_may_lie_where_eks_makes_no_cluster() -> None:
    assert existing({"subnet-c1": {"availabilityZoneId": "use1-az3"}})


def test_all_mistakes_of_an_existing_network_are_told_at_once() -> None:
    wrong = {"vpcId": "vpc-other", "tags": {}}
    with pytest.raises(pulumi.RunError) as error:
        existing({"subnet-a1": wrong, "subnet-a2": wrong})
    assert len(str(error.value).splitlines()) == 5
