"""Record sets of the DNS writers that no object asks for any more: pure, over a snapshot.

The writers never delete. So a name whose object is gone stays, and leads to what its load balancer
was; whoever gets a load balancer of that name gets its visitors.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime

from bluegreen.publishing.ownership import MANAGED_TYPES
from bluegreen.retirement_rules import own_owners
from bluegreen.snapshot import ColourView, JsonModel, Record, Snapshot, ZoneKind, live_owners
from settings.names import COLOURS, Colour


class Leftover(JsonModel):
    """A name that no object asks for.

    Attributes:
        zone: kind of its zone.
        name: DNS name.
        owner: TXT owner id of the platform's that holds it.
        records: name, type and targets of its record sets, ownership records included.
        written: when it was last written, as far as AWS still knows; None where it does not.
    """

    zone: ZoneKind
    name: str
    owner: str
    records: tuple[Record, ...]
    written: datetime | None = None

    @property
    def targets(self) -> tuple[str, ...]:
        """Where it leads."""
        led = {t for it in self.records if it.type in MANAGED_TYPES for t in it.targets}
        return tuple(sorted(led))

    @property
    def types(self) -> str:
        """Types of its record sets, ownership records aside unless nothing else is left."""
        found = [it.type for it in self.records if it.type in MANAGED_TYPES]
        return " ".join(found) or "ownership record alone"


def leftovers(snapshot: Snapshot) -> list[Leftover]:
    """Names that a DNS writer of the platform owns and that no object of a cluster asks for.

    Of clusters that cannot be seen nobody knows what they ask for: see `unknown`. Nothing of
    theirs is among these.
    """
    found: dict[tuple[ZoneKind, str, str], list[Record]] = {}
    asked = {owner: _requested_names(snapshot, owner) for owner in _owners(snapshot)}
    for record, owner, name in _owned(snapshot):
        wanted = asked.get(owner)
        if wanted is not None and (record.zone, name) not in wanted:
            found.setdefault((record.zone, name, owner), []).append(record)
    return [
        Leftover(zone=zone, name=name, owner=owner, records=tuple(records))
        for (zone, name, owner), records in sorted(found.items())
    ]


def unseen_clusters(snapshot: Snapshot) -> dict[Colour, str]:
    """Clusters of which nobody knows what they ask for → why."""
    return {
        view.colour: view.kube.error if view.kube else "it could not be asked"
        for view in snapshot.colours
        if view.cluster is not None and (view.kube is None or view.kube.error)
    }


def _owned(snapshot: Snapshot) -> Iterator[tuple[Record, str, str]]:
    """Record sets of the platform's owners, each with its owner and the name it is about."""
    for record in snapshot.records:
        owner = record.owner or record.claims
        if owner and record.zone != "api":
            yield record, owner, _name_of(record)


def _name_of(record: Record) -> str:
    """The name itself, or the one that an ownership record speaks of."""
    kind, dash, rest = record.name.partition("-")
    spoken = record.type == "TXT" and dash and kind.upper() in MANAGED_TYPES
    return rest if spoken else record.name


def _owners(snapshot: Snapshot) -> Mapping[str, Colour | None]:
    """TXT owner ids of the platform → the colour whose own it is, None for live names."""
    zones = snapshot.shared.zones
    if zones is None:
        return {}
    own: dict[str, Colour | None] = {
        owner: colour for colour in COLOURS for owner in own_owners(snapshot, colour)
    }
    return own | dict.fromkeys(live_owners(zones).values())


def _requested_names(snapshot: Snapshot, owner: str) -> set[tuple[ZoneKind, str]] | None:
    """Names that are asked for of an owner; None where a cluster that may ask is not seen."""
    colour = _owners(snapshot)[owner]
    views = [view for view in snapshot.colours if colour in (None, view.colour)]
    if any(view.colour in unseen_clusters(snapshot) for view in views):
        return None
    return {name for view in views for name in _names_of_cluster(view, live=colour is None)}


def _names_of_cluster(view: ColourView, *, live: bool) -> Iterator[tuple[ZoneKind, str]]:
    kube = view.kube
    for asked in (kube.asked if live else kube.own) if kube else ():
        if not asked.why_not:
            yield asked.zone, asked.name
