"""Whether the colour that production moves to can carry what the old one carries."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from math import ceil

from bluegreen.finding import Finding, judged, note, unseen, waivable
from bluegreen.load import ClusterLoad, Serving
from bluegreen.scalable import Scalable
from settings.names import Colour

WORKLOADS = "warm-workloads"
NODES = "warm-nodes"
RAISED = "raised"


@dataclass(frozen=True)
class Raise:
    """A number that is raised before a switch.

    Attributes:
        what: the object, as it is.
        to: number that it gets.
        workload: what gets more pods by it, ``KIND/NAMESPACE/NAME``.
        ready: pods of that which must be ready.
    """

    what: Scalable
    to: int
    workload: str
    ready: int

    @property
    def set_to(self) -> int:
        """The number that its field gets."""
        return self.what.raised_to(self.to)[self.what.field] or 0

    @property
    def in_words(self) -> str:
        """What is raised, from what to what."""
        return f"{self.what.name}: {self.what.raise_in_words(self.to)}"


@dataclass(frozen=True)
class Pair:
    """Both colours' loads.

    Attributes:
        old: the colour that production leaves.
        new: the colour that it moves to.
        carries: load of the old one; None where production is not there.
        waits: load of the new one.
        percent: of the old one's ready pods that the new one must have.
        only: live names that move, of a canary; empty: all.
        left: load of the old one, whether production is there or not; None where it does not stand.
    """

    old: Colour
    new: Colour
    carries: ClusterLoad | None
    waits: ClusterLoad
    percent: int
    only: Collection[str] = ()
    left: ClusterLoad | None = None

    @property
    def raised(self) -> tuple[tuple[Colour, Scalable], ...]:
        """What an earlier switch has raised and nobody has let go."""
        looks: tuple[tuple[Colour, ClusterLoad | None], ...] = (
            (self.old, self.left),
            (self.new, self.waits),
        )
        return tuple((colour, it) for colour, load in looks if load for it in load.raised)

    @property
    def blind(self) -> tuple[str, ...]:
        """What of them was not seen, and why."""
        looks = ((self.old, self.carries), (self.new, self.waits))
        return tuple(f"{c}: {it.not_seen}" for c, it in looks if it is not None and it.not_seen)


def are_warm(pair: Pair, waived: Collection[str], *, warm: bool = False) -> list[Finding]:
    """Rules about what must stand ready before production moves.

    Args:
        pair: what both colours carry.
        waived: workloads that may be colder, `NODES`; and either rule's name for what was not seen.
        warm: whether the switch raises first what can be raised.
    """
    nodes = [] if pair.only else [_nodes(pair, waived, warm=warm)]
    return [_workloads(pair, waived, warm=warm), *nodes, _raised(pair)]


def raises(pair: Pair, waived: Collection[str] = ()) -> Sequence[Raise]:
    """What is to be raised so that the new colour is warm."""
    found: list[Raise] = []
    for there, here in _counterparts(pair):
        if here is None or there.name in waived or here.ready >= there.ready:
            continue
        by = here.scaled_by
        to = there.ready if by.most is None else min(there.ready, by.most)
        if to >= _least(there, pair) and to > by.number:
            found.append(Raise(by, to, here.name, _least(there, pair)))
    return found


def _workloads(pair: Pair, waived: Collection[str], *, warm: bool) -> Finding:
    says = (
        f"workloads behind live names have on {pair.new} {pair.percent} % of the ready pods that"
        f" they have on {pair.old}"
    )
    if pair.blind:
        return _unseen(WORKLOADS, says, pair.blind, waived)
    mended = {it.workload: it for it in raises(pair, waived)} if warm else {}
    broken = {
        there.name: _cold(there, here, pair)
        for there, here in _counterparts(pair)
        if _ready(here, there, pair) < _least(there, pair) and there.name not in mended
    }
    bare = [
        f"not compared: no Deployment or StatefulSet is behind {name} on {pair.old}"
        for name in _bare(pair)
    ]
    if mended and all(name in waived for name in broken):
        raised = [f"is raised first: {it.in_words}" for it in mended.values()]
        return note(WORKLOADS, says, [*raised, *bare])
    if bare and not broken:
        return note(WORKLOADS, says, bare)
    return waivable(
        WORKLOADS,
        says,
        broken,
        waived,
        "raise them first with `--warm`, or scale them on the colour by hand; or move onto fewer,"
        " with `--waive KIND/NAMESPACE/NAME`",
    )


def _cold(there: Serving, here: Serving | None, pair: Pair) -> str:
    ready = _ready(here, there, pair)
    text = f"{there.name}: {ready} ready on {pair.new}, {there.ready} on {pair.old}"
    most = here.scaled_by.most if here else None
    if here is not None and most is not None and most < _least(there, pair):
        why = f": {here.scaled_by.held}" if here.scaled_by.held else ""
        text += f"; {here.scaled_by.name} lets it have {most} at most{why}"
    if here is not None and here.scaled_by.number >= _least(there, pair):
        text += (
            f"; {here.scaled_by.number} are asked for already, and not ready: see"
            f" `kubectl --context {pair.new} get pods -A`"
        )
    return text


def _ready(here: Serving | None, there: Serving, pair: Pair) -> int:
    """Ready pods of a counterpart; without one, those of all that its names lead to there."""
    if here is not None:
        return here.ready
    names = set(there.names)
    return sum(it.ready for it in pair.waits.serving if names & set(it.names))


def _counterparts(pair: Pair) -> list[tuple[Serving, Serving | None]]:
    """Each workload of the old colour that live names lead to which move, and the new one's."""
    here = {it.name: it for it in pair.waits.serving}
    moving = {name for it in pair.waits.serving for name in it.names}
    moving &= set(pair.only) if pair.only else moving
    old = pair.carries.serving if pair.carries else ()
    return [(it, here.get(it.name)) for it in old if it.ready and moving & set(it.names)]


