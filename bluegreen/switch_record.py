"""What is kept of each switch and retirement: who, when, how long, how it ended."""

from datetime import datetime
from typing import Literal

from bluegreen.errors import Exit
from bluegreen.snapshot import JsonModel
from settings.names import Colour

Outcome = Literal["begun", "done", "taken back", "halfway", "failed", "interrupted"]
"""`begun` also stands where the command was killed."""

OUTCOMES: dict[int, Outcome] = {
    Exit.TAKEN_BACK: "taken back",
    Exit.HALFWAY: "halfway",
    Exit.INTERRUPTED: "interrupted",
}
"""Of exit codes; of all others it is `failed`."""


class SwitchRecord(JsonModel):
    """One run of a command that moves production or deletes a colour.

    Attributes:
        command: ``switch`` or ``retire``.
        colour: the one that was to become active, or to go.
        only: names of a canary; empty: all.
        waived: what the operator let pass.
        by: who AWS says it was, as an ARN; or why that is not known.
        on: pipeline run, by its address, or ``USER@HOST``.
        begun: when, UTC.
        ended: when, UTC; None while it runs, or where it was killed.
        outcome: how it ended.
        says: its last words: the result, or the error.
    """

    command: Literal["switch", "retire"]
    colour: Colour
    only: tuple[str, ...] = ()
    waived: tuple[str, ...] = ()
    by: str
    on: str
    begun: datetime
    ended: datetime | None = None
    outcome: Outcome = "begun"
    says: str = ""

    @property
    def key(self) -> str:
        """Name of its file, in the order of time."""
        return f"{self.begun:%Y%m%dT%H%M%S}.{self.begun.microsecond:06}Z-{self.command}.json"

    @property
    def seconds(self) -> int | None:
        """How long it took."""
        return None if self.ended is None else round((self.ended - self.begun).total_seconds())

    @property
    def in_words(self) -> str:
        """What was done to what, and how it ended; one line."""
        what = {"switch": "switch to", "retire": "retirement of"}[self.command]
        names = f" of {', '.join(self.only)}" if self.only else ""
        took = "" if self.seconds is None else f" after {_duration(self.seconds)}"
        waived = f"; waived: {', '.join(self.waived)}" if self.waived else ""
        return f"{what} {self.colour}{names}: {self.outcome}{took}{waived}"


def _duration(seconds: int) -> str:
    minutes, rest = divmod(seconds, 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
