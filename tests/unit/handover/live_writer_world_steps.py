"""Rules of the model: every effect, every interruption and every command.

Updates of different stacks run at the same time; those of one stack do not, as the backend locks
it. An interruption that leaves nothing behind is not a step: it is as if the update had not
begun.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import product
from typing import Literal, Protocol

from handover import live_writer
from handover.assignment import Assignment
from handover.live_writer import Canary, LiveWriter, LiveWriterError, WriterReport
from settings.names import COLOURS, Colour
from tests.unit.handover.live_writer_world import (
    CURRENT,
    EVERY,
    NOTHING,
    UNKNOWN,
    UNMARKED,
    ColourUpdate,
    Named,
    Report,
    Settings,
    SharedUpdate,
    Side,
    State,
    bits,
    in_words,
)


class NameWriter(Protocol):
    """`live_writer.name_writer`, or a broken one."""

    def __call__(
        self,
        *,
        wanted: Assignment,
        listed: tuple[Colour, ...],
        forgotten: tuple[Colour, ...],
        previous: LiveWriter | None,
        reports: Mapping[Colour, WriterReport | None],
    ) -> LiveWriter:
        """See there."""
        ...


class NextReport(Protocol):
    """`live_writer.next_report`, or a broken one."""

    def __call__(
        self, colour: Colour, *, named: LiveWriter | None, previous: WriterReport | None
    ) -> WriterReport:
        """See there."""
        ...


@cache
def all_settings(canaries: tuple[Canary, ...] = ()) -> tuple[Settings, ...]:
    """Everything that the shared stack's file may say, with these canaries."""
    some: list[tuple[Colour, ...]] = [(), ("blue",), ("green",), ("blue", "green")]
    wanted: list[Colour | None] = [None, *COLOURS]
    found: dict[tuple[Assignment, tuple[Colour, ...], tuple[Colour, ...]], Settings] = {}
    every_canary = (Canary(names=()), *canaries)
    for active, canary, listed, forgotten in product(wanted, every_canary, some, some):
        writing = {colour for colour in (active, canary.colour) if colour}
        if writing <= {*listed} and not set(listed) & set(forgotten):
            settings = Settings(active, listed, forgotten, canary.colour, canary.names)
            found.setdefault((settings.assignment, listed, forgotten), settings)
    return tuple(found.values())


