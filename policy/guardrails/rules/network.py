"""Networks: what the internet may reach."""

from collections.abc import Iterable, Iterator

from guardrails.node import Node
from guardrails.rule import Rule, Seen

_GROUP = "aws:ec2/securityGroup:SecurityGroup"
_DEFAULT_GROUP = "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup"
_RULE = "aws:ec2/securityGroupRule:SecurityGroupRule"
_INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
_SERVICE = "kubernetes:core/v1:Service"
_EVERYWHERE = ("0.0.0.0/0", "::/0")
_RANGES = ("cidrIpv4", "cidrIpv6", "cidrBlocks", "ipv6CidrBlocks")
_SCHEME = "service.beta.kubernetes.io/aws-load-balancer-scheme"


def _ingress(resource: Seen) -> Iterable[Node]:
    if resource.type in (_GROUP, _DEFAULT_GROUP):
        return resource.props["ingress"].each()
    if resource.type == _RULE and resource.props["type"].text() != "ingress":
        return []
    return [resource.props]


def _open(part: Node, _: Seen) -> Iterator[str]:
    for key in _RANGES:
        for found in part[key].texts():
            if found in _EVERYWHERE:
                yield f"{found} may come in"


def _default_group(part: Node, _: Seen) -> Iterator[str]:
    for way in ("ingress", "egress"):
        if list(part[way].each()):
            yield f"it has {way} rules"


def _public_service(part: Node, _: Seen) -> Iterator[str]:
    annotations = part.at("metadata", "annotations")
    is_balancer = part.at("spec", "type").text() == "LoadBalancer"
    if is_balancer and annotations[_SCHEME].text() == "internet-facing":
        ranges = part.at("spec", "loadBalancerSourceRanges").texts()
        if not ranges or any(found in _EVERYWHERE for found in ranges):
            yield "its load balancer answers the whole internet"


RULES = (
    Rule(
        name="no-open-ingress",
        says="No security group lets the whole internet in.",
        reason="Load balancers bring groups of their own; nothing else takes traffic from outside.",
        remedy="Name a security group or a range",
        severity="critical",
        types=(_GROUP, _DEFAULT_GROUP, _RULE, _INGRESS),
        parts=_ingress,
        check=_open,
    ),
    Rule(
        name="default-group-empty",
        says="The default security group has no rules.",
        reason="Whatever forgets to name a group gets this one.",
        remedy="Leave ingress and egress out",
        severity="medium",
        types=(_DEFAULT_GROUP,),
        check=_default_group,
    ),
    Rule(
        name="no-public-service",
        says="No Service of the platform opens a load balancer to the whole internet.",
        reason="Public traffic belongs behind an Ingress, with TLS and a name.",
        remedy="Use the scheme internal, or name ranges in loadBalancerSourceRanges",
        types=(_SERVICE,),
        check=_public_service,
    ),
)
