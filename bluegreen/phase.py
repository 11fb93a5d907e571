"""Where a switch stands, and what comes next: derived from the stacks alone.

The protocol itself is the program's (`stacks.live_writer`); this only says which stack to
update next, and with which active colour. Every step is a plain ``pulumi up``, so a switch that
was interrupted anywhere is continued, or taken back, by asking again.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from bluegreen.errors import RefusedError
from bluegreen.snapshot import Snapshot, other
from settings.names import COLOURS, Colour
from stacks.live_writer import LiveWriter, LiveWriterError, WriterReport, name_writer


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
        active: activeColour to be set in the shared stack's file before; None removes it.
            Only for DISMISS and NAME.
    """

    act: Act
    stack: str = ""
    active: Colour | None = None

    @property
    def title(self) -> str:
        """What a reader is told about it."""
        return {
            Act.DISMISS: "nobody may write live names; records stay as they are",
            Act.STOP: f"the live DNS writers of {self.stack} end",
            Act.NAME: f"{self.active} is the active colour; the API records name it",
            Act.START: f"the live DNS writers of {self.stack} start",
            Act.FINISHED: "nothing is left to do",
        }[self.act]


FINISHED = Step(Act.FINISHED)


@dataclass(frozen=True, kw_only=True)
class Stand:
    """What decides the next step.

    Attributes:
        configured: activeColour in the shared stack's file.
        listed: colours in it.
        forgotten: forgetColours in it.
        named: output `liveWriter` of the shared stack.
        reports: output `liveWriters` of each colour.
        unfinished: stacks in which an update was interrupted.
    """

    configured: Colour | None
    listed: tuple[Colour, ...]
    forgotten: tuple[Colour, ...]
    named: LiveWriter
    reports: Mapping[Colour, WriterReport | None]
    unfinished: frozenset[str] = frozenset()


class NotReadyError(RefusedError):
    """The switch cannot be begun or continued; the message says what to run."""


def stand_of(snapshot: Snapshot) -> Stand:
    """What of a snapshot decides.

    Raises:
        NotReadyError: the shared stack has not come up.
    """
    shared = snapshot.shared
    if shared.live_writer is None:
        raise NotReadyError("stack shared has not come up: run `bluegreen bootstrap` first")
    states = (shared.state, *(view.state for view in snapshot.colours))
    return Stand(
        configured=shared.configured,
        listed=shared.listed,
        forgotten=shared.forgotten,
        named=shared.live_writer,
        reports={view.colour: view.report for view in snapshot.colours},
        unfinished=frozenset(state.name for state in states if state.pending),
    )


def next_step(stand: Stand, to: Colour) -> Step:
    """The update that comes next on the way to `to` writing live names.

    Raises:
        NotReadyError: `to` is not listed, or the program would refuse whatever is done.
    """
    if to not in stand.listed:
        raise NotReadyError(
            f"eks-platform:colours of the shared stack does not list {to}:"
            f" run `bluegreen bootstrap --colour {to}` first"
        )
    if _forgetful(stand) or stand.named.colour == other(to):
        return Step(Act.DISMISS, "shared", None)
    if stand.named.colour == to:
        return _after_naming(stand, to)
    for colour in _doubted(stand, to):
        return Step(Act.STOP, colour)
    return Step(Act.NAME, "shared", to)


def way(stand: Stand, to: Colour) -> list[Step]:
    """All steps from here, if each one succeeds.

    Raises:
        NotReadyError: as `next_step`.
    """
    steps: list[Step] = []
    while (step := next_step(stand, to)) != FINISHED:
        steps.append(step)
        stand = after(stand, step)
    return steps


def after(stand: Stand, step: Step) -> Stand:
    """The stand once a step has succeeded; the decisions are the program's own.

    Raises:
        NotReadyError: the program would refuse the step.
    """
    unfinished = stand.unfinished - {step.stack}
    if step.act in (Act.DISMISS, Act.NAME):
        named = _named(stand, step.active)
        return replace(stand, configured=step.active, named=named, unfinished=unfinished)
    colour = next(c for c in COLOURS if c == step.stack)
    report = WriterReport(running=stand.named.colour == colour, term=stand.named.term)
    return replace(stand, reports={**stand.reports, colour: report}, unfinished=unfinished)


def between(stand: Stand) -> bool:
    """Whether a switch was begun and not ended: nothing is settled, whichever way it went."""
    active = stand.named.colour
    if active is None:
        # Before the first colour is active there is nothing to be halfway from.
        return any(report is not None and report.term > 1 for report in stand.reports.values())
    return stand.configured != active or next_step(stand, active) != FINISHED


def _after_naming(stand: Stand, to: Colour) -> Step:
    if stand.configured != to or "shared" in stand.unfinished:
        return Step(Act.NAME, "shared", to)
    report = stand.reports.get(to)
    up_to_date = report is not None and report.running and report.term == stand.named.term
    if not up_to_date or to in stand.unfinished:
        return Step(Act.START, to)
    for colour in stand.listed:
        if colour in stand.unfinished:
            return Step(Act.STOP, colour)
    return FINISHED


def _forgetful(stand: Stand) -> bool:
    """Whether a colour knows a later term than the shared stack: its outputs were lost."""
    terms = [report.term for report in stand.reports.values() if report]
    return stand.named.term < max(terms, default=0)


def _doubted(stand: Stand, to: Colour) -> tuple[Colour, ...]:
    """Colours other than `to` that have not yet said that their writers are gone."""
    return tuple(c for c in _named(stand, None).unconfirmed if c != to)


def _named(stand: Stand, wanted: Colour | None) -> LiveWriter:
    # A colour that the stack file does not list is not read, so its report does not count.
    reports: dict[Colour, WriterReport | None] = {c: stand.reports.get(c) for c in stand.listed}
    try:
        return name_writer(
            wanted=wanted,
            listed=stand.listed,
            forgotten=stand.forgotten,
            previous=stand.named,
            reports=reports,
        )
    except LiveWriterError as error:
        raise NotReadyError(str(error)) from None