@dataclass(frozen=True)
class World:
    """Rules of the model; the defaults are the program's.

    Attributes:
        name_writer: the shared stack's decision.
        next_report: a colour's decision.
        waits: whether a colour reports only once it sees no pod that writes more than it reports;
            or does so only when it is to write nothing, or never.
        canaries: what settings may say of a canary.
        marks_term: whether a Deployment carries the term.
        destroys: whether colours are destroyed, forgotten and made again.
        loses: what the shared stack loses once, at any time: all its outputs, or the latest (it
            is set back to those before).
    """

    name_writer: NameWriter = live_writer.name_writer
    next_report: NextReport = live_writer.next_report
    waits: Literal["always", "when it stops", "never"] = "always"
    canaries: tuple[Canary, ...] = ()
    marks_term: bool = True
    destroys: bool = False
    loses: Literal["nothing", "outputs", "latest"] = "nothing"

    def steps(self, state: State) -> Iterator[tuple[str, State]]:
        """Every state that one effect or one interruption leads to, and what happened."""
        yield from self._shared_steps(state)
        # Settings that forget a colour are true until the update that read them has ended.
        forgotten = state.shared.forgotten if state.shared else ()
        for colour in COLOURS:
            side, known = state.side(colour), colour not in forgotten
            for what, after in self._colour_steps(colour, side, state.named, known):
                yield what, state.with_side(colour, after)
        if self.loses != "nothing" and not state.lost and state.shared is None:
            yield from self._losses(state)

    def _shared_steps(self, state: State) -> Iterator[tuple[str, State]]:
        update = state.shared
        if update is None:
            yield "shared reads blue", state._replace(shared=SharedUpdate(state.blue.report))
        elif update.decision is None:
            for decided in self._decisions(*_decision_inputs(state, update.blue)):
                yield "shared reads green and decides", state._replace(shared=decided)
        else:
            yield "shared exports", self.exported(state, update.decision, update.forgotten)

    def exported(self, state: State, named: Named, forgotten: tuple[Colour, ...]) -> State:
        """The state once an update of the shared stack has ended."""
        if named == state.named:
            return state._replace(shared=None)
        # What forgets a colour is not set back: a new one would believe the older outputs.
        keeps = self.loses == "latest" and not state.lost and not forgotten
        return state._replace(named=named, shared=None, older=state.named if keeps else None)

    @cache  # noqa: B019 (a world lives as long as its test)
    def _decisions(
        self,
        previous: Named | None,
        blue: Report | None,
        green: Report | None,
        empty: tuple[Colour, ...],
        lost: bool,
    ) -> tuple[SharedUpdate, ...]:
        """Every decision that changes something."""
        decided: dict[SharedUpdate, None] = {}
        for settings in self.settings(previous, empty, lost=lost):
            decision = self.decide(settings, previous, blue, green)
            if isinstance(decision, Named) and decision != previous:
                decided[SharedUpdate(None, decision, settings.forgotten)] = None
        return tuple(decided)

    def settings(
        self, previous: Named | None, empty: tuple[Colour, ...], *, lost: bool
    ) -> Iterator[Settings]:
        """Settings that say the truth, as the operator is asked to.

        They forget only colours of which nothing is left. And when the shared stack has lost its
        memory they list every other colour: nothing else can tell of them.
        """
        remembers = previous is not None and not (lost and self.loses == "latest")
        for settings in all_settings(self.canaries):
            told = COLOURS if remembers else {*settings.listed, *empty}
            if {*settings.forgotten} <= {*empty} and {*COLOURS} <= {*told}:
                yield settings

    @cache  # noqa: B019
    def decide(
        self, settings: Settings, previous: Named | None, blue: Report | None, green: Report | None
    ) -> Named | str:
        """The shared stack's decision, or the text of the error."""
        reports: dict[Colour, Report | None] = {"blue": blue, "green": green}
        try:
            named = self.name_writer(
                wanted=settings.assignment,
                listed=settings.listed,
                forgotten=settings.forgotten,
                previous=_named(previous),
                reports={colour: _report(reports[colour]) for colour in settings.listed},
            )
        except LiveWriterError as error:
            return str(error)
        canary = named.canary or Canary(names=())
        return Named(named.colour, named.term, named.unconfirmed, canary.colour, canary.names)

    @cache  # noqa: B019
    def target(self, colour: Colour, named: Named | None, previous: Report | None) -> Report | str:
        """A colour's decision, or the text of the error."""
        try:
            read = _named(named)
            report = self.next_report(colour, named=read, previous=_report(previous))
        except LiveWriterError as error:
            return str(error)
        writes = bits(read.assignment, colour) if read else 0
        assert (report.running, report.names) == (writes > 0, in_words(writes))
        return Report(writes, report.term)

    @cache  # noqa: B019
    def _colour_steps(
        self, colour: Colour, side: Side, named: Named | None, known: bool
    ) -> tuple[tuple[str, Side], ...]:
        steps = self._side_steps(colour, side, named, known=known)
        return tuple((f"{colour} {what}", after) for what, after in steps)

    def _side_steps(
        self, colour: Colour, side: Side, named: Named | None, *, known: bool
    ) -> Iterator[tuple[str, Side]]:
        if side.ending:
            yield "pods end", side._replace(ending=0)
        if side.update is not None:
            yield from self._go_on(side, side.update)
            return
        target = self.target(colour, named, side.report)
        if isinstance(target, Report) and known:
            done = side.noted == self._mark(target)
            for written in (True, False) if side.noted == UNKNOWN else (done,):
                yield "decides", side._replace(update=ColourUpdate(target, written))
        if self.destroys and side != NOTHING:
            yield from self._write(side, None)

    def _mark(self, target: Report) -> Report:
        return target if self.marks_term else Report(target.writes, UNMARKED)

    def _go_on(self, side: Side, update: ColourUpdate) -> Iterator[tuple[str, Side]]:
        target = update.target
        if not update.written:
            yield from self._write(side, target)
        elif target is None:
            if not side.may_write:
                yield "is destroyed", NOTHING
        elif not self._looks(target) or (side.writes == target.writes and not side.ending):
            yield "reports", side._replace(report=target, update=None)

    def _looks(self, target: Report) -> bool:
        if target.writes == EVERY or self.waits == "never":
            return False
        return self.waits == "always" or not target.writes

    def _write(self, side: Side, target: Report | None) -> Iterator[tuple[str, Side]]:
        """Writes or deletes the Deployment. Killed later, an update leaves no more behind."""
        writes = target.writes if target else 0
        unnoted = side._replace(writes=writes, ending=side.may_write & ~writes, update=None)
        yield "writes, and is killed before the engine notes it", unnoted
        noted = unnoted._replace(noted=self._mark(target) if target else None)
        yield "writes, and is killed or fails", noted
        # An update that fails may also leave out the outputs that it has no value for.
        yield "writes, and loses its report", noted._replace(report=None)
        yield "writes", noted._replace(update=ColourUpdate(target, written=True))

    def _losses(self, state: State) -> Iterator[tuple[str, State]]:
        if self.loses == "outputs" and state.named is not None:
            for blue, green in product(_undated(state.blue), _undated(state.green)):
                yield "shared loses its outputs", State(None, None, blue, green, lost=True)
        # An interrupted update has reported nothing yet, so an older memory cannot be told from
        # the true one: whoever sets a state back must let updates end first.
        elif state.older is not None and state.blue.settled and state.green.settled:
            yield "shared is set back", state._replace(named=state.older, older=None, lost=True)


LATEST_LOST, EARLIER_LOST = 4, range(1, 4)
"""Terms when the outputs are lost: the last one, and what any earlier one may have been. Only
their order and nearness matter: results are the same with more of them."""


def _undated(side: Side) -> Iterator[Side]:
    """A colour when the shared stack loses its outputs: what was stale counts again."""
    if side == NOTHING:
        yield side
        return
    report = side.report
    if report and report.term == CURRENT:
        report = report._replace(term=LATEST_LOST)
    else:
        report = Report(writes=0, term=EARLIER_LOST[0])
    side = side._replace(report=report, noted=UNKNOWN)
    if side.update is None or side.update.target is None:
        yield side
        return
    target = side.update.target
    for term in (LATEST_LOST,) if target.term == CURRENT else EARLIER_LOST:
        yield side._replace(update=side.update._replace(target=target._replace(term=term)))


def _decision_inputs(
    state: State, blue: Report | None
) -> tuple[Named | None, Report | None, Report | None, tuple[Colour, ...], bool]:
    """What decisions depend on."""
    return state.named, blue, state.green.report, state.empty, state.lost


def _named(named: Named | None) -> LiveWriter | None:
    if named is None:
        return None
    return LiveWriter(
        colour=named.colour,
        canary=Canary(colour=named.canary, names=named.names) if named.names else None,
        term=named.term,
        unconfirmed=named.unconfirmed,
    )


def _report(report: Report | None) -> WriterReport | None:
    if report is None:
        return None
    names = in_words(report.writes)
    return WriterReport(running=report.writes > 0, term=report.term, names=names)
