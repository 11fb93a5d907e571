"""Past switches as a table."""

from collections.abc import Sequence

from rich.markup import escape
from rich.table import Table

from bluegreen.switch_record import SwitchRecord

_STYLES = {"done": "green", "begun": "yellow", "taken back": "yellow"}
"""Of outcomes; all others are red."""


def table(records: Sequence[SwitchRecord]) -> Table:
    """A row for each, the newest first."""
    shown = Table(title="Switches and retirements")
    for title in ("when (UTC)", "what", "how it ended", "waived", "by", "on"):
        shown.add_column(title, overflow="fold")
    for record in reversed(records):
        style = _STYLES.get(record.outcome, "red")
        took = "" if record.seconds is None else f" ({record.seconds} s)"
        what = " ".join((record.command, record.colour, *record.only))
        shown.add_row(
            f"{record.begun:%Y-%m-%d %H:%M}",
            escape(what),
            f"[{style}]{record.outcome}[/]{took}",
            escape(", ".join(record.waived)),
            escape(record.by),
            escape(record.on),
        )
    return shown
