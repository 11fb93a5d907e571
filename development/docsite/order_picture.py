"""Picture: the order in which a colour comes up, nodes and add-ons."""

from collections.abc import Sequence
from typing import NamedTuple

from development.docsite import registration
from development.docsite.drawing import LINE_HEIGHT, PADDING, WIDTH, Palette, Picture, text_width

_LABEL = 34
_GAP = 10
_NARROWEST = 120


_SETS = "Addons"
"""End of the class names of components that only hold add-ons together."""

_MOST = 3
"""Names that a box has room for."""


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
    inside = {it.name: it for it in top if it.kind.endswith(_SETS)}

    def names(after: Sequence[str]) -> tuple[str, ...]:
        """What is waited for; in place of a set of add-ons all that are in it."""
        found = (
            [part.name for part in inside[name].parts] if name in inside else [name]
            for name in after
        )
        return tuple(dict.fromkeys(name for some in found for name in some))

    rest = [Item(it.name, names(it.after)) for it in top if it.name not in inside]
    parts = [
        Item(part.name, part.after or names(it.after))
        for it in inside.values()
        for part in it.parts
    ]
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
    turns = layers(items())
    for number, layer in enumerate(turns, start=1):
        boxes = [(it.name, _after(it, turns)) for it in layer]
        y = _layer(picture, y, number, boxes) + 2 * _GAP
    return picture.render()


def _after(item: Item, turns: Sequence[Sequence[Item]]) -> Sequence[str]:
    """What an item waits for, in lines: whole turns by their number, the rest by name."""
    waits, lines = set(item.after), list[str]()
    for number, layer in enumerate(turns, start=1):
        whole = {it.name for it in layer}
        if len(whole) > 1 and whole <= waits:
            waits -= whole
            lines.append(f"all of {number}")
    named = sorted(waits)
    lines += named if len(named) <= _MOST else [*named[:_MOST], f"{len(named) - _MOST} more"]
    return [f"{'and' if place else 'after'} {line}" for place, line in enumerate(lines)]


def _layer(
    picture: Picture, y: float, number: int, boxes: Sequence[tuple[str, Sequence[str]]]
) -> float:
    picture.text(PADDING, y + 24, str(number), bold=True, muted=True)
    x, bottom, row = float(_LABEL), y, y
    for name, lines in boxes:
        widest = max((text_width(line, size=13) for line in lines), default=0)
        width = max(_NARROWEST, text_width(name, bold=True), widest) + 2 * PADDING
        if x + width > WIDTH - PADDING and x > _LABEL:
            x, row = float(_LABEL), bottom + _GAP
        height = 30 + len(lines) * LINE_HEIGHT + (4 if lines else 0)
        picture.box(x, row, width, height, "plain")
        picture.text(x + PADDING, row + 20, name, bold=True)
        picture.lines(x + PADDING, row + 26, lines, muted=True)
        bottom = max(bottom, row + height)
        x += width + _GAP
    return bottom


def _reduced(found: Sequence[Item]) -> Sequence[Item]:
    after = {it.name: it.after for it in found}

    def ancestors(name: str) -> set[str]:
        return {far for direct in after[name] for far in (direct, *ancestors(direct))}

    def direct(item: Item) -> tuple[str, ...]:
        implied = {far for it in item.after for far in ancestors(it)}
        return tuple(it for it in item.after if it not in implied)

    return [Item(it.name, direct(it)) for it in found]
