"""Waiting under a deadline, and saying for what."""

import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import TypeAlias

Log: TypeAlias = Callable[[str], None]
"""Takes a line for whoever waits."""

_PAUSE = 3.0  # seconds between two looks
_AGAIN = 30.0  # seconds after which what is still there is said again


class TeardownError(Exception):
    """A colour could not be emptied; says what is left and what to do."""


@dataclass(frozen=True)
class Deadline:
    """The end of all waiting.

    Attributes:
        seconds: seconds from now.
        clock: monotonic seconds.
        pause: waits between two looks.
    """

    seconds: float
    clock: Callable[[], float] = time.monotonic
    pause: Callable[[], None] = lambda: time.sleep(_PAUSE)
    _end: list[float] = field(default_factory=list[float])

    def __post_init__(self) -> None:
        self._end.append(self.clock() + self.seconds)

    def anew(self, seconds: float) -> "Deadline":
        """Another one, that many seconds from now."""
        return Deadline(seconds, self.clock, self.pause)

    def wait(
        self,
        left: Callable[[], Collection[str]],
        log: Log,
        remedy: str
        | Callable[
            [], str
        ] = "Nothing else was changed; see why they stay, then run the command again",
    ) -> None:
        """Waits until nothing is left, and says what is whenever that changes.

        Args:
            left: what is still there, in words.
            log: takes each line.
            remedy: what to do where something stays, as a sentence without its full stop; or what
                gives it then.

        Raises:
            TeardownError: at the deadline; names what is left.
        """
        said: Collection[str] = ()
        said_at = self.clock()
        while there := sorted(left()):
            now = self.clock()
            if there != said or now - said_at >= _AGAIN:
                log(f"waiting for {_listed(there)}")
                said, said_at = there, now
            if now >= self._end[0]:
                say = remedy if isinstance(remedy, str) else remedy()
                raise TeardownError(
                    f"not gone within {self.seconds:.0f} s: {_listed(there)}. {say}"
                )
            self.pause()


_SHOWN = 10


def _listed(names: Collection[str]) -> str:
    shown = list(names)[:_SHOWN]
    more = len(names) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more else "")
