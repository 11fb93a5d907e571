"""Metrics by which a cluster is watched, under the names that AWS gives them."""

from collections.abc import Mapping
from typing import Literal

import pulumi
from pulumi_aws import autoscaling

from components.dashboard_widgets import Line

NODES = autoscaling.Metric.GROUP_IN_SERVICE_INSTANCES
WANTED_NODES = autoscaling.Metric.GROUP_DESIRED_CAPACITY
GROUP_METRICS = (WANTED_NODES, NODES)
"""What a node group counts where it is watched; without that it counts nothing.
https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-metrics.html"""

API_ERRORS = "apiserver_request_total_5XX"
UNSCHEDULABLE = "scheduler_pending_pods_UNSCHEDULABLE"
_CLUSTER: Mapping[str, str] = {
    "apiserver_request_total": "requests",
    "apiserver_request_total_429": "429: too many",
    API_ERRORS: "5xx: errors",
    "scheduler_pending_pods": "pods that wait",
    UNSCHEDULABLE: "pods that no node takes",
}
"""What EKS publishes of every cluster, without charge, and what it is.
https://docs.aws.amazon.com/eks/latest/userguide/cloudwatch.html: each once a minute, as a sum."""

CLUSTERS, CLUSTER = "AWS/EKS", "ClusterName"
"""Namespace and dimension of a cluster's metrics."""

GROUPS, GROUP = "AWS/AutoScaling", "AutoScalingGroupName"
"""Namespace and dimension of a node group's metrics."""

QUEUES, QUEUE = "AWS/SQS", "QueueName"
"""Namespace and dimension of a queue's metrics.
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html"""

OLDEST_MESSAGE = "ApproximateAgeOfOldestMessage"
"""Seconds."""


def of_cluster(name: str, metric: str, *, right: bool = False, label: str = "") -> Line:
    """A metric of a cluster."""
    return Line(
        namespace=CLUSTERS,
        metric=metric,
        dimension=CLUSTER,
        value=name,
        stat="Sum",
        label=label or _CLUSTER[metric],
        right=right,
    )


def of_group(group: pulumi.Input[str], metric: autoscaling.Metric, label: str) -> Line:
    """A metric of a node group."""
    return Line(
        namespace=GROUPS,
        metric=metric.value,
        dimension=GROUP,
        value=group,
        stat="Average",
        label=label,
    )


def of_queue(
    queue: str, metric: str, stat: Literal["Maximum", "Sum"], label: str, *, right: bool = False
) -> Line:
    """A metric of a queue."""
    return Line(
        namespace=QUEUES,
        metric=metric,
        dimension=QUEUE,
        value=queue,
        stat=stat,
        label=label,
        right=right,
    )
