"""What must hold of live names, before a switch and always: small rules over a snapshot."""

import re
from collections.abc import Collection, Iterator, Mapping

from bluegreen.finding import Finding, judged, note, unseen, waivable
from bluegreen.prospect import Prospect, foreign_records
from bluegreen.snapshot import ADDRESS_TYPES, RequestedName, Snapshot, ZoneKind, other_colour
from handover.assignment import Assignment, assign
from settings.names import COLOURS, Colour

_BALANCER_HOST = re.compile(r"[a-z0-9.-]+\.elb\.(?:[a-z0-9-]+\.)?amazonaws\.com(?:\.cn)?")
"""Hosts of AWS load balancers: ``NAME.REGION.elb.amazonaws.com`` of application and classic ones,
``NAME.elb.REGION.amazonaws.com`` of network ones; in China with ``.cn``.
https://docs.aws.amazon.com/general/latest/gr/elb.html"""

_LEAVE = "or leave the name behind with `--waive NAME`"
_FREE = (
    "delete these record sets, ownership records included, or take the name from the application:"
    " the DNS writers never touch a record that is not their own"
)


def before_switch(
    snapshot: Snapshot,
    to: Colour,
    *,
    waived: Collection[str],
    only: Collection[str],
    before: Assignment | None,
) -> list[Finding]:
    """Rules about the names that a switch moves.

    Args:
        snapshot: the platform.
        to: colour that is to write them.
        waived: live names that may be left behind.
        only: live names that move, of a canary; empty: all.
        before: who writes what if the switch is taken back; None: as now.
    """
    now = snapshot.shared.assigned
    active = now.active or other_colour(to)
    target = assign(active, to, tuple(only)) if only else Assignment(active=to)
    prospect = Prospect(snapshot, target)
    back = Prospect(
        prospect.snapshot_after, before or (now if now.active else assign(active, None, ()))
    )
    return [
        _counterparts(prospect, to, waived, only),
        _way_back(prospect, back, waived, only),
        _foreign_records(snapshot, waived, only),
        _delegated(snapshot, waived),
        _own_targets(prospect, only),
        *_notes(snapshot, (to,)),
    ]


def invariants(snapshot: Snapshot) -> list[Finding]:
    """Rules about names that hold at every moment."""
    return [
        judged("dangling", "every live name leads to a load balancer that exists",
                 dangling(snapshot), "see where the application's Ingress has gone; if it is gone"
                 " for good, `bluegreen leftovers` removes the name"),
        _foreign_records(snapshot),
        _delegated(snapshot, ()),
        *_notes(snapshot, COLOURS),
    ]  # fmt: skip


def dangling(snapshot: Snapshot) -> list[str]:
    """Live record sets whose load balancer does not exist, in words."""
    return [
        f"{record.name} {record.type} -> {host}"
        for record in snapshot.live_records()
        for host in record.targets
        if record.type in ADDRESS_TYPES
        and _BALANCER_HOST.fullmatch(host)
        and snapshot.colour_of_host(host) is None
    ]


def _counterparts(
    prospect: Prospect, to: Colour, waived: Collection[str], only: Collection[str]
) -> Finding:
    says = f"every live name has its counterpart on {to}"
    kube = prospect.snapshot.colour(to).kube
    if kube is None or kube.error:
        return unseen("counterparts", says, [f"{to}: {kube.error if kube else 'no cluster'}"])
    behind = {name: f"{name}: {why}" for (_, name), why in prospect.left.items()}
    if only:
        missing = {
            name: f"{name}: {prospect.why_left((_zone_of(prospect.snapshot, name), name))}"
            for name in only
            if not prospect.offers(name)
        }
        behind = {name: text for name, text in behind.items() if name in only} | missing
    return waivable(
        "counterparts", says, behind, waived, f"deploy the application on {to}, {_LEAVE}"
    )


def _zone_of(snapshot: Snapshot, name: str) -> ZoneKind:
    zones = snapshot.shared.zones
    private = zones is not None and name.endswith(f".{zones.private.name}")
    return "private" if private else "public"


