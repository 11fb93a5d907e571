"""Every file below ``docs/`` that is written from the code."""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from components.addons import catalogue, order
from docsite import (
    components_picture,
    exit_codes,
    order_picture,
    outputs_reference,
    quantities,
    refusals,
    settings_reference,
    switch_picture,
)
from docsite.drawing import PALETTES
from docsite.registration import ROOT

FOLDER = ROOT / "docs"
"""The pages."""

_PICTURES = {
    "components": components_picture.draw,
    "order": order_picture.draw,
    "switch": switch_picture.draw,
}


def files() -> Mapping[str, Callable[[], str]]:
    """Path below `FOLDER` of each file, and what makes its text."""
    pictures = {
        f"pictures/{name}-{palette.name}.svg": partial(draw, palette)
        for name, draw in _PICTURES.items()
        for palette in PALETTES
    }
    return {
        "addons/order.md": lambda: order.render(order.load(), catalogue.LINES),
        "reference/settings.md": settings_reference.render,
        "reference/outputs.md": outputs_reference.render,
        "snippets/exit-codes.md": exit_codes.render,
        "snippets/quantities.md": quantities.render,
        "snippets/refusals.md": refusals.render,
        **pictures,
    }


def write(folder: Path = FOLDER) -> None:
    """Writes all of them."""
    for name, make in files().items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(make(), encoding="utf-8")


def stale(folder: Path = FOLDER) -> list[str]:
    """Names of those that are missing or no longer say what the code does."""
    return [
        name
        for name, make in files().items()
        if not (folder / name).is_file() or (folder / name).read_text(encoding="utf-8") != make()
    ]
