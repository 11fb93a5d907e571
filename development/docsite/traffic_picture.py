"""Picture: users, DNS, the two colours and where traffic goes, before a switch and after it."""

import settings
from development.docsite import registration
from development.docsite.drawing import PADDING, WIDTH, Palette, Picture
from settings.names import COLOURS, SHARED, Colour

_GAP = 24
_HALF = (WIDTH - 2 * PADDING - _GAP) / 2
_COLUMN = (_HALF - 10) / 2
_USERS, _DNS, _COLOURS = 36, 112, 210
_BOX, _TALL = 34, 96


def draw(palette: Palette) -> str:
    """The picture in one palette, as SVG."""
    old, new = COLOURS
    picture = Picture(
        palette,
        title="Traffic before and after a switch",
        description=(
            "Users ask DNS for a production name. Before the switch it leads to the blue cluster,"
            " and the green one stands idle on the next Kubernetes version, with a name of its own."
            " After the switch the same name leads to green, and blue stands ready for the way"
            " back."
        ),
    )
    _panel(picture, PADDING, f"Before: {old} is active", active=old)
    _panel(picture, PADDING + _HALF + _GAP, f"After: {new} is active", active=new)
    return picture.render()


def _panel(picture: Picture, x: float, heading: str, *, active: Colour) -> None:
    middle = x + _HALF / 2
    picture.text(middle, 24, heading, bold=True, middle=True)
    picture.box(x + 50, _USERS, _HALF - 100, _BOX, "plain")
    picture.text(middle, _USERS + 22, "users", middle=True)
    picture.arrow(middle, _USERS + _BOX + 2, middle, _DNS - 4)
    picture.box(x + 20, _DNS, _HALF - 40, _BOX + 10, "shared")
    picture.text(middle, _DNS + 19, "DNS (Route 53)", size=13, middle=True)
    picture.text(middle, _DNS + 36, _live_name(), size=12, monospace=True, middle=True)
    for place, colour in enumerate(COLOURS):
        left = x + place * (_COLUMN + 10)
        _colour(picture, left, colour, is_active=colour == active)
        if colour == active:
            picture.arrow(middle, _DNS + _BOX + 12, left + _COLUMN / 2, _COLOURS - 4)


def _colour(picture: Picture, x: float, colour: Colour, *, is_active: bool) -> None:
    picture.box(x, _COLOURS, _COLUMN, _TALL, colour, dashed=not is_active)
    middle = x + _COLUMN / 2
    picture.text(middle, _COLOURS + 20, colour, bold=True, middle=True)
    told = ("all traffic", "writes the name") if is_active else ("no traffic", "own name only")
    texts = (f"EKS {_version(colour)}", *told)
    for number, text in enumerate(texts):
        picture.text(middle, _COLOURS + 42 + number * 19, text, size=12, middle=True)


def _live_name() -> str:
    loaded = settings.load_shared(registration.config(SHARED))
    return f"web.{loaded.zones.public.name}"


def _version(colour: Colour) -> str:
    return settings.load_colour(colour, registration.config(colour)).kubernetes_version