def _way_back(
    prospect: Prospect, back: Prospect, waived: Collection[str], only: Collection[str]
) -> Finding:
    """That what moves can be taken back; names that no colour wrote before need no way back."""
    says = "every live name that moves could be taken back"
    kubes = [(c, prospect.snapshot.colour(c).kube) for c in back.target.colours]
    blind = [f"{c}: {kube.error if kube else 'no cluster'}"
             for c, kube in kubes if kube is None or kube.error]  # fmt: skip
    if blind:
        return unseen("way-back", says, blind)
    live = {(r.zone, r.name) for r in prospect.snapshot.live_records()}
    barred = {
        name: f"{name}: {why}"
        for (zone, name), why in back.left.items()
        if (zone, name) in live and (zone, name) not in prospect.left and (not only or name in only)
    }
    return waivable(
        "way-back",
        says,
        barred,
        waived,
        "let the application have the same on both colours, or move it with no way back with"
        " `--waive NAME`",
    )


def _foreign_records(
    snapshot: Snapshot, waived: Collection[str] | None = None, only: Collection[str] = ()
) -> Finding:
    """That the live DNS writers can write each name.

    Args:
        snapshot: the platform.
        waived: live names that a switch may leave behind; None where no switch is meant.
        only: live names that it is about; empty: all.
    """
    held = {
        name: f"{name}: {it.details}"
        for name, it in sorted(foreign_records(snapshot).items())
        if not only or name in only
    }
    return waivable(
        "foreign-records",
        "nobody else owns a record of a live name",
        held,
        waived or (),
        _FREE if waived is None else f"{_FREE}; {_LEAVE}",
    )


def _delegated(snapshot: Snapshot, waived: Collection[str]) -> Finding:
    return waivable(
        "delegated",
        "no live name lies below a name that its zone has delegated",
        dict(_below_delegations(snapshot)),
        waived,
        "list the delegated name in `zones.KIND.delegated` of Pulumi.shared.yaml and run"
        " `pulumi up` on shared and the colours: records below it belong into its own zone",
    )


def _below_delegations(snapshot: Snapshot) -> Iterator[tuple[str, str]]:
    zones = snapshot.shared.zones
    apexes = {"public": zones.public.name, "private": zones.private.name} if zones else {}
    delegated = {
        (record.zone, record.name)
        for record in snapshot.records
        if record.type == "NS" and record.name != apexes.get(record.zone)
    }
    wanted = {
        (asked.zone, asked.name)
        for view in snapshot.colours
        for asked in (view.kube.asked if view.kube else ())
        if not asked.why_not
    }
    for zone, name in sorted(wanted):
        for kind, above in sorted(delegated):
            if kind == zone and (name == above or name.endswith(f".{above}")):
                yield name, f"{name}: {above} has name servers of its own"


def _own_targets(prospect: Prospect, only: Collection[str]) -> Finding:
    led = {
        f"{name} -> {', '.join(hosts)}": None
        for (_, name, _, _), hosts in prospect.fixed.items()
        if not only or name in only
    }
    return note(
        "own-targets",
        "names whose objects set their own target do not move, and are not waited for",
        list(led),
    )


def _notes(snapshot: Snapshot, colours: Collection[Colour]) -> list[Finding]:
    ignored = [
        f"{colour}: {asked.name}, {asked.source}: {asked.why_not}"
        for colour in colours
        for asked in _requested_names(snapshot, colour)
        if asked.why_not
    ]
    return [
        note(
            "ignored-names",
            "every name that an application asks for is written",
            ignored,
            "correct the annotation: docs/names.md says what it may hold",
        ),
        note(
            "shared-names",
            "no two objects of a cluster ask for one name, unless they share a load balancer",
            [
                f"{colour}: {name}: {', '.join(sources)}"
                for colour in colours
                for name, sources in _shared(snapshot, colour).items()
            ],
            "one of them wins; let one object alone ask for the name",
        ),
    ]


def _requested_names(snapshot: Snapshot, colour: Colour) -> tuple[RequestedName, ...]:
    kube = snapshot.colour(colour).kube
    return kube.asked if kube else ()


def _shared(snapshot: Snapshot, colour: Colour) -> Mapping[str, list[str]]:
    """Names that several objects ask for, with different targets → these objects."""
    kube = snapshot.colour(colour).kube
    found: dict[tuple[str, str, str], set[str]] = {}
    hosts: dict[tuple[str, str, str], set[tuple[str, ...]]] = {}
    for it in kube.published if kube else ():
        key = (it.zone, it.name, it.type)
        found.setdefault(key, set()).update(it.sources)
        hosts.setdefault(key, set()).add(it.hosts)
    return {name: sorted(found[zone, name, kind])
            for zone, name, kind in sorted(found) if len(hosts[zone, name, kind]) > 1}  # fmt: skip
