"""Tags by which every resource is found and paid for."""

from collections.abc import Iterator

from guardrails.node import Node
from guardrails.rule import Rule, Seen

_NEEDED = ("Project", "Stack", "ManagedBy")
_TAGGED = (
    "aws:cloudwatch/eventRule:EventRule",
    "aws:cloudwatch/logGroup:LogGroup",
    "aws:cloudwatch/metricAlarm:MetricAlarm",
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup",
    "aws:ec2/eip:Eip",
    "aws:ec2/internetGateway:InternetGateway",
    "aws:ec2/launchTemplate:LaunchTemplate",
    "aws:ec2/natGateway:NatGateway",
    "aws:ec2/routeTable:RouteTable",
    "aws:ec2/securityGroup:SecurityGroup",
    "aws:ec2/subnet:Subnet",
    "aws:ec2/vpc:Vpc",
    "aws:eks/accessEntry:AccessEntry",
    "aws:eks/addon:Addon",
    "aws:eks/cluster:Cluster",
    "aws:iam/instanceProfile:InstanceProfile",
    "aws:iam/openIdConnectProvider:OpenIdConnectProvider",
    "aws:iam/role:Role",
    "aws:kms/key:Key",
    "aws:route53/zone:Zone",
    "aws:sqs/queue:Queue",
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule",
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
)
_GROUP = "aws:autoscaling/group:Group"


# The EKS component tags the cluster alone, and takes no tags for its role and provider.
_UNTAGGED = ("aws:iam/role:Role", "aws:iam/openIdConnectProvider:OpenIdConnectProvider")
_COMPONENT = "eks:index:Cluster$"


def _tags(part: Node, resource: Seen) -> Iterator[str]:
    if _COMPONENT in resource.urn and resource.type in _UNTAGGED:
        return
    if resource.type == _GROUP:
        tags = {tag["key"].text(): tag["value"].text() for tag in part["tags"].each()}
    else:
        tags = {key: value.text() for key, value in part["tags"].items()}
    lacking = [key for key in _NEEDED if key not in tags]
    if lacking:
        yield f"it lacks the tags {', '.join(lacking)}"
    elif tags["Stack"] != resource.stack:
        yield f"its tag Stack is {tags['Stack']}, in stack {resource.stack}"


RULES = (
    Rule(
        name="tags",
        says=f"Every AWS resource carries the tags {', '.join(_NEEDED)}.",
        reason="Costs are told apart by them, and what is left over is found by them.",
        remedy="Give the component the stack's tags",
        severity="medium",
        types=(*_TAGGED, _GROUP),
        check=_tags,
    ),
)
