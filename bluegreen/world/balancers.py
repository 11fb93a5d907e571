"""Load balancers that the clusters' controllers made, and their targets."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence, Set
from contextlib import suppress
from typing import TYPE_CHECKING

from bluegreen.registry import plain_host
from bluegreen.snapshot import LoadBalancer, TargetGroup
from settings.names import COLOURS, cluster_name

if TYPE_CHECKING:
    from mypy_boto3_elbv2 import ElasticLoadBalancingv2Client
    from mypy_boto3_elbv2.type_defs import LoadBalancerTypeDef, TargetGroupTypeDef

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
    clusters_of = {arn: said.get(_CLUSTER_TAG, "") for arn, said in tags.items()}
    own = {arn for arn, cluster in clusters_of.items() if cluster in clusters}
    groups = _groups(elbv2, own) if own else {}
    for entry in listed:
        arn = entry["LoadBalancerArn"]
        if arn not in own:
            continue
        yield LoadBalancer(
            arn=arn,
            name=entry["LoadBalancerName"],
            host=plain_host(entry["DNSName"]),
            kind=entry["Type"],
            state=entry["State"]["Code"],
            cluster=clusters_of[arn],
            groups=tuple(groups.get(arn, ())),
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


def _groups(
    elbv2: "ElasticLoadBalancingv2Client", own: Set[str]
) -> Mapping[str, Sequence[TargetGroup]]:
    """Load balancer → its target groups: they are listed at once, not for each balancer."""
    found: dict[str, list[TargetGroup]] = {}
    for page in elbv2.get_paginator("describe_target_groups").paginate():
        for group in page["TargetGroups"]:
            for arn in own & set(group.get("LoadBalancerArns", ())):
                with suppress(elbv2.exceptions.TargetGroupNotFoundException):  # it went meanwhile
                    found.setdefault(arn, []).append(_group(elbv2, group))
    return found


def _group(elbv2: "ElasticLoadBalancingv2Client", group: "TargetGroupTypeDef") -> TargetGroup:
    health = elbv2.describe_target_health(TargetGroupArn=group["TargetGroupArn"])
    states = Counter(
        entry["TargetHealth"].get("State", "unknown")
        for entry in health["TargetHealthDescriptions"]
    )
    return TargetGroup(name=group["TargetGroupName"], states=dict(states))
