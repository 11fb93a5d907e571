"""Auto Scaling groups as the program asks for them: how many nodes of what they may have."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from costs.platform import Nodes

TYPE = "aws:autoscaling/group:Group"
"""Pulumi type of a group."""

TEMPLATE_TYPE = "aws:ec2/launchTemplate:LaunchTemplate"
"""Pulumi type of what says the disk of a group's nodes."""

Inputs: TypeAlias = Mapping[str, Any]
"""Inputs of a resource, as the engine keeps them."""


@dataclass(frozen=True)
class Group:
    """A group.

    Attributes:
        name: its name in AWS, which is that of its launch template too.
        kinds: instance types, the first one preferred.
        spot: whether it buys spot.
        least: fewest nodes.
        most: most nodes.
    """

    name: str
    kinds: tuple[str, ...]
    spot: bool
    least: int
    most: int

    def nodes(self, count: int, disk_gib: int | None) -> Nodes:
        """Some of its nodes, all of the first type: of which they will be nobody knows."""
        return Nodes(self.kinds[0], count, self.spot, disk_gib)


def group_of(inputs: Inputs) -> Group | None:
    """The group that inputs ask for; None where they are not of this program's form."""
    try:
        policy = inputs["mixedInstancesPolicy"]
        shares = policy["instancesDistribution"]["onDemandPercentageAboveBaseCapacity"]
        kinds = tuple(str(it["instanceType"]) for it in policy["launchTemplate"]["overrides"])
        least, most = int(inputs["minSize"]), int(inputs["maxSize"])
        name = str(inputs["name"])
    except (KeyError, TypeError, ValueError):
        return None
    return Group(name, kinds, int(shares) == 0, least, most) if kinds else None


def disks_of(templates: Sequence[Inputs]) -> dict[str, int]:
    """Name of each launch template → GiB of the root volume."""
    found: dict[str, int] = {}
    for inputs in templates:
        try:
            (mapping, *_) = inputs["blockDeviceMappings"]
            found[str(inputs["name"])] = int(mapping["ebs"]["volumeSize"])
        except (KeyError, TypeError, ValueError):
            continue
    return found
