"""Traffic of load balancers as small plots: one bar a minute, or a few minutes."""

import itertools
import math
from collections.abc import Sequence
from datetime import datetime

from rich.console import Group, RenderableType
from rich.markup import escape
from rich.table import Table

from bluegreen.drain import TrafficReading
from bluegreen.world.metrics import MINUTE, Traffic

_BARS = "·▁▂▃▄▅▆▇█"
_WIDEST = 30  # bars that fit a terminal of 100 columns beside the rest
_SHOWN = 15


def sparkline(values: Sequence[float], top: float) -> str:
    """One character a value; only 0 is a dot, and `top` is a full bar."""
    steps = len(_BARS) - 2
    return "".join(_BARS[0 if v <= 0 else 1 + round(steps * min(v / top, 1.0))] for v in values)


def width(since: datetime, until: datetime) -> int:
    """Minutes of one bar."""
    return max(1, math.ceil(_minutes(since, until) / _WIDEST))


def bars(traffic: Traffic, since: datetime, until: datetime) -> list[float]:
    """Traffic of each bar, oldest first, the last one whole; 0 where there is none."""
    start, step = _minute(since), width(since, until)
    each = [traffic.get(start + MINUTE * i, 0.0) for i in range(_minutes(since, until))]
    first = len(each) % step
    cuts = [*([0] if first else []), *range(first, len(each), step), len(each)]
    return [sum(each[a:b]) for a, b in itertools.pairwise(cuts)]


def traffic_table(seen: TrafficReading) -> RenderableType:
    """A look at a draining colour: a plot for each load balancer, and what still names it."""
    step = width(seen.since, seen.until)
    a_bar = "a minute" if step == 1 else f"{step} minutes"
    begin, now = f"{seen.since:%H:%M}", f"{seen.until:%H:%M} UTC"
    table = Table(title=f"Traffic of {seen.drained.colour}, {begin} to {now}, one bar {a_bar}")
    for title in ("load balancer", "requests or flows", "sum", "last"):
        table.add_column(title, overflow="fold")
    rows = {
        b.name: bars(seen.traffic.get(b.name, {}), seen.since, seen.until) for b in seen.balancers
    }
    top = max((value for row in rows.values() for value in row), default=0.0) or 1.0
    for balancer in sorted(seen.balancers, key=lambda b: -sum(rows[b.name])):
        row = rows[balancer.name]
        last = seen.drained.heard.get(balancer.name, "")[11:16]
        name = f"{balancer.name}\n  {balancer.kind}"
        table.add_row(name, sparkline(row, top), f"{sum(row):.0f}", last)
    if not seen.balancers:
        table.add_row("none", "", "", "")
    told = (*_named(seen.drained.named), *_unwatched(seen.drained.unwatched))
    return Group(table, *told, verdict(seen))


def verdict(seen: TrafficReading) -> str:
    """How far it is, in one line; rich markup."""
    minutes = seen.drained.window_minutes
    if seen.drained.done:
        return f"[green]Drained: nothing came for {minutes} min.[/green]"
    if not seen.drained.heard and not seen.drained.named:
        return "[yellow]Not drained: nothing came to what can be watched, but not all can be.[/]"
    if not seen.drained.heard:
        return f"[yellow]Not drained: nothing came for {minutes} min, but records lead there.[/]"
    heard, every = len(seen.drained.heard), len(seen.balancers)
    return (
        f"[yellow]Not drained: {heard} of {every} load balancers had traffic in the last"
        f" {minutes} min, or in the 2 min that CloudWatch may be late.[/]"
    )


def _minute(at: datetime) -> datetime:
    return at.replace(second=0, microsecond=0)


def _minutes(since: datetime, until: datetime) -> int:
    return int((_minute(until) - _minute(since)) / MINUTE) + 1


def _named(named: Sequence[str]) -> list[str]:
    if not named:
        return ["No record but its own leads there."]
    return _listed("Records that still lead there", named)


def _unwatched(unwatched: Sequence[str]) -> list[str]:
    if not unwatched:
        return []
    remedy = (
        "  See their own metrics, or the applications' logs; then delete them, or retire with"
        " `--ignore-traffic KIND/NAMESPACE/NAME`."
    )
    return [*_listed("Traffic that is not seen", unwatched), remedy]


def _listed(title: str, texts: Sequence[str]) -> list[str]:
    lines = [f"[red]{title}: {len(texts)}[/red]"]
    lines += [f"  {escape(text)}" for text in texts[:_SHOWN]]
    return lines + ([f"  and {len(texts) - _SHOWN} more"] if len(texts) > _SHOWN else [])
