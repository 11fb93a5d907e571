"""Settings of the network: a VPC of its own, or an existing one."""

import ipaddress
import re
from typing import Annotated, Literal

from pydantic import Discriminator, Tag, ValidationInfo, field_validator

from settings.model import Matching, Settings, distinct, expected, range_of

ZONES = 3
"""Availability zones used: an EKS control plane and its nodes outlive the loss of one."""

_PRIVATE = tuple(
    ipaddress.IPv4Network(n) for n in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")
)
_WIDEST, _NARROWEST = 16, 20

# https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/resource-ids.html
_ID = "(?:[0-9a-f]{8}|[0-9a-f]{17})"

VpcId = Annotated[str, Matching(f"vpc-{_ID}", "a VPC id such as vpc-0123456789abcdef0")]
SubnetId = Annotated[str, Matching(f"subnet-{_ID}", "a subnet id such as subnet-0123456789abcdef0")]


class OwnNetwork(Settings):
    """A VPC that the shared stack creates."""

    cidr: str = "10.40.0.0/16"
    """Private IPv4 range, /16 to /20: pods take addresses of the private subnets."""

    nat_gateways: Literal["one", "perZone"] = "perZone"
    """NAT gateways. With `one`, the loss of its zone cuts every node off from the internet."""

    availability_zones: tuple[str, ...] | None = None
    """Three zones of the region. Absent: the first three of the account that EKS takes."""

    @field_validator("cidr")
    @classmethod
    def _check_cidr(cls, value: str) -> str:
        network = range_of(value)
        if network is None:
            raise expected("an IPv4 range such as 10.40.0.0/16, its host bits zero")
        if not any(network.subnet_of(private) for private in _PRIVATE):
            raise expected("a range within 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16")
        if not _WIDEST <= network.prefixlen <= _NARROWEST:
            raise expected(
                f"a prefix of /{_WIDEST} (the largest VPC) to /{_NARROWEST}"
                " (below it pods run out of addresses)"
            )
        return value

    @field_validator("availability_zones")
    @classmethod
    def _check_zones(
        cls, value: tuple[str, ...] | None, info: ValidationInfo
    ) -> tuple[str, ...] | None:
        if value is None:
            return None
        if len(value) != ZONES:
            raise expected(f"{ZONES} availability zones")
        # Without a right region, which is a mistake of its own, nothing can be said.
        region = (info.context or {}).get("region")
        if region and any(not re.fullmatch(f"{region}[a-f]", zone) for zone in value):
            raise expected("zones of aws:region", f"such as {region}a")
        return distinct(value)


class ExistingVpc(Settings):
    """A VPC made elsewhere, with its subnets."""

    vpc_id: VpcId
    """Id of the VPC."""

    public_subnet_ids: tuple[SubnetId, ...]
    """Subnets for internet-facing load balancers: three, each in another zone."""

    private_subnet_ids: tuple[SubnetId, ...]
    """Subnets for nodes, pods and internal load balancers: three, each in another zone."""

    @field_validator("public_subnet_ids", "private_subnet_ids")
    @classmethod
    def _check_subnets(cls, value: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        if len(value) != ZONES:
            raise expected(f"{ZONES} subnet ids, one in each availability zone")
        both = set(value) & set(info.data.get("public_subnet_ids", ()))
        if both:
            raise expected("no public subnet among the private ones", ", ".join(sorted(both)))
        return distinct(value)


class ExistingNetwork(Settings):
    """A network looked up by ids; nothing of it is changed."""

    existing: ExistingVpc
    """The VPC and its subnets. They must carry the load balancer tags already."""


def _kind(value: object) -> str:
    if isinstance(value, ExistingNetwork) or (isinstance(value, dict) and "existing" in value):
        return "<existing>"
    return "<own>"


Network = Annotated[
    Annotated[OwnNetwork, Tag("<own>")] | Annotated[ExistingNetwork, Tag("<existing>")],
    Discriminator(_kind),
]
