"""Nodes: what an instance may reach, and who may reach it."""

from collections.abc import Iterable, Iterator

from guardrails.node import Node
from guardrails.rule import Fault, Rule, Seen, Stack, StackRule

_TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
_INSTANCE = "aws:ec2/instance:Instance"
_GROUP = "aws:autoscaling/group:Group"
_SUBNET = "aws:ec2/subnet:Subnet"
_NETWORKS = (
    "eks-platform:network:Network",
    "eks-platform:existingNetwork:ExistingNetwork",
)
_LONGEST_WAY = 1
_FLOATING = ("$Latest", "$Default")


def _imds_v2(part: Node, _: Seen) -> Iterator[str]:
    tokens = part.at("metadataOptions", "httpTokens").text()
    if tokens != "required":
        yield f"metadataOptions.httpTokens is {tokens or 'not set'}"


def _hop_limit(part: Node, _: Seen) -> Iterator[str]:
    limit = part.at("metadataOptions", "httpPutResponseHopLimit")
    if limit.missing or limit.number() > _LONGEST_WAY:
        yield f"metadataOptions.httpPutResponseHopLimit is {limit.text() or 'not set'}"


def _no_public_address(part: Node, resource: Seen) -> Iterator[str]:
    if resource.type == _INSTANCE:
        if part["associatePublicIpAddress"].flag(default=True):
            yield "associatePublicIpAddress is not false"
        return
    interfaces = list(part["networkInterfaces"].each())
    if not interfaces:
        yield "networkInterfaces is empty, so the subnet decides on public addresses"
    for interface in interfaces:
        if interface["associatePublicIpAddress"].flag(default=True):
            yield f"{interface.path}.associatePublicIpAddress is not false"


def _no_public_subnet(part: Node, _: Seen) -> Iterator[str]:
    if part["mapPublicIpOnLaunch"].flag(default=False):
        yield "mapPublicIpOnLaunch is true"


def _private_subnets(stack: Stack) -> Iterator[Fault]:
    groups = stack.resources_of(_GROUP)
    if not groups:
        return
    private = set(_network(stack)["privateSubnetIds"].texts())
    for group in groups:
        for subnet in group.props["vpcZoneIdentifiers"].texts():
            if subnet not in private:
                yield Fault(group, f"{subnet} is no private subnet of the shared stack")


def _network(stack: Stack) -> Node:
    """The shared stack's network; in that stack itself, its component of it."""
    own = stack.resources_of(*_NETWORKS)
    return own[0].props if own else stack.output_of("shared", "network")


def _template_uses(resource: Seen) -> Iterable[Node]:
    """Every place where a group names a launch template."""
    policy = resource.props.at("mixedInstancesPolicy", "launchTemplate")
    places = [resource.props["launchTemplate"], policy["launchTemplateSpecification"]]
    places += [override["launchTemplateSpecification"] for override in policy["overrides"].each()]
    return [place for place in places if not place.missing]


def _fixed_template(part: Node, _: Seen) -> Iterator[str]:
    if part["version"].unknown:
        return  # it comes from the template itself, and so is a number
    version = part["version"].text()
    if not version or version in _FLOATING:
        yield f"{part.path}.version is {version or 'not set'}"


def _fixed_image(part: Node, resource: Seen) -> Iterator[str]:
    image = part["imageId" if resource.type == _TEMPLATE else "ami"].text()
    if not image.startswith("ami-"):
        yield f"the image is {image or 'not set'}"


RULES = (
    Rule(
        name="node-imds-v2",
        says="Instances answer metadata requests with a session token only (IMDSv2).",
        reason="IMDSv1 gives a node's credentials to whoever makes it fetch a URL.",
        remedy="Set metadataOptions.httpTokens to required",
        severity="critical",
        types=(_TEMPLATE, _INSTANCE),
        check=_imds_v2,
    ),
    Rule(
        name="node-imds-hop-limit",
        says="Metadata answers travel one hop.",
        reason="With two, every pod on the node can take the node's credentials.",
        remedy="Set metadataOptions.httpPutResponseHopLimit to 1",
        severity="critical",
        types=(_TEMPLATE, _INSTANCE),
        check=_hop_limit,
    ),
    Rule(
        name="node-no-public-address",
        says="Instances have no public address.",
        reason="Traffic comes in through load balancers and goes out through NAT gateways.",
        remedy='Give a network interface with associatePublicIpAddress "false"',
        severity="critical",
        types=(_TEMPLATE, _INSTANCE),
        check=_no_public_address,
    ),
    Rule(
        name="subnet-no-public-address",
        says="No subnet gives instances a public address.",
        reason="An instance that forgets to decline one would be on the internet.",
        remedy="Set mapPublicIpOnLaunch to false",
        types=(_SUBNET,),
        check=_no_public_subnet,
    ),
    StackRule(
        name="node-private-subnets",
        says="Nodes are in the private subnets of the shared stack.",
        reason="A public subnet routes straight to the internet.",
        remedy="Use network.privateSubnetIds of the shared stack",
        check=_private_subnets,
    ),
    Rule(
        name="node-template-version-fixed",
        says="An Auto Scaling group names a version of its launch template.",
        reason="With $Latest a new version is no change of the group: old and new nodes mix, and"
        " no preview shows it.",
        remedy="Use the launch template's latestVersion output",
        types=(_GROUP,),
        parts=_template_uses,
        check=_fixed_template,
    ),
    Rule(
        name="node-image-fixed",
        says="Instances name their image by its id.",
        reason="resolve:ssm: and names give another image at the next launch.",
        remedy="Take the image from the catalogue's SSM parameter, which names a release",
        types=(_TEMPLATE, _INSTANCE),
        check=_fixed_image,
    ),
)
