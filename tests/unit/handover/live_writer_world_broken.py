"""Protocols that are a little weaker than the program's: the search must find each one's hole."""

from collections.abc import Mapping

from handover.assignment import Assignment
from handover.live_writer import (
    Canary,
    LiveWriter,
    LiveWriterError,
    WriterReport,
    name_writer,
    next_report,
)
from settings.names import Colour
from tests.unit.handover.live_writer_world import BITS
from tests.unit.handover.live_writer_world_steps import World

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


def reports_without_memory(
    colour: Colour, *, named: LiveWriter | None, previous: WriterReport | None
) -> WriterReport:
    """Does not see that the shared stack remembers less than the colour."""
    del previous
    return next_report(colour, named=named, previous=None)


def starts_a_canary_at_once(
    *,
    wanted: Assignment,
    listed: tuple[Colour, ...],
    forgotten: tuple[Colour, ...],
    previous: LiveWriter | None,
    reports: Reports,
) -> LiveWriter:
    """Waits for nobody where the active colour stays the same."""
    rule = names_at_once if previous and previous.colour == wanted.active else name_writer
    return rule(
        wanted=wanted, listed=listed, forgotten=forgotten, previous=previous, reports=reports
    )


def does_not_doubt_whom_it_names(
    *,
    wanted: Assignment,
    listed: tuple[Colour, ...],
    forgotten: tuple[Colour, ...],
    previous: LiveWriter | None,
    reports: Reports,
) -> LiveWriter:
    """Doubts no colour that may write some names, as if it could not write others."""
    named = name_writer(
        wanted=wanted, listed=listed, forgotten=forgotten, previous=previous, reports=reports
    )
    doubted = tuple(colour for colour in named.unconfirmed if colour not in wanted.colours)
    return named.model_copy(update={"unconfirmed": doubted})


def sees_colours_but_no_names(
    *,
    wanted: Assignment,
    listed: tuple[Colour, ...],
    forgotten: tuple[Colour, ...],
    previous: LiveWriter | None,
    reports: Reports,
) -> LiveWriter:
    """Takes a canary of other names for the same one."""
    if previous and previous.canary and wanted.names:
        canary = previous.canary
        same = (previous.colour, canary.colour) == (wanted.active, wanted.canary)
        if same and wanted.names != canary.names:
            return _named(wanted, previous.term + 1)
    return name_writer(
        wanted=wanted, listed=listed, forgotten=forgotten, previous=previous, reports=reports
    )


def believes_terms_alone(
    *,
    wanted: Assignment,
    listed: tuple[Colour, ...],
    forgotten: tuple[Colour, ...],
    previous: LiveWriter | None,
    reports: Reports,
) -> LiveWriter:
    """Takes a report of the right term for one of the right names."""

    def right(colour: Colour, report: WriterReport) -> WriterReport:
        names = previous.assignment.names_of(colour) if previous else None
        return report.model_copy(update={"names": str(names)})

    told: Reports = {c: report and right(c, report) for c, report in reports.items()}
    return name_writer(
        wanted=wanted, listed=listed, forgotten=forgotten, previous=previous, reports=told
    )


def _named(wanted: Assignment, term: int) -> LiveWriter:
    canary = Canary(colour=wanted.canary, names=wanted.names) if wanted.names else None
    return LiveWriter(colour=wanted.active, canary=canary, term=term)


WEB, SHOP = BITS
ON_GREEN = (Canary(colour="green", names=(WEB,)),)
NAMES_CHANGE = (*ON_GREEN, Canary(colour="green", names=(SHOP, WEB)))

UNSAFE = {
    "names at once": World(name_writer=names_at_once),
    "forgets whom it dismissed": World(name_writer=forgets_whom_it_dismissed),
    "believes old reports": World(name_writer=believes_old_reports),
    "has no terms": World(name_writer=has_no_terms),
    "reports before its pods are gone": World(waits="never"),
    "trusts lost outputs": World(name_writer=trusts_lost_memory, loses="outputs"),
    "trusts older outputs": World(name_writer=trusts_lost_memory, loses="latest"),
    "reports without memory": World(next_report=reports_without_memory, loses="latest"),
    "starts a canary at once": World(name_writer=starts_a_canary_at_once, canaries=ON_GREEN),
    "looks only when it stops": World(waits="when it stops", canaries=ON_GREEN),
    "does not doubt whom it names": World(
        name_writer=does_not_doubt_whom_it_names, canaries=ON_GREEN
    ),
    "sees colours but no names": World(
        name_writer=sees_colours_but_no_names, canaries=NAMES_CHANGE
    ),
    "believes terms alone": World(
        name_writer=believes_terms_alone, canaries=ON_GREEN, loses="outputs"
    ),
}
"""Worlds in which both colours can write some name."""
