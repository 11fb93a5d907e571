"""Where a switch stands, and what comes next: derived from the stacks alone.

The protocol itself is the program's (`stacks.live_writer`); this only says which stack to
update next, and with which assignment of names. Every step is a plain ``pulumi up``, so a
switch that was interrupted anywhere is continued, or taken back, by asking again.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from bluegreen.errors import RefusedError
from bluegreen.snapshot import Snapshot
from settings.names import COLOURS, SHARED, Colour
from stacks import advice
from stacks.assignment import NOBODY, Assignment, assign
from stacks.assignment import Step as Move
from stacks.live_writer import (
    LiveWriter,
    LiveWriterError,
    WriterReport,
    name_writer,
    next_report,
)


class Act(StrEnum):
    """What a step does."""

    DISMISS = "dismiss"
    STOP = "stop"
    NAME = "name"
    START = "start"
    FINISHED = "finished"


@dataclass(frozen=True)
class Step:
    """One update.

    Attributes:
        act: what it does.
        stack: stack that is updated; empty when all is finished.
        wanted: who is to write what, to be set in the shared stack's file before. Only for
            DISMISS and NAME.
    """

    act: Act
    stack: str = ""
    wanted: Assignment | None = None

    @property
    def title(self) -> str:
        """What a reader is told about it."""
        said = say(self.wanted) if self.wanted else ""
        return {
            Act.DISMISS: f"{said}; records stay as they are",
            Act.STOP: f"{self.stack} ends live DNS writers, and says so once they are gone",
            Act.NAME: f"{said}; the API records name the active colour",
            Act.START: f"{self.stack} runs live DNS writers for its names, and says so",
            Act.FINISHED: "nothing is left to do",
        }[self.act]


FINISHED = Step(Act.FINISHED)


@dataclass(frozen=True, kw_only=True)
class Stand:
    """What decides the next step.

    Attributes:
        configured: who is to write what, by the shared stack's file.
        listed: colours in it.
        forgotten: forgetColours in it.
        named: output `liveWriter` of the shared stack.
        reports: output `liveWriters` of each colour.
        unfinished: stacks in which an update was interrupted.
    """

    configured: Assignment
    listed: tuple[Colour, ...]
    forgotten: tuple[Colour, ...]
    named: LiveWriter
    reports: Mapping[Colour, WriterReport | None]
    unfinished: frozenset[str] = frozenset()


class NotReadyError(RefusedError):
    """The switch cannot be begun or continued; the message says what to run."""


def say(assignment: Assignment) -> str:
    """Who writes what, in words."""
    active = (
        f"{assignment.active} writes live names"
        if assignment.active
        else ("nobody writes live names")
    )
    if not assignment.names:
        return active
    return f"{active}, but {', '.join(assignment.names)}: {assignment.canary or 'nobody'}"


def stand_of(snapshot: Snapshot) -> Stand:
    """What of a snapshot decides.

    Raises:
        NotReadyError: the shared stack has not come up.
    """
    shared = snapshot.shared
    if shared.live_writer is None:
        raise NotReadyError("stack shared has not come up: run `bluegreen bootstrap` first")
    return Stand(
        configured=shared.configured,
        listed=shared.listed,
        forgotten=shared.forgotten,
        named=shared.live_writer,
        reports={view.colour: view.report for view in snapshot.colours},
        unfinished=frozenset(state.name for state in snapshot.states if state.interrupted),
    )


def everything(to: Colour) -> Assignment:
    """The assignment in which a colour writes every live name."""
    return Assignment(active=to)


def canary(now: Assignment, to: Colour, names: Collection[str]) -> Assignment:
    """The assignment in which a colour writes some names, and the rest is as now.

    Args:
        now: who writes what.
        to: colour that is to write the names.
        names: full live names.

    Raises:
        NotReadyError: no colour is active.
    """
    if now.active is None:
        raise NotReadyError(
            "no colour is active: complete the switch or take it back first, then move names"
        )
    if to == now.active:
        left = tuple(name for name in now.names if name not in names)
        return assign(now.active, now.canary, left)
    return assign(now.active, to, tuple(sorted({*now.names, *names})))


def next_step(stand: Stand, target: Assignment) -> Step:
    """The update that comes next on the way to an assignment.

    Raises:
        NotReadyError: a colour is not listed, or the program would refuse whatever is done.
    """
    for colour in COLOURS:
        if colour in target.colours and colour not in stand.listed:
            raise NotReadyError(
                f"eks-platform:colours of the shared stack does not list {colour}:"
                f" run `bluegreen bootstrap --colour {colour}` first"
            )
    if _forgetful(stand):
        return Step(Act.DISMISS, SHARED, NOBODY)
    if stand.named.assignment == target:
        return _after_naming(stand, target)
    if _passes(stand, target):
        return Step(Act.NAME, SHARED, target)
    # Colours that have been dismissed only need to say that they have gone.
    for colour in _named(stand, stand.named.assignment).unconfirmed:
        return Step(Act.STOP, colour)
    move = Move(stand.named.assignment, target, gone=frozenset(stand.forgotten))
    waypoint, _ = next(advice.passable(move))
    return Step(Act.DISMISS, SHARED, waypoint.assignment)


def way(stand: Stand, target: Assignment) -> list[Step]:
    """All steps from here, if each one succeeds.

    Raises:
        NotReadyError: as `next_step`.
    """
    steps: list[Step] = []
    while (step := next_step(stand, target)) != FINISHED:
        steps.append(step)
        stand = after(stand, step)
    return steps


def after(stand: Stand, step: Step) -> Stand:
    """The stand once a step has succeeded; the decisions are the program's own.

    Raises:
        NotReadyError: the program would refuse the step.
    """
    unfinished = stand.unfinished - {step.stack}
    if step.wanted is not None:
        named = _named(stand, step.wanted)
        return replace(stand, configured=step.wanted, named=named, unfinished=unfinished)
    colour: Colour = next(c for c in COLOURS if c == step.stack)
    reports = {**stand.reports, colour: next_report(colour, named=stand.named, previous=None)}
    return replace(stand, reports=reports, unfinished=unfinished)


def between(stand: Stand) -> bool:
    """Whether a switch was begun and not ended: nothing is settled, whichever way it went."""
    named = stand.named.assignment
    if named.active is None:
        # Before the first colour is active there is nothing to be halfway from.
        return any(report is not None and report.term > 1 for report in stand.reports.values())
    if named.names and named.canary is None:
        return True
    return stand.configured != named or next_step(stand, named) != FINISHED


def _after_naming(stand: Stand, target: Assignment) -> Step:
    if stand.configured != target or SHARED in stand.unfinished:
        return Step(Act.NAME, SHARED, target)
    # A canary's colour first: its names wait for a writer, the others have one.
    writing: list[Colour] = [c for c in (target.canary, target.active) if c is not None]
    for colour in writing:
        wanted = next_report(colour, named=stand.named, previous=None)
        if stand.reports.get(colour) != wanted or colour in stand.unfinished:
            return Step(Act.START, colour)
    doubted = _named(stand, target).unconfirmed
    for colour in stand.listed:
        if colour in doubted or colour in stand.unfinished:
            return Step(Act.STOP, colour)
    return FINISHED


def _forgetful(stand: Stand) -> bool:
    """Whether a colour knows a later term than the shared stack: its outputs were lost."""
    terms = [report.term for report in stand.reports.values() if report]
    return stand.named.term < max(terms, default=0)


def _passes(stand: Stand, wanted: Assignment) -> bool:
    """Whether the program would accept an assignment now."""
    try:
        _decide(stand, wanted)
    except LiveWriterError:
        return False
    return True


def _named(stand: Stand, wanted: Assignment) -> LiveWriter:
    try:
        return _decide(stand, wanted)
    except LiveWriterError as error:
        raise NotReadyError(str(error)) from None


def _decide(stand: Stand, wanted: Assignment) -> LiveWriter:
    # A colour that the stack file does not list is not read, so its report does not count.
    reports: dict[Colour, WriterReport | None] = {c: stand.reports.get(c) for c in stand.listed}
    return name_writer(
        wanted=wanted,
        listed=stand.listed,
        forgotten=stand.forgotten,
        previous=stand.named,
        reports=reports,
    )
