"""Networks: what the internet may reach."""

from collections.abc import Iterable, Iterator, Sequence

from guardrails.networks import NotANetworkError, most_of_the_internet
from guardrails.node import Node
from guardrails.rule import Rule, Seen

_GROUP = "aws:ec2/securityGroup:SecurityGroup"
_DEFAULT_GROUP = "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup"
_RULE = "aws:ec2/securityGroupRule:SecurityGroupRule"
_INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
_SERVICE = "kubernetes:core/v1:Service"
_RANGES = ("cidrIpv4", "cidrIpv6", "cidrBlocks", "ipv6CidrBlocks")
_SCHEME = "service.beta.kubernetes.io/aws-load-balancer-scheme"
_INTERNAL = "service.beta.kubernetes.io/aws-load-balancer-internal"
_SOURCES = "service.beta.kubernetes.io/load-balancer-source-ranges"


def too_open(ranges: Sequence[str]) -> Iterator[str]:
    """Ranges that let in most of the internet; all of them as one where only together they do.

    A text that is no range is one too: what a provider makes of it, nobody knows.
    """
    wide = [text for text in ranges if _is_wide([text])]
    yield from wide
    if not wide and _is_wide(ranges):
        yield f"most of the internet ({', '.join(ranges)})"


def _is_wide(ranges: Sequence[str]) -> bool:
    try:
        return most_of_the_internet(ranges)
    except NotANetworkError:
        return True


def _ingress(resource: Seen) -> Iterable[Node]:
    if resource.type in (_GROUP, _DEFAULT_GROUP):
        # Each rule by itself, then all together.
        return [*resource.props["ingress"].each(), resource.props]
    if resource.type == _RULE and resource.props["type"].text() != "ingress":
        return []
    return [resource.props]


def _open(part: Node, resource: Seen) -> Iterator[str]:
    if resource.type not in (_GROUP, _DEFAULT_GROUP) or part.path:
        for found in too_open(_ranges(part)):
            yield f"{found} may come in"
        return
    rules = [_ranges(rule) for rule in part["ingress"].each()]
    if not any(any(too_open(ranges)) for ranges in rules):
        for found in too_open([text for ranges in rules for text in ranges]):
            yield f"{found} may come in"


def _ranges(part: Node) -> list[str]:
    return [text for key in _RANGES for text in part[key].texts()]


def _default_group(part: Node, _: Seen) -> Iterator[str]:
    for way in ("ingress", "egress"):
        if list(part[way].each()):
            yield f"it has {way} rules"


def _public_service(part: Node, _: Seen) -> Iterator[str]:
    annotations = part.at("metadata", "annotations")
    is_balancer = part.at("spec", "type").text() == "LoadBalancer"
    if is_balancer and _faces_the_internet(annotations):
        listed = annotations[_SOURCES].text().replace(" ", "").split(",")
        ranges = part.at("spec", "loadBalancerSourceRanges").texts() or list(filter(None, listed))
        if not ranges or any(too_open(ranges)):
            yield "its load balancer answers the whole internet"


def _faces_the_internet(annotations: Node) -> bool:
    """Whether the load balancer controller would make a public one; internal is its default."""
    scheme = annotations[_SCHEME].text()
    return scheme == "internet-facing" or (
        not scheme and annotations[_INTERNAL].flag(default=True) is False
    )


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
