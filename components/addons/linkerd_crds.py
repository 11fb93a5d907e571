"""Linkerd's resource kinds, and its namespace."""

from catalogue import addons
from components.addon_stack.addon import Addon, Phase, Prerequisites, Values
from components.addon_stack.site import Site

NAMESPACE = "linkerd"


def _values(_: Site, __: Prerequisites) -> Values:
    # Those of the Gateway API are everybody's; whoever needs them installs them once.
    return {"installGatewayAPI": False}


ADDON = Addon(
    line=addons.LINKERD_CRDS,
    why="resource kinds of Linkerd",
    phase=Phase.SERVICES,
    namespace=NAMESPACE,
    owned_namespace={
        "linkerd.io/is-control-plane": "true",
        "linkerd.io/control-plane-ns": NAMESPACE,
        # The proxies' init containers set iptables rules.
        "pod-security.kubernetes.io/enforce": "privileged",
    },
    values=_values,
)
"""CRDs are a chart of their own, so that they are there before their controllers."""
