"""Settings of what makes nodes as pods need them."""

from collections.abc import Iterator, Mapping
from typing import Literal

from pydantic import Field, field_validator
from pydantic_core import InitErrorDetails, PydanticCustomError

from catalogue.addons import DEFAULT_AUTOSCALER, KARPENTER, Autoscaler
from catalogue.versions import NodeArchitecture
from settings.model import Settings, distinct, expected
from settings.node_groups import NodeGroup

Category = Literal["c", "m", "r"]
"""Of instance types: for computing, for all, for memory."""

POOL_CPUS = (2, 16)
"""Fewest and most vCPUs of an instance type that Karpenter chooses."""

POOL_GENERATION = 6
"""Oldest generation of such a type: on Nitro alone."""

SYSTEM_NODES = 2
"""Nodes that Karpenter does not make, for its own two pods: one each."""


class Karpenter(Settings):
    """Nodes that Karpenter makes, of one pool on demand and one of spot."""

    architecture: NodeArchitecture = "x86_64"
    """Of their processors."""

    categories: tuple[Category, ...] = Field(default=("c", "m", "r"), min_length=1)
    """Kinds of instance types to choose from, of 2 to 16 vCPUs, of the sixth generation and
    later."""

    spot: bool = True
    """A pool of spot nodes beside the one on demand; with the label
    node.kubernetes.io/lifecycle=spot and the taint spot:NoSchedule, as those of a spot group."""

    max_vcpus: int = Field(default=200, ge=2, le=20_000)
    """Most vCPUs of each pool."""

    disk_gib: int = Field(default=50, ge=20, le=16384, alias="diskGiB")
    """Root volume in GiB. 20 is what the node image needs; images and logs take the rest."""

    drain_minutes: int = Field(default=10, ge=2, le=60)
    """Most minutes that a node which goes waits for its pods; then it takes them down, whatever
    their disruption budgets say. So that no budget holds an update or a retirement for ever."""

    consolidate_after_minutes: int = Field(default=5, ge=1, le=1440)
    """Minutes without a pod that comes or goes after which a node may be given up for a cheaper
    or fuller one."""

    _distinct = field_validator("categories")(distinct)


class Nodes(Settings):
    """What makes nodes as pods need them."""

    autoscaler: Autoscaler = DEFAULT_AUTOSCALER
    """`cluster-autoscaler` grows and shrinks the node groups. `karpenter` makes instances of its
    own beside them, of many types, and replaces them by cheaper ones; the groups stay as large as
    they are, for the system."""

    karpenter: Karpenter = Karpenter()
    """Nodes that Karpenter makes."""


def choice_mistakes(
    nodes: Nodes, minor: str | None, groups: Mapping[str, NodeGroup] | None
) -> Iterator[InitErrorDetails]:
    """What does not go together with the choice of autoscaler.

    Args:
        nodes: what the stack file says of it.
        minor: Kubernetes minor, or None if it is wrong itself.
        groups: node groups, or None if they are wrong themselves.
    """
    if nodes.autoscaler != KARPENTER.name:
        return
    supported = KARPENTER.entry.versions
    if minor is not None and minor not in supported:
        yield _mistake(
            expected(
                f"{DEFAULT_AUTOSCALER}: karpenter {max(supported.values())} supports Kubernetes"
                f" {', '.join(supported)}",
                minor,
            )
        )
    if groups is None:
        return
    spot = [f"nodeGroups.{name}" for name, it in groups.items() if it.capacity == "spot"]
    if spot:
        yield _mistake(
            expected(
                f"no spot groups beside it, such as {spot[0]}: Karpenter makes spot nodes itself,"
                " and nobody would make a group's as pods need them"
            )
        )
    fewest = [it.min for it in groups.values() if it.capacity == "on-demand" and not it.taints]
    if sum(fewest) < SYSTEM_NODES:
        yield _mistake(
            expected(
                f"on-demand groups without taints with a min of at least {SYSTEM_NODES} together"
                " beside it: Karpenter's two pods run there, on a node each"
            )
        )


def _mistake(error: PydanticCustomError) -> InitErrorDetails:
    return InitErrorDetails(type=error, loc=("autoscaler",), input=KARPENTER.name)
