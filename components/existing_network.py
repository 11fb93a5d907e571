"""A VPC made elsewhere, looked up and checked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
from pulumi_aws import ec2

from components.base import Component, ComponentArgs
from components.network import PRIVATE_ROLE, PUBLIC_ROLE, UNFIT_ZONES


@dataclass(frozen=True, kw_only=True)
class ExistingNetworkArgs(ComponentArgs):
    """What `ExistingNetwork` needs.

    Attributes:
        vpc_id: id of the VPC.
        public_subnet_ids: three, each in another zone.
        private_subnet_ids: three, each in another zone.
    """

    vpc_id: str
    public_subnet_ids: tuple[str, ...]
    private_subnet_ids: tuple[str, ...]


def find_mistakes(
    vpc: ec2.GetVpcResult,
    public: Sequence[ec2.GetSubnetResult],
    private: Sequence[ec2.GetSubnetResult],
) -> list[str]:
    """What keeps a VPC and its subnets from being used, one sentence each."""
    found: list[str] = []
    if not (vpc.enable_dns_support and vpc.enable_dns_hostnames):
        found.append(f"VPC {vpc.id} must have DNS support and DNS host names enabled")
    for kind, role, subnets in (
        ("public", PUBLIC_ROLE, public),
        ("private", PRIVATE_ROLE, private),
    ):
        found += _mistakes_of(kind, role, vpc.id, subnets)
    # Load balancers alone lie in the public ones.
    return found + [
        f"private subnet {it.id} is in {it.availability_zone}, which is zone"
        f" {it.availability_zone_id}: EKS makes no cluster there"
        for it in private
        if it.availability_zone_id in UNFIT_ZONES
    ]


def _mistakes_of(
    kind: str, role: str, vpc_id: str, subnets: Sequence[ec2.GetSubnetResult]
) -> list[str]:
    found: list[str] = []
    for subnet in subnets:
        if subnet.vpc_id != vpc_id:
            found.append(f"{kind} subnet {subnet.id} is in VPC {subnet.vpc_id}, not in {vpc_id}")
        tags: Mapping[str, str] = subnet.tags or {}
        if role not in tags:
            found.append(f"{kind} subnet {subnet.id} lacks the tag {role}=1")
    zones = {subnet.id: subnet.availability_zone for subnet in subnets}
    if len(set(zones.values())) < len(zones):
        where = ", ".join(f"{subnet} in {zone}" for subnet, zone in zones.items())
        found.append(f"the {kind} subnets must each lie in another zone ({where})")
    return found


def _require_fit(
    vpc: ec2.GetVpcResult,
    public: Sequence[ec2.GetSubnetResult],
    private: Sequence[ec2.GetSubnetResult],
) -> ec2.GetVpcResult:
    mistakes = find_mistakes(vpc, public, private)
    if mistakes:
        lines = "\n  ".join(mistakes)
        raise pulumi.RunError(f"eks-platform:network.existing cannot be used:\n  {lines}")
    return vpc


class ExistingNetwork(Component):
    """A VPC and six subnets that were made elsewhere. Nothing of them is changed.

    Pulumi type: ``eks-platform:existingNetwork:ExistingNetwork``.

    Creates nothing; looks the VPC and the subnets up and checks that they belong together.

    Args:
        name: Pulumi name.
        args: what it needs.
        opts: resource options.

    Attributes:
        vpc_id: id of the VPC.
        vpc_cidr: its first IPv4 range.
        public_subnet_ids: three.
        private_subnet_ids: three.

    Raises:
        pulumi.RunError: out of each Output, when the VPC lacks DNS, a subnet is in another VPC
            or lacks its load balancer tag, two of a kind share a zone, or EKS makes no cluster in
            the zone of a private one. Names all mistakes.
    """

    MODULE = "existingNetwork"

    vpc_id: pulumi.Output[str]
    vpc_cidr: pulumi.Output[str]
    public_subnet_ids: pulumi.Output[list[str]]
    private_subnet_ids: pulumi.Output[list[str]]

    def __init__(
        self, name: str, args: ExistingNetworkArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(name, opts)
        self._lookup = pulumi.InvokeOptions(parent=self)
        vpc = self._checked(args)
        # Everything is taken out of the checked answer, so nothing is made in a wrong network.
        self.vpc_id = vpc.id
        self.vpc_cidr = vpc.cidr_block
        self.public_subnet_ids = vpc.apply(lambda _: list(args.public_subnet_ids))
        self.private_subnet_ids = vpc.apply(lambda _: list(args.private_subnet_ids))
        self.register_outputs(
            {
                "vpcId": self.vpc_id,
                "vpcCidr": self.vpc_cidr,
                "publicSubnetIds": self.public_subnet_ids,
                "privateSubnetIds": self.private_subnet_ids,
            }
        )

    def _checked(self, args: ExistingNetworkArgs) -> pulumi.Output[ec2.GetVpcResult]:
        """The VPC, once it and the subnets have passed."""
        vpc = ec2.get_vpc_output(id=args.vpc_id, opts=self._lookup)
        public = self._subnets(args.public_subnet_ids)
        private = self._subnets(args.private_subnet_ids)
        return pulumi.Output.all(vpc, public, private).apply(lambda found: _require_fit(*found))

    def _subnets(self, ids: Sequence[str]) -> pulumi.Output[list[ec2.GetSubnetResult]]:
        return pulumi.Output.all(*[ec2.get_subnet_output(id=i, opts=self._lookup) for i in ids])
