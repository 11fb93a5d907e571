"""Protocols that are a little weaker than the program's: the search must find each one's hole."""

from collections.abc import Mapping

from settings.names import Colour
from stacks.assignment import Assignment
from stacks.live_writer import (
    Canary,
    LiveWriter,
    LiveWriterError,
    WriterReport,
    name_writer,
    next_report,
)
from tests.unit.stacks.live_writer_world_steps import World

Reports = Mapping[Colour, WriterReport | None]


def names_at_once(
    *,
    wanted: Assignment,
    listed: tuple[Colour, ...],
    forgotten: tuple[Colour, ...],
    previous: LiveWriter | None,
    reports: Reports,
) -> LiveWriter:
    """Ignores who may still write."""
    del listed, forgotten, reports
    if previous is None:
        return _named(wanted, 1)
    return _named(wanted, previous.term + (wanted != previous.assignment))


def forgets_whom_it_dismissed(
    *,
    wanted: Assignment,
    listed: tuple[Colour, ...],
    forgotten: tuple[Colour, ...],
    previous: LiveWriter | None,
    reports: Reports,
) -> LiveWriter:
    """Names nobody in between, and forgets who was dismissed."""
    active = previous and previous.colour
    if wanted.active != active and None not in (wanted.active, active):
        raise LiveWriterError("first nobody")
    return names_at_once(
        wanted=wanted, listed=listed, forgotten=forgotten, previous=previous, reports=reports
    )


def believes_old_reports(
    *,
    wanted: Assignment,
    listed: tuple[Colour, ...],
    forgotten: tuple[Colour, ...],
    previous: LiveWriter | None,
    reports: Reports,
) -> LiveWriter:
    """Takes every report for one of now."""
    term = previous.term if previous else 0
    now: Reports = {c: r and WriterReport(running=r.running, term=term) for c, r in reports.items()}
    return name_writer(
        wanted=wanted, listed=listed, forgotten=forgotten, previous=previous, reports=now
    )


def has_no_terms(
    *,
    wanted: Assignment,
    listed: tuple[Colour, ...],
    forgotten: tuple[Colour, ...],
    previous: LiveWriter | None,
    reports: Reports,
) -> LiveWriter:
    """Calls every term the first."""
    named = name_writer(
        wanted=wanted, listed=listed, forgotten=forgotten, previous=previous, reports=reports
    )
    return named.model_copy(update={"term": 1})


def trusts_lost_memory(
    *,
    wanted: Assignment,
    listed: tuple[Colour, ...],
    forgotten: tuple[Colour, ...],
    previous: LiveWriter | None,
    reports: Reports,
) -> LiveWriter:
    """Takes no memory for a first run, and an older memory for the last one."""
    if previous is None:
        return _named(wanted, 1)
    known: Reports = {c: r for c, r in reports.items() if r and r.term <= previous.term}
    return name_writer(
        wanted=wanted, listed=listed, forgotten=forgotten, previous=previous, reports=known
    )


def _named(wanted: Assignment, term: int) -> LiveWriter:
    canary = Canary(colour=wanted.canary, names=wanted.names) if wanted.names else None
    return LiveWriter(colour=wanted.active, canary=canary, term=term)


def reports_without_memory(
    colour: Colour, *, named: LiveWriter | None, previous: WriterReport | None
) -> WriterReport:
    """Does not see that the shared stack remembers less than the colour."""
    del previous
    return next_report(colour, named=named, previous=None)


UNSAFE = {
    "names at once": World(name_writer=names_at_once),
    "forgets whom it dismissed": World(name_writer=forgets_whom_it_dismissed),
    "believes old reports": World(name_writer=believes_old_reports),
    "has no terms": World(name_writer=has_no_terms),
    "reports before its pods are gone": World(waits="never"),
    "trusts lost outputs": World(name_writer=trusts_lost_memory, loses="outputs"),
    "trusts older outputs": World(name_writer=trusts_lost_memory, loses="latest"),
    "reports without memory": World(next_report=reports_without_memory, loses="latest"),
}
"""Worlds in which both colours can write."""
