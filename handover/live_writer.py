"""Which colour may write which live names: the hand-over between the shared stack and the colours.

The shared stack alone names the writers: the active colour, and for a canary's names perhaps
the other one. It exports `LiveWriter`; each colour exports
`WriterReport`. Both outlive interruptions because of what the engine does with stack outputs:
when an update is killed, or fails before the outputs are registered, the old outputs stay; when
it fails later, outputs that do not depend on the failed resource are written all the same. So
both values are exported as outputs that depend on everything they speak of.

An old output can therefore say less than what has happened since, and a term tells how old it
is: the term grows by one whenever a name gets another writer (or none). A colour that loses a
name stays unconfirmed until it reports with that term or a later one, which it does once no pod
of it writes more than that term lets it. While it is unconfirmed no other colour gets a name
that it did not have, so every name passes through "nobody". Its Deployments carry the term
(`TERM_ANNOTATION` of components/addons/external_dns/deployment.py), so each term writes them
anew. Nothing is known of writers that the shared stack has no memory of, so after a loss of its
outputs every listed colour is unconfirmed.

Older outputs that somebody puts back by hand are noticed by the colours' reports alone. So
before that, updates must have ended and no colour may have been destroyed since; after it, the
shared stack is updated first, with every colour listed.

The functions are pure: they make no resource and read no stack.
"""

from collections.abc import Collection, Mapping
from typing import TypeGuard

from eks_platform_contract import outputs
from eks_platform_contract.names import SHARED, Colour
from eks_platform_contract.outputs import Canary, WriterReport
from handover import advice
from handover.assignment import NOBODY, Assignment, Transition, assign


class LiveWriter(outputs.LiveWriter):
    """Output `liveWriter` of the shared stack, and what follows from it."""

    @property
    def assignment(self) -> Assignment:
        """Who may write what."""
        canary = self.canary or Canary(names=())
        return assign(self.colour, canary.colour, canary.names)


class LiveWriterError(Exception):
    """The wanted writers cannot be named now; the message says what to run."""


def name_writer(
    *,
    wanted: Assignment,
    listed: Collection[Colour],
    forgotten: Collection[Colour],
    previous: LiveWriter | None,
    reports: Mapping[Colour, WriterReport | None],
) -> LiveWriter:
    """The shared stack's decision: what it exports as `liveWriter`.

    Args:
        wanted: who is to write what, by the settings.
        listed: colour stacks that exist.
        forgotten: colours whose cluster is gone for good.
        previous: what the shared stack exported last, or None.
        reports: last report of each listed colour, None where it has made none.

    Raises:
        LiveWriterError: a colour cannot be given names while another one may still write some
            that it may not, or an unconfirmed colour is neither listed nor forgotten.
    """
    before, suspects, term = _known_assignment(listed, previous, reports)
    transition = Transition(before, wanted, suspects, frozenset(forgotten))
    for colour in transition.doubted:
        if colour not in listed:
            raise LiveWriterError(advice.explain_unlisted(colour))
    if transition.blocking:
        raise LiveWriterError(
            advice.explain_refusal(transition, known=_remembers(previous, reports))
        )
    names = wanted.names
    return LiveWriter(
        colour=wanted.active,
        canary=Canary(colour=wanted.canary, names=names) if names else None,
        # Without a memory even an assignment of nobody begins a term.
        term=term if _remembers(previous, reports) and before == wanted else term + 1,
        unconfirmed=transition.doubted,
    )


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
    names = named.assignment.names_of(colour)
    return WriterReport(running=names.any, term=named.term, names=str(names))


def _known_assignment(
    listed: Collection[Colour],
    previous: LiveWriter | None,
    reports: Mapping[Colour, WriterReport | None],
) -> tuple[Assignment, frozenset[Colour], int]:
    """Who may write what, colours that may still write more than that, and the term of it."""
    if _remembers(previous, reports):
        left: frozenset[Colour] = frozenset(
            colour
            for colour in previous.unconfirmed
            if not _confirmed(colour, previous, reports.get(colour))
        )
        return previous.assignment, left, previous.term
    # No memory, or an older one than the colours': reports of a forgotten past prove nothing.
    suspects: set[Colour] = set(listed)
    if previous is not None:
        suspects |= {*previous.unconfirmed, *previous.assignment.colours}
    return NOBODY, frozenset(suspects), _latest_term(reports)


def _latest_term(reports: Mapping[Colour, WriterReport | None]) -> int:
    return max((report.term for report in reports.values() if report), default=0)


def _remembers(
    previous: LiveWriter | None, reports: Mapping[Colour, WriterReport | None]
) -> TypeGuard[LiveWriter]:
    return previous is not None and previous.term >= _latest_term(reports)


def _confirmed(colour: Colour, named: LiveWriter, report: WriterReport | None) -> bool:
    """Whether a colour has said that it writes no more than it may."""
    if report is None or report.term < named.term:
        return False
    # Where outputs were lost, another assignment may have had the same term.
    return not report.running or report.names == str(named.assignment.names_of(colour))
