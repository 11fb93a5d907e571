"""A model of the three stacks, their clusters and everything that can interrupt them.

One state is all that lasts (outputs, engine state, cluster objects, pods) and all updates that
are under way. `World.steps` gives every state one effect away. Updates of different stacks run
at the same time; those of one stack do not, as the backend locks it.

Terms are only compared, and only grown by one, so states that differ by more are the same:
`World.canonical` closes gaps, which makes the state space finite without a limit on time.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import pairwise, product
from typing import NamedTuple, Protocol, TypeVar

from settings.names import COLOURS, Colour
from stacks import live_writer
from stacks.live_writer import LiveWriter, LiveWriterError, WriterReport


class Named(NamedTuple):
    """`LiveWriter`, quick to compare."""

    colour: Colour | None
    term: int
    unconfirmed: tuple[Colour, ...]


class Report(NamedTuple):
    """`WriterReport`, quick to compare."""

    running: bool
    term: int


class Settings(NamedTuple):
    """What the shared stack's file may say when an update of it starts."""

    active: Colour | None
    listed: tuple[Colour, ...]
    forgotten: tuple[Colour, ...]


class Scale(NamedTuple):
    """A live writer Deployment as the engine noted it: whether it has a replica, and its term."""

    replica: bool
    term: int


class SharedUpdate(NamedTuple):
    """An update of the shared stack under way: it reads both reports one after the other.

    Attributes:
        settings: read at the start.
        reports: those read so far, None for a colour that is not listed.
        decision: what it will export, once decided.
    """

    settings: Settings
    reports: tuple[Report | None, ...] = ()
    decision: Named | None = None


class ColourUpdate(NamedTuple):
    """An update of a colour under way.

    Attributes:
        target: what it works towards, decided from what it read at its start.
        stage: 0 nothing done yet, 1 the Deployment is written, 2 the engine has noted it.
        writes: whether the engine finds the Deployment changed, and so will write it.
        destroying: whether it is a `pulumi destroy`.
    """

    target: Report
    stage: int = 0
    writes: bool = False
    destroying: bool = False


class Side(NamedTuple):
    """A colour: its stack and its cluster.

    Attributes:
        report: its output `liveWriters`.
        noted: the Deployment as the engine believes it to be.
        replica: whether the Deployment has a replica in the cluster.
        pods: whether pods of the live writers exist.
        update: update under way.
    """

    report: Report | None = None
    noted: Scale | None = None
    replica: bool = False
    pods: bool = False
    update: ColourUpdate | None = None

    @property
    def empty(self) -> bool:
        """Whether nothing of the colour is left."""
        return self == Side()

    @property
    def settled(self) -> bool:
        """Whether the last update ended, and so has reported what it did."""
        runs = self.report is not None and self.report.running
        return self.update is None and (runs or not self.replica)


class State(NamedTuple):
    """Everything that lasts, and everything under way."""

    named: Named | None = None
    shared: SharedUpdate | None = None
    blue: Side = Side()
    green: Side = Side()
    older: Named | None = None
    restored: bool = False

    def side(self, colour: Colour) -> Side:
        """State of a colour."""
        return self.blue if colour == "blue" else self.green

    def with_side(self, colour: Colour, side: Side) -> "State":
        """The same with another state of a colour."""
        return self._replace(blue=side) if colour == "blue" else self._replace(green=side)

    @property
    def unsafe(self) -> bool:
        """Whether both colours' live writers exist."""
        return self.blue.pods and self.green.pods

    def is_active(self, colour: Colour) -> bool:
        """Whether the colour, and nothing else, is settled as the writer."""
        side, other = self.side(colour), self.side("green" if colour == "blue" else "blue")
        return (
            self.named is not None
            and self.named.colour == colour
            and side.report == Report(running=True, term=self.named.term)
            and side.pods
            and not other.pods
            and self.shared is side.update is other.update is None
        )


