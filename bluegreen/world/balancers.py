"""Load balancers that the clusters' controllers made, and their targets."""

from collections import Counter
from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING

from bluegreen.registry import plain_host
from bluegreen.snapshot import LoadBalancer, TargetGroup
from settings.names import COLOURS, cluster_name

if TYPE_CHECKING:
    from mypy_boto3_elbv2 import ElasticLoadBalancingv2Client
    from mypy_boto3_elbv2.type_defs import LoadBalancerTypeDef

_CLUSTER_TAG = "elbv2.k8s.aws/cluster"
"""The AWS Load Balancer Controller's tag: https://kubernetes-sigs.github.io/aws-load-balancer-controller/"""
_TAGS_PER_CALL = 20


def balancers(elbv2: "ElasticLoadBalancingv2Client") -> tuple[LoadBalancer, ...]:
    """Load balancers of both colours' clusters."""
    clusters = {cluster_name(colour) for colour in COLOURS}
    listed = [
        entry
        for page in elbv2.get_paginator("describe_load_balancers").paginate()
        for entry in page["LoadBalancers"]
    ]
    return tuple(_balancers(elbv2, listed, clusters))


def _balancers(
    elbv2: "ElasticLoadBalancingv2Client",
    listed: list["LoadBalancerTypeDef"],
    clusters: Collection[str],
) -> Iterator[LoadBalancer]:
    tags = _tags(elbv2, [entry["LoadBalancerArn"] for entry in listed])
    for entry in listed:
        cluster = tags.get(entry["LoadBalancerArn"], {}).get(_CLUSTER_TAG, "")
        if cluster not in clusters:
            continue
        try:
            groups = tuple(_groups(elbv2, entry["LoadBalancerArn"]))
        except elbv2.exceptions.LoadBalancerNotFoundException:
            continue  # it went meanwhile
        except elbv2.exceptions.TargetGroupNotFoundException:
            groups = ()  # the answer about a load balancer that has none
        yield LoadBalancer(
            arn=entry["LoadBalancerArn"],
            name=entry["LoadBalancerName"],
            host=plain_host(entry["DNSName"]),
            kind=entry["Type"],
            state=entry["State"]["Code"],
            cluster=cluster,
            groups=groups,
        )


def _tags(elbv2: "ElasticLoadBalancingv2Client", arns: list[str]) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for start in range(0, len(arns), _TAGS_PER_CALL):
        try:
            answer = elbv2.describe_tags(ResourceArns=arns[start : start + _TAGS_PER_CALL])
        except elbv2.exceptions.LoadBalancerNotFoundException:
            # One went meanwhile, and the whole answer with it: ask one by one.
            if len(arns) > 1:
                for arn in arns[start : start + _TAGS_PER_CALL]:
                    found |= _tags(elbv2, [arn])
            continue
        for entry in answer["TagDescriptions"]:
            found[entry["ResourceArn"]] = {t["Key"]: t.get("Value", "") for t in entry["Tags"]}
    return found


def _groups(elbv2: "ElasticLoadBalancingv2Client", arn: str) -> Iterator[TargetGroup]:
    for group in elbv2.describe_target_groups(LoadBalancerArn=arn)["TargetGroups"]:
        health = elbv2.describe_target_health(TargetGroupArn=group["TargetGroupArn"])
        states = Counter(
            entry["TargetHealth"].get("State", "unknown")
            for entry in health["TargetHealthDescriptions"]
        )
        yield TargetGroup(name=group["TargetGroupName"], states=dict(states))
