"""What Karpenter's role may do: with instances of its own cluster alone, told by their tags.

The statements follow those of the project's own template:
https://karpenter.sh/docs/reference/cloudformation/
"""

from collections.abc import Sequence

import pulumi

from components.addon_stack.site import Site
from components.iam_policy import Condition, Statement
from components.interruption_queue import queue_name

QUEUE = "karpenter"
"""Ends the name of its queue."""

_NODE_POOL = "karpenter.sh/nodepool"
_CLUSTER = "eks:eks-cluster-name"
_LAUNCH = ("ec2:RunInstances", "ec2:CreateFleet")
_MADE = (
    "fleet",
    "instance",
    "launch-template",
    "network-interface",
    "spot-instances-request",
    "volume",
)
"""What a launch makes, and Karpenter tags."""


def statements(site: Site) -> Sequence[Statement]:
    """Statements of its role on a cluster."""
    return (*_launching(site), *_tagging(site), *_ending(site), *_reading(site), *_others(site))


def _launching(site: Site) -> Sequence[Statement]:
    return (
        Statement(
            sid="LaunchOf",
            actions=_LAUNCH,
            resources=[
                _security_group(site),
                *(site.arn("ec2", f"subnet/{it}") for it in site.network.private_subnet_ids),
            ],
        ),
        # Not the pinned image alone: an update that is ended between this policy and the node class
        # would leave a cluster that gets no nodes.
        Statement(
            sid="LaunchFromAmazon",
            actions=_LAUNCH,
            resources=[site.public_arn("ec2", "image/*"), site.public_arn("ec2", "snapshot/*")],
            conditions={"StringEquals": {"ec2:Owner": "amazon"}},
        ),
        Statement(
            sid="LaunchByTemplate",
            actions=_LAUNCH,
            resources=[site.arn("ec2", "launch-template/*")],
            conditions=_own(site),
        ),
        Statement(
            sid="LaunchTagged",
            actions=[*_LAUNCH, "ec2:CreateLaunchTemplate"],
            resources=_made(site),
            conditions=_asked(site),
        ),
        Statement(
            sid="PassNodeRole",
            actions=["iam:PassRole"],
            resources=[site.global_arn("iam", f"role/{site.cluster_name}-node")],
            conditions={"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}},
        ),
    )


def _tagging(site: Site) -> Sequence[Statement]:
    asked = _asked(site)
    making = {"ec2:CreateAction": ["RunInstances", "CreateFleet", "CreateLaunchTemplate"]}
    return (
        Statement(
            sid="TagWhatIsMade",
            actions=["ec2:CreateTags"],
            resources=_made(site),
            conditions={**asked, "StringEquals": {**asked["StringEquals"], **making}},
        ),
        # Once an instance has become a node: its name, and the claim that it is of.
        Statement(
            sid="TagNodes",
            actions=["ec2:CreateTags"],
            resources=[site.arn("ec2", "instance/*")],
            conditions={
                **_own(site),
                "StringEqualsIfExists": {f"aws:RequestTag/{_CLUSTER}": site.cluster_name},
                "ForAllValues:StringEquals": {
                    "aws:TagKeys": [_CLUSTER, "karpenter.sh/nodeclaim", "Name"]
                },
            },
        ),
    )


def _ending(site: Site) -> Sequence[Statement]:
    return (
        Statement(
            sid="End",
            actions=["ec2:TerminateInstances", "ec2:DeleteLaunchTemplate"],
            resources=[site.arn("ec2", "instance/*"), site.arn("ec2", "launch-template/*")],
            conditions=_own(site),
        ),
    )


def _reading(site: Site) -> Sequence[Statement]:
    return (
        Statement(
            sid="Read",
            actions=[
                "ec2:DescribeCapacityReservations",
                "ec2:DescribeImages",
                "ec2:DescribeInstanceStatus",
                "ec2:DescribeInstanceTypeOfferings",
                "ec2:DescribeInstanceTypes",
                "ec2:DescribeInstances",
                "ec2:DescribeLaunchTemplates",
                "ec2:DescribePlacementGroups",
                "ec2:DescribeSecurityGroups",
                "ec2:DescribeSpotPriceHistory",
                "ec2:DescribeSubnets",
                "iam:ListInstanceProfiles",
                "pricing:GetProducts",
            ],
            resources=["*"],
            reason="these APIs know no resources for what describes, lists and names prices",
        ),
        Statement(
            sid="ReadCluster",
            actions=["eks:DescribeCluster"],
            resources=[site.arn("eks", f"cluster/{site.cluster_name}")],
        ),
        # Nodes get the platform's own instance profile, so it makes none. But before it lets an
        # EC2NodeClass go, it looks for one by the name that its first versions gave.
        Statement(
            sid="ReadFormerProfiles",
            actions=["iam:GetInstanceProfile"],
            resources=[site.global_arn("iam", f"instance-profile/{site.cluster_name}_*")],
        ),
    )


def _others(site: Site) -> Sequence[Statement]:
    return (
        Statement(
            sid="Interruptions",
            actions=["sqs:DeleteMessage", "sqs:GetQueueUrl", "sqs:ReceiveMessage"],
            resources=[site.arn("sqs", queue_name(site.cluster_name, QUEUE))],
        ),
    )


def _made(site: Site) -> Sequence[pulumi.Output[str]]:
    return [site.arn("ec2", f"{kind}/*") for kind in _MADE]


def _security_group(site: Site) -> pulumi.Output[str]:
    return pulumi.Output.concat(
        site.arn("ec2", "security-group/"), site.node_launch.security_group_id
    )


def _own(site: Site) -> Condition:
    """What carries the cluster's tags."""
    return {
        "StringEquals": {f"aws:ResourceTag/{site.ownership_tag}": "owned"},
        "StringLike": {f"aws:ResourceTag/{_NODE_POOL}": "*"},
    }


def _asked(site: Site) -> Condition:
    """What gets the cluster's tags as it is made."""
    return {
        "StringEquals": {
            f"aws:RequestTag/{site.ownership_tag}": "owned",
            f"aws:RequestTag/{_CLUSTER}": site.cluster_name,
        },
        "StringLike": {f"aws:RequestTag/{_NODE_POOL}": "*"},
    }
