"""What every add-on has in common."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi

from components.base import ComponentArgs
from components.control_plane import ControlPlane


@dataclass(frozen=True, kw_only=True)
class AddonArgs(ComponentArgs):
    """Base of every add-on's arguments.

    Attributes:
        cluster: the cluster it runs on.
        after: what must be there first. An argument, because the option depends_on of a
            component does not reach its children.
    """

    cluster: ControlPlane
    after: Sequence[pulumi.Resource]
