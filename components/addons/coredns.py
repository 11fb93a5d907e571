"""CoreDNS, the cluster's DNS server."""

import json
from collections.abc import Sequence

import pulumi
from pulumi_aws import eks

from catalogue import addons
from components.addon_stack.addon import Addon, Phase
from components.addon_stack.args import AddonArgs, MakeArgs
from components.base import Component

_ENTRY = addons.COREDNS.entry

# Two, so that a node's end is not the end of names; the add-on spreads them over zones.
_CONFIGURATION = {"replicaCount": 2}


class CoreDns(Component):
    """Pulumi type ``eks-platform:coreDns:CoreDns``.

    Creates the EKS add-on ``coredns``, after the nodes: it is not ready without.

    Raises:
        UnsupportedVersionError: the catalogue has no version for the Kubernetes minor.
    """

    MODULE = "coreDns"

    def __init__(
        self, name: str, args: AddonArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(name, opts)
        addon = eks.Addon(
            name,
            cluster_name=args.cluster.name,
            addon_name=_ENTRY.name,
            addon_version=_ENTRY.version(args.site.kubernetes_version),
            configuration_values=json.dumps(_CONFIGURATION),
            resolve_conflicts_on_create="OVERWRITE",
            resolve_conflicts_on_update="OVERWRITE",
            tags=args.named(f"{args.cluster.cluster_name}-{_ENTRY.name}"),
            opts=self.child(depends_on=args.after),
        )
        self.register_outputs({"addon": addon.id})


def _make(args: MakeArgs) -> Sequence[pulumi.Resource]:
    return [CoreDns("coredns", args, args.opts)]


ADDON = Addon(line=addons.COREDNS, why="names of the cluster", phase=Phase.BASE, make=_make)
"""CoreDNS."""
