"""Snippet: a sum of money for the shipped stack files, at example prices.

Prices have the size of those of us-east-1. They are examples to put one's own in for: nobody has
checked them against AWS's lists.
"""

from collections.abc import Sequence
from typing import NamedTuple

import settings
from development.docsite import registration
from development.docsite.quantities import HOURS, fewest_nodes
from settings.names import SHARED
from settings.network import OwnNetwork
from settings.node_groups import NodeGroup

REGION = "us-east-1"
_ON_DEMAND_HOUR = {"m7i.large": 0.1008, "m7i.xlarge": 0.2016}
_SPOT_PART = 0.4
"""Part of the on-demand price that spot is assumed to cost; it changes all the time."""


class Cost(NamedTuple):
    """A line of the sum.

    Attributes:
        what: what is paid for.
        quantity: how many of it in a month.
        unit: what is counted.
        price: USD for one.
    """

    what: str
    quantity: float
    unit: str
    price: float

    @property
    def month(self) -> float:
        """USD a month."""
        return self.quantity * self.price


def render() -> str:
    """The table, as Markdown."""
    shared, colour = shared_costs(), colour_costs()
    lines = [
        f"| In a month, {REGION} | Quantity | USD each | USD |",
        "| --- | ---: | ---: | ---: |",
        *map(_row, shared),
        _sum("**Shared**", shared),
        *map(_row, colour),
        _sum("**One colour**", colour),
        _sum("**The platform with one colour, the normal state**", [*shared, *colour]),
        _sum("**With both, while you switch**", [*shared, *colour, *colour]),
    ]
    return "\n".join(lines) + "\n"


def shared_costs() -> Sequence[Cost]:
    """What the shared stack costs, without what depends on use."""
    loaded = settings.load_shared(registration.config(SHARED))
    costs: list[Cost] = []
    if isinstance(loaded.network, OwnNetwork):
        hours = HOURS * (3 if loaded.network.nat_gateways == "perZone" else 1)
        costs += [
            Cost("NAT gateways", hours, "hours", 0.045),
            Cost("Their public IPv4 addresses", hours, "hours", 0.005),
        ]
    zones = (loaded.zones.public, loaded.zones.private, loaded.zones.api)
    return [*costs, Cost("Hosted zones", sum(it.create for it in zones), "zones", 0.50)]


def colour_costs() -> Sequence[Cost]:
    """What a colour costs with the fewest nodes, without what depends on use."""
    loaded = settings.load_colour("blue", registration.config("blue"))
    return [
        Cost("EKS control plane", HOURS, "hours", 0.10),
        *(
            it
            for name, group in loaded.node_groups.items()
            for it in _nodes(name, group, fewest_nodes(loaded, name))
        ),
        Cost("KMS key", 1, "key", 1.00),
    ]


def _nodes(name: str, group: NodeGroup, count: int) -> Sequence[Cost]:
    kind = group.instance_types[0]
    part = _SPOT_PART if group.capacity == "spot" else 1.0
    return [
        Cost(
            f"Nodes of `{name}`: {count} {kind}",
            count * HOURS,
            "hours",
            _ON_DEMAND_HOUR[kind] * part,
        ),
        Cost(f"Their root volumes, `{name}`", count * group.disk_gib, "GB", 0.08),
        Cost(f"Their detailed monitoring, `{name}`", 7 * count, "metrics", 0.30),
    ]


def _row(cost: Cost) -> str:
    price = f"{cost.price:.4f}".rstrip("0")
    whole = price if len(price.split(".")[1]) > 1 else f"{cost.price:.2f}"
    return f"| {cost.what} | {cost.quantity:,.0f} {cost.unit} | {whole} | {cost.month:,.0f} |"


def _sum(what: str, costs: Sequence[Cost]) -> str:
    return f"| {what} | | | **{sum(cost.month for cost in costs):,.0f}** |"
