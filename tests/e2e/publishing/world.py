"""Two colours' objects and one zone, seen as `bluegreen` sees them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from bluegreen import name_rules
from bluegreen.finding import Finding
from bluegreen.registry import published, records
from bluegreen.snapshot import ColourView, KubeView, SharedView, Snapshot, StackState
from eks_platform_contract.outputs import Zone, Zones
from handover.assignment import Assignment
from handover.live_writer import LiveWriter
from handover.writers import Writer
from settings.names import COLOURS, Colour
from tests.e2e.publishing.lab import Lab


@dataclass(frozen=True)
class World:
    """A zone, and a namespace for each colour.

    Attributes:
        lab: where all of it is.
        zone: the public zone.
        blue: namespace of blue's objects.
        green: namespace of green's objects.
    """

    lab: Lab
    zone: Zone
    blue: str
    green: str

    def writer(self, colour: Colour) -> Writer:
        """A colour's live writer of the zone."""
        return Writer(colour=colour, visibility="public", zone=self.zone, live=True)

    def write(self, colour: Colour) -> None:
        """One pass of the real ExternalDNS."""
        self.lab.run(self.writer(colour), self._namespace(colour))

    def snapshot(self) -> Snapshot:
        """The platform as it is, blue active."""
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

    def plan(self, seen: Snapshot, waived: Collection[str] = ()) -> Sequence[Finding]:
        """What a switch to green says of names."""
        return name_rules.before_switch(
            seen, "green", waived=waived, only=(), before=Assignment(active="blue")
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
