"""Picture: a recorded terminal as an SVG that plays by itself, without a script.

Each row that is ever shown is drawn once; a moment is a group of references to rows. What took
longer than half a minute plays faster than it was, and says so. Whoever asks the browser for less
motion sees the last moment.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from itertools import groupby
from pathlib import Path

import pyte

from development.recordings import samples
from development.recordings.terminal import Cast

_CHAR, _LINE, _MARGIN = 7.8, 17, 14
_FONT = "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace"
_WHOLE, _LONGEST = 30.0, 1.2
"""Seconds that all of it may take, and one moment of it."""

_VISIBLE = 28
"""Rows that are shown: of more the last, as a terminal scrolls."""

_LAST = 6.0
"""Seconds that the end stands before it begins anew."""

_SOME = 1.5
_BACKGROUND, _TEXT, _FAINT = "#16191f", "#d6dae0", "#7d8590"
_COLOURS: Mapping[str, str] = {
    "black": "#5c6370",
    "red": "#f07178",
    "green": "#7fd88f",
    "brown": "#e5c07b",
    "yellow": "#e5c07b",
    "blue": "#6cb2ff",
    "magenta": "#c792ea",
    "cyan": "#6fd3dc",
    "white": "#ffffff",
}


@dataclass(frozen=True)
class _Run:
    """Characters of one row that look alike."""

    column: int
    text: str
    colour: str
    bold: bool


_Row = tuple[_Run, ...]


@dataclass(frozen=True)
class Moment:
    """What the terminal shows for a while.

    Attributes:
        seconds: how long.
        rows: from the top, empty ones too.
    """

    seconds: float
    rows: tuple[_Row, ...]


RECORDED: Mapping[str, tuple[Path, str]] = {
    "demo": (samples.DEMO, "The demo: six updates bring both clusters up"),
    "switch": (samples.SWITCH, "A switch, while requests are counted"),
}
"""What the pages play, each with its title."""


def render(name: str) -> str:
    """The picture of one of `RECORDED`."""
    path, title = RECORDED[name]
    return draw(Cast.read(path), title=title)


def draw(cast: Cast, *, title: str) -> str:
    """The recording as SVG."""
    moments = _moments(cast)
    height = max(len(moment.rows) for moment in moments) + 1  # the command's own line
    names: dict[_Row, str] = {}
    for moment in moments:
        for row in moment.rows:
            if row:
                names.setdefault(row, f"r{len(names)}")
    width_px = round(cast.columns * _CHAR + 2 * _MARGIN)
    height_px = height * _LINE + 3 * _MARGIN
    whole = sum(moment.seconds for moment in moments)
    size = f'viewBox="0 0 {width_px} {height_px}" width="{width_px}" height="{height_px}"'
    font = f'font-family="{_FONT}" font-size="13"'
    prompt = f'x="{_MARGIN}" y="{_MARGIN + 12}" fill="{_TEXT}" font-weight="600"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" {font}>',
        f"<title>{escape(title)}</title>",
        f"<style>{_style(moments, whole)}</style>",
        f'<rect width="{width_px}" height="{height_px}" rx="8" fill="{_BACKGROUND}"/>',
        f"<defs>{''.join(_symbol(name, row) for row, name in names.items())}</defs>",
        f"<text {prompt}>$ {escape(cast.command)}{_told_speed(cast)}</text>",
    ]
    for number, moment in enumerate(moments):
        uses = "".join(
            f'<use href="#{names[row]}" y="{_y(line)}"/>'
            for line, row in enumerate(moment.rows)
            if row
        )
        parts.append(f'<g class="m" id="m{number}">{uses}</g>')
    parts.append("</svg>\n")
    return "\n".join(parts)


def last_screen(cast: Cast) -> str:
    """Everything that stands there in the end."""
    screen = pyte.Screen(cast.columns, cast.rows)
    stream = pyte.Stream(screen)
    for _, text in cast.events:
        stream.feed(text)
    return "\n".join(row.rstrip() for row in screen.display).strip("\n") + "\n"


def speed(cast: Cast) -> float:
    """How many times faster than it was it plays."""
    return max(1.0, cast.events[-1][0] / _WHOLE)


def _moments(cast: Cast) -> Sequence[Moment]:
    """Different screens with how long each stands."""
    screen = pyte.Screen(cast.columns, cast.rows)
    stream = pyte.Stream(screen)
    found: list[Moment] = []
    for (at, text), after in zip(cast.events, _ends(cast), strict=True):
        stream.feed(text)
        pause = (after - at) / speed(cast)
        last = at == cast.events[-1][0]
        found.append(Moment(_LAST if last else min(pause, _LONGEST), _rows(screen)))
    return found


def _ends(cast: Cast) -> Sequence[float]:
    return [*(at for at, _ in cast.events[1:]), cast.events[-1][0]]


def _told_speed(cast: Cast) -> str:
    times = speed(cast)
    return f'<tspan fill="{_FAINT}">   # {times:.0f} times faster</tspan>' if times > _SOME else ""


def _rows(screen: pyte.Screen) -> tuple[_Row, ...]:
    rows = [tuple(_runs(screen, line)) for line in range(screen.lines)]
    while rows and not rows[-1]:
        rows.pop()
    return tuple(rows[-_VISIBLE:])


def _runs(screen: pyte.Screen, line: int) -> Iterator[_Run]:
    cells = [screen.buffer[line][column] for column in range(screen.columns)]
    column = 0
    for (colour, bold), group in groupby(cells, key=lambda cell: (cell.fg, cell.bold)):
        text = "".join(cell.data for cell in group)
        if text.strip():
            yield _Run(column, text.rstrip(), _colour(colour), bold)
        column += len(text)


def _colour(name: str) -> str:
    if name == "default":
        return _TEXT
    base = name.removeprefix("bright")
    return _COLOURS.get(base) or (f"#{name}" if len(name) == len("rrggbb") else _TEXT)


def _symbol(name: str, row: _Row) -> str:
    return f'<text id="{name}">{"".join(map(_span, row))}</text>'


def _span(run: _Run) -> str:
    weight = ' font-weight="600"' if run.bold else ""
    return (
        f'<tspan x="{_MARGIN + run.column * _CHAR:g}" fill="{run.colour}"{weight}'
        f' textLength="{len(run.text) * _CHAR:g}" lengthAdjust="spacingAndGlyphs">'
        f"{escape(run.text, quote=False)}</tspan>"
    )


def _y(line: int) -> int:
    return _MARGIN + 12 + (line + 1) * _LINE + 6


def _style(moments: Sequence[Moment], whole: float) -> str:
    """One animation for each moment: shown for its part of the whole, else hidden."""
    shown, hidden = "{visibility:visible}", "{visibility:hidden}"
    rules = [
        "text{white-space:pre}",
        f".m{{visibility:hidden;animation:{whole:.2f}s step-end infinite}}",
    ]
    begin, last = 0.0, len(moments) - 1
    for number, moment in enumerate(moments):
        start, end = 100 * begin / whole, 100 * (begin + moment.seconds) / whole
        before = f"0%{hidden}" if number else ""
        after = f"{end:.3f}%{hidden}" if number < last else ""
        rules.append(f"#m{number}{{animation-name:k{number}}}")
        rules.append(f"@keyframes k{number}{{{before}{start:.3f}%{shown}{after}}}")
        begin += moment.seconds
    still = f".m{{animation:none}}#m{last}{shown}"
    return "".join((*rules, f"@media (prefers-reduced-motion:reduce){{{still}}}"))
