"""Every resource type and function that the local aws provider knows."""

from localcloud.plugins.aws import (
    autoscaling,
    autoscaling_hook,
    cloudwatch,
    ec2_gateways,
    ec2_launch_template,
    ec2_network,
    ec2_routes,
    ec2_security_group_rules,
    ec2_security_groups,
    eks,
    eks_access,
    eks_addon,
    events,
    iam,
    iam_oidc,
    kms_logs,
    route53,
    sqs,
)
from localcloud.plugins.aws.invokes import INVOKES
from localcloud.plugins.aws.resource import ResourceType

_TYPES: tuple[type[ResourceType], ...] = (
    ec2_network.Vpc,
    ec2_gateways.InternetGateway,
    ec2_network.Subnet,
    ec2_gateways.Eip,
    ec2_gateways.NatGateway,
    ec2_routes.RouteTable,
    ec2_routes.Route,
    ec2_routes.RouteTableAssociation,
    ec2_security_groups.SecurityGroup,
    ec2_security_groups.DefaultSecurityGroup,
    ec2_security_group_rules.SecurityGroupIngressRule,
    ec2_security_group_rules.SecurityGroupEgressRule,
    ec2_security_group_rules.SecurityGroupRule,
    ec2_launch_template.LaunchTemplate,
    autoscaling.Group,
    autoscaling_hook.LifecycleHook,
    iam.Role,
    iam.RolePolicy,
    iam.RolePolicyAttachment,
    iam.InstanceProfile,
    iam_oidc.OpenIdConnectProvider,
    kms_logs.Key,
    kms_logs.Alias,
    kms_logs.LogGroup,
    sqs.Queue,
    sqs.QueuePolicy,
    events.EventRule,
    events.EventTarget,
    cloudwatch.MetricAlarm,
    cloudwatch.Dashboard,
    route53.Zone,
    route53.Record,
    eks.Cluster,
    eks_addon.Addon,
    eks_access.AccessEntry,
    eks_access.AccessPolicyAssociation,
)

RESOURCES: dict[str, type[ResourceType]] = {kind.token: kind for kind in _TYPES}
"""Resource types by token."""

__all__ = ["INVOKES", "RESOURCES"]
