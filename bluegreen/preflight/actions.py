"""What the first update of the three stacks asks of AWS, as IAM names it.

A test holds these lists to what such updates were seen to call: ``examples/up-policies``.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bluegreen.preflight.wanted import Wanted
from catalogue.addons import AWS_NODE_TERMINATION_HANDLER, COREDNS, EBS_CSI, KARPENTER
from settings.colour import ColourSettings
from settings.human_roles import OwnHumanRoles
from settings.names import HUMAN_ROLES, PROJECT, SHARED, cluster_name
from settings.network import OwnNetwork
from settings.shared import SharedSettings

# In the lists, an action goes without its service.
_OWN_NETWORK = """ec2: AllocateAddress AssociateRouteTable AttachInternetGateway
 CreateInternetGateway CreateNatGateway CreateRoute CreateRouteTable CreateSubnet CreateTags
 CreateVpc DeleteRoute DescribeAddresses DescribeAvailabilityZones DescribeInternetGateways
 DescribeNatGateways DescribeNetworkAcls DescribeRouteTables DescribeSecurityGroups DescribeSubnets
 DescribeVpcAttribute DescribeVpcs ModifySubnetAttribute ModifyVpcAttribute
 RevokeSecurityGroupEgress RevokeSecurityGroupIngress"""
_FOUND_NETWORK = "ec2: DescribeSubnets DescribeVpcAttribute DescribeVpcs"
_RECORDS = """route53: ChangeResourceRecordSets GetChange GetHostedZone ListHostedZones
 ListResourceRecordSets ListTagsForResource"""
_CREATED_ZONE = "route53: ChangeTagsForResource CreateHostedZone"
_CREATED_PRIVATE_ZONE = "ec2: DescribeVpcs\nroute53: AssociateVPCWithHostedZone"
_OWN_ROLES = "iam: CreateRole GetRole GetRolePolicy PutRolePolicy TagRole"
_FOUND_ROLES = "iam: GetRole"
_ATTACHED = "iam: AttachRolePolicy ListAttachedRolePolicies"
_PROVIDER = """iam: CreateOpenIDConnectProvider GetOpenIDConnectProvider
 TagOpenIDConnectProvider"""
_INSTANCES = """autoscaling: CreateAutoScalingGroup CreateOrUpdateTags DescribeAutoScalingGroups
 UpdateAutoScalingGroup
ec2: AuthorizeSecurityGroupEgress CreateLaunchTemplate CreateSecurityGroup CreateTags
 DescribeLaunchTemplateVersions DescribeLaunchTemplates DescribeSecurityGroupRules
 DescribeSecurityGroups DescribeTags RevokeSecurityGroupEgress RunInstances
iam: AddRoleToInstanceProfile CreateInstanceProfile GetInstanceProfile PassRole
 TagInstanceProfile
ssm: GetParameter"""
_CLUSTER = """ec2: AuthorizeSecurityGroupIngress
eks: AssociateAccessPolicy CreateAccessEntry CreateCluster DescribeAccessEntry DescribeCluster
 ListAssociatedAccessPolicies ListClusters TagResource
kms: CreateAlias CreateGrant CreateKey DescribeKey EnableKeyRotation GetKeyPolicy
 GetKeyRotationStatus ListAliases ListResourceTags TagResource
logs: CreateLogGroup DescribeLogGroups ListTagsForResource PutRetentionPolicy TagResource"""
_EKS_ADDON = "eks: CreateAddon DescribeAddon"
_HOOKS = "autoscaling: DescribeLifecycleHooks PutLifecycleHook"
_INTERRUPTIONS = """events: DescribeRule ListTagsForResource ListTargetsByRule PutRule PutTargets
 TagResource
