"""Snippet: what the shipped stack files cost in a month, by the kept price lists."""

from collections.abc import Sequence

import settings
from costs import platform, words
from costs.bill import Bill, Line, together
from costs.platform import Nodes
from development.docsite import registration
from development.docsite.quantities import HOURS, fewest_nodes
from settings.names import SHARED
from settings.network import OwnNetwork


def render() -> str:
    """The table, as Markdown."""
    shared, colour = shared_bill(), colour_bill()
    lines = [
        f"| In a month, {region()} | Quantity | USD |",
        "| --- | ---: | ---: |",
        *map(_row, shared.lines),
        _sum("Shared", shared),
        *map(_row, colour.lines),
        _sum("One colour", colour),
        _sum("The platform with one colour, the normal state", together([shared, colour])),
        _sum("With both, while you switch", together([shared, colour, colour])),
    ]
    return "\n".join(lines) + f"\n\n{_each_day(colour)}\n"


def region() -> str:
    """Region of the shipped stack files."""
    return registration.config(SHARED)["aws:region"]


def shared_bill() -> Bill:
    """What the shared stack costs, without what depends on use."""
    loaded = settings.load_shared(registration.config(SHARED))
    gateways = 0
    if isinstance(loaded.network, OwnNetwork):
        gateways = 3 if loaded.network.nat_gateways == "perZone" else 1
    zones = (loaded.zones.public, loaded.zones.private, loaded.zones.api)
    made = sum(zone.create for zone in zones)
    return together(platform.of_shared(gateways, gateways, made, region()))


def colour_bill(*, most: bool = False, extended: bool = False) -> Bill:
    """What a colour costs, without what depends on use.

    Args:
        most: with the most nodes of each group, in place of the fewest.
        extended: with its minor in extended support.
    """
    loaded = settings.load_colour("blue", registration.config("blue"))
    nodes = [
        Nodes(
            group.instance_types[0],
            group.max if most else fewest_nodes(loaded, name),
            group.capacity == "spot",
            group.disk_gib,
        )
        for name, group in loaded.node_groups.items()
    ]
    return together(
        [
            platform.of_control_plane("extended" if extended else "standard", region()),
            *platform.of_nodes(nodes, region()),
            platform.of_key(region()),
        ]
    )


def _row(line: Line) -> str:
    unit = f" {line.unit}" if line.unit else ""
    return f"| {line.what} | {line.count:,.0f}{unit} | {line.usd_hour * HOURS:,.0f} |"


def _sum(what: str, bill: Bill) -> str:
    return f"| **{what}** | | **{bill.usd_month:,.0f}** |"


def _each_day(colour: Bill) -> str:
    in_extended = colour_bill(extended=True)
    more = in_extended.usd_month - colour.usd_month
    days: Sequence[str] = (
        f"Each day that both colours stand costs {words.usd(colour.usd_day)} USD more.",
        f"A colour in extended support costs {words.usd(more)} USD more in a month.",
        f"These are {words.basis(together([colour, shared_bill()]))}.",
    )
    return " ".join(days)
