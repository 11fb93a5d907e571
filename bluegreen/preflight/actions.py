"""What the first update of the three stacks asks of AWS, as IAM names it."""

from collections.abc import Sequence

from bluegreen.preflight.wanted import Wanted
from settings.human_roles import OwnHumanRoles
from settings.network import OwnNetwork

_ALWAYS = (
    "autoscaling:CreateAutoScalingGroup",
    "autoscaling:CreateOrUpdateTags",
    "autoscaling:DescribeAutoScalingGroups",
    "autoscaling:UpdateAutoScalingGroup",
    "autoscaling:PutLifecycleHook",
    "ec2:AuthorizeSecurityGroupEgress",
    "ec2:AuthorizeSecurityGroupIngress",
    "ec2:CreateLaunchTemplate",
    "ec2:CreateSecurityGroup",
    "ec2:CreateTags",
    "ec2:DescribeAvailabilityZones",
    "ec2:DescribeLaunchTemplates",
    "ec2:DescribeSecurityGroups",
    "ec2:DescribeSubnets",
    "ec2:DescribeVpcs",
    "ec2:RunInstances",
    "eks:AssociateAccessPolicy",
    "eks:CreateAccessEntry",
    "eks:CreateAddon",
    "eks:CreateCluster",
    "eks:DescribeAddon",
    "eks:DescribeCluster",
    "eks:TagResource",
    "events:PutRule",
    "events:PutTargets",
    "iam:AddRoleToInstanceProfile",
    "iam:AttachRolePolicy",
    "iam:CreateInstanceProfile",
    "iam:CreateOpenIDConnectProvider",
    "iam:CreateRole",
    "iam:CreateServiceLinkedRole",
    "iam:GetRole",
    "iam:PassRole",
    "iam:PutRolePolicy",
    "iam:TagRole",
    "kms:CreateAlias",
    "kms:CreateKey",
    "kms:EnableKeyRotation",
    "logs:CreateLogGroup",
    "logs:PutRetentionPolicy",
    "route53:ChangeResourceRecordSets",
    "route53:GetHostedZone",
    "route53:ListHostedZones",
    "route53:ListResourceRecordSets",
    "sqs:CreateQueue",
    "sqs:SetQueueAttributes",
    "ssm:GetParameter",
)
_OWN_NETWORK = (
    "ec2:AllocateAddress",
    "ec2:AssociateRouteTable",
    "ec2:AttachInternetGateway",
    "ec2:CreateInternetGateway",
    "ec2:CreateNatGateway",
    "ec2:CreateRoute",
    "ec2:CreateRouteTable",
    "ec2:CreateSubnet",
    "ec2:CreateVpc",
    "ec2:ModifyVpcAttribute",
    "ec2:RevokeSecurityGroupEgress",
    "ec2:RevokeSecurityGroupIngress",
)


def actions(wanted: Wanted) -> Sequence[str]:
    """Actions that the caller of an update needs, sorted."""
    found = {*_ALWAYS}
    shared = wanted.shared
    if shared is not None:
        if isinstance(shared.network, OwnNetwork):
            found |= {*_OWN_NETWORK}
        zones = shared.zones
        if any(zone.create for zone in (zones.public, zones.private, zones.api)):
            found.add("route53:CreateHostedZone")
        if isinstance(shared.human_roles, OwnHumanRoles):
            found.add("iam:UpdateAssumeRolePolicy")
    return sorted(found)


_INSTANCE_PROFILE = ("iam:AddRoleToInstanceProfile", "iam:CreateInstanceProfile")


def resource_of(action: str, partition: str, region: str, account: str) -> str | None:
    """A resource that the platform makes, such as an action is about: policies may name its like.

    Args:
        action: such as ``eks:CreateCluster``.
        partition: AWS partition.
        region: AWS region.
        account: id of the account.

    Returns:
        Its ARN; None where no single one stands for all, as with those that EC2 names itself.
    """
    service = action.partition(":")[0]
    own = f"arn:{partition}:{service}:{region}:{account}"
    in_iam = f"arn:{partition}:iam::{account}"
    if action in _INSTANCE_PROFILE:
        return f"{in_iam}:instance-profile/eks-blue-node"
    if action == "iam:CreateOpenIDConnectProvider":
        return f"{in_iam}:oidc-provider/oidc.eks.{region}.amazonaws.com/id/EXAMPLE"
    places = {
        "autoscaling": f"{own}:autoScalingGroup:id:autoScalingGroupName/eks-blue-on-demand",
        "eks": f"{own}:cluster/eks-blue",
        "events": f"{own}:rule/eks-blue-interruptions",
        "iam": f"{in_iam}:role/eks-blue-node",
        "logs": f"{own}:log-group:/aws/eks/eks-blue/cluster",
        "sqs": f"{own}:eks-blue-interruptions",
        "ssm": f"arn:{partition}:ssm:{region}::parameter/aws/service/eks/optimized-ami/1/image_id",
    }
    return places.get(service)
