"""Who writes which live names, as plain values."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from eks_platform_contract.names import COLOURS, Colour
from handover.live_names import EVERY_NAME, NO_NAME, LiveNames


@dataclass(frozen=True, kw_only=True)
class Assignment:
    """Who writes which live names. Two that come to the same are equal: use `assign`.

    Attributes:
        active: colour that writes all names but the canary's, or None.
        canary: colour that writes the canary's names, or None.
        names: names of the canary, sorted; empty without one.
    """

    active: Colour | None = None
    canary: Colour | None = None
    names: tuple[str, ...] = ()

    def writer(self, name: str | None) -> Colour | None:
        """The colour that writes a name; None stands for any name that no canary has."""
        return self.canary if name in self.names else self.active

    def names_of(self, colour: Colour) -> LiveNames:
        """The names that a colour writes."""
        if colour == self.active:
            return LiveNames(others=True, chosen=self.names) if self.names else EVERY_NAME
        return LiveNames(others=False, chosen=self.names) if colour == self.canary else NO_NAME

    @property
    def colours(self) -> set[Colour]:
        """Colours that write some name."""
        return {colour for colour in (self.active, self.canary) if colour is not None}

    @property
    def whole(self) -> set[Colour]:
        """The colour that writes every name, if one does."""
        return {self.active} if self.active is not None and not self.names else set()

    @property
    def in_words(self) -> str:
        """Who writes what, for a reader."""
        active = f"{self.active or 'nobody'} writes live names"
        if not self.names:
            return active
        return f"{active}, but {', '.join(self.names)}: {self.canary or 'nobody'}"


NOBODY = Assignment()


def assign(active: Colour | None, canary: Colour | None, names: tuple[str, ...]) -> Assignment:
    """The assignment that settings ask for.

    A canary on the active colour is none, and so is one that nobody writes where nobody writes
    anything.
    """
    if canary == active or not names:
        return Assignment(active=active)
    return Assignment(active=active, canary=canary, names=tuple(sorted(names)))


@dataclass(frozen=True)
class Transition:
    """From one assignment to the next.

    Attributes:
        before: who may write what until then.
        after: who may write what from then on.
        suspects: colours that may still write names that `before` does not let them.
        gone: colours of which nothing is left.
    """

    before: Assignment
    after: Assignment
    suspects: frozenset[Colour] = frozenset()
    gone: frozenset[Colour] = frozenset()

    @cached_property
    def moved(self) -> Mapping[str | None, tuple[Colour | None, Colour | None]]:
        """Names that get another writer, with the old and the new one; None as in `writer`."""
        before, after = self.before, self.after
        return {
            name: (before.writer(name), after.writer(name))
            for name in (*before.names, *after.names, None)
            if before.writer(name) != after.writer(name)
        }

    @property
    def losing(self) -> set[Colour]:
        """Colours that no longer write some name."""
        return {old for old, _ in self.moved.values() if old is not None}

    @property
    def gaining(self) -> set[Colour]:
        """Colours that write a name that they did not write."""
        return {new for _, new in self.moved.values() if new is not None}

    @cached_property
    def doubted(self) -> tuple[Colour, ...]:
        """Colours that may write names, after the step, that they may not any more."""
        # Whoever may write every name cannot write too much.
        doubted = (self.suspects | self.losing) - self.gone - self.after.whole
        return tuple(colour for colour in COLOURS if colour in doubted)

    @cached_property
    def blocking(self) -> tuple[Colour, ...]:
        """Doubted colours because of which another one cannot be given what it gains."""
        return tuple(colour for colour in self.doubted if self.gaining - {colour})