def _bare(pair: Pair) -> list[str]:
    """Live names that move and of which nothing can be compared; none where that is off."""
    if pair.carries is None or not pair.percent:
        return []
    moving = {name for it in pair.waits.serving for name in it.names} | set(pair.waits.bare)
    moving &= set(pair.only) if pair.only else moving
    return [name for name in pair.carries.bare if name in moving]


def _least(there: Serving, pair: Pair) -> int:
    return ceil(there.ready * pair.percent / 100)


def _nodes(pair: Pair, waived: Collection[str], *, warm: bool) -> Finding:
    says = f"the nodes of {pair.new} have room for what runs on {pair.old}"
    if pair.blind:
        return _unseen(NODES, says, pair.blind, waived)
    if pair.carries is None or not pair.percent:
        return judged(NODES, says, (), "")
    needed, room = pair.carries.asked.plus(pair.waits.daemons), pair.waits.allocatable
    lacking: list[str] = []
    if needed.cores > room.cores:
        lacking.append(f"{needed.cores:.1f} processors are asked for, {room.cores:.1f} are there")
    if needed.gib > room.gib:
        lacking.append(f"{needed.gib:.1f} GiB are asked for, {room.gib:.1f} are there")
    # Without new pods no autoscaler adds a node.
    helps = bool(raises(pair, waived))
    if lacking and warm and helps:
        return note(NODES, says, [*lacking, "the autoscaler adds nodes for pods that are raised"])
    broken: Mapping[str, str] = {NODES: "; ".join(lacking)} if lacking else {}
    return waivable(
        NODES,
        says,
        broken,
        waived,
        f"raise `min` of a node group in Pulumi.{pair.new}.yaml"
        + (", or let `--warm` have the autoscaler add nodes" if helps else "")
        + f"; or move onto fewer, with `--waive {NODES}`",
    )


def _raised(pair: Pair) -> Finding:
    found = [
        f"{colour}: {it.name}, {it.field} {it.number}, before it {it.raised_from}"
        + (f"; changed since: {it.changed_in_words()}" if it.is_changed else "")
        for colour, it in pair.raised
    ]
    return note(
        RAISED,
        "nothing is left raised by an earlier switch",
        found,
        "the next `bluegreen switch` lets it go at its end, one to the active colour too",
    )


def _unseen(rule: str, says: str, blind: Sequence[str], waived: Collection[str]) -> Finding:
    if rule in waived:
        return Finding(rule=rule, says=says, verdict="waived", details=tuple(blind))
    return unseen(rule, says, [*blind, f"go on without it with `--waive {rule}`"])
