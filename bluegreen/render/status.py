"""The platform, both colours side by side."""

from collections.abc import Callable, Mapping, Sequence
from itertools import groupby

from rich.console import Group, RenderableType
from rich.markup import escape
from rich.table import Table

from bluegreen.costs_seen import pair_costs
from bluegreen.drain import TrafficReading
from bluegreen.finding import Finding, refused
from bluegreen.render import costs as shown_costs
from bluegreen.render.colours import in_colour
from bluegreen.render.findings import findings_table
from bluegreen.render.traffic import bars, sparkline
from bluegreen.snapshot import (
    ADDRESS_TYPES,
    Addon,
    ColourView,
    KubeView,
    Lock,
    Record,
    Snapshot,
    StackState,
)
from bluegreen.support_rules import outlook_of
from settings.names import COLOURS, Colour

_SHOWN = 20
_NAMED = 5  # nodes or workloads that are not well


def status(
    snapshot: Snapshot, findings: Sequence[Finding], looks: Mapping[Colour, TrafficReading]
) -> RenderableType:
    """Everything that `bluegreen status` prints."""
    parts: list[RenderableType] = [_colours(snapshot)]
    if any(view.addons or view.eks for view in map(snapshot.colour, COLOURS)):
        parts.append(_addons(snapshot))
    parts += shown_costs.lines(pair_costs(snapshot))
    parts += [_names(snapshot), _api(snapshot)]
    if snapshot.balancers:
        parts.append(_balancers(looks))
    wrong = refused(findings)
    if wrong:
        parts.append(findings_table(wrong, "[red]Broken, or not seen[/red]"))
    else:
        parts.append("[green]No rule is broken.[/green]")
    noted = [finding for finding in findings if finding.verdict == "note"]
    if noted:
        parts.append(findings_table(noted, "[yellow]Worth knowing[/yellow]"))
    return Group(*parts)


def _colours(snapshot: Snapshot) -> Table:
    table = Table("", title="Colours")
    for colour in COLOURS:
        table.add_column(in_colour(colour), overflow="fold")
    views = [snapshot.colour(colour) for colour in COLOURS]
    shared = snapshot.shared
    rows: tuple[tuple[str, Callable[[ColourView], str]], ...] = (
        ("role", lambda v: _role(snapshot, v)),
        ("stack", _stack),
        ("Kubernetes", _version),
        ("supported", lambda v: _support(v, snapshot)),
        ("nodes", lambda v: _cluster_cell(v, _nodes)),
        ("workloads", lambda v: _cluster_cell(v, _workloads)),
        ("writes live names", _writers),
    )
    for title, cell in rows:
        table.add_row(title, *(cell(view) for view in views))
    if not shared.state.exists or shared.live_writer is None:
        table.caption = "stack shared has not come up: `bluegreen bootstrap` begins"
    elif shared.state.locks:
        table.caption = "stack shared: " + ", ".join(map(_lock, shared.state.locks))
    return table


def _role(snapshot: Snapshot, view: ColourView) -> str:
    active = snapshot.shared.active
    if active == view.colour:
        return "[bold]active[/bold]"
    if view.cluster is None:
        return "[dim]absent[/dim]"
    return "idle" if active else "[yellow]idle; no colour is active[/yellow]"


def _stack(view: ColourView) -> str:
    if not view.state.exists:
        return "[dim]none[/dim]"
    text = f"{view.state.resources} resources"
    if view.state.pending:
        text += f", {_pending(view.state)}"
    return "\n".join([text, *map(_lock, view.state.locks)])


def _lock(lock: Lock) -> str:
    what = "live or dead update"
    if lock.dead:
        what = "left by a dead update"
    elif lock.alive:
        what = "update runs"
    return f"[yellow]{what}: {escape(lock.holder)}[/yellow]"


def _pending(state: StackState) -> str:
    count = len(state.pending)
    if not state.interrupted:
        return f"{count} operations under way"
    if not state.locks_read:
        return f"[red]{count} operations interrupted, or of an update that runs now[/red]"
    return f"[red]{count} interrupted operations[/red]"


def _version(view: ColourView) -> str:
    if view.kube and view.kube.error:
        return f"[red]does not answer: {escape(view.kube.error)}[/red]"
    if view.kube:
        return view.kube.version
    return view.eks.version if view.eks else ""


def _support(view: ColourView, snapshot: Snapshot) -> str:
    seen = outlook_of(view, snapshot)
    if seen is None:
        return "[yellow]not known[/yellow]" if view.cluster else ""
    return f"[yellow]{seen.short}[/yellow]" if seen.is_pressing else seen.short


def _cluster_cell(view: ColourView, cell: Callable[[KubeView], str]) -> str:
    return cell(view.kube) if view.kube and not view.kube.error else ""


