"""A switch there and back, as far as names go: planned by the rules, done by the real ExternalDNS.

What the plan refuses is waived name by name, so whatever it lets through, waived or not, has to
be finished and taken back.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from hypothesis import strategies as st

from bluegreen import name_rules
from bluegreen.finding import refused
from bluegreen.moved import not_moved, to_move
from bluegreen.phase import everything
from bluegreen.prospect import Name
from bluegreen.publishing.ownership import RecordSet
from bluegreen.registry import published, records
from bluegreen.snapshot import ColourView, KubeView, SharedView, Snapshot, StackState
from components.addons.dns_writer import Writer, ZoneRef
from eks_platform_contract.outputs import Zone, Zones
from localcloud.cluster.kube import Object
from settings.names import COLOURS, Colour
from stacks.live_writer import LiveWriter
from tests.e2e.publishing import generated
from tests.e2e.publishing.lab import Lab
from tests.e2e.publishing.trials import fill


@dataclass(frozen=True)
class Journey:
    """What a switch begins with."""

    blue: Sequence[Object]
    green: Sequence[Object]
    strangers: Sequence[RecordSet]

    def run(self, lab: Lab) -> None:
        """Blue writes; green takes over what the plan lets through; blue takes it back."""
        zone = lab.zone()
        fill(lab, zone, self.strangers)
        world = _World(lab, zone, lab.namespace(self.blue), lab.namespace(self.green))
        world.write("blue")
        before = world.seen()
        waived = world.waive(before)
        world.write("green")
        there = world.seen()
        assert not_moved(there, to_move(there, everything("green"), waived)) == {}
        world.write("blue")
        back = world.seen()
        assert _left(back, "blue", waived) & _live(before) == set()


def journeys(least: int, most: int) -> st.SearchStrategy[Journey]:
    """Journeys of so many objects on each colour."""
    of_colour = generated.objects(least, most)
    return st.builds(Journey, of_colour, of_colour, generated.strangers())


@dataclass(frozen=True)
class _World:
    lab: Lab
    zone: ZoneRef
    blue: str
    green: str

    def writer(self, colour: Colour) -> Writer:
        return Writer(colour=colour, visibility="public", zone=self.zone, live=True)

    def write(self, colour: Colour) -> None:
        self.lab.run(self.writer(colour), self._namespace(colour))

    def seen(self) -> Snapshot:
        zone = Zone(id=self.zone.id, name=self.zone.name, arn=self.zone.arn)
        none = zone.model_copy(update={"name": "devinfra.local"})
        return Snapshot(
            shared=SharedView(
                state=StackState(name="shared", exists=True),
                listed=COLOURS,
                live_writer=LiveWriter(colour="blue", term=2),
                zones=Zones(public=zone, private=none, api=none),
            ),
            colours=tuple(self._view(colour) for colour in COLOURS),
            records=tuple(records("public", self.lab.sets(self.zone))),
        )

    def waive(self, seen: Snapshot) -> frozenset[str]:
        """Names that the plan refuses; with these waived it refuses nothing."""
        waived: frozenset[str] = frozenset()
        findings = self._plan(seen, waived)
        for finding in refused(findings):
            waived |= {detail.partition(": ")[0] for detail in finding.details}
        assert refused(self._plan(seen, waived)) == []
        return waived

    def _plan(self, seen: Snapshot, waived: Collection[str]) -> Sequence[name_rules.Finding]:
        return name_rules.before_switch(
            seen, "green", waived=waived, only=(), before=everything("blue")
        )

    def _view(self, colour: Colour) -> ColourView:
        ingresses, services = (
            self.lab.items(self._namespace(colour), kind) for kind in ("Ingress", "Service")
        )
        found, asked = published(self.writer(colour), ingresses, services)
        kube = KubeView(published=tuple(found), asked=tuple(asked))
        return ColourView(colour=colour, state=StackState(name=colour, exists=True), kube=kube)

    def _namespace(self, colour: Colour) -> str:
        return self.blue if colour == "blue" else self.green


def _left(seen: Snapshot, colour: Colour, waived: Collection[str]) -> set[Name]:
    return set(not_moved(seen, to_move(seen, everything(colour), waived)))


def _live(seen: Snapshot) -> set[Name]:
    return {(record.zone, record.name) for record in seen.live_records()}
