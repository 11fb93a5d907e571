"""Types and components in words."""

import re
from collections.abc import Mapping

from preview.changes import Change, Component

_TYPES: Mapping[str, str] = {
    "aws:autoscaling/group:Group": "Auto Scaling group",
    "aws:cloudwatch/eventRule:EventRule": "EventBridge rule",
    "aws:cloudwatch/logGroup:LogGroup": "log group",
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": "default security group",
    "aws:ec2/eip:Eip": "public address",
    "aws:ec2/natGateway:NatGateway": "NAT gateway",
    "aws:ec2/vpc:Vpc": "VPC",
    "aws:eks/addon:Addon": "EKS add-on",
    "aws:eks/cluster:Cluster": "EKS cluster",
    "aws:iam/openIdConnectProvider:OpenIdConnectProvider": "OIDC provider",
    "aws:iam/role:Role": "IAM role",
    "aws:iam/rolePolicy:RolePolicy": "policy of a role",
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": "policy attached to a role",
    "aws:kms/alias:Alias": "alias of a KMS key",
    "aws:kms/key:Key": "KMS key",
    "aws:route53/record:Record": "DNS record",
    "aws:route53/zone:Zone": "hosted zone",
    "aws:sqs/queue:Queue": "SQS queue",
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": "egress rule",
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": "ingress rule",
    "eks:index:Cluster": "cluster component",
    "kubernetes:core/v1:Namespace": "Namespace",
    "kubernetes:helm.sh/v3:Release": "Helm chart",
}
_COMPONENTS: Mapping[str, str] = {
    "eks-platform:coreDns:CoreDns": "Add-on",
    "eks-platform:ebsCsi:EbsCsi": "Add-on",
    "eks-platform:dns:HostedZones": "Hosted zones",
    "eks-platform:externalDns:ExternalDns": "DNS writer",
    "eks-platform:installation:Installation": "Add-on",
    "eks-platform:rbac:Rbac": "RBAC",
}
_STATEFUL: Mapping[str, str] = {
    "aws:eks/cluster:Cluster": "everything that runs on it goes with it",
    "aws:route53/zone:Zone": "its records go, and the new one is dead until it is delegated to",
    "aws:ec2/vpc:Vpc": "everything in it must go first",
    "aws:ec2/subnet:Subnet": "everything in it must go first",
    "aws:ec2/eip:Eip": "others may let in by this address",
    "aws:ec2/natGateway:NatGateway": "nothing in its zone reaches the internet meanwhile",
    "aws:kms/key:Key": "what it has encrypted can be read no more",
    "aws:cloudwatch/logGroup:LogGroup": "the logs go with it",
    "aws:autoscaling/group:Group": "all its nodes go, not a tenth at a time",
    "aws:ebs/volume:Volume": "the data goes with it",
    "aws:iam/openIdConnectProvider:OpenIdConnectProvider": "no workload gets credentials meanwhile",
    "aws:sqs/queue:Queue": "its messages go with it",
    "kubernetes:core/v1:Namespace": "everything in it goes with it",
    "kubernetes:core/v1:PersistentVolumeClaim": "the data may go with it",
    "kubernetes:apps/v1:StatefulSet": "its pods go; claims stay",
}
_TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
_KUBERNETES = "kubernetes:"
_NO_COMPONENT = "Beside the components"


def of_type(type_: str) -> str:
    """A Pulumi type in words: ``EKS cluster``, ``launch template``, ``Deployment``."""
    if type_ in _TYPES:
        return _TYPES[type_]
    last = type_.rpartition(":")[2]
    return last if type_.startswith(_KUBERNETES) else _split(last)


def of_component(component: Component) -> str:
    """A component in words: ``Node group spot``."""
    if not component.type:
        return _NO_COMPONENT
    if component.type in _COMPONENTS:
        return f"{_COMPONENTS[component.type]} {component.name}"
    words = _split(component.type.rpartition(":")[2])
    return f"{words[:1].upper()}{words[1:]} {component.name}"


def what_is_lost(change: Change) -> str:
    """What is lost if this goes or is made anew; empty if nothing that matters."""
    if change.kind in ("replaced", "deleted"):
        return _STATEFUL.get(change.type, "")
    if change.kind == "changed" and change.type == _TEMPLATE:
        return "every node of the group is replaced, a tenth at a time"
    return ""


def rank_of_loss(change: Change) -> int:
    """Place among the losses: the worst first."""
    order = list(_STATEFUL)
    return order.index(change.type) if change.type in order else len(order)


def _split(name: str) -> str:
    words = re.findall(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z0-9]+|[A-Z]+", name)
    return " ".join(word if word.isupper() and len(word) > 1 else word.lower() for word in words)
