"""What a linter finds."""

from collections.abc import Collection
from dataclasses import dataclass

PLANTED = "planted"
"""Name of what each linter must find something in."""


class LinterError(Exception):
    """A linter did not do its work; its text says what to do."""


@dataclass(frozen=True, order=True)
class Finding:
    """Something that a linter objects to.

    Attributes:
        tool: the linter.
        rule: its name of the rule.
        where: place, for example ``.github/workflows/up.yml jobs.up``.
        says: what is wrong, in the linter's words.
    """

    tool: str
    rule: str
    where: str
    says: str = ""


def without_planted(
    tool: str, found: Collection[Finding], expected: Collection[str]
) -> list[Finding]:
    """The findings but for those of what was planted, sorted.

    Args:
        tool: the linter.
        found: all that it found; what was planted has `PLANTED` in its place.
        expected: rules that what was planted breaks.

    Raises:
        LinterError: it missed one of them, so nothing that it says can be relied on.
    """
    seen = {it.rule for it in found if PLANTED in it.where}
    missed = sorted(set(expected) - seen)
    if missed:
        raise LinterError(
            f"{tool} no longer finds {', '.join(missed)} in what is planted for it: its rules have"
            " changed; see what they are called now, and correct them beside PLANTED in"
            " development/second_opinion"
        )
    return sorted({it for it in found if PLANTED not in it.where})
