"""A VPC made elsewhere, looked up and checked."""

import ipaddress
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
from pulumi_aws import ec2

from components.base import Component, ComponentArgs
from components.network import PRIVATE_ROLE, PUBLIC_ROLE
from settings.availability_zones import UNFIT_ZONES
from settings.network import ExistingVpc

_PRIVATE = ("10.0.0.0/8", "100.64.0.0/10", "172.16.0.0/12", "192.168.0.0/16")
_GONE = ("disassociated", "failed")


@dataclass(frozen=True, kw_only=True)
class ExistingNetworkArgs(ComponentArgs):
    """What `ExistingNetwork` needs.

    Attributes:
        settings: ids of the VPC and its subnets.
    """

    settings: ExistingVpc


def ranges_of(vpc: ec2.GetVpcResult) -> list[str]:
    """IPv4 ranges of a VPC, the first one first."""
    others = (it.cidr_block for it in vpc.cidr_block_associations or () if it.state not in _GONE)
    return list(dict.fromkeys((vpc.cidr_block, *others)))


def pod_range(ranges: Sequence[str], subnets: Sequence[str]) -> str | None:
    """The range around all private subnets, of which Cilium takes one for the addresses of pods.

    Args:
        ranges: those of the VPC.
        subnets: those of the private subnets.

    Returns:
        The one that they lie in; if they lie in several, the narrowest one around these, or None
        where that would hold addresses of the internet.
    """
    inner = [ipaddress.IPv4Network(it) for it in subnets]
    known = [ipaddress.IPv4Network(it) for it in ranges]
    held = [it for it in known if any(subnet.subnet_of(it) for subnet in inner)] or known[:1]
    around = held[0]
    while not all(it.subnet_of(around) for it in held):
        around = around.supernet()
    private = any(around.subnet_of(ipaddress.IPv4Network(it)) for it in _PRIVATE)
    return str(around) if private or len(held) == 1 else None


def _pod_range(vpc: ec2.GetVpcResult, private: Sequence[ec2.GetSubnetResult]) -> str | None:
    return pod_range(ranges_of(vpc), [it.cidr_block for it in private if it.cidr_block])


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
    found += [f"private subnet {it.id} has no IPv4 range" for it in private if not it.cidr_block]
    if _pod_range(vpc, private) is None:
        where = ", ".join(f"{it.id} in {it.cidr_block}" for it in private)
        found.append(
            "the private subnets must lie in one range of the VPC, or in ranges of one private"
            f" block such as 10.0.0.0/8, as Cilium takes one range for that of pods ({where})"
        )
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


@dataclass(frozen=True)
class _Fit:
    """A VPC that can be used, and the range around its private subnets."""

    vpc: ec2.GetVpcResult
    pod_cidr: str


def _require_fit(
    vpc: ec2.GetVpcResult,
    public: Sequence[ec2.GetSubnetResult],
    private: Sequence[ec2.GetSubnetResult],
) -> _Fit:
    mistakes = find_mistakes(vpc, public, private)
    if mistakes:
        lines = "\n  ".join(mistakes)
        raise pulumi.RunError(f"eks-platform:network.existing cannot be used:\n  {lines}")
    return _Fit(vpc, _pod_range(vpc, private) or vpc.cidr_block)


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
        vpc_cidrs: all of its IPv4 ranges.
        pod_cidr: the range around its private subnets.
        public_subnet_ids: three.
        private_subnet_ids: three.

    Raises:
        pulumi.RunError: out of each Output, when the VPC lacks DNS, a subnet is in another VPC
            or lacks its load balancer tag, two of a kind share a zone, EKS makes no cluster in
            the zone of a private one, or no private range is around these. Names all mistakes.
    """

    MODULE = "existingNetwork"

    vpc_id: pulumi.Output[str]
    vpc_cidr: pulumi.Output[str]
    vpc_cidrs: pulumi.Output[list[str]]
    pod_cidr: pulumi.Output[str]
    public_subnet_ids: pulumi.Output[list[str]]
    private_subnet_ids: pulumi.Output[list[str]]

    def __init__(
        self, name: str, args: ExistingNetworkArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(name, opts)
        self._lookup = pulumi.InvokeOptions(parent=self)
        wanted = args.settings
        fit = self._checked(wanted)
        # Everything is taken out of the checked answer, so nothing is made in a wrong network.
        self.vpc_id = fit.apply(lambda it: it.vpc.id)
        self.vpc_cidr = fit.apply(lambda it: it.vpc.cidr_block)
        self.vpc_cidrs = fit.apply(lambda it: ranges_of(it.vpc))
        self.pod_cidr = fit.apply(lambda it: it.pod_cidr)
        self.public_subnet_ids = fit.apply(lambda _: list(wanted.public_subnet_ids))
        self.private_subnet_ids = fit.apply(lambda _: list(wanted.private_subnet_ids))
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

    def _checked(self, wanted: ExistingVpc) -> pulumi.Output[_Fit]:
        """The VPC, once it and the subnets have passed."""
        vpc = ec2.get_vpc_output(id=wanted.vpc_id, opts=self._lookup)
        public = self._subnets(wanted.public_subnet_ids)
        private = self._subnets(wanted.private_subnet_ids)
        return pulumi.Output.all(vpc, public, private).apply(lambda found: _require_fit(*found))

    def _subnets(self, ids: Sequence[str]) -> pulumi.Output[list[ec2.GetSubnetResult]]:
        return pulumi.Output.all(*[ec2.get_subnet_output(id=i, opts=self._lookup) for i in ids])
