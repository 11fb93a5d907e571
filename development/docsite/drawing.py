"""Small SVG drawings, each in a light and a dark version."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Literal

Kind = Literal["shared", "blue", "green", "plain", "ending"]
"""What a box stands for; its colours follow from it."""

WIDTH = 480
"""Of every picture: a phone shows it three quarters as large, which can still be read."""

FONT_SIZE = 14
LINE_HEIGHT = 19
PADDING = 10
_FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif"
_MONOSPACE = "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace"
# Widest usual fonts, in parts of the font size, so that text fits whatever font is there.
_LETTER, _BOLD_LETTER = 0.58, 0.64


@dataclass(frozen=True)
class Palette:
    """Colours of one version.

    Attributes:
        name: ``light`` or ``dark``, for file names.
        text: of all text.
        muted: of lines, and of text that says less.
        boxes: fill and border of each kind of box.
    """

    name: str
    text: str
    muted: str
    boxes: Mapping[Kind, tuple[str, str]]


LIGHT = Palette(
    name="light",
    text="#1b1f24",
    muted="#57606a",
    boxes={
        "shared": ("#f1ebfb", "#6f42c1"),
        "blue": ("#dbeafe", "#1d4ed8"),
        "green": ("#dcfce7", "#15803d"),
        "plain": ("#f3f4f6", "#8b949e"),
        "ending": ("#fef3c7", "#b45309"),
    },
)
DARK = Palette(
    name="dark",
    text="#e6e8eb",
    muted="#9aa4b0",
    boxes={
        "shared": ("#33264d", "#b392f0"),
        "blue": ("#17335c", "#60a5fa"),
        "green": ("#143d24", "#4ade80"),
        "plain": ("#2b2f36", "#6e7681"),
        "ending": ("#4a3410", "#f5b342"),
    },
)
PALETTES = (LIGHT, DARK)


def text_width(text: str, *, size: int = FONT_SIZE, bold: bool = False) -> float:
    """About how wide a line is, in pixels; rather too much than too little."""
    return len(text) * size * (_BOLD_LETTER if bold else _LETTER)


class Picture:
    """A drawing; sizes are in pixels, from the top left."""

    def __init__(self, palette: Palette, *, title: str, description: str) -> None:
        """Starts an empty one; `title` and `description` are for those who do not see it."""
        self._palette = palette
        self._height = 0.0
        self._title = title
        self._description = description
        self._parts: list[str] = []

    def box(
        self,
        x: float,
        y: float,
        width: float,
        height: float,
        kind: Kind,
        *,
        dashed: bool = False,
    ) -> None:
        """A rounded box."""
        fill, border = self._palette.boxes[kind]
        dashes = ' stroke-dasharray="5 4"' if dashed else ""
        self._add(
            y + height,
            f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" rx="6"'
            f' fill="{fill}" stroke="{border}"{dashes}/>',
        )

    def text(
        self,
        x: float,
        y: float,
        text: str,
        *,
        size: int = FONT_SIZE,
        bold: bool = False,
        muted: bool = False,
        monospace: bool = False,
        middle: bool = False,
    ) -> None:
        """A line of text; `y` is its baseline, `x` its start or its middle."""
        colour = self._palette.muted if muted else self._palette.text
        weight = ' font-weight="600"' if bold else ""
        family = f' font-family="{_MONOSPACE}"' if monospace else ""
        anchor = ' text-anchor="middle"' if middle else ""
        self._add(
            y,
            f'<text x="{x:g}" y="{y:g}" font-size="{size}" fill="{colour}"{weight}{family}{anchor}>'
            f"{escape(text, quote=False)}</text>",
        )

    def lines(self, x: float, y: float, texts: Sequence[str], *, muted: bool = False) -> float:
        """Lines below each other, the first below `y`; returns where the last one ends."""
        for text in texts:
            y += LINE_HEIGHT
            self.text(x, y - 5, text, size=13, muted=muted)
        return y

    def arrow(self, x1: float, y1: float, x2: float, y2: float) -> None:
        """A straight arrow."""
        self._add(
            max(y1, y2),
            f'<line x1="{x1:g}" y1="{y1:g}" x2="{x2:g}" y2="{y2:g}" stroke="{self._palette.muted}"'
            ' stroke-width="1.5" marker-end="url(#tip)"/>',
        )

    def line(self, x1: float, y1: float, x2: float, y2: float) -> None:
        """A thin straight line."""
        self._add(
            max(y1, y2),
            f'<line x1="{x1:g}" y1="{y1:g}" x2="{x2:g}" y2="{y2:g}" stroke="{self._palette.muted}"'
            ' stroke-width="1" opacity="0.5"/>',
        )

    def curve(
        self, points: Sequence[tuple[float, float]], kind: Kind, *, bold: bool = False
    ) -> None:
        """Points joined by lines, in the colour of a kind's border."""
        joined = " ".join(f"{x:g},{y:g}" for x, y in points)
        self._add(
            max(y for _, y in points),
            f'<polyline points="{joined}" fill="none" stroke="{self._palette.boxes[kind][1]}"'
            f' stroke-width="{2.5 if bold else 1.5}"/>',
        )

    def render(self) -> str:
        """The drawing as a file, as tall as what was drawn."""
        width, height = WIDTH, round(self._height) + PADDING
        size = f'viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
        tip = 'viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto"'
        arrow = f'<path d="M0 0 8 4 0 8z" fill="{self._palette.muted}"/>'
        head = (
            f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" font-family="{_FONT}">',
            f"<title>{escape(self._title)}</title>",
            f"<desc>{escape(self._description)}</desc>",
            f'<defs><marker id="tip" {tip}>{arrow}</marker></defs>',
        )
        return "\n".join((*head, *self._parts, "</svg>", ""))

    def _add(self, bottom: float, part: str) -> None:
        self._height = max(self._height, bottom)
        self._parts.append(part)


def wrapped(words: Sequence[str], width: float, *, size: int = 13) -> list[str]:
    """Words, joined by commas, in lines of at most a width."""
    lines: list[str] = []
    for number, word in enumerate(words, start=1):
        piece = word + ("," if number < len(words) else "")
        longer = f"{lines[-1]} {piece}" if lines else piece
        if lines and text_width(longer, size=size) <= width:
            lines[-1] = longer
        else:
            lines.append(piece)
    return lines
