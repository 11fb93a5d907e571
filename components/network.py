"""A VPC for both clusters."""

import ipaddress
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
from pulumi_aws import ec2, get_availability_zones_output

from components.base import Component, ComponentArgs
from settings.availability_zones import UNFIT_ZONES, is_regional
from settings.names import COLOURS, cluster_name
from settings.network import ZONES, OwnNetwork

PUBLIC_ROLE = "kubernetes.io/role/elb"
"""Tag by which the load balancer controller finds subnets for internet-facing load balancers."""
PRIVATE_ROLE = "kubernetes.io/role/internal-elb"
"""Tag by which the load balancer controller finds subnets for internal load balancers."""

_EVERYWHERE = "0.0.0.0/0"


@dataclass(frozen=True)
class SubnetPlan:
    """Ranges of the subnets, one of each kind for each zone."""

    public: tuple[str, ...]
    private: tuple[str, ...]


def plan_subnets(cidr: str) -> SubnetPlan:
    """Divides a VPC's range: a quarter for each private subnet, a sixteenth for each public one.

    Pods take addresses of the private subnets, so these get most; a sixteenth stays free.

    Args:
        cidr: IPv4 range, /16 to /24, its host bits zero.

    Raises:
        ValueError: `cidr` is no such range.
    """
    *private, rest = ipaddress.IPv4Network(cidr).subnets(prefixlen_diff=2)
    public = tuple(rest.subnets(prefixlen_diff=2))[:ZONES]
    return SubnetPlan(public=tuple(map(str, public)), private=tuple(map(str, private)))


def first_zones(names: Sequence[str]) -> list[str]:
    """The first three availability zones, by name.

    Args:
        names: zones of the account in its region but for unfit ones, Local and Wavelength Zones
            among them.

    Raises:
        pulumi.RunError: there are fewer than three.
    """
    regional = sorted(filter(is_regional, names))
    if len(regional) < ZONES:
        raise pulumi.RunError(
            f"the region has {len(regional)} availability zones that EKS takes"
            f" ({', '.join(regional)}); the network needs {ZONES}"
        )
    return regional[:ZONES]


async def require_fit_zones(settings: OwnNetwork) -> None:
    """Looks up the zones that the settings name, if they do.

    Raises:
        pulumi.RunError: the account does not have one, or EKS makes no cluster in it.
    """
    names = settings.availability_zones
    if names is None:
        return
    found = await get_availability_zones_output().future()
    assert found is not None  # noqa: S101 - nothing that is unknown was asked for
    mistakes = zone_mistakes(names, dict(zip(found.names, found.zone_ids, strict=True)))
    if mistakes:
        lines = "\n  ".join(mistakes)
        raise pulumi.RunError(f"eks-platform:network.availabilityZones cannot be used:\n  {lines}")


def zone_mistakes(names: Sequence[str], ids: Mapping[str, str]) -> list[str]:
    """What keeps zones from being used, one sentence each.

    Args:
        names: zones that are wanted.
        ids: zone ids of the account's zones, by name.
    """
    fit = sorted(name for name, it in ids.items() if it not in UNFIT_ZONES and is_regional(name))
    instead = f"take three of {', '.join(fit)}"
    return [
        f"EKS makes no cluster in {name}, which is zone {ids[name]}; {instead}"
        if name in ids
        else f"the account has no zone {name}; {instead}"
        for name in names
        if ids.get(name, UNFIT_ZONES[0]) in UNFIT_ZONES
    ]


@dataclass(frozen=True, kw_only=True)
class NetworkArgs(ComponentArgs):
    """What `Network` needs.

    Attributes:
        settings: range, zones and NAT gateways.
    """

    settings: OwnNetwork