sqs: CreateQueue GetQueueAttributes GetQueueUrl ListQueueTags SetQueueAttributes TagQueue"""
_ALARMS = """autoscaling: EnableMetricsCollection
cloudwatch: DescribeAlarms ListTagsForResource PutMetricAlarm TagResource"""
_DASHBOARD = "cloudwatch: GetDashboard PutDashboard"
_LINKED_ROLE = "iam:CreateServiceLinkedRole"


def actions(wanted: Wanted, *, linked_role: bool = True) -> Sequence[str]:
    """Actions that the caller of an update needs, sorted.

    Args:
        wanted: what the stack files want.
        linked_role: whether a role of an AWS service is still to be made.
    """
    found = {action for some in _lists(wanted) for action in _read(some)}
    return sorted(found | ({_LINKED_ROLE} if linked_role else set[str]()))


def _lists(wanted: Wanted) -> Iterator[str]:
    if wanted.shared is not None:
        yield from _lists_of_shared(wanted.shared)
    if not wanted.colours:
        return
    yield from (_OWN_ROLES, _ATTACHED, _PROVIDER, _INSTANCES, _CLUSTER)
    enabled = {name for it in wanted.colours.values() for name in it.enabled_addons}
    if enabled & {COREDNS.name, EBS_CSI.name}:
        yield _EKS_ADDON
    if AWS_NODE_TERMINATION_HANDLER.name in enabled:
        yield from (_INTERRUPTIONS, _HOOKS)
    if KARPENTER.name in enabled:
        yield _INTERRUPTIONS
    if any(it.monitoring for it in wanted.colours.values()):
        yield _ALARMS
    if any(_has_dashboard(it) for it in wanted.colours.values()):
        yield _DASHBOARD


def _lists_of_shared(shared: SharedSettings) -> Iterator[str]:
    yield _OWN_NETWORK if isinstance(shared.network, OwnNetwork) else _FOUND_NETWORK
    yield _RECORDS
    zones = shared.zones
    if any(zone.create for zone in (zones.public, zones.private, zones.api)):
        yield _CREATED_ZONE
    if zones.private.create:
        yield _CREATED_PRIVATE_ZONE
    yield _OWN_ROLES if isinstance(shared.human_roles, OwnHumanRoles) else _FOUND_ROLES
    if shared.bastion:
        yield from (_OWN_ROLES, _INSTANCES)
    if shared.dashboard:
        yield _DASHBOARD
    if shared.ci is not None:
        yield from (_OWN_ROLES, _ATTACHED)
        if shared.ci.create_provider:
            yield _PROVIDER


def _has_dashboard(colour: ColourSettings) -> bool:
    return colour.monitoring is not None and colour.monitoring.dashboard


def _read(some: str) -> Iterator[str]:
    """Actions of a list, with their services."""
    service = ""
    for word in some.split():
        if word.endswith(":"):
            service = word
        else:
            yield service + word


@dataclass(frozen=True)
class Place:
    """Where resources are.

    Attributes:
        partition: AWS partition.
        region: AWS region.
        account: id of the account.
    """

    partition: str
    region: str
    account: str

    def regional(self, service: str, resource: str) -> str:
        """ARN of a resource in the region."""
        return f"arn:{self.partition}:{service}:{self.region}:{self.account}:{resource}"

    def everywhere(self, service: str, resource: str) -> str:
        """ARN of a resource that is in no region."""
        return f"arn:{self.partition}:{service}::{self.account}:{resource}"

    def iam(self, resource: str) -> str:
        """ARN of a resource of IAM."""
        return f"arn:{self.partition}:iam::{self.account}:{resource}"


_WITHOUT_RESOURCES = """autoscaling: DescribeAutoScalingGroups DescribeLifecycleHooks
ec2: DescribeAddresses DescribeAvailabilityZones DescribeInternetGateways
 DescribeLaunchTemplateVersions DescribeLaunchTemplates DescribeNatGateways DescribeNetworkAcls
 DescribeRouteTables DescribeSecurityGroupRules DescribeSecurityGroups DescribeSubnets
 DescribeTags DescribeVpcs
eks: CreateCluster ListClusters
kms: CreateKey ListAliases
logs: DescribeLogGroups
route53: CreateHostedZone ListHostedZones"""
"""Actions that know no resources: a policy allows them for all or not at all."""

_OF_CLUSTERS = {
    "cloudwatch": "alarm:{}-api-errors",
    "eks": "cluster/{}",
    "events": "rule/{}-interruptions",
    "logs": "log-group:/aws/eks/{}/cluster",
    "sqs": "{}-interruptions",
}
"""A resource of each cluster, by service."""

_PARTS_OF_CLUSTERS = {
    "eks:AssociateAccessPolicy": "access-entry/{}/role/ACCOUNT/example/id",
    "eks:DescribeAccessEntry": "access-entry/{}/role/ACCOUNT/example/id",
    "eks:DescribeAddon": "addon/{}/coredns/id",
    "eks:ListAssociatedAccessPolicies": "access-entry/{}/role/ACCOUNT/example/id",
}
"""A resource of each cluster, of actions that are about another one than their service's."""


