"""A model of the three stacks and the colours' clusters: all that lasts and all under way.

One Deployment stands for each colour's live writers of one zone. Its pods exist from the moment
it wants a replica, which is the worst that can be. Names are bits: `WEB` and `SHOP`, which a
canary may have, and `REST`, which stands for all others.

Rules compare terms and count on from the latest, and no new term is as old as one before it. So
while the shared stack keeps its memory, a report or a noted Deployment of an older term is as
good as none, and updates that read an older term are alike: `State.canonical` makes them the
same state, and the number of states finite.
"""

from functools import cache
from typing import NamedTuple

from handover.assignment import Assignment, assign
from handover.live_names import LiveNames
from settings.names import COLOURS, Colour

WEB, SHOP, REST = 1, 2, 4
EVERY = WEB | SHOP | REST
BITS: dict[str, int] = {"web.example.org": WEB, "shop.example.org": SHOP}

STALE, CURRENT = 1, 2
"""Terms of a canonical state: any older one, and that of the shared stack's memory."""


class Named(NamedTuple):
    """`LiveWriter`, quick to compare."""

    colour: Colour | None
    term: int
    unconfirmed: tuple[Colour, ...] = ()
    canary: Colour | None = None
    names: tuple[str, ...] = ()


class Report(NamedTuple):
    """`WriterReport`, quick to compare; also what a Deployment was last set to.

    Attributes:
        writes: names that its term lets the colour write.
        term: as there.
    """

    writes: int
    term: int


UNKNOWN = Report(writes=0, term=-1)
"""What the engine noted of a Deployment when it may be anything."""

UNMARKED = -2
"""Instead of the term, where Deployments do not carry it."""


class Settings(NamedTuple):
    """What the shared stack's file may say when an update of it starts."""

    active: Colour | None
    listed: tuple[Colour, ...]
    forgotten: tuple[Colour, ...] = ()
    canary: Colour | None = None
    names: tuple[str, ...] = ()

    @property
    def assignment(self) -> Assignment:
        """Who is to write what."""
        return assign(self.active, self.canary, self.names)


class SharedUpdate(NamedTuple):
    """An update of the shared stack under way, which reads blue's report, then green's.

    Attributes:
        blue: the report that it has read.
        decision: what it will export; None before it has read green's report.
        forgotten: colours that its settings forget.
    """

    blue: Report | None
    decision: Named | None = None
    forgotten: tuple[Colour, ...] = ()

    @cache  # noqa: B019 (there are few)
    def since(self, first: int) -> "SharedUpdate":
        """The same with the term `first` as `CURRENT`, and nothing of what is older."""
        return SharedUpdate(
            _since(self.blue, first), _counted(self.decision, first), self.forgotten
        )


class ColourUpdate(NamedTuple):
    """An update of a colour under way.

    Attributes:
        target: what it decided at its start; None for a `pulumi destroy`.
        written: whether the Deployment is as the update wants it, for all the engine knows.
    """

    target: Report | None
    written: bool


class Side(NamedTuple):
    """A colour: its stack and its cluster.

    Attributes:
        report: its output `liveWriters`.
        noted: the Deployment as the engine believes it to be.
        writes: names that pods of the Deployment as it is now write; none wants no replica.
        ending: more names, which pods of before write until the last one is gone.
        update: update under way.
    """

    report: Report | None = None
    noted: Report | None = None
    writes: int = 0
    ending: int = 0
    update: ColourUpdate | None = None

    @property
    def settled(self) -> bool:
        """Whether updates have ended, and the last one has reported what it did."""
        reported = self.report.writes if self.report else 0
        return self.update is None and not self.writes & ~reported

    @property
    def may_write(self) -> int:
        """Names that some pod writes."""
        return self.writes | self.ending

    @cache  # noqa: B019 (there are few)
    def since(self, first: int) -> "Side":
        """The same with the term `first` as `CURRENT`, and nothing of what is older."""
        update = self.update
        if update and update.target:
            term = max(update.target.term - first + CURRENT, STALE)
            update = update._replace(target=update.target._replace(term=term))
        report, noted = _since(self.report, first), _since(self.noted, first)
        return Side(report, noted, self.writes, self.ending, update)


NOTHING = Side()


class State(NamedTuple):
    """Everything that lasts, and everything under way.

    Attributes:
        named: output `liveWriter` of the shared stack.
        shared: update of the shared stack under way.
        blue: one colour.
        green: the other.
        older: what the shared stack exported before, while it can still be set back to it.
        lost: whether the shared stack's outputs were lost or set back.
    """

    named: Named | None = None
    shared: SharedUpdate | None = None
    blue: Side = NOTHING
    green: Side = NOTHING
    older: Named | None = None
    lost: bool = False

    def side(self, colour: Colour) -> Side:
        """State of a colour."""
        return self.blue if colour == "blue" else self.green

    def with_side(self, colour: Colour, side: Side) -> "State":
        """The same with another state of a colour."""
        named, shared, blue, green, older, lost = self
        if colour == "blue":
            return State(named, shared, side, green, older, lost)
        return State(named, shared, blue, side, older, lost)

    @property
    def empty(self) -> tuple[Colour, ...]:
        """Colours of which nothing is left."""
        empty: list[Colour] = [colour for colour in COLOURS if self.side(colour) == NOTHING]
        return tuple(empty)

    @property
    def unsafe(self) -> bool:
        """Whether both colours' live writers write some name."""
        return bool(self.blue.may_write & self.green.may_write)

    @property
    def quiet(self) -> bool:
        """Whether nothing is under way."""
        ending = self.blue.ending | self.green.ending
        return not (ending or self.shared or self.blue.update or self.green.update)

    def is_done(self, wanted: Assignment) -> bool:
        """Whether the writers that are wanted run, and the outputs of all stacks say so."""
        return (
            self.named is not None
            and assign(self.named.colour, self.named.canary, self.named.names) == wanted
            and all(self._does(colour, bits(wanted, colour)) for colour in wanted.colours)
            and self.quiet
        )

    def _does(self, colour: Colour, writes: int) -> bool:
        side, term = self.side(colour), self.named and self.named.term
        return side.report == (writes, term) and side.writes == writes

    def canonical(self) -> "State":
        """The one state that stands for all those that no rule can tell from this one."""
        named, shared, blue, green, older, lost = self
        if named is None:
            return self
        first = min(named.term, older.term) if older else named.term
        if shared:
            shared = shared.since(first)
        blue, green = blue.since(first), green.since(first)
        return State(_counted(named, first), shared, blue, green, _counted(older, first), lost)


def bits(assignment: Assignment, colour: Colour) -> int:
    """The names that a colour writes."""
    names = assignment.names_of(colour)
    chosen = sum(BITS[name] for name in names.chosen)
    return EVERY & ~chosen if names.others else chosen


def in_words(writes: int) -> str:
    """Names as a report has them."""
    others = bool(writes & REST)
    chosen = (name for name, bit in BITS.items() if bool(writes & bit) is not others)
    return str(LiveNames(others=others, chosen=tuple(sorted(chosen))))


def _counted(named: Named | None, first: int) -> Named | None:
    if named is None or first == CURRENT:
        return named
    return named._replace(term=named.term - first + CURRENT)


def _since(report: Report | None, first: int) -> Report | None:
    if report is None or report.term < 0:
        return report
    return report._replace(term=report.term - first + CURRENT) if report.term >= first else None
