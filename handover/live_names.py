"""Which live names the writers of one colour write, as plain values."""

from dataclasses import dataclass

NAMES_ANNOTATION = "eks-platform.io/live-names"
"""Annotation of a live writer's pods: the names that they write, in words.

Pods of two texts write different names, so those of another text than the one wanted must be
gone before anybody else may write what they wrote."""


@dataclass(frozen=True)
class LiveNames:
    """Some of the live names.

    Attributes:
        others: whether they are all names but the chosen ones; otherwise the chosen ones alone.
        chosen: full names in lower case, without a final dot: those of a canary. Each stands for
            itself alone, not for the names below it.
    """

    others: bool
    chosen: tuple[str, ...] = ()

    @property
    def any(self) -> bool:
        """Whether there is a name among them."""
        return self.others or bool(self.chosen)

    def below(self, zone: str) -> "LiveNames":
        """Those of one zone.

        Args:
            zone: its DNS name, without a final dot.
        """
        inside = tuple(name for name in self.chosen if name.endswith(f".{zone}"))
        return LiveNames(self.others, inside)

    def __str__(self) -> str:
        """In words; two that differ never read alike."""
        if not self.chosen:
            return "every name" if self.others else "no name"
        return f"{'every name but' if self.others else 'only'} {', '.join(self.chosen)}"


EVERY_NAME = LiveNames(others=True)
NO_NAME = LiveNames(others=False)
