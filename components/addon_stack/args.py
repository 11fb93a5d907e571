"""What every add-on has in common."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi

from components.addon_stack.site import Site
from components.base import ComponentArgs
from components.control_plane import ControlPlane


@dataclass(frozen=True, kw_only=True)
class AddonArgs(ComponentArgs):
    """What every component of an add-on needs.

    Attributes:
        cluster: the cluster it runs on.
        site: the same cluster, as add-ons see it.
        after: what must be there first. An argument, because the option depends_on of a
            component does not reach its children.
    """

    cluster: ControlPlane
    site: Site
    after: Sequence[pulumi.Resource]


@dataclass(frozen=True, kw_only=True)
class MakeArgs(AddonArgs):
    """What an add-on with components of its own is given.

    Attributes:
        opts: options of each of its components.
    """

    opts: pulumi.ResourceOptions
