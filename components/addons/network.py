"""The add-ons that nodes need."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi

from components.addons import catalogue
from components.addons.phases import AddonChoice, Phases
from components.addons.spec import Phase, Site
from components.base import Component, ComponentArgs
from components.control_plane import ControlPlane


@dataclass(frozen=True, kw_only=True)
class NetworkAddonsArgs(ComponentArgs):
    """What `NetworkAddons` needs.

    Attributes:
        cluster: the cluster.
        site: the cluster as add-ons see it.
        choice: what the stack file says of add-ons.
    """

    cluster: ControlPlane
    site: Site
    choice: AddonChoice


class NetworkAddons(Component):
    """Pulumi type ``eks-platform:addons:NetworkAddons``.

    Creates the add-ons that nodes need to become ready. It waits for none of them.

    Attributes:
        made: what nodes come after.

    Raises:
        UnsupportedVersionError: the catalogue does not support the Kubernetes minor.
    """

    MODULE = "addons"

    made: Sequence[pulumi.Resource]

    def __init__(
        self, name: str, args: NetworkAddonsArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        catalogue.require_supported(args.site.kubernetes_version)
        super().__init__(name, opts)
        phases = Phases(self.child(), args.tags, args.cluster, args.site, args.choice, {})
        self.made = phases.install((Phase.NETWORK,), {}, ())
        self.register_outputs({})
