"""Which colour may write live names: the hand-over between the shared stack and the colours.

The shared stack alone names the writer. It exports `LiveWriter`; each colour exports
`WriterReport`. Both outlive interruptions because of what the engine does with stack outputs:
when an update is killed, or fails before the outputs are registered, the old outputs stay; when
it fails later, outputs that do not depend on the failed resource are written all the same. So
both values are exported as outputs that depend on everything they speak of.

An old output can therefore say less than what has happened since, and a term tells how old it
is: the term grows by one whenever another writer (or none) is named. A colour that was named
stays unconfirmed until it reports, with the term of its dismissal or a later one, that its
writers have gone. Nothing is known of writers that the shared stack has no memory of, so after
a loss of its outputs every listed colour is unconfirmed.

Older outputs that somebody puts back by hand are noticed by the colours' reports alone. So
before that, updates must have ended and no colour may have been destroyed since; after it, the
shared stack is updated first, with every colour listed.

The functions are pure: they make no resource and read no stack.
"""

from collections.abc import Collection, Mapping
from typing import TypeGuard

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from settings.names import COLOURS, SHARED, Colour

TERM_ANNOTATION = "eks-platform.io/live-writer-term"
"""Annotation of the live writers' Deployments that holds the term they were last set for.

An update that is killed can have changed a Deployment without the engine knowing. As each term
changes this annotation, the next update writes the Deployment again, whatever the engine
believes of it. Where the shared stack's outputs were lost or set back, a term may come twice:
if a colour then waits in vain for its pods to go, `pulumi up --refresh` finds the difference."""


class _Output(BaseModel):
    model_config = ConfigDict(
        alias_generator=to_camel, validate_by_name=True, extra="forbid", frozen=True
    )


class LiveWriter(_Output):
    """Output `liveWriter` of the shared stack.

    Attributes:
        colour: the colour that may run live DNS writers, or None.
        term: grows by one with each change of `colour`; 1 or more.
        unconfirmed: colours that may still run writers though they may not any more.
    """

    colour: Colour | None = None
    term: int
    unconfirmed: tuple[Colour, ...] = ()


class WriterReport(_Output):
    """Output `liveWriters` of a colour's stack.

    Attributes:
        running: whether its live DNS writers may run; False once their pods are gone.
        term: term of the `LiveWriter` that the colour acted on.
    """

    running: bool
    term: int


class LiveWriterError(Exception):
    """The wanted writer cannot be named now; the message says what to run."""


def name_writer(
    *,
    wanted: Colour | None,
    listed: Collection[Colour],
    forgotten: Collection[Colour],
    previous: LiveWriter | None,
    reports: Mapping[Colour, WriterReport | None],
) -> LiveWriter:
    """The shared stack's decision: what it exports as `liveWriter`.

    Args:
        wanted: the colour that settings call active.
        listed: colour stacks that exist.
        forgotten: colours whose cluster is gone for good.
        previous: what the shared stack exported last, or None.
        reports: last report of each listed colour, None where it has made none.

    Raises:
        LiveWriterError: `wanted` cannot be named while another colour may still write, or an
            unconfirmed colour is neither listed nor forgotten.
    """
    suspects, term = _suspects(wanted, listed, previous, reports)
    doubted = suspects.difference(forgotten, _one(wanted))
    unconfirmed: list[Colour] = [colour for colour in COLOURS if colour in doubted]
    for colour in unconfirmed:
        if colour not in listed:
            raise LiveWriterError(_unlisted(colour))
    if wanted is not None and unconfirmed:
        dismissed = _remembers(previous, reports) and previous.colour is None
        raise LiveWriterError(_refusal(wanted, unconfirmed, dismissed=dismissed))
    return LiveWriter(colour=wanted, term=term, unconfirmed=tuple(unconfirmed))


def next_report(
    colour: Colour, *, named: LiveWriter | None, previous: WriterReport | None
) -> WriterReport:
    """A colour's decision: what it is to become, and to report once it has.

    `running` says whether its live DNS writers get a replica. When False, the report may be
    exported only after their pods are gone.

    Args:
        colour: the colour itself.
        named: output `liveWriter` of the shared stack.
        previous: what this colour reported last, or None.

    Raises:
        LiveWriterError: the shared stack has not come up, or remembers less than this colour.
    """
    if named is None:
        raise LiveWriterError(
            f"stack {SHARED} has no output yet: run `pulumi up -s {SHARED}` first"
        )
    if previous is not None and previous.term > named.term:
        raise LiveWriterError(
            f"stack {SHARED} has lost its memory of the live DNS writers (it is at term"
            f" {named.term}, this stack at {previous.term}): run `pulumi up -s {SHARED}` with"
            f" {colour} in eks-platform:colours, then this again"
        )
    return WriterReport(running=named.colour == colour, term=named.term)


def _suspects(
    wanted: Colour | None,
    listed: Collection[Colour],
    previous: LiveWriter | None,
    reports: Mapping[Colour, WriterReport | None],
) -> tuple[set[Colour], int]:
    """Colours that may still be writing, and the term that begins or goes on."""
    if not _remembers(previous, reports):
        # No memory, or an older one than the colours': reports of a forgotten past prove nothing.
        suspects: set[Colour] = set(listed)
        if previous is not None:
            suspects |= {*previous.unconfirmed, *_one(previous.colour)}
        return suspects, _latest(reports) + 1
    suspects = {c for c in previous.unconfirmed if not _gone(reports.get(c), previous.term)}
    if wanted == previous.colour:
        return suspects, previous.term
    return suspects | _one(previous.colour), previous.term + 1


def _latest(reports: Mapping[Colour, WriterReport | None]) -> int:
    return max((report.term for report in reports.values() if report), default=0)


def _remembers(
    previous: LiveWriter | None, reports: Mapping[Colour, WriterReport | None]
) -> TypeGuard[LiveWriter]:
    return previous is not None and previous.term >= _latest(reports)


def _one(colour: Colour | None) -> set[Colour]:
    return set() if colour is None else {colour}


def _gone(report: WriterReport | None, dismissed: int) -> bool:
    return report is not None and not report.running and report.term >= dismissed


def _unlisted(colour: Colour) -> str:
    return (
        f"{colour} may still run live DNS writers, and eks-platform:colours does not list it:"
        f" list it and run `pulumi up -s {SHARED}`, `pulumi up -s {colour}` and"
        f" `pulumi up -s {SHARED}` again; or, if its cluster is gone for good, add it to"
        " eks-platform:forgetColours"
    )


def _refusal(wanted: Colour, unconfirmed: Collection[Colour], *, dismissed: bool) -> str:
    ups = ", ".join(f"`pulumi up -s {colour}`" for colour in unconfirmed)
    # Those that have been dismissed need only say so. Others must be dismissed first.
    way = (
        f"Run {ups}, then `pulumi up -s {SHARED}` again"
        if dismissed
        else f"Remove eks-platform:activeColour, run `pulumi up -s {SHARED}`, then {ups}, then set"
        f" activeColour to {wanted} and run `pulumi up -s {SHARED}` again"
    )
    return (
        f"{wanted} cannot be the active colour yet: {' and '.join(unconfirmed)} may still run live"
        f" DNS writers. {way}"
    )
