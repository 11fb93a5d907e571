"""AWS Node Termination Handler: drains nodes before EC2 takes them."""

from collections.abc import Sequence

from catalogue import addons
from components.addon_stack.addon import Addon, Phase, Prerequisites, Values
from components.addon_stack.availability import (
    CLUSTER_CRITICAL,
    CRITICAL,
    ONE_DOWN,
    REPLICAS,
    SURGE,
    over_zones,
    resources,
)
from components.addon_stack.site import Site
from components.iam_policy import Statement
from components.interruption_queue import Event, Interruptions, queue_name
from components.node_group_tags import TERMINATION_TAG
from settings.names import LIFECYCLE_LABEL

_NAME = "aws-node-termination-handler"
_DRAIN_SECONDS = 120  # what spot leaves
_HOOK_SECONDS = 300


def _statements(site: Site) -> Sequence[Statement]:
    groups = f"autoScalingGroup:*:autoScalingGroupName/{site.cluster_name}-*"
    return (
        Statement(
            actions=[
                "autoscaling:DescribeAutoScalingInstances",
                "autoscaling:DescribeTags",
                "ec2:DescribeInstances",
            ],
            resources=["*"],
            reason="these APIs know no resources for what describes",
        ),
        Statement(
            actions=["autoscaling:CompleteLifecycleAction"],
            resources=[site.arn("autoscaling", groups)],
        ),
        Statement(
            actions=["sqs:DeleteMessage", "sqs:ReceiveMessage"],
            resources=[site.arn("sqs", queue_name(site.cluster_name))],
        ),
    )


def _values(site: Site, prerequisites: Prerequisites) -> Values:
    return {
        # A Deployment on the queue; its default is a DaemonSet on the metadata service.
        "enableSqsTerminationDraining": True,
        "queueURL": prerequisites.queue_url,
        "awsRegion": site.region,
        "replicas": REPLICAS,
        "serviceAccount": {
            "create": True,
            "name": _NAME,
            "annotations": {"eks.amazonaws.com/role-arn": prerequisites.role_arn},
        },
        "checkTagBeforeDraining": True,
        "managedTag": TERMINATION_TAG,
        # The events of the other colour's spot nodes come too; its nodes are not here.
        "deleteSqsMsgIfNodeNotFound": True,
        "useProviderId": True,
        "taintNode": True,
        "excludeFromLoadBalancers": True,
        "emitKubernetesEvents": True,
        "jsonLogging": True,
        "logFormatVersion": 2,
        "nodeTerminationGracePeriod": _DRAIN_SECONDS,
        "podTerminationGracePeriod": -1,
        # It must not go with the nodes that it drains.
        "nodeSelector": {LIFECYCLE_LABEL: "on-demand"},
        "priorityClassName": CLUSTER_CRITICAL,
        "podDisruptionBudget": ONE_DOWN,
        "topologySpreadConstraints": over_zones({"app.kubernetes.io/name": _NAME}),
        "tolerations": CRITICAL,
        "resources": resources("50m", "128Mi", "256Mi"),
        "strategy": SURGE,
    }


ADDON = Addon(
    line=addons.AWS_NODE_TERMINATION_HANDLER,
    why="drains nodes before EC2 takes them",
    phase=Phase.SERVICES,
    service_account=_NAME,
    statements=_statements,
    interruptions=Interruptions(
        events=(
            Event(
                name="terminating",
                source="aws.autoscaling",
                detail_type="EC2 Instance-terminate Lifecycle Action",
                of_groups=True,
            ),
            Event(
                name="spot-interruption",
                source="aws.ec2",
                detail_type="EC2 Spot Instance Interruption Warning",
            ),
            Event(
                name="rebalance",
                source="aws.ec2",
                detail_type="EC2 Instance Rebalance Recommendation",
            ),
            Event(
                name="state-change",
                source="aws.ec2",
                detail_type="EC2 Instance State-change Notification",
            ),
            Event(
                name="scheduled-change",
                source="aws.health",
                detail_type="AWS Health Event",
                detail={"service": ["EC2"], "eventTypeCategory": ["scheduledChange"]},
            ),
        ),
        heartbeat_seconds=_HOOK_SECONDS,
    ),
    values=_values,
)
"""The handler of nodes that go, in queue mode."""
