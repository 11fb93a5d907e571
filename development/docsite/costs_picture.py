"""Picture: what a day costs, by parts: with one colour, with both, with the most nodes."""

from collections.abc import Sequence

from catalogue.prices import HOURS_A_DAY
from costs import words
from costs.bill import Bill, together
from development.docsite.cost_example import colour_bill, region, shared_bill
from development.docsite.drawing import PADDING, WIDTH, Kind, Palette, Picture

_PARTS: Sequence[tuple[str, Kind]] = (
    ("shared", "shared"),
    ("control plane", "ending"),
    ("nodes", "blue"),
    ("volumes", "green"),
    ("rest", "plain"),
)
_BAR, _ROW, _TOP = 26, 58, 52
_SUM = 92  # right of a bar, for its sum


def draw(palette: Palette) -> str:
    """The picture in one palette, as SVG."""
    bars = _bars()
    told = "; ".join(f"{title}: {words.usd(bill.usd_day)}" for title, bill in bars)
    picture = Picture(
        palette,
        title="What a day costs",
        description=f"USD a day in {region()}, by parts. {told}.",
    )
    picture.text(WIDTH / 2, 24, f"USD a day, {region()}", bold=True, middle=True)
    widest = max(bill.usd_day for _, bill in bars)
    for number, (title, bill) in enumerate(bars):
        _bar(picture, _TOP + number * _ROW, title, bill, (WIDTH - 2 * PADDING - _SUM) / widest)
    _legend(picture, _TOP + len(bars) * _ROW + 8)
    return picture.render()


def _bars() -> Sequence[tuple[str, Bill]]:
    shared, colour, most = shared_bill(), colour_bill(), colour_bill(most=True)
    return (
        ("one colour, fewest nodes", together([shared, colour])),
        ("both colours, fewest nodes", together([shared, colour, colour])),
        ("one colour in extended support", together([shared, colour_bill(extended=True)])),
        ("one colour, most nodes (max)", together([shared, most])),
    )


def _bar(picture: Picture, y: float, title: str, bill: Bill, scale: float) -> None:
    picture.text(PADDING, y, title, size=13)
    x = float(PADDING)
    for part, kind in _PARTS:
        amount = sum(usd for name, usd in bill.parts.items() if name.startswith(part))
        width = amount * HOURS_A_DAY * scale
        if width >= 1:
            picture.box(x, y + 7, width, _BAR, kind)
        x += width
    picture.text(x + 8, y + 25, words.usd(bill.usd_day), size=13, bold=True)


def _legend(picture: Picture, y: float) -> None:
    x = float(PADDING)
    for part, kind in _PARTS:
        picture.box(x, y, 14, 14, kind)
        picture.text(x + 19, y + 12, part, size=12)
        x += 34 + len(part) * 7.4
