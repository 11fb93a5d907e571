"""The platform in a few figures, for one who watches it: out of a snapshot, asking nobody."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from bluegreen.drain import TrafficReading
from bluegreen.finding import Finding, refused
from bluegreen.snapshot import ADDRESS_TYPES, ColourView, JsonModel, Snapshot
from bluegreen.support_rules import outlook_of
from bluegreen.world.metrics import LAG, MINUTE
from settings.names import COLOURS, Colour


class ColourFigures(JsonModel):
    """One colour.

    Attributes:
        colour: its colour.
        role: ``active``, ``canary``, ``idle`` or ``absent``.
        version: what its API server runs; empty where that is not known.
        support: what is left of the minor's support, in words; empty without a cluster.
        days_left: days until the phase of that ends; None where it is not known.
        names: live names that lead to it.
        writers: pods that write live names.
        nodes: how many it has.
        nodes_ready: how many of these are Ready.
        requests: requests or flows of all its load balancers, one value a minute, oldest first;
            minutes that CloudWatch may be late with are not among them. Empty without a load
            balancer, of which nothing can be said.
        not_seen: why its API server was not seen; empty where it was, or without a cluster.
    """

    colour: Colour
    role: str
    version: str = ""
    support: str = ""
    days_left: int | None = None
    names: int = 0
    writers: tuple[str, ...] = ()
    nodes: int = 0
    nodes_ready: int = 0
    requests: tuple[float, ...] = ()
    not_seen: str = ""


class Overview(JsonModel):
    """Both colours at one moment.

    Attributes:
        at: ISO time, UTC.
        active: the active colour, by the shared stack.
        names: all live names.
        elsewhere: live names that lead to no load balancer of either colour, or to both.
        updating: stacks that an update holds or was interrupted in, in words.
        broken: rules that are broken or could not be judged, in words.
        colours: one of each.
    """

    at: str
    active: Colour | None
    names: int
    elsewhere: tuple[str, ...]
    updating: tuple[str, ...]
    broken: tuple[str, ...]
    colours: tuple[ColourFigures, ...]


def overview(
    snapshot: Snapshot,
    looks: Mapping[Colour, TrafficReading],
    findings: Sequence[Finding],
    now: datetime,
) -> Overview:
    """The figures of a moment.

    Args:
        snapshot: the platform.
        looks: traffic of each colour.
        findings: what must always hold, judged.
        now: the moment, UTC.
    """
    led = _led(snapshot)
    return Overview(
        at=now.isoformat(timespec="seconds"),
        active=snapshot.shared.active,
        names=len(led),
        elsewhere=tuple(sorted(name for name, colour in led.items() if colour is None)),
        updating=tuple(_updating(snapshot)),
        broken=tuple(_in_words(finding) for finding in refused(findings)),
        colours=tuple(
            _figures(
                snapshot,
                snapshot.colour(colour),
                sum(it == colour for it in led.values()),
                _requests(looks[colour]),
            )
            for colour in COLOURS
        ),
    )


def _in_words(finding: Finding) -> str:
    verdict = "not seen" if finding.verdict == "unseen" else "not so"
    return f"{verdict}: {finding.says}"


def _led(snapshot: Snapshot) -> dict[str, Colour | None]:
    """Live name → the one colour that all its record sets lead to, or None."""
    colours: dict[str, set[Colour | None]] = {}
    for record in snapshot.live_records():
        if record.type in ADDRESS_TYPES:
            found = colours.setdefault(record.name, set())
            for target in record.targets:
                found.add(snapshot.colour_of_host(target))
    return {name: next(iter(found)) if len(found) == 1 else None for name, found in colours.items()}


def _updating(snapshot: Snapshot) -> list[str]:
    held = [f"{s.name} is held by {lock.in_words}" for s in snapshot.states for lock in s.locks]
    left = [s.name for s in snapshot.states if s.interrupted and not s.locks]
    return [*held, *(f"an update of {name} was interrupted" for name in left)]


def _figures(
    snapshot: Snapshot, view: ColourView, names: int, requests: tuple[float, ...]
) -> ColourFigures:
    outlook = outlook_of(view, snapshot)
    kube = view.kube
    seen = kube if kube and not kube.error else None
    version = seen.version if seen else (view.eks.version if view.eks else "")
    return ColourFigures(
        colour=view.colour,
        role=_role(snapshot, view),
        version=version,
        support=outlook.short if outlook else "",
        days_left=outlook.days_left if outlook else None,
        names=names,
        writers=view.writing,
        nodes=len(seen.nodes) if seen else 0,
        nodes_ready=sum(node.ready for node in seen.nodes) if seen else 0,
        requests=requests,
        not_seen=kube.error if kube else "",
    )


def _role(snapshot: Snapshot, view: ColourView) -> str:
    if snapshot.shared.active == view.colour:
        return "active"
    if view.colour in snapshot.shared.assigned.colours:
        return "canary"
    return "idle" if view.cluster else "absent"


def _requests(look: TrafficReading) -> tuple[float, ...]:
    """Sum of all load balancers in each minute that CloudWatch has reported whole."""
    if not look.traffic:
        return ()
    minute = look.since.replace(second=0, microsecond=0)
    last = look.until.replace(second=0, microsecond=0) - LAG
    sums: list[float] = []
    while minute < last:
        sums.append(sum(traffic.get(minute, 0.0) for traffic in look.traffic.values()))
        minute += MINUTE
    return tuple(sums)


SHOWN = timedelta(minutes=30)
"""How far back traffic is shown."""
