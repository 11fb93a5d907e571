"""What EKS, EC2 and Systems Manager have in the region."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, cast

from bluegreen.preflight.capacity import Offer, Subnet
from bluegreen.preflight.pins import ClusterVersion
from bluegreen.world.aws import Aws
from catalogue.instance_type_answers import Answer, read
from settings.availability_zones import UNFIT_ZONES, is_regional
from settings.names import PROJECT, SHARED
from settings.network import ZONES, ExistingNetwork, OwnNetwork

_PARAMETERS = 10  # of one GetParameters
_TYPES = 100  # of one filter: EC2 takes 200 values
_PRIVATE_TAG = "kubernetes.io/role/internal-elb"
_NO_HOSTS = 5  # addresses of a subnet that AWS keeps


class NoSubnetError(OSError):
    """None of the subnets that are given is there."""


def cluster_versions(aws: Aws) -> Mapping[str, ClusterVersion]:
    """Kubernetes minors that EKS has, with their support. Raises ClientError, BotoCoreError."""
    pages = aws.eks.get_paginator("describe_cluster_versions").paginate(includeAll=True)
    return {
        it["clusterVersion"]: ClusterVersion(
            status=it.get("versionStatus", it.get("status", "")).upper().replace("-", "_"),
            standard_until=until.date() if (until := it.get("endOfStandardSupportDate")) else None,
        )
        for page in pages
        for it in page["clusterVersions"]
    }


def parameters(aws: Aws, names: Sequence[str]) -> Collection[str]:
    """Those of some SSM parameters that are there. Raises ClientError, BotoCoreError."""
    return {
        found["Name"]
        for some in _in_batches(names, _PARAMETERS)
        for found in aws.ssm.get_parameters(Names=some)["Parameters"]
    }


def addon_versions(
    aws: Aws, names: Iterable[str], minors: Iterable[str]
) -> Mapping[tuple[str, str], Sequence[str]]:
    """Versions of EKS add-ons by add-on and minor. Raises ClientError, BotoCoreError."""
    minors = list(minors)
    pages = aws.eks.get_paginator("describe_addon_versions")
    return {
        (name, minor): [
            version["addonVersion"]
            for page in pages.paginate(addonName=name, kubernetesVersion=minor)
            for addon in page["addons"]
            for version in addon["addonVersions"]
        ]
        for name in names
        for minor in minors
    }


def instance_offers(aws: Aws, names: Sequence[str]) -> Mapping[str, Offer]:
    """What EC2 says of instance types. Raises ClientError, BotoCoreError."""
    kinds = dict.fromkeys(names) | {
        it["InstanceType"]: read(cast("Answer", it))
        for some in _in_batches(names, _TYPES)
        for page in aws.ec2.get_paginator("describe_instance_types").paginate(
            Filters=[{"Name": "instance-type", "Values": some}]
        )
        for it in page["InstanceTypes"]
    }
    zones: dict[str, set[str]] = {name: set() for name in names}
    for some in _in_batches(names, _TYPES):
        for page in aws.ec2.get_paginator("describe_instance_type_offerings").paginate(
            LocationType="availability-zone", Filters=[{"Name": "instance-type", "Values": some}]
        ):
            for it in page["InstanceTypeOfferings"]:
                zones[it["InstanceType"]].add(it["Location"])
    return {name: Offer(kinds[name], frozenset(zones[name])) for name in names}


def network_zones(aws: Aws, network: OwnNetwork | ExistingNetwork) -> Sequence[str]:
    """Zones of the nodes. Raises NoSubnetError, ClientError, BotoCoreError."""
    if isinstance(network, ExistingNetwork):
        return sorted({it.zone for it in private_subnets(aws, network)})
    if network.availability_zones is not None:
        return network.availability_zones
    found = aws.ec2.describe_availability_zones(
        Filters=[{"Name": "state", "Values": ["available"]}]
    )["AvailabilityZones"]
    fit = [it["ZoneName"] for it in found if it.get("ZoneId") not in UNFIT_ZONES]
    return sorted(filter(is_regional, fit))[:ZONES]


def network_vpc(aws: Aws, network: OwnNetwork | ExistingNetwork) -> str | None:
    """Id of the VPC; None where it is still to be made. Raises ClientError, BotoCoreError."""
    if isinstance(network, ExistingNetwork):
        return network.existing.vpc_id
    found = aws.ec2.describe_vpcs(Filters=_of_shared())["Vpcs"]
    return next((it.get("VpcId") for it in found), None)


def network_parts(aws: Aws, network: ExistingNetwork) -> Mapping[str, str]:
    """By id, of a VPC and its subnets those that are there, and in which VPC they lie.

    Raises ClientError, BotoCoreError.
    """
    wanted = network.existing
    ids = [*wanted.public_subnet_ids, *wanted.private_subnet_ids]
    vpcs = aws.ec2.describe_vpcs(Filters=[{"Name": "vpc-id", "Values": [wanted.vpc_id]}])["Vpcs"]
    subnets = aws.ec2.describe_subnets(Filters=[{"Name": "subnet-id", "Values": ids}])["Subnets"]
    found = {str(it.get("VpcId")): str(it.get("VpcId")) for it in vpcs}
    return found | {str(it.get("SubnetId")): str(it.get("VpcId")) for it in subnets}


def private_subnets(aws: Aws, network: OwnNetwork | ExistingNetwork) -> Sequence[Subnet]:
    """Private subnets, as they stand or as they will be.

    Raises:
        NoSubnetError: none of those that are given is there.
        ClientError, BotoCoreError: AWS could not be asked, or says no.
    """
    if isinstance(network, ExistingNetwork):
        ids = list(network.existing.private_subnet_ids)
        filters: list[Any] = [{"Name": "subnet-id", "Values": ids}]
        given = _subnets(aws.ec2.describe_subnets(Filters=filters)["Subnets"])
        if not given:
            raise NoSubnetError("none of the private subnets that are given is there")
        return given
    filters = [*_of_shared(), {"Name": "tag-key", "Values": [_PRIVATE_TAG]}]
    standing = _subnets(aws.ec2.describe_subnets(Filters=filters)["Subnets"])
    return standing or _planned(network)


def _of_shared() -> list[Any]:
    """What the shared stack made."""
    tags = {"tag:Project": PROJECT, "tag:Stack": SHARED}
    return [{"Name": key, "Values": [value]} for key, value in tags.items()]


def _planned(network: OwnNetwork) -> Sequence[Subnet]:
    """A quarter of the range for each zone, see `components.network.plan_subnets`."""
    prefix = int(network.cidr.partition("/")[2]) + 2
    free = 2 ** (32 - prefix) - _NO_HOSTS
    name = f"a private subnet of {network.cidr}"
    return [Subnet(name, f"zone {number + 1}", free) for number in range(ZONES)]


def _subnets(found: Iterable[Any]) -> list[Subnet]:
    return [
        Subnet(it["SubnetId"], it["AvailabilityZone"], it["AvailableIpAddressCount"])
        for it in found
    ]


def _in_batches(names: Sequence[str], size: int) -> list[list[str]]:
    return [list(names[start : start + size]) for start in range(0, len(names), size)]
