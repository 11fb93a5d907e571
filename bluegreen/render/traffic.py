"""Traffic of load balancers as small plots: one bar a minute."""

from collections.abc import Sequence
from datetime import datetime

from rich.console import Group, RenderableType
from rich.markup import escape
from rich.table import Table

from bluegreen.drain import Look
from bluegreen.world.metrics import MINUTE, Traffic

_BARS = " ▁▂▃▄▅▆▇█"
_WIDEST = 60  # minutes that fit a terminal
_SHOWN = 15


def sparkline(values: Sequence[float], top: float) -> str:
    """One character a value; only 0 is blank, and `top` is a full bar."""
    steps = len(_BARS) - 2
    return "".join(_BARS[0 if v <= 0 else 1 + round(steps * min(v / top, 1.0))] for v in values)


def minutes(traffic: Traffic, since: datetime, until: datetime) -> list[float]:
    """Traffic of each minute, oldest first; 0 where there is none."""
    start = since.replace(second=0, microsecond=0)
    count = int((until - start) / MINUTE) + 1
    return [traffic.get(start + MINUTE * index, 0.0) for index in range(count)][-_WIDEST:]


def look(seen: Look) -> RenderableType:
    """A look at a draining colour: a plot for each load balancer, and what still names it."""
    window = seen.drained.window_minutes
    title = f"Traffic of {seen.drained.colour}, one bar a minute, {window} min and CloudWatch's lag"
    table = Table("load balancer", "kind", "requests or flows", "sum", "last", title=title)
    rows = {
        b.name: minutes(seen.traffic.get(b.name, {}), seen.since, seen.until)
        for b in seen.balancers
    }
    top = max((value for row in rows.values() for value in row), default=0.0) or 1.0
    for balancer in sorted(seen.balancers, key=lambda b: -sum(rows[b.name])):
        row = rows[balancer.name]
        last = seen.drained.heard.get(balancer.name, "")[11:16]
        table.add_row(balancer.name, balancer.kind, sparkline(row, top), f"{sum(row):.0f}", last)
    if not seen.balancers:
        table.add_row("none", "", "", "", "")
    return Group(table, *_named(seen.drained.named), _verdict(seen))


def _named(named: Sequence[str]) -> list[str]:
    if not named:
        return ["No record but its own names leads there."]
    lines = [f"[red]{len(named)} records still lead there:[/red]"]
    lines += [f"  {escape(text)}" for text in named[:_SHOWN]]
    return lines + ([f"  and {len(named) - _SHOWN} more"] if len(named) > _SHOWN else [])


def _verdict(seen: Look) -> str:
    if seen.drained.done:
        return f"[green]Nothing came for {seen.drained.window_minutes} min.[/green]"
    return f"[yellow]In use: {len(seen.drained.heard)} load balancers had traffic.[/yellow]"
