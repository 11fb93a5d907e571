"""The account's quotas, and what of them others have."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from bluegreen.preflight.capacity import QuotaKey, Usage, vcpu_quota
from bluegreen.world.aws import Aws
from catalogue.instance_types import UnknownInstanceTypeError, instance_type
from settings.names import PROJECT, SHARED, Colour, cluster_name

if TYPE_CHECKING:
    from mypy_boto3_ec2.type_defs import InstanceTypeDef, TagTypeDef

_LIVE = ["pending", "running"]


class NoQuotaError(OSError):
    """Service Quotas knows no such quota."""


def values(aws: Aws, keys: Iterable[QuotaKey]) -> Mapping[QuotaKey, float]:
    """What each quota is now.

    Raises:
        NoQuotaError: Service Quotas does not know one.
        ClientError, BotoCoreError: AWS could not be asked, or says no.
    """
    return {key: _value(aws, key) for key in keys}


def _value(aws: Aws, key: QuotaKey) -> float:
    client = aws.service_quotas
    missing = client.exceptions.NoSuchResourceException
    for ask in (client.get_service_quota, client.get_aws_default_service_quota):
        try:
            return ask(ServiceCode=key.service, QuotaCode=key.code)["Quota"]["Value"]
        except missing:
            continue  # one that was never raised is among the defaults alone
    raise NoQuotaError(f"Service Quotas does not know {key.code}, {key.name}")


def usage(aws: Aws, colours: Collection[Colour]) -> Usage:
    """What of the quotas others have than the colours. Raises ClientError, BotoCoreError."""
    addresses = aws.ec2.describe_addresses()["Addresses"]
    names = {cluster_name(colour) for colour in colours}
    vpcs = [it for page in aws.ec2.get_paginator("describe_vpcs").paginate() for it in page["Vpcs"]]
    return Usage(
        vcpus=_vcpus(aws, names),
        vpcs=len(vpcs),
        addresses=len(addresses),
        clusters=len(clusters(aws) - names),
        own_network=any(_is_ours(vpc.get("Tags", ())) for vpc in vpcs),
    )


def clusters(aws: Aws) -> frozenset[str]:
    """Names of all EKS clusters. Raises ClientError, BotoCoreError."""
    pages = aws.eks.get_paginator("list_clusters").paginate()
    return frozenset(name for page in pages for name in page["clusters"])


def _vcpus(aws: Aws, clusters: Collection[str]) -> Mapping[str, int]:
    """VCPUs of running instances that are no nodes of the clusters, by quota."""
    found: Counter[str] = Counter()
    own = {f"kubernetes.io/cluster/{name}" for name in clusters}
    for instance in _instances(aws):
        if own & {tag["Key"] for tag in instance.get("Tags", ())}:
            continue
        capacity = "spot" if instance.get("InstanceLifecycle") == "spot" else "on-demand"
        try:
            kind = instance_type(instance["InstanceType"])
        except UnknownInstanceTypeError:
            continue  # of a family that is newer than the catalogue
        if code := vcpu_quota(kind.name, capacity):
            found[code] += kind.vcpus
    return found


def _instances(aws: Aws) -> Iterator["InstanceTypeDef"]:
    pages = aws.ec2.get_paginator("describe_instances").paginate(
        Filters=[{"Name": "instance-state-name", "Values": _LIVE}]
    )
    for page in pages:
        for reservation in page["Reservations"]:
            yield from reservation["Instances"]


def _is_ours(tags: Iterable["TagTypeDef"]) -> bool:
    found = {tag["Key"]: tag["Value"] for tag in tags}
    return (found.get("Project"), found.get("Stack")) == (PROJECT, SHARED)
