"""What the live DNS writers will make of the zones once other colours write: by the model alone.

Everything that a switch promises of names is asked here: which move, which stay and why, and
whether they find their way back.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from bluegreen.publishing.endpoint import ALIAS, Endpoint
from bluegreen.publishing.ownership import RecordSet, txt_name
from bluegreen.publishing.reconciliation import Outcome, Reconciliation
from bluegreen.registry import records
from bluegreen.snapshot import (
    ADDRESS_TYPES,
    Published,
    Record,
    RecordKey,
    RequestedName,
    Snapshot,
    ZoneKind,
    live_owners,
)
from handover.assignment import Assignment
from settings.names import Colour

LIVE_ZONES: tuple[ZoneKind, ...] = ("public", "private")

Name = tuple[ZoneKind, str]
"""Kind of zone and full name."""


@dataclass(frozen=True)
class Prospect:
    """The live names as they will be.

    Attributes:
        snapshot: the platform as it is.
        target: who will write what.
    """

    snapshot: Snapshot
    target: Assignment

    @cached_property
    def moving(self) -> Mapping[RecordKey, tuple[str, ...]]:
        """Record sets that will lead to their colour's load balancers → these.

        Those that stand already, and those that will be made. Names with a target of their own
        are not among them: no switch moves them.
        """
        return {
            key: self._offers[key].hosts
            for key in self._offers
            if not self._offers[key].own_target and self._arrives(key)
        }

    @cached_property
    def fixed(self) -> Mapping[RecordKey, tuple[str, ...]]:
        """Record sets whose objects set their own target → this; no colour matters to them."""
        return {key: it.hosts for key, it in sorted(self._offers.items()) if it.own_target}

    @cached_property
    def left(self) -> Mapping[Name, str]:
        """Live names of which a record set will not lead to their colour → why, in words."""
        found: dict[Name, list[str]] = {}
        for record in self.snapshot.live_records():
            if record.type in ADDRESS_TYPES and not self._arrives(record.key):
                found.setdefault((record.zone, record.name), []).append(record.type)
        return {name: self.why_left(name, kinds) for name, kinds in sorted(found.items())}

    @cached_property
    def snapshot_after(self) -> Snapshot:
        """The platform with the records as they will be."""
        others = [it for it in self.snapshot.records if it.zone not in LIVE_ZONES]
        made = [it for zone in LIVE_ZONES for it in records(zone, self._outcomes[zone].sets)]
        return self.snapshot.model_copy(update={"records": (*others, *made)})

    def why_left(self, name: Name, kinds: Collection[str] = ()) -> str:
        """Why a name will not lead to its colour.

        Args:
            name: the name.
            kinds: types of its record sets that stay.
        """
        colour = self.target.writer(name[1])
        if colour is None:
            return "nobody will write it"
        return self._why_refused(name) or self._why_absent(name, colour, kinds)

    def _why_refused(self, name: Name) -> str:
        """Why the DNS writer that has a name cannot write it; empty if it can."""
        zone, plain = name
        outcome = self._outcomes[zone]
        if plain in outcome.refused:
            return f"Route 53 refuses it: {outcome.refused[plain]}"
        if plain in outcome.left:
            return f"a record of it is not the platform's: {outcome.left[plain]}"
        return outcome.unclear.get(plain, "")

    def _why_absent(self, name: Name, colour: Colour, kinds: Collection[str]) -> str:
        asked = [it for it in self._requested_names(colour) if (it.zone, it.name) == name]
        offered = sorted({it.type for key, it in self._offers.items() if key[:2] == name})
        if offered:
            return (
                f"{colour} has {' and '.join(offered)} for it, which leaves {' and '.join(kinds)}"
                " as it is: the DNS writers never change a record's type"
            )
        refused = [f"{it.source}: {it.why_not}" for it in asked if it.why_not]
        if refused:
            return f"{colour} does not write it: {'; '.join(refused)}"
        if asked:
            return f"{', '.join(it.source for it in asked)} on {colour} has no load balancer yet"
        return f"nothing on {colour} asks for it"

    def offers(self, name: str) -> bool:
        """Whether a colour that is to write a name has it with a target, in any zone."""
        return any(key[1] == name and self._arrives(key) for key in self._offers)

    @cached_property
    def _offers(self) -> Mapping[RecordKey, Published]:
        """What colours will want to write; of several for one record set, the hosts of all."""
        found: dict[RecordKey, Published] = {}
        for it in self._published():
            known = found.get(it.key)
            hosts = {*it.hosts, *(known.hosts if known else ())}
            own = it.own_target and (known is None or known.own_target)
            merged = it.model_copy(update={"hosts": tuple(sorted(hosts)), "own_target": own})
            found[it.key] = merged
        return found

    def _published(self) -> Iterable[Published]:
        for view in self.snapshot.colours:
            for it in view.kube.published if view.kube else ():
                if it.hosts and self.target.writer(it.name) == view.colour:
                    yield it

    def _requested_names(self, colour: Colour) -> Iterable[RequestedName]:
        kube = self.snapshot.colour(colour).kube
        return kube.asked if kube else ()

    def _arrives(self, key: RecordKey) -> bool:
        offer, made = self._offers.get(key), self._targets_after.get(key)
        return offer is not None and made is not None and set(made) <= set(offer.hosts)

    @cached_property
    def _targets_after(self) -> Mapping[RecordKey, tuple[str, ...]]:
        """Targets of each record set that live DNS writers own, as they will be."""
        return {it.key: it.targets for it in self.snapshot_after.live_records()}

    @cached_property
    def _outcomes(self) -> Mapping[ZoneKind, Outcome]:
        return {zone: self._outcome(zone) for zone in LIVE_ZONES}

    def _outcome(self, zone: ZoneKind) -> Outcome:
        zones = self.snapshot.shared.zones
        owner = live_owners(zones)[zone] if zones else ""
        wanted = [_endpoint(it) for it in self._published() if it.zone == zone]
        return Reconciliation(owner, record_sets(self.snapshot, zone), wanted).run()


@dataclass(frozen=True)
class ForeignRecords:
    """What keeps the live DNS writers from a name.

    Attributes:
        records: name and type of record sets that are not theirs, and of ownership records that
            others left → whose they are, in words.
    """

    records: dict[tuple[str, str], str] = field(default_factory=dict[tuple[str, str], str])

    @property
    def details(self) -> str:
        """All of it in words."""
        return ", ".join(f"{name} {kind} ({says})" for (name, kind), says in self.records.items())

    def add(self, record: Record) -> None:
        """Adds a record set, and the ownership records that give it to somebody else."""
        if record.type == "TXT":
            says = f"says owner {record.claims}" if record.claims else "says no owner"
        else:
            says = f"owner {record.owner}" if record.owner else "no owner"
        self.records.setdefault((record.name, record.type), says)
        for txt in record.owner_records:
            self.records.setdefault((txt, "TXT"), f"says owner {record.owner}")


def foreign_records(snapshot: Snapshot) -> Mapping[str, ForeignRecords]:
    """Names that clusters ask for and that others hold → what of them stands in the way."""
    zones = snapshot.shared.zones
    if zones is None:
        return {}
    owners = live_owners(zones)
    found: dict[str, ForeignRecords] = {}
    wanted = _wanted_of(snapshot)
    for record in snapshot.records:
        owner = owners.get(record.zone)
        name = wanted.get((record.zone, record.name, record.type))
        says = record.claims if record.type == "TXT" else record.owner
        if owner is not None and name is not None and says != owner:
            found.setdefault(name, ForeignRecords()).add(record)
    return found


def _wanted_of(snapshot: Snapshot) -> Mapping[tuple[ZoneKind, str, str], str]:
    """Zone, name and type of each record set that the live writers would write → its name."""
    found: dict[tuple[ZoneKind, str, str], str] = {}
    for view in snapshot.colours:
        for asked in view.kube.asked if view.kube else ():
            if not asked.why_not:
                for kind in ADDRESS_TYPES:
                    found[asked.zone, asked.name, kind] = asked.name
        for it in view.kube.published if view.kube else ():
            for kind in ADDRESS_TYPES:
                found[it.zone, it.name, kind] = it.name
            found[it.zone, txt_name(it.name, it.type, alias=it.alias), "TXT"] = it.name
    return found


def record_sets(snapshot: Snapshot, zone: ZoneKind) -> list[RecordSet]:
    """Record sets of a zone, as the model takes them."""
    return [
        RecordSet(
            name=it.name,
            type=it.type,
            alias=it.alias,
            values=it.targets,
            set_identifier=it.set_identifier,
            ttl=it.ttl,
        )
        for it in snapshot.records
        if it.zone == zone
    ]


def _endpoint(it: Published) -> Endpoint:
    return Endpoint(
        name=it.name,
        type=it.type,
        targets=it.hosts,
        resource=it.resource,
        sources=frozenset(it.sources),
        ttl=it.ttl,
        set_identifier=it.set_identifier,
        properties={ALIAS: "true"} if it.alias else {},
        own_target=it.own_target,
        mixed=not it.simple,
    )
