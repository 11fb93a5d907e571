"""A switch there and back, as far as names go: planned by the rules, done by the real ExternalDNS.

What the plan refuses is waived name by name, so whatever it lets through, waived or not, has to
be finished and taken back.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from hypothesis import strategies as st

from bluegreen.finding import refused
from bluegreen.moved import expected_move, not_moved
from bluegreen.prospect import Name
from bluegreen.publishing.ownership import RecordSet
from bluegreen.snapshot import Snapshot
from handover.assignment import Assignment
from localcloud.cluster.kube import Object
from settings.names import Colour
from tests.e2e.publishing import generated
from tests.e2e.publishing.lab import Lab
from tests.e2e.publishing.trials import fill
from tests.e2e.publishing.world import World


@dataclass(frozen=True)
class Journey:
    """What a switch begins with."""

    blue: Sequence[Object]
    green: Sequence[Object]
    strangers: Sequence[RecordSet]

    def check(self, lab: Lab) -> None:
        """Blue writes; green takes over what the plan lets through; blue takes it back."""
        zone = lab.zone()
        fill(lab, zone, self.strangers)
        world = World(lab, zone, lab.namespace(self.blue), lab.namespace(self.green))
        world.write("blue")
        before = world.snapshot()
        waived = _waive(world, before)
        world.write("green")
        there = world.snapshot()
        left = _left(there, "green", waived)
        assert not left, _about(there, before, left, waived)
        world.write("blue")
        back = world.snapshot()
        left = {
            name: why for name, why in _left(back, "blue", waived).items() if name in _live(before)
        }
        assert not left, _about(back, before, left, waived)


def journeys(least: int, most: int) -> st.SearchStrategy[Journey]:
    """Journeys of so many objects on each colour."""
    of_colour = generated.objects(least, most)
    return st.builds(Journey, of_colour, of_colour, generated.strangers())


def _waive(world: World, seen: Snapshot) -> frozenset[str]:
    """Names that the plan refuses; with these waived it refuses nothing."""
    details = [text for it in refused(world.plan(seen)) for text in it.details]
    waived = frozenset(text.partition(": ")[0] for text in details)
    assert refused(world.plan(seen, waived)) == []
    return waived


def _left(seen: Snapshot, colour: Colour, waived: Collection[str]) -> Mapping[Name, str]:
    return not_moved(seen, expected_move(seen, Assignment(active=colour), waived))


def _about(
    seen: Snapshot, before: Snapshot, left: Mapping[Name, str], waived: Collection[str]
) -> str:
    """What is known of the names that are left."""
    names = {name for _, name in left}
    told = [str(left), f"waived: {sorted(names & set(waived))}"]
    for title, snapshot in (("before", before), ("now", seen)):
        told += [f"{title}: {it}" for it in snapshot.records if any(n in it.name for n in names)]
    for view in seen.colours:
        offers = view.kube.published if view.kube else ()
        told += [f"{view.colour}: {it}" for it in offers if it.name in names]
    return "\n".join(told)


def _live(seen: Snapshot) -> set[Name]:
    return {(record.zone, record.name) for record in seen.live_records()}
