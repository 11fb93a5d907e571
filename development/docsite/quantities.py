"""Snippet: what the shipped stack files make that AWS charges for."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import settings
from catalogue.prices import HOURS_A_MONTH
from development.docsite import registration
from settings.names import COLOURS, SHARED, Colour
from settings.network import OwnNetwork
from settings.node_groups import NodeGroup

HOURS = HOURS_A_MONTH


class Item(NamedTuple):
    """Something that is charged for.

    Attributes:
        what: what it is.
        quantity: how many, or that it depends on use.
        unit: what is counted.
        where: AWS's price list.
    """

    what: str
    quantity: str
    unit: str
    where: str


def render() -> str:
    """The tables, as Markdown."""
    parts = [
        f"Shared, always:\n\n{_table(_shared())}",
        *(f"Stack `{name}`, while it stands:\n\n{_table(_colour(name))}" for name in COLOURS),
    ]
    return "\n".join(parts)


def _shared() -> Sequence[Item]:
    loaded = settings.load_shared(registration.config(SHARED))
    items: list[Item] = []
    network = loaded.network
    if isinstance(network, OwnNetwork):
        gateways = 3 if network.nat_gateways == "perZone" else 1
        items += [
            _hours("NAT gateway", gateways, "VPC, NAT gateway"),
            Item("Data through NAT gateways", "your", "GB", "VPC, NAT gateway"),
            _hours("Public IPv4 address, of a NAT gateway", gateways, "VPC, public IPv4"),
        ]
    zones = loaded.zones
    created = sum(zone.create for zone in (zones.public, zones.private, zones.api))
    return [
        *items,
        Item("Hosted zone", str(created), "zone-months", "Route 53"),
        Item("DNS queries", "your", "million queries", "Route 53"),
    ]


def _colour(name: Colour) -> Sequence[Item]:
    loaded = settings.load_colour(name, registration.config(name))
    return [
        _hours("EKS control plane", 1, "EKS"),
        *(
            it
            for key, group in loaded.node_groups.items()
            for it in _group(key, group, fewest_nodes(loaded, key))
        ),
        Item("KMS key for Kubernetes secrets", "1", "key-months", "KMS"),
        Item(
            "Control plane logs, kept " + str(loaded.logging.retention_days) + " days",
            "your",
            "GB taken in, GB kept",
            "CloudWatch Logs",
        ),
        Item("Load balancers of your Ingresses and Services", "your", "hours, LCU", "ELB"),
        Item("Volumes of your claims", "your", "GB-months", "EBS, gp3"),
        Item("Data between zones", "your", "GB", "EC2, data transfer"),
    ]


def fewest_nodes(loaded: settings.ColourSettings, name: str) -> int:
    """Nodes of a group that are always there.

    The reserve's pods run one a node, so that the first group of their capacity has at least as
    many nodes as the reserve has pods; `min` of the others.
    """
    groups = loaded.node_groups
    is_kept = {"overprovisioning", "cluster-proportional-autoscaler"} <= loaded.enabled_addons
    kind = loaded.reserve.capacity
    first = next((key for key, group in groups.items() if group.capacity == kind), None)
    if is_kept and name == first:
        return max(groups[name].min, min(loaded.reserve.least, groups[name].max))
    return groups[name].min


def _group(name: str, group: NodeGroup, fewest: int) -> Sequence[Item]:
    least, most = fewest * HOURS, group.max * HOURS
    kinds = ", ".join(group.instance_types)
    lists: Mapping[str, str] = {"spot": "EC2, spot", "on-demand": "EC2, on demand"}
    return [
        Item(
            f"Nodes of group `{name}`: {kinds}",
            f"{least:,} to {most:,}",
            f"hours: {fewest} to {group.max} nodes",
            lists[group.capacity],
        ),
        Item(
            f"Root volumes of group `{name}`",
            f"{fewest * group.disk_gib:,} to {group.max * group.disk_gib:,}",
            "GB-months",
            "EBS, gp3",
        ),
        Item(
            f"Detailed monitoring of group `{name}`",
            f"{fewest} to {group.max}",
            "instance-months",
            "CloudWatch, metrics",
        ),
    ]


def _hours(what: str, count: int, where: str) -> Item:
    each = f": {count} of them" if count > 1 else ""
    return Item(what, f"{count * HOURS:,}", f"hours{each}", where)


def _table(items: Sequence[Item]) -> str:
    lines = ["| What | In a month | Price list |", "| --- | --- | --- |"]
    lines += [f"| {it.what} | {it.quantity} {it.unit} | {it.where} |" for it in items]
    return "\n".join(lines) + "\n"
