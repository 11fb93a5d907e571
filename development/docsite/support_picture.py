"""Picture: what a control plane costs in each month of its minor's life on EKS."""

from catalogue.support import usd_month
from development.docsite.drawing import PADDING, WIDTH, Palette, Picture

STANDARD, EXTENDED = 14, 12
"""Months: https://docs.aws.amazon.com/eks/latest/userguide/kubernetes-versions.html."""

_TOP, _TALL = 56, 150


def draw(palette: Palette) -> str:
    """The picture in one palette, as SVG."""
    standard, extended = usd_month(extended=False), usd_month(extended=True)
    picture = Picture(
        palette,
        title="What extended support costs",
        description=(
            f"A control plane costs {standard} USD a month for the {STANDARD} months of standard"
            f" support, and {extended} for the {EXTENDED} months of extended support after them."
        ),
    )
    picture.text(
        WIDTH / 2, 24, "A control plane, USD in each month after release", bold=True, middle=True
    )
    step = (WIDTH - 2 * PADDING) / (STANDARD + EXTENDED)
    for month in range(STANDARD + EXTENDED):
        usd = standard if month < STANDARD else extended
        height = _TALL * usd / extended
        kind = "plain" if month < STANDARD else "ending"
        x = PADDING + month * step
        picture.box(x + 1, _TOP + _TALL - height, step - 2, height, kind)
    split = PADDING + STANDARD * step
    below = _TOP + _TALL + 20
    picture.text((PADDING + split) / 2, _TOP + 70, f"{standard} USD", bold=True, middle=True)
    picture.text((split + WIDTH - PADDING) / 2, _TOP - 8, f"{extended} USD", bold=True, middle=True)
    picture.text((PADDING + split) / 2, below, f"{STANDARD} months: standard", size=13, middle=True)
    picture.text(
        (split + WIDTH - PADDING) / 2, below, f"{EXTENDED} months: extended", size=13, middle=True
    )
    return picture.render()
