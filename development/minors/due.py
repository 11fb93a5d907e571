"""Which shipped minors near the end of their standard support. Pure, but for the files it reads."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from catalogue.minors import KUBERNETES_VERSIONS, outlook
from catalogue.support import Outlook, prices_in_words
from development.minors.pair import Pair, following

WITHIN = 90
"""Days before the end. Trying a pair, and moving production there, takes weeks."""


@dataclass(frozen=True)
class Due:
    """What to do about shipped minors.

    Attributes:
        pressing: minors whose standard support has ended or ends soon, the oldest first.
        unknown: minors of which it is not known when it ends.
        pair: what to ship instead; None where the catalogue has nothing newer, where it would not
            help, or where the stack files name something of their own.
        own: minors that the stack files name in place of the shipped pair; empty where they do not.
    """

    pressing: Sequence[Outlook]
    unknown: Sequence[str]
    pair: Pair | None
    own: Sequence[str] = ()

    @property
    def is_due(self) -> bool:
        """Whether somebody has to do something."""
        return bool(self.pressing or self.unknown)


def due(shipped: Pair, named: Sequence[str], today: date, within: int = WITHIN) -> Due:
    """What is due on a day.

    Args:
        shipped: the pair of the catalogue.
        named: minors of the stack files, blue's first.
        today: the day.
        within: days before an end.
    """
    own = tuple(named) if tuple(named) != tuple(shipped) else ()
    minors = sorted({*shipped, *named} & {*KUBERNETES_VERSIONS}, key=KUBERNETES_VERSIONS.index)
    seen = [it for minor in minors if (it := outlook(minor, today)) is not None]
    pressing = [it for it in seen if _presses(it, within)]
    lacking = sorted({*named} - {*KUBERNETES_VERSIONS})
    unknown = [*lacking, *(it.minor for it in seen if it.phase == "not known")]
    older = any(it.minor == shipped[0] for it in pressing)
    return Due(pressing, unknown, following(shipped) if older and not own else None, own)


def sentence(seen: Outlook) -> str:
    """When a minor's standard support ends, and what then; the same each day until it does."""
    end = seen.support.standard_end
    if seen.phase == "standard":
        return f"Standard support of Kubernetes {seen.minor} ends on {end}"
    if seen.phase == "extended":
        return (
            f"Standard support of Kubernetes {seen.minor} ended on {end}: a control plane costs"
            f" {prices_in_words()}, until {seen.support.extended_end}"
        )
    return f"Support of Kubernetes {seen.minor} ended on {seen.support.extended_end}"


def _presses(seen: Outlook, within: int) -> bool:
    if seen.phase in {"extended", "ended"}:
        return True
    left = seen.days_left
    return seen.phase == "standard" and left is not None and left <= within
