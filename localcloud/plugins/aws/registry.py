"""Every resource type and function that the local aws provider knows."""

from localcloud.plugins.aws import (
    autoscaling,
    ec2_launch_template,
    ec2_network,
    ec2_security_groups,
    eks,
    iam,
    kms_logs,
    route53,
)
from localcloud.plugins.aws.invokes import INVOKES
from localcloud.plugins.aws.resource import ResourceType

_TYPES: tuple[type[ResourceType], ...] = (
    ec2_network.Vpc,
    ec2_network.InternetGateway,
    ec2_network.Subnet,
    ec2_network.Eip,
    ec2_network.NatGateway,
    ec2_network.RouteTable,
    ec2_network.Route,
    ec2_network.RouteTableAssociation,
    ec2_security_groups.SecurityGroup,
    ec2_security_groups.DefaultSecurityGroup,
    ec2_security_groups.SecurityGroupIngressRule,
    ec2_security_groups.SecurityGroupEgressRule,
    ec2_security_groups.SecurityGroupRule,
    ec2_launch_template.LaunchTemplate,
    autoscaling.Group,
    iam.Role,
    iam.RolePolicy,
    iam.RolePolicyAttachment,
    iam.InstanceProfile,
    iam.OpenIdConnectProvider,
    kms_logs.Key,
    kms_logs.Alias,
    kms_logs.LogGroup,
    route53.Zone,
    route53.Record,
    eks.Cluster,
    eks.Addon,
    eks.AccessEntry,
    eks.AccessPolicyAssociation,
)

RESOURCES: dict[str, type[ResourceType]] = {kind.token: kind for kind in _TYPES}
"""Resource types by token."""

__all__ = ["INVOKES", "RESOURCES"]
