"""Leftover records as a table."""

from datetime import UTC, datetime

from rich.console import Group, RenderableType
from rich.markup import escape
from rich.table import Table

from bluegreen.cleanup import FoundLeftovers
from bluegreen.leftovers import Leftover
from bluegreen.snapshot import Snapshot
from bluegreen.world.cloudtrail import KEPT_DAYS

_DAY = 86_400
_HOUR = 3_600
_MINUTE = 60


def table(found: FoundLeftovers, snapshot: Snapshot | None = None) -> RenderableType:
    """Names that no object asks for, with owner, age and where they lead.

    Args:
        found: what was found.
        snapshot: the platform, to tell load balancers that are there from others; or None.
    """
    parts: list[RenderableType] = []
    if found.leftovers:
        rows = Table(title="Leftover records: no object asks for them any more")
        for title in ("name", "types", "owner", "leads to", "last written"):
            rows.add_column(title, overflow="fold")
        for it in found.leftovers:
            led = ", ".join(_describe_target(target, snapshot) for target in it.targets)
            rows.add_row(escape(it.name), it.types, escape(it.owner), led, _age(it, found.unseen))
        parts.append(rows)
    if found.unseen:
        parts.append(f"[yellow]Their age is not known: {escape(found.unseen)}[/yellow]")
    parts += [
        f"[red]Not seen, so what it asks for is not known: {escape(text)}[/red]"
        for text in found.blind
    ]
    return Group(*parts)


def _describe_target(target: str, snapshot: Snapshot | None) -> str:
    gone = snapshot is not None and snapshot.colour_of_host(target) is None
    return f"{escape(target)}{' [red](no load balancer of the platform)[/red]' if gone else ''}"


def _age(it: Leftover, unseen: str) -> str:
    if it.written is not None:
        return _ago((datetime.now(UTC) - it.written).total_seconds())
    return "not known" if unseen else f"over {KEPT_DAYS} days ago"


def _ago(seconds: float) -> str:
    for size, unit in ((_DAY, "days"), (_HOUR, "hours")):
        if seconds >= 2 * size:
            return f"{seconds // size:.0f} {unit} ago"
    return f"{max(0.0, seconds) // _MINUTE:.0f} minutes ago"
