"""The recorded measurements, as a table and as a picture."""

from development.bench import recorded
from development.bench.figure import Figure
from development.docsite.drawing import PADDING, WIDTH, Palette, Picture

_ROW, _BAR, _TOP = 46, 12, 44
_LEFT, _RIGHT = PADDING, WIDTH - PADDING - 40


def render() -> str:
    """The table, as Markdown."""
    lines = [
        "| What | Value | Floor | Ratio | Of single rounds | Aim | Floor from |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    lines += [_row(it) for it in recorded.read().values()]
    return "\n".join((*lines, ""))


def _row(it: Figure) -> str:
    aim = "" if it.aim is None else f"≤ {it.aim:g}"
    cells = (
        it.title,
        f"{it.value:.3g} {it.unit}",
        f"{it.floor:.3g} {it.unit}",
        f"**{it.ratio:.2f}**",
        f"{it.low:.2f} to {it.high:.2f}",
        aim,
        it.floor_from,
    )
    return f"| {' | '.join(cells)} |"


def draw(palette: Palette) -> str:
    """Ratios as bars, each with the spread of its rounds, as SVG."""
    figures = list(recorded.read().values())
    picture = Picture(
        palette,
        title="Measurements over their floors",
        description="A bar for each ratio of the table, from 0, with the spread of its rounds.",
    )
    most = max((it.high for it in figures), default=1.0)
    picture.text(PADDING, 24, "times the least that it could be", bold=True)
    for number, it in enumerate(figures):
        _bar(picture, _TOP + number * _ROW, it, most)
    return picture.render()


def _bar(picture: Picture, y: float, it: Figure, most: float) -> None:
    def place(ratio: float) -> float:
        return round(_LEFT + (_RIGHT - _LEFT) * ratio / most, 1)

    picture.text(PADDING, y + 12, it.title.replace("`", ""), size=12)
    top = y + 18
    met = it.aim is None or it.ratio <= it.aim
    picture.box(_LEFT, top, place(it.ratio) - _LEFT, _BAR, "green" if met else "ending")
    middle = top + _BAR / 2
    picture.line(place(it.low), middle, place(it.high), middle)
    if it.aim is not None:
        picture.line(place(it.aim), top - 3, place(it.aim), top + _BAR + 3)
    picture.text(place(it.high) + 6, top + 10, f"{it.ratio:.2f}", size=12)
