"""Cluster Autoscaler: as many nodes as pods need."""

import re
from collections.abc import Sequence

from catalogue import addons
from catalogue.versions import CLUSTER_AUTOSCALER_IMAGE
from components.addon_stack.addon import Addon, Phase, Prerequisites, Values
from components.addon_stack.availability import (
    CLUSTER_CRITICAL,
    CRITICAL,
    HARDENED,
    ONE_DOWN,
    REPLICAS,
    SURGE,
    over_zones,
    resources,
)
from components.addon_stack.scraping import scrape_annotations
from components.addon_stack.site import Site
from components.addons.overprovisioning import PRIORITY as RESERVE_PRIORITY
from components.iam_policy import Statement
from components.user_data import NETWORK_TAINT

_NAME = "cluster-autoscaler"
_METRICS = 8085
_SPOT_FIRST, _REST = 50, 10  # the higher wins


def _statements(site: Site) -> Sequence[Statement]:
    groups = f"autoScalingGroup:*:autoScalingGroupName/{site.cluster_name}-*"
    return (
        Statement(
            actions=[
                "autoscaling:DescribeAutoScalingGroups",
                "autoscaling:DescribeAutoScalingInstances",
                "autoscaling:DescribeLaunchConfigurations",
                "autoscaling:DescribeScalingActivities",
                "ec2:DescribeImages",
                "ec2:DescribeInstanceTypes",
                "ec2:DescribeLaunchTemplateVersions",
            ],
            resources=["*"],
            reason="these APIs know no resources for what describes",
        ),
        Statement(
            actions=[
                "autoscaling:SetDesiredCapacity",
                "autoscaling:TerminateInstanceInAutoScalingGroup",
            ],
            resources=[site.arn("autoscaling", groups)],
            conditions={
                "StringEquals": {
                    f"aws:ResourceTag/k8s.io/cluster-autoscaler/{site.cluster_name}": "owned"
                }
            },
        ),
    )


def priorities(site: Site) -> dict[str, list[str]]:
    """Expressions of group names by priority: spot first, then the rest."""
    spot = [
        f"^{re.escape(f'{site.cluster_name}-{name}')}$"
        for name, group in site.groups.items()
        if group.capacity == "spot"
    ]
    return {**({str(_SPOT_FIRST): spot} if spot else {}), str(_REST): [".*"]}


def _values(site: Site, prerequisites: Prerequisites) -> Values:
    return {
        "cloudProvider": "aws",
        "awsRegion": site.region,
        "autoDiscovery": {"clusterName": site.cluster_name},
        "fullnameOverride": _NAME,
        "image": {"tag": CLUSTER_AUTOSCALER_IMAGE.pin(site.kubernetes_version)},
        "replicaCount": REPLICAS,
        # Not the top-level serviceAccount, which the chart does not read.
        "rbac": {
            "serviceAccount": {
                "create": True,
                "name": _NAME,
                "annotations": {"eks.amazonaws.com/role-arn": prerequisites.role_arn},
            }
        },
        "extraArgs": {
            "expander": "priority,least-waste",
            "balance-similar-node-groups": True,
            "skip-nodes-with-system-pods": False,
            "skip-nodes-with-local-storage": False,
            "scale-down-unneeded-time": "10m",
            # The kubelet is ready before Cilium is. Else such a node counts as full, and the pods
            # that it was made for get another (kubernetes/autoscaler, issue 7268).
            "startup-taint": NETWORK_TAINT.key,
            # Pods below it get no node: the reserve must still get one. It is the default, too.
            "expendable-pods-priority-cutoff": RESERVE_PRIORITY,
        },
        "expanderPriorities": priorities(site),
        "priorityClassName": CLUSTER_CRITICAL,
        "podDisruptionBudget": ONE_DOWN,
        "topologySpreadConstraints": over_zones(
            {"app.kubernetes.io/name": "aws-cluster-autoscaler"}
        ),
        "tolerations": CRITICAL,
        "resources": resources("100m", "600Mi", "600Mi"),
        "updateStrategy": SURGE,
        "containerSecurityContext": HARDENED,
    }


ADDON = Addon(
    line=addons.CLUSTER_AUTOSCALER,
    why="as many nodes as pods need, spot first",
    phase=Phase.SERVICES,
    service_account=_NAME,
    statements=_statements,
    values=_values,
    scrape_values={"podAnnotations": scrape_annotations(_METRICS)},
)
"""The autoscaler of nodes."""
