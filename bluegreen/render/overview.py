"""The platform in a few figures, on a terminal."""

from collections.abc import Callable

from rich.console import Group, RenderableType
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from bluegreen.overview import ColourFigures, Overview
from bluegreen.render.colours import in_colour
from bluegreen.render.traffic import sparkline

_SHOWN = 5


def panel(seen: Overview, trouble: str = "") -> RenderableType:
    """Both colours side by side.

    Args:
        seen: the last look that succeeded.
        trouble: why none has since; empty where it is the last one.
    """
    table = Table("", title=f"{_headline(seen)} [dim]at {seen.at[11:19]} UTC[/dim]")
    for figures in seen.colours:
        table.add_column(in_colour(figures.colour), overflow="fold")
    top = max((value for it in seen.colours for value in it.requests), default=0.0) or 1.0
    rows: tuple[tuple[str, Callable[[ColourFigures], str]], ...] = (
        ("role", lambda it: f"[bold]{it.role}[/bold]" if it.role == "active" else it.role),
        ("live names", lambda it: f"{it.names} of {seen.names}"),
        ("write live names", _writers),
        ("requests a minute", lambda it: f"{it.requests[-1]:.0f}" if it.requests else ""),
        ("last half hour", lambda it: sparkline(it.requests, top)),
        ("nodes ready", _nodes),
        ("Kubernetes", lambda it: it.version),
        ("supported", lambda it: it.support),
    )
    for title, cell in rows:
        table.add_row(title, *(cell(it) for it in seen.colours))
    told = [*_told("yellow", seen.updating), *_told("red", seen.broken)]
    if seen.elsewhere:
        names = ", ".join(seen.elsewhere[:_SHOWN])
        told.append(
            f"[red]{len(seen.elsewhere)} live names lead to neither, or to both: {names}[/]"
        )
    if trouble:
        told.append(f"[red]Not seen since then: {escape(trouble)}[/red]")
    return Group(table, *told)


def line(seen: Overview, trouble: str = "") -> Text:
    """The same in a line for a log; arguments as of `panel`."""
    parts = [f"{seen.at[11:19]} {_headline(seen)}"]
    for it in seen.colours:
        if it.role == "absent":
            continue
        rate = f", {it.requests[-1]:.0f} requests a minute" if it.requests else ""
        nodes = "not seen" if it.not_seen else f"{it.nodes_ready} of {it.nodes} nodes"
        parts.append(
            f"{it.colour}: {it.names} of {seen.names} names, {len(it.writers)} writers{rate},"
            f" {nodes}"
        )
    told = [*parts, *seen.updating, *seen.broken]
    return Text("; ".join([*told, f"not seen since then: {trouble}"] if trouble else told))


def _headline(seen: Overview) -> str:
    return f"{seen.active} is active" if seen.active else "no colour is active"


def _writers(it: ColourFigures) -> str:
    if it.not_seen:
        return "[red]not seen[/red]"
    return f"{len(it.writers)} pods" if it.writers else ""


def _nodes(it: ColourFigures) -> str:
    if it.not_seen:
        return f"[red]{escape(it.not_seen)}[/red]"
    if it.role == "absent":
        return ""
    text = f"{it.nodes_ready} of {it.nodes}"
    return text if it.nodes_ready == it.nodes else f"[yellow]{text}[/yellow]"


def _told(style: str, texts: tuple[str, ...]) -> list[str]:
    more = [f"and {len(texts) - _SHOWN} more"] if len(texts) > _SHOWN else []
    return [f"[{style}]{escape(text)}[/{style}]" for text in [*texts[:_SHOWN], *more]]
