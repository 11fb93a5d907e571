"""The add-ons that nodes need."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi

from components import addons
from components.addon_stack.addon import Phase
from components.addon_stack.args import MakeArgs
from components.addon_stack.phases import install_phases
from components.addon_stack.site import Site
from components.base import Component, ComponentArgs
from components.control_plane import ControlPlane


@dataclass(frozen=True, kw_only=True)
class NetworkAddonsArgs(ComponentArgs):
    """What `NetworkAddons` needs.

    Attributes:
        cluster: the cluster.
        site: the cluster as add-ons see it.
    """

    cluster: ControlPlane
    site: Site


class NetworkAddons(Component):
    """Pulumi type ``eks-platform:addons:NetworkAddons``.

    Creates the add-ons that nodes need to become ready. It waits for none of them.

    Attributes:
        made: what nodes come after.
    """

    MODULE = "addons"

    made: Sequence[pulumi.Resource]

    def __init__(
        self, name: str, args: NetworkAddonsArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(name, opts)
        given = MakeArgs(
            tags=args.tags,
            cluster=args.cluster,
            site=args.site,
            after=(),
            opts=self.child(),
        )
        made = install_phases((Phase.NETWORK,), addons.load(), given, {})
        self.made = [it for resources in made.values() for it in resources]
        self.register_outputs({})
