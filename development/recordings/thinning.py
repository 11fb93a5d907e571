"""Makes a recording short: a screen a second at most, and of each only the rows that changed."""

from collections.abc import Iterator, Sequence
from itertools import groupby

import pyte

from development.recordings.terminal import Cast

ROWS = 60
"""High enough for all that is recorded, so that nothing goes out at the top."""

_BASE = ("black", "red", "green", "brown", "blue", "magenta", "cyan", "white")
_CLEAR = "\x1b[2K"

_Style = tuple[str, bool]
_Line = tuple[tuple[int, str, _Style], ...]
"""Column, text and style of what stands in a row."""


def thinned(cast: Cast, seconds: float = 1.0) -> Cast:
    """A recording with the same end and at most one screen in each of `seconds`."""
    screen = pyte.Screen(cast.columns, ROWS)
    stream = pyte.Stream(screen)
    before: Sequence[_Line] = [()] * ROWS
    events: list[tuple[float, str]] = []
    due = 0.0
    for number, (at, text) in enumerate(cast.events, start=1):
        stream.feed(text)
        if at < due and number < len(cast.events):
            continue
        now = [_line(screen, row) for row in range(ROWS)]
        if changes := "".join(_changes(before, now)):
            events.append((at, changes))
            due = at + seconds
        before = now
    return Cast(cast.command, events, cast.columns, ROWS)


def _line(screen: pyte.Screen, row: int) -> _Line:
    cells = [screen.buffer[row][column] for column in range(screen.columns)]
    found: list[tuple[int, str, _Style]] = []
    column = 0
    for style, group in groupby(cells, key=lambda cell: (cell.fg, cell.bold)):
        text = "".join(cell.data for cell in group)
        if text.strip():
            found.append((column, text.rstrip(), style))
        column += len(text)
    return tuple(found)


def _changes(before: Sequence[_Line], now: Sequence[_Line]) -> Iterator[str]:
    for row, (old, new) in enumerate(zip(before, now, strict=True), start=1):
        if old != new:
            yield f"\x1b[{row};1H\x1b[0m{_CLEAR}"
            for column, text, style in new:
                yield f"\x1b[{row};{column + 1}H{_code(*style)}{text}"


def _code(colour: str, bold: bool) -> str:
    base = colour.removeprefix("bright")
    codes = ["0", *(["1"] if bold else [])]
    if base in _BASE:
        codes.append(str((90 if base != colour else 30) + _BASE.index(base)))
    elif colour != "default":
        codes.append("38;2;" + ";".join(str(part) for part in bytes.fromhex(colour)))
    return f"\x1b[{';'.join(codes)}m"
