"""Picture: the order in which a colour comes up, nodes and add-ons."""

from collections.abc import Sequence
from typing import NamedTuple

from docsite import registration
from docsite.drawing import LINE_HEIGHT, PADDING, WIDTH, Palette, Picture, text_width

_LABEL = 34
_GAP = 10
_NARROWEST = 120


class Item(NamedTuple):
    """Something that is made in its turn.

    Attributes:
        name: what it is called.
        after: names of what comes right before it, without what these wait for themselves.
    """

    name: str
    after: tuple[str, ...]


def items() -> Sequence[Item]:
    """Cluster, access, nodes and add-ons, each with what its resources wait for."""
    top = registration.colour("blue")
    (addons,) = (it for it in top if it.parts)
    rest = [Item(it.name, it.after) for it in top if it is not addons]
    parts = [Item(it.name, it.after or addons.after) for it in addons.parts]
    return _reduced(rest + parts)


def layers(found: Sequence[Item]) -> Sequence[Sequence[Item]]:
    """The items by turn: each one comes in the first turn after all that it waits for."""
    after = {it.name: it.after for it in found}

    def turn(name: str) -> int:
        return 1 + max((turn(it) for it in after[name]), default=-1)

    turns = sorted({turn(it.name) for it in found})
    return [[it for it in found if turn(it.name) == number] for number in turns]


def draw(palette: Palette) -> str:
    """The picture in one palette, as SVG."""
    picture = Picture(
        palette,
        title="Order in which a colour comes up",
        description=(
            "One row for each turn, from top to bottom; each box names below it what it waits for."
            " On destroy the order is the reverse."
        ),
    )
    y = float(PADDING)
    for number, layer in enumerate(layers(items()), start=1):
        y = _layer(picture, y, number, layer) + 2 * _GAP
    return picture.render()


def _layer(picture: Picture, y: float, number: int, layer: Sequence[Item]) -> float:
    picture.text(PADDING, y + 24, str(number), bold=True, muted=True)
    x, bottom, row = float(_LABEL), y, y
    for item in layer:
        lines = [f"{'and' if place else 'after'} {it}" for place, it in enumerate(item.after)]
        widest = max((text_width(line, size=13) for line in lines), default=0)
        width = max(_NARROWEST, text_width(item.name, bold=True), widest) + 2 * PADDING
        if x + width > WIDTH - PADDING and x > _LABEL:
            x, row = float(_LABEL), bottom + _GAP
        height = 30 + len(lines) * LINE_HEIGHT + (4 if lines else 0)
        picture.box(x, row, width, height, "plain")
        picture.text(x + PADDING, row + 20, item.name, bold=True)
        picture.lines(x + PADDING, row + 26, lines, muted=True)
        bottom = max(bottom, row + height)
        x += width + _GAP
    return bottom


def _reduced(found: Sequence[Item]) -> Sequence[Item]:
    after = {it.name: it.after for it in found}

    def earlier(name: str) -> set[str]:
        return {far for near in after[name] for far in (near, *earlier(near))}

    def near(item: Item) -> tuple[str, ...]:
        implied = {far for it in item.after for far in earlier(it)}
        return tuple(it for it in item.after if it not in implied)

    return [Item(it.name, near(it)) for it in found]
