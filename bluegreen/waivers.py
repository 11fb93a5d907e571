"""Names that the operator waives, and which of them no check has asked for."""

from collections.abc import Iterable
from difflib import get_close_matches

from bluegreen.finding import Finding, note

WAIVERS = "waivers"
"""Name of the check."""


class Waivers(frozenset[str]):
    """What may be as it is, by name; remembers the names that checks asked for."""

    asked: set[str]

    def __new__(cls, names: Iterable[str]) -> "Waivers":
        """Of these names."""
        waivers = super().__new__(cls, names)
        waivers.asked = set()
        return waivers

    def __contains__(self, name: object) -> bool:
        if isinstance(name, str):
            self.asked.add(name)
        return super().__contains__(name)


def unmatched(waivers: Waivers, *, complete: bool) -> list[Finding]:
    """A note of names that waive nothing, such as misspelt ones; none where there are none.

    No reason to stop: a command that goes on is given the names again that it has done with.

    Args:
        waivers: after all checks.
        complete: whether every check was made. Else a name that none asked for may be right, and
            only one that is nearly another is named.
    """
    found: list[str] = []
    for name in sorted(waivers - waivers.asked):
        near = get_close_matches(name, waivers.asked - waivers, n=1, cutoff=0.8)
        if near:
            found.append(f"{name}: no check names it; did you mean {near[0]}?")
        elif complete:
            found.append(f"{name}: no check names it")
    if not found:
        return []
    says = "every name that is waived breaks a check"
    return [note(WAIVERS, says, found, "leave it out, or give the name as a check has it")]
