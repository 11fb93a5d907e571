"""Picture: the three stacks, what each is made of, and what they read of each other."""

import inspect
import re
from collections.abc import Collection, Mapping, Sequence
from types import ModuleType

from development.docsite import registration
from development.docsite.drawing import LINE_HEIGHT, PADDING, WIDTH, Kind, Palette, Picture, wrapped
from development.docsite.registration import Component
from settings.names import COLOURS, SHARED
from stacks import colour, references, shared

_GAP = 12
_HEADING = 30
_INDENT = "\u2003"  # spaces that SVG does not fold
_READS = 96
"""Room between the shared stack and the colours, for what they read of each other."""


def draw(palette: Palette) -> str:
    """The picture in one palette, as SVG."""
    picture = Picture(
        palette,
        title="Stacks and components",
        description=(
            "The shared stack with its components, below it the blue and the green stack with"
            " theirs, and between them the outputs that they read of each other."
        ),
    )
    bottom = _stack(picture, (PADDING, PADDING), WIDTH - 2 * PADDING, SHARED, _shared())
    _arrows(picture, bottom)
    half = (WIDTH - 2 * PADDING - _GAP) / 2
    for place, name in enumerate(COLOURS):
        x = PADDING + place * (half + _GAP)
        _stack(picture, (x, bottom + _READS), half, name, registration.colour(name))
    return picture.render()


def outputs_read(
    reader: ModuleType, outputs: type[references.SharedOutput | references.ColourOutput]
) -> Collection[str]:
    """Names of the other stack's outputs that a stack's module mentions."""
    members = re.findall(rf"\b{outputs.__name__}\.([A-Z_]+)\b", inspect.getsource(reader))
    return sorted({outputs[member].value for member in members})


def _shared() -> Sequence[Component]:
    return registration.shared(COLOURS[0])


def _stack(
    picture: Picture,
    corner: tuple[float, float],
    width: float,
    name: str,
    components: Sequence[Component],
) -> float:
    """A stack's box with a line for each kind of component; returns where it ends."""
    x, y = corner
    rows = _rows(components, width - 2 * PADDING)
    height = _HEADING + len(rows) * LINE_HEIGHT + PADDING
    kinds: Mapping[str, Kind] = {SHARED: "shared", "blue": "blue", "green": "green"}
    picture.box(x, y, width, height, kinds[name])
    picture.text(x + PADDING, y + 21, f"stack {name}", bold=True)
    picture.lines(x + PADDING, y + _HEADING, rows)
    return y + height


def _rows(components: Sequence[Component], width: float) -> list[str]:
    """A line for each kind of component, and one more for what is in it."""
    rows: list[str] = []
    for kind, of_kind in _by_kind(components).items():
        rows += wrapped([_counted(kind, of_kind)], width)
        parts = [part for it in of_kind for part in it.parts]
        if parts and len(of_kind) == 1:
            inside = [_counted(*it) for it in _by_kind(parts).items()]
            rows += [f"{_INDENT}{row}" for row in wrapped(inside, width - 16)]
    return rows


def _by_kind(components: Sequence[Component]) -> dict[str, list[Component]]:
    found: dict[str, list[Component]] = {}
    for component in components:
        found.setdefault(component.kind, []).append(component)
    return found


def _counted(kind: str, of_kind: Sequence[Component]) -> str:
    return kind if len(of_kind) == 1 else f"{kind} \u00d7{len(of_kind)}"


def _arrows(picture: Picture, top: float) -> None:
    """Arrows both ways, in the middle of each half, with the outputs that go along them."""
    down = outputs_read(colour, references.SharedOutput)
    up = outputs_read(shared, references.ColourOutput)
    for column, (outputs, start, end) in enumerate(
        ((down, top + 4, top + _READS - 4), (up, top + _READS - 4, top + 4))
    ):
        x = PADDING + 8 + column * (WIDTH / 2)
        picture.arrow(x, start, x, end)
        who = "colours read" if column == 0 else "shared reads"
        picture.text(x + 14, top + 24, who, size=13, bold=True)
        picture.lines(x + 14, top + 26, wrapped(list(outputs), WIDTH / 2 - 40), muted=True)