def resources_of(action: str, wanted: Wanted, place: Place) -> Sequence[str]:
    """Resources that the platform makes, such as an action is about: policies may name their like.

    Args:
        action: such as ``eks:CreateCluster``.
        wanted: what the stack files want.
        place: where they are to be.

    Returns:
        ARNs; ``*`` alone for an action that knows no resources; none where no single ones stand for
        all, as with those that EC2 names itself.
    """
    if action in _read(_WITHOUT_RESOURCES):
        return ["*"]
    service, _, name = action.partition(":")
    if service == "iam":
        return [place.iam(it) for it in _of_iam(name, wanted, place)]
    if service == "autoscaling":
        return [place.regional(service, it) for it in _groups(wanted)]
    if service == "cloudwatch" and name.endswith("Dashboard"):
        return [place.everywhere(service, f"dashboard/{it}") for it in _dashboards(wanted)]
    if service == "ssm":
        parameter = "parameter/aws/service/eks/optimized-ami/1/image_id"
        return [f"arn:{place.partition}:ssm:{place.region}::{parameter}"]
    form = _PARTS_OF_CLUSTERS.get(action) or _OF_CLUSTERS.get(service, "")
    form = form.replace("ACCOUNT", place.account)
    return [place.regional(service, form.format(it)) for it in _clusters(wanted) if form]


def _clusters(wanted: Wanted) -> list[str]:
    return [cluster_name(colour) for colour in wanted.colours]


def _dashboards(wanted: Wanted) -> Iterator[str]:
    if wanted.shared is not None and wanted.shared.dashboard:
        yield PROJECT
    yield from (cluster_name(name) for name, it in wanted.colours.items() if _has_dashboard(it))


def _bastion(wanted: Wanted) -> list[str]:
    return [f"{PROJECT}-bastion"] if wanted.shared is not None and wanted.shared.bastion else []


def _groups(wanted: Wanted) -> Iterator[str]:
    names = [f"{cluster_name(group.colour)}-{group.name}" for group in wanted.groups]
    for name in (*names, *_bastion(wanted)):
        yield f"autoScalingGroup:id:autoScalingGroupName/{name}"


def _of_iam(name: str, wanted: Wanted, place: Place) -> Iterator[str]:
    nodes = [f"{it}-node" for it in _clusters(wanted)]
    if name == "CreateServiceLinkedRole":
        yield "role/aws-service-role/eks.amazonaws.com/AWSServiceRoleForAmazonEKS"
    elif name.endswith("OpenIDConnectProvider"):
        yield f"oidc-provider/oidc.eks.{place.region}.amazonaws.com/id/EXAMPLE"
    elif name.endswith("InstanceProfile"):
        yield from (f"instance-profile/{it}" for it in (*nodes, *_bastion(wanted)))
    elif name.endswith(("AttachRolePolicy", "AttachedRolePolicies")):
        yield from (f"role/{it}" for it in (*nodes, *_of_pipelines(wanted)))
    elif name == "PassRole":
        yield from (f"role/{it}" for it in (*nodes, *_bastion(wanted)))
    else:
        people, pipelines = _of_people(wanted), _of_pipelines(wanted)
        yield from (f"role/{it}" for it in (*nodes, *_bastion(wanted), *people, *pipelines))


def _of_people(wanted: Wanted) -> list[str]:
    shared = wanted.shared
    if shared is None or not isinstance(shared.human_roles, OwnHumanRoles):
        return []
    return [f"{shared.human_roles.name_prefix}{it}" for it in HUMAN_ROLES.values()]


def _of_pipelines(wanted: Wanted) -> list[str]:
    ci = None if wanted.shared is None else wanted.shared.ci
    return [] if ci is None else [f"{ci.role_prefix}up-{SHARED}"]