class NameWriter(Protocol):
    """`live_writer.name_writer`, or a broken one."""

    def __call__(
        self,
        *,
        wanted: Colour | None,
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


def _all_settings() -> tuple[Settings, ...]:
    some: list[tuple[Colour, ...]] = [(), ("blue",), ("green",), ("blue", "green")]
    wanted: list[Colour | None] = [None, *COLOURS]
    return tuple(
        Settings(active, listed, forgotten)
        for active, listed, forgotten in product(wanted, some, some)
        if (active is None or active in listed) and not set(listed) & set(forgotten)
    )


ALL_SETTINGS = _all_settings()


def _named(named: Named | None) -> LiveWriter | None:
    return named and LiveWriter(colour=named.colour, term=named.term, unconfirmed=named.unconfirmed)


def _report(report: Report | None) -> WriterReport | None:
    return report and WriterReport(running=report.running, term=report.term)


def _under_way(side: Side) -> ColourUpdate:
    if side.update is None:
        raise AssertionError("no update is under way")
    return side.update


@dataclass(frozen=True)
class World:
    """Rules of the model; the defaults are the program's.

    Attributes:
        name_writer: the shared stack's decision.
        next_report: a colour's decision.
        waits: whether a colour, before it reports that it does not run, sees in the cluster that
            no replica is wanted and no pod is left.
        marks_term: whether a Deployment carries the term.
        loses_memory: whether the shared stack's outputs may be lost, or set back, once. What
            the engine notes of Deployments is then not followed: it may write them or not.
        destroys: whether colours are destroyed and forgotten too.
    """

    name_writer: NameWriter = live_writer.name_writer
    next_report: NextReport = live_writer.next_report
    waits: bool = True
    marks_term: bool = True
    loses_memory: bool = False
    destroys: bool = False

    def steps(self, state: State) -> Iterator[State]:
        """Every state that one effect, one interruption or one command leads to."""
        yield from self._shared_steps(state)
        for colour in COLOURS:
            for side in self._colour_steps(state, colour):
                yield state.with_side(colour, side)
        if self.loses_memory:
            yield from self._losses(state)

    def _shared_steps(self, state: State) -> Iterator[State]:
        # An interrupted update of the shared stack has changed nothing here: as if not begun.
        update = state.shared
        if update is None:
            for settings in ALL_SETTINGS:
                if self._allowed(state, settings):
                    yield self._read(state, SharedUpdate(settings))
        elif update.decision is None:
            yield self._read(state, update)
        else:
            yield state._replace(shared=None)
            older = state.named if self.loses_memory and not state.restored else None
            yield state._replace(named=update.decision, shared=None, older=older)

    def _read(self, state: State, update: SharedUpdate) -> State:
        """Reads one colour's report, and decides after the last."""
        colour = COLOURS[len(update.reports)]
        seen = state.side(colour).report if colour in update.settings.listed else None
        reports = (*update.reports, seen)
        if len(reports) < len(COLOURS) and len(update.settings.listed) > 1:
            return state._replace(shared=update._replace(reports=reports))
        if len(reports) < len(COLOURS):
            other = COLOURS[1]
            seen = state.side(other).report if other in update.settings.listed else None
            reports = (*reports, seen)
        decision = self._decide(update.settings, state.named, reports)
        # Once decided, nothing else of the settings matters.
        rest = Settings(None, (), update.settings.forgotten)
        return state._replace(shared=decision and SharedUpdate(rest, decision=decision))

    def _allowed(self, state: State, settings: Settings) -> bool:
        """Whether settings say the truth, as the operator is asked to."""
        for colour in COLOURS:
            side = state.side(colour)
            if colour in settings.forgotten and not (self.destroys and side.empty):
                return False
            # Nothing can be known of a cluster that neither memory nor settings name.
            if state.restored and colour not in settings.listed and not side.empty:
                return False
        return True

    @cache  # noqa: B019 (a world lives as long as its test)
    def _decide(
        self, settings: Settings, previous: Named | None, reports: tuple[Report | None, ...]
    ) -> Named | None:
        try:
            named = self.name_writer(
                wanted=settings.active,
                listed=settings.listed,
                forgotten=settings.forgotten,
                previous=_named(previous),
                reports={c: _report(r) for c, r in zip(COLOURS, reports, strict=True)},
            )
        except LiveWriterError:
            return None
        return Named(named.colour, named.term, named.unconfirmed)

    @cache  # noqa: B019
    def _target(
        self, colour: Colour, named: Named | None, previous: Report | None
    ) -> Report | None:
        try:
            report = self.next_report(colour, named=_named(named), previous=_report(previous))
        except LiveWriterError:
            return None
        return Report(report.running, report.term)

    def _colour_steps(self, state: State, colour: Colour) -> Iterator[Side]:
        side = state.side(colour)
        if side.replica != side.pods:
            yield side._replace(pods=side.replica)  # the Deployment's controller
        if side.update is not None:
            if side.update.stage > 0:
                yield side._replace(update=None)  # killed, or failed
            yield from self._destroy(side) if side.update.destroying else self._update(side)
            return
        target = self._target(colour, state.named, side.report)
        gone_for_good = state.shared is not None and colour in state.shared.settings.forgotten
        if target and not gone_for_good:
            changed = side.noted != self._scale(target)
            for writes in (True, False) if self.loses_memory else (changed,):
                yield side._replace(update=ColourUpdate(target, writes=writes))
        if self.destroys and not side.empty:
            gone = Report(running=False, term=0)
            yield side._replace(update=ColourUpdate(gone, destroying=True))

    def _scale(self, target: Report) -> Scale:
        return Scale(target.running, target.term if self.marks_term else 0)

    def _update(self, side: Side) -> Iterator[Side]:
        update = _under_way(side)
        target = update.target
        if update.stage == 0 and update.writes:
            after = update._replace(stage=1, writes=False)
            yield side._replace(replica=target.running, update=after)
        elif update.stage < 2:  # noqa: PLR2004 (see ColourUpdate)
            yield side._replace(
                noted=self._scale(target), update=update._replace(stage=2, writes=False)
            )
        elif target.running or not self.waits or not (side.pods or side.replica):
            yield side._replace(report=target, update=None)

    def _destroy(self, side: Side) -> Iterator[Side]:
        update = _under_way(side)
        if update.stage == 0:
            yield side._replace(replica=False, update=update._replace(stage=1))
        elif update.stage == 1:
            yield side._replace(noted=None, update=update._replace(stage=2))
        elif not side.pods:  # the cluster goes, and with it whatever ran there
            yield Side()

    def _losses(self, state: State) -> Iterator[State]:
        if state.restored or state.shared is not None:
            return
        yield state._replace(named=None, older=None, restored=True)
        # An interrupted update has reported nothing yet, so an older memory cannot be told from
        # the true one: whoever restores a state must let updates end first.
        if state.older is not None and state.blue.settled and state.green.settled:
            yield state._replace(named=state.older, older=None, restored=True)


def without_stale(state: State) -> State:
    """The state without what no rule can tell apart, while the shared stack keeps its memory.

    Rules compare a term with that of `named` (or with the one that an update under way read),
    and no new term is ever as old as one before it. So a report or a noted Deployment of an
    older term is as good as none, and all updates that read an older term are alike.
    """
    if state.named is None:
        return state
    now = state.named.term
    return state._replace(
        named=state.named._replace(term=CURRENT),
        shared=_shared_without_stale(state.shared, now),
        blue=_side_without_stale(state.blue, now),
        green=_side_without_stale(state.green, now),
    )


STALE, CURRENT = 1, 2


def _shared_without_stale(update: SharedUpdate | None, now: int) -> SharedUpdate | None:
    if update is None:
        return None
    decision = update.decision
    return update._replace(
        reports=tuple(_report_if_current(report, now) for report in update.reports),
        decision=decision and decision._replace(term=decision.term - now + CURRENT),
    )


def _side_without_stale(side: Side, now: int) -> Side:
    noted, update = side.noted, side.update
    if update and not update.destroying:
        term = CURRENT if update.target.term == now else STALE
        update = update._replace(target=update.target._replace(term=term))
    return side._replace(
        report=_report_if_current(side.report, now),
        noted=noted._replace(term=CURRENT) if noted and noted.term == now else None,
        update=update,
    )


def _report_if_current(report: Report | None, now: int) -> Report | None:
    return report._replace(term=CURRENT) if report and report.term == now else None


def with_close_terms(state: State) -> State:
    """The state with gaps between terms closed to at most two.

    Rules compare terms, and add one to the greatest they see: terms that differ by more than
    one stay apart whatever happens, by however much.
    """
    terms = sorted({0, *_terms(state)})
    if all(after - before <= APART for before, after in pairwise(terms)):
        return state
    closed = {0: 0}
    for before, term in pairwise(terms):
        closed[term] = closed[before] + min(term - before, APART)
    return _mapped(state, closed)


APART = 2


def _terms(state: State) -> Iterator[int]:
    for named in (state.named, state.older, state.shared and state.shared.decision):
        if named:
            yield named.term
    for side in (state.blue, state.green):
        for dated in (side.report, side.update and side.update.target):
            if dated:
                yield dated.term
    for report in state.shared.reports if state.shared else ():
        if report:
            yield report.term


def _mapped(state: State, terms: Mapping[int, int]) -> State:
    def named(value: Named | None) -> Named | None:
        return value and value._replace(term=terms[value.term])

    def report(value: Report | None) -> Report | None:
        return value and value._replace(term=terms[value.term])

    def side(value: Side) -> Side:
        update = value.update
        if update:
            target = update.target._replace(term=terms[update.target.term])
            update = update._replace(target=target)
        return value._replace(report=report(value.report), update=update)

    shared = state.shared
    if shared:
        reports = tuple(map(report, shared.reports))
        shared = shared._replace(reports=reports, decision=named(shared.decision))
    return State(
        named(state.named),
        shared,
        side(state.blue),
        side(state.green),
        named(state.older),
        state.restored,
    )


@dataclass(frozen=True)
class Explored:
    """Every reachable state, and what each leads to.

    Attributes:
        before: for each state, those that lead to it.
        unsafe: states in which both colours' writers exist.
    """

    before: Mapping[State, list[State]]
    unsafe: list[State]

    def stuck(self, goal: Callable[[State], bool]) -> list[State]:
        """States from which nothing leads to the goal any more."""
        reached = {state for state in self.before if goal(state)}
        queue = list(reached)
        while queue:
            for earlier in self.before[queue.pop()]:
                if earlier not in reached:
                    reached.add(earlier)
                    queue.append(earlier)
        return [state for state in self.before if state not in reached]


def explore(world: World, *, until_unsafe: bool = False) -> Explored:
    """Follows every step from a world in which nothing has come up yet.

    Args:
        world: the rules.
        until_unsafe: stop at the first unsafe state, to show that rules are broken.
    """
    start = State()
    before: dict[State, list[State]] = {start: []}
    unsafe: list[State] = []
    queue = [start]
    for state in queue:
        for step in world.steps(state):
            after = canonical(step)
            if after not in before:
                before[after] = []
                queue.append(after)
                if after.unsafe:
                    unsafe.append(after)
                    if until_unsafe:
                        return Explored(before, unsafe)
            before[after].append(state)
    return Explored(before, unsafe)