def _nodes(kube: KubeView) -> str:
    bad = [node.name for node in kube.nodes if not node.ready]
    return _counted(len(kube.nodes), "Ready", bad)


def _workloads(kube: KubeView) -> str:
    bad = [
        f"{it.name}: {it.available} of {it.wanted}"
        for it in kube.workloads
        if it.available < it.wanted
    ]
    return _counted(len(kube.workloads), "available", bad)


def _writers(view: ColourView) -> str:
    if view.kube and view.kube.error:
        return "[red]not seen[/red]"
    return "\n".join(view.writing) or ("no" if view.cluster else "")


def _counted(count: int, word: str, bad: Sequence[str]) -> str:
    """How many are well, and which are not."""
    text = f"{count - len(bad)} of {count} {word}"
    if not bad:
        return text
    more = [f"and {len(bad) - _NAMED} more"] if len(bad) > _NAMED else []
    return "[red]" + "\n".join([text, *map(escape, bad[:_NAMED]), *more]) + "[/red]"


def _addons(snapshot: Snapshot) -> Table:
    """Versions of the program's add-ons, then of those that EKS runs."""
    table = Table(title="Add-ons")
    table.add_column("add-on", overflow="fold")
    for colour in COLOURS:
        table.add_column(in_colour(colour), overflow="fold")
    views = [snapshot.colour(colour) for colour in COLOURS]
    ours = [{name: escape(it) for name, it in view.addons.items()} for view in views]
    eks = [{f"{a.name} (EKS)": _eks_addon(a) for a in v.eks.addons} if v.eks else {} for v in views]
    for kind in (ours, eks):
        for name in sorted({name for versions in kind for name in versions}):
            table.add_row(escape(name), *(versions.get(name, "") for versions in kind))
        table.add_section()
    return table


def _eks_addon(addon: Addon) -> str:
    said = "" if addon.status == "ACTIVE" else f" [red]{escape(addon.status)}[/red]"
    return f"{escape(addon.version)}{said}"


def _names(snapshot: Snapshot) -> Table:
    table = Table(title="Live names")
    for title in ("live name", "types", "leads to", "colour"):
        table.add_column(title, overflow="fold")
    rows = _rows(snapshot)
    usual = snapshot.shared.active
    odd = [row for row in rows if row[3] != usual]
    even = [row for row in rows if row[3] == usual]
    for name, types, target, colour in [*odd, *even[: max(0, _SHOWN - len(odd))]]:
        shown = in_colour(colour) if colour else "[red]no such load balancer[/red]"
        table.add_row(escape(name), types, escape(target), shown)
    more = len(even) - max(0, _SHOWN - len(odd))
    if more > 0:
        table.add_row(f"and {more} more", "", "", f"{usual}")
    if not rows:
        table.add_row("none", "", "", "")
    return table


def _rows(snapshot: Snapshot) -> list[tuple[str, str, str, Colour | None]]:
    """Name, types, target and colour of each group of live record sets that lead to one place."""
    live = [record for record in snapshot.live_records() if record.type in ADDRESS_TYPES]

    by_host = {balancer.host: balancer.name for balancer in snapshot.balancers}

    def place(record: Record) -> tuple[str, tuple[str, ...]]:
        return record.name, record.targets

    rows: list[tuple[str, str, str, Colour | None]] = []
    for (name, targets), group in groupby(sorted(live, key=place), key=place):
        colours: list[Colour | None] = [snapshot.colour_of_host(target) for target in targets]
        colour = colours[0] if len(set(colours)) == 1 else None
        led = ", ".join(by_host.get(target, target) for target in targets)
        rows.append((name, " ".join(r.type for r in group), led, colour))
    return rows


def _api(snapshot: Snapshot) -> Table:
    table = Table(title="API records")
    for title in ("API record", "type", "value"):
        table.add_column(title, overflow="fold")
    for record in snapshot.records:
        if record.zone == "api" and record.type in ("CNAME", "TXT"):
            table.add_row(escape(record.name), record.type, escape(", ".join(record.targets)))
    return table


def _balancers(looks: Mapping[Colour, TrafficReading]) -> Table:
    """What a load balancer is stands below its name: a narrow terminal has room for one of them."""
    table = Table(title="Load balancers")
    for title in ("load balancer", "last minutes", "sum"):
        table.add_column(title, overflow="fold")
    for colour, seen in looks.items():
        for balancer in seen.balancers:
            row = bars(seen.traffic.get(balancer.name, {}), seen.since, seen.until)
            states = [f"{n} {s}" for g in balancer.groups for s, n in sorted(g.states.items())]
            what = ", ".join([in_colour(colour), balancer.kind, *states])
            plot = sparkline(row, max(row, default=0.0) or 1.0)
            table.add_row(f"{escape(balancer.name)}\n  {what}", plot, f"{sum(row):.0f}")
    return table