class Network(Component):
    """A VPC with three public and three private subnets in three zones.

    Pulumi type: ``eks-platform:network:Network``.

    Creates the VPC, with DNS; its default security group, emptied; an internet gateway; six
    subnets, tagged for the load balancers of both clusters; one public route table and a
    private one per zone; and one NAT gateway with its address, or three.

    Args:
        name: Pulumi name; also begins the Name tag of each resource.
        args: what it needs.
        opts: resource options.

    Attributes:
        vpc_id: id of the VPC.
        vpc_cidr: its IPv4 range.
        vpc_cidrs: that range alone.
        pod_cidr: that range.
        public_subnet_ids: three.
        private_subnet_ids: three.

    Raises:
        ValueError: the range cannot be divided.
        pulumi.RunError: the account has fewer than three fit zones (out of an Output).
    """

    MODULE = "network"

    vpc_id: pulumi.Output[str]
    vpc_cidr: pulumi.Output[str]
    vpc_cidrs: pulumi.Output[list[str]]
    pod_cidr: pulumi.Output[str]
    public_subnet_ids: pulumi.Output[list[str]]
    private_subnet_ids: pulumi.Output[list[str]]

    def __init__(
        self, name: str, args: NetworkArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(name, opts)
        self._name = name
        self._args = args
        plan = plan_subnets(args.settings.cidr)
        self._vpc = self._make_vpc()
        gateway = ec2.InternetGateway(
            f"{name}-internet",
            vpc_id=self._vpc.id,
            tags=args.named(f"{name}-internet"),
            opts=self.child(),
        )
        zones = self._zones()
        public = self._subnets("public", plan.public, zones, PUBLIC_ROLE)
        private = self._subnets("private", plan.private, zones, PRIVATE_ROLE)
        self._route_public(public, gateway)
        self._route_private(private, self._make_nat_gateways(public, gateway))

        self.vpc_id = self._vpc.id
        self.vpc_cidr = self.pod_cidr = self._vpc.cidr_block
        self.vpc_cidrs = self.vpc_cidr.apply(lambda cidr: [cidr])
        self.public_subnet_ids = pulumi.Output.all(*[subnet.id for subnet in public])
        self.private_subnet_ids = pulumi.Output.all(*[subnet.id for subnet in private])
        self.register_outputs(
            {
                "vpcId": self.vpc_id,
                "vpcCidr": self.vpc_cidr,
                "vpcCidrs": self.vpc_cidrs,
                "podCidr": self.pod_cidr,
                "publicSubnetIds": self.public_subnet_ids,
                "privateSubnetIds": self.private_subnet_ids,
            }
        )

    def _make_vpc(self) -> ec2.Vpc:
        vpc = ec2.Vpc(
            f"{self._name}-vpc",
            cidr_block=self._args.settings.cidr,
            # Private zones and the private endpoint of EKS answer only with both.
            enable_dns_support=True,
            enable_dns_hostnames=True,
            tags=self._args.named(f"{self._name}-vpc"),
            opts=self.child(),
        )
        # Taken over without rules, so that what forgets to name a group reaches nothing.
        ec2.DefaultSecurityGroup(
            f"{self._name}-default",
            vpc_id=vpc.id,
            tags=self._args.named(f"{self._name}-default-unused"),
            opts=self.child(),
        )
        return vpc

    def _zones(self) -> list[pulumi.Input[str]]:
        if self._args.settings.availability_zones is not None:
            return list(self._args.settings.availability_zones)
        found = get_availability_zones_output(
            state="available",
            exclude_zone_ids=UNFIT_ZONES,
            opts=pulumi.InvokeOptions(parent=self),
        )
        names = found.apply(lambda result: first_zones(result.names))
        return [names[index] for index in range(ZONES)]

    def _subnets(
        self, kind: str, cidrs: Sequence[str], zones: Sequence[pulumi.Input[str]], role: str
    ) -> list[ec2.Subnet]:
        clusters = {f"kubernetes.io/cluster/{cluster_name(c)}": "shared" for c in COLOURS}
        # Zones are looked up once: a zone that is down later must not move a subnet.
        looked_up = self._args.settings.availability_zones is None
        return [
            ec2.Subnet(
                label,
                vpc_id=self._vpc.id,
                cidr_block=cidr,
                availability_zone=zone,
                # Load balancers and NAT gateways bring addresses; instances never get one.
                map_public_ip_on_launch=False,
                tags=self._args.named(label, {role: "1", **clusters}),
                opts=self.child(ignore_changes=["availabilityZone"] if looked_up else []),
            )
            for label, cidr, zone in zip(self._labels(kind), cidrs, zones, strict=True)
        ]

    def _labels(self, kind: str) -> list[str]:
        return [f"{self._name}-{kind}-{number}" for number in range(1, ZONES + 1)]

    def _make_nat_gateways(
        self, public: Sequence[ec2.Subnet], internet: ec2.InternetGateway
    ) -> list[ec2.NatGateway]:
        """NAT gateways, one for each zone or one alone."""
        wanted = ZONES if self._args.settings.nat_gateways == "perZone" else 1
        gateways: list[ec2.NatGateway] = []
        for label, subnet in list(zip(self._labels("nat"), public, strict=True))[:wanted]:
            tags = self._args.named(label)
            # AWS lets go of the internet gateway only once no address is in use behind it.
            after = self.child(depends_on=[internet])
            address = ec2.Eip(label, domain="vpc", tags=tags, opts=after)
            gateways.append(
                ec2.NatGateway(
                    label, allocation_id=address.id, subnet_id=subnet.id, tags=tags, opts=after
                )
            )
        return gateways

    def _route_public(self, subnets: Sequence[ec2.Subnet], gateway: ec2.InternetGateway) -> None:
        label = f"{self._name}-public"
        table = self._table(label)
        ec2.Route(
            label,
            route_table_id=table.id,
            destination_cidr_block=_EVERYWHERE,
            gateway_id=gateway.id,
            opts=self.child(),
        )
        for name, subnet in zip(self._labels("public"), subnets, strict=True):
            self._associate(name, table, subnet)

    def _route_private(
        self, subnets: Sequence[ec2.Subnet], gateways: Sequence[ec2.NatGateway]
    ) -> None:
        """A table per zone even with one NAT gateway: a change of mind only changes routes."""
        for index, (label, subnet) in enumerate(zip(self._labels("private"), subnets, strict=True)):
            table = self._table(label)
            ec2.Route(
                label,
                route_table_id=table.id,
                destination_cidr_block=_EVERYWHERE,
                nat_gateway_id=gateways[index % len(gateways)].id,
                opts=self.child(),
            )
            self._associate(label, table, subnet)

    def _table(self, label: str) -> ec2.RouteTable:
        return ec2.RouteTable(
            label, vpc_id=self._vpc.id, tags=self._args.named(label), opts=self.child()
        )

    def _associate(self, label: str, table: ec2.RouteTable, subnet: ec2.Subnet) -> None:
        ec2.RouteTableAssociation(
            label, route_table_id=table.id, subnet_id=subnet.id, opts=self.child()
        )
