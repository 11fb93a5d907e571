"""Control planes: who reaches them, what they log, and what keeps them."""

import re
from collections.abc import Iterator

from guardrails.node import Node
from guardrails.rule import Fault, Rule, Seen, Stack, StackRule
from guardrails.rules.network import too_open

_CLUSTER = "aws:eks/cluster:Cluster"
_ADDON = "aws:eks/addon:Addon"
_NEEDED_LOGS = ("api", "audit", "authenticator")
_MINOR = re.compile(r"1\.\d+")
_ADDON_VERSION = re.compile(r"v\d+\.\d+\.\d+-eksbuild\.\d+")


def _endpoint(part: Node, _: Seen) -> Iterator[str]:
    access = part["vpcConfig"]
    if not access["endpointPrivateAccess"].flag(default=False):
        yield "vpcConfig.endpointPrivateAccess is not true: nodes would go through the internet"
    if not access["endpointPublicAccess"].flag(default=True):
        return
    ranges = access["publicAccessCidrs"].texts()
    if not ranges:
        yield "vpcConfig.publicAccessCidrs is not set, which means the whole internet"
    for found in too_open(ranges):
        yield f"vpcConfig.publicAccessCidrs has {found}"


def _logs(part: Node, _: Seen) -> Iterator[str]:
    kept = part["enabledClusterLogTypes"].texts()
    lacking = [kind for kind in _NEEDED_LOGS if kind not in kept]
    if lacking:
        yield f"enabledClusterLogTypes lacks {', '.join(lacking)}"


def _version(part: Node, _: Seen) -> Iterator[str]:
    if not _MINOR.fullmatch(part["version"].text()):
        yield f"version is {part['version'].text() or 'not set'}"


def _addon_version(part: Node, _: Seen) -> Iterator[str]:
    if not _ADDON_VERSION.fullmatch(part["addonVersion"].text()):
        yield f"addonVersion is {part['addonVersion'].text() or 'not set'}"


def _authentication(part: Node, _: Seen) -> Iterator[str]:
    mode = part.at("accessConfig", "authenticationMode").text()
    if mode not in ("API", "API_AND_CONFIG_MAP"):
        yield f"accessConfig.authenticationMode is {mode or 'not set'}"


def _protected(stack: Stack) -> Iterator[Fault]:
    clusters = stack.resources_of(_CLUSTER)
    if not clusters:
        return
    active = stack.output_of("shared", "activeColour").text()
    for cluster in clusters:
        off = not cluster.props["deletionProtection"].flag(default=False)
        if cluster.stack == active and off:
            yield Fault(cluster, f"{active} is the active colour, and deletionProtection is off")


RULES = (
    Rule(
        name="cluster-endpoint-limited",
        says="The API server answers inside the VPC, and to named internet ranges at most.",
        reason="Every open door is tried, and a flaw in it would be everybody's.",
        remedy="Set endpoint.public to false, or name the ranges in endpoint.publicCidrs",
        severity="critical",
        types=(_CLUSTER,),
        check=_endpoint,
    ),
    Rule(
        name="cluster-logs",
        says="A control plane keeps its api, audit and authenticator logs.",
        reason="Without them nobody can say who did what.",
        remedy="Add them to logging.types",
        types=(_CLUSTER,),
        check=_logs,
    ),
    Rule(
        name="cluster-version-fixed",
        says="A cluster names its Kubernetes minor.",
        reason="EKS would take its own default, which changes.",
        remedy='Set kubernetesVersion, such as "1.36"',
        types=(_CLUSTER,),
        check=_version,
    ),
    Rule(
        name="addon-version-fixed",
        says="EKS add-ons name an exact version.",
        reason="The default changes under a cluster, and both colours must be alike.",
        remedy="Take it from the catalogue, such as v1.12.4-eksbuild.18",
        types=(_ADDON,),
        check=_addon_version,
    ),
    Rule(
        name="cluster-access-entries",
        says="A cluster knows access entries, not the ConfigMap aws-auth alone.",
        reason="One bad line in aws-auth locks everybody out.",
        remedy="Set authenticationMode to API_AND_CONFIG_MAP",
        types=(_CLUSTER,),
        check=_authentication,
    ),
    StackRule(
        name="active-cluster-protected",
        says="The active colour's cluster cannot be deleted.",
        reason="Production names point at it.",
        remedy="Move the active colour first; deletionProtection goes off when a colour retires",
        severity="critical",
        check=_protected,
    ),
)
