"""Where a switch stands, and what comes next: derived from the stacks alone.

The protocol itself is the program's (`handover.live_writer`); this only says which stack to
update next, and with which assignment of names. Every step is a plain ``pulumi up``, so a
switch that was interrupted anywhere is continued, or taken back, by asking again.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from eks_platform_contract.names import COLOURS, SHARED, Colour
from handover import advice
from handover.assignment import NOBODY, Assignment, Transition, assign
from handover.live_writer import (
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
        said = self.wanted.in_words if self.wanted else ""
        return {
            Act.DISMISS: f"{said}; records stay as they are",
            Act.STOP: f"{self.stack} ends live DNS writers, and says so once they are gone",
            Act.NAME: f"{said}; the API records name the active colour",
            Act.START: f"{self.stack} runs live DNS writers for its names, and says so",
            Act.FINISHED: "nothing is left to do",
        }[self.act]


FINISHED = Step(Act.FINISHED)


@dataclass(frozen=True, kw_only=True)
class SwitchState:
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


class NotReadyError(Exception):
    """The switch cannot be begun or continued; the message says what to run."""


def canary_assignment(now: Assignment, to: Colour, names: Collection[str]) -> Assignment:
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


def next_step(standing: SwitchState, target: Assignment) -> Step:
    """The update that comes next on the way to an assignment.

    Raises:
        NotReadyError: a colour is not listed, or the program would refuse whatever is done.
    """
    for colour in COLOURS:
        if colour in target.colours and colour not in standing.listed:
            raise NotReadyError(
                f"eks-platform:colours of the shared stack does not list {colour}:"
                f" run `bluegreen bootstrap --colour {colour}` first"
            )
    if _has_lost_memory(standing):
        return Step(Act.DISMISS, SHARED, NOBODY)
    if standing.named.assignment == target:
        return _after_naming(standing, target)
    if _is_accepted(standing, target):
        return Step(Act.NAME, SHARED, target)
    # Colours that have been dismissed only need to say that they have gone.
    for colour in _name_or_refuse(standing, standing.named.assignment).unconfirmed:
        return Step(Act.STOP, colour)
    transition = Transition(standing.named.assignment, target, gone=frozenset(standing.forgotten))
    waypoint, _ = next(advice.passable_waypoints(transition))
    return Step(Act.DISMISS, SHARED, waypoint.assignment)


def steps_to(standing: SwitchState, target: Assignment) -> list[Step]:
    """All steps from here, if each one succeeds.

    Raises:
        NotReadyError: as `next_step`.
    """
    steps: list[Step] = []
    while (step := next_step(standing, target)) != FINISHED:
        steps.append(step)
        standing = state_after(standing, step)
    return steps


def state_after(standing: SwitchState, step: Step) -> SwitchState:
    """The standing once a step has succeeded; the decisions are the program's own.

    Raises:
        NotReadyError: the program would refuse the step.
    """
    unfinished = standing.unfinished - {step.stack}
    if step.wanted is not None:
        named = _name_or_refuse(standing, step.wanted)
        return replace(standing, configured=step.wanted, named=named, unfinished=unfinished)
    colour: Colour = next(c for c in COLOURS if c == step.stack)
    reports = {**standing.reports, colour: next_report(colour, named=standing.named, previous=None)}
    return replace(standing, reports=reports, unfinished=unfinished)


def is_halfway(standing: SwitchState) -> bool:
    """Whether a switch was begun and not ended: nothing is settled, whichever way it went."""
    named = standing.named.assignment
    if named.active is None:
        # Before the first colour is active there is nothing to be halfway from.
        return any(report is not None and report.term > 1 for report in standing.reports.values())
    if named.names and named.canary is None:
        return True
    return standing.configured != named or next_step(standing, named) != FINISHED


def _after_naming(standing: SwitchState, target: Assignment) -> Step:
    if standing.configured != target or SHARED in standing.unfinished:
        return Step(Act.NAME, SHARED, target)
    # A canary's colour first: its names wait for a writer, the others have one.
    writing: list[Colour] = [c for c in (target.canary, target.active) if c is not None]
    for colour in writing:
        wanted = next_report(colour, named=standing.named, previous=None)
        if standing.reports.get(colour) != wanted or colour in standing.unfinished:
            return Step(Act.START, colour)
    doubted = _name_or_refuse(standing, target).unconfirmed
    for colour in standing.listed:
        if colour in doubted or colour in standing.unfinished:
            return Step(Act.STOP, colour)
    return FINISHED


def _has_lost_memory(standing: SwitchState) -> bool:
    """Whether a colour knows a later term than the shared stack: its outputs were lost."""
    terms = [report.term for report in standing.reports.values() if report]
    return standing.named.term < max(terms, default=0)


def _is_accepted(standing: SwitchState, wanted: Assignment) -> bool:
    """Whether the program would accept an assignment now."""
    try:
        _decide(standing, wanted)
    except LiveWriterError:
        return False
    return True


def _name_or_refuse(standing: SwitchState, wanted: Assignment) -> LiveWriter:
    try:
        return _decide(standing, wanted)
    except LiveWriterError as error:
        raise NotReadyError(str(error)) from None


def _decide(standing: SwitchState, wanted: Assignment) -> LiveWriter:
    # A colour that the stack file does not list is not read, so its report does not count.
    reports: dict[Colour, WriterReport | None] = {
        c: standing.reports.get(c) for c in standing.listed
    }
    return name_writer(
        wanted=wanted,
        listed=standing.listed,
        forgotten=standing.forgotten,
        previous=standing.named,
        reports=reports,
    )
