"""Every file that is written from the code: of the documentation, and the stack files' schemas."""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from development.docsite import (
    benchmarks,
    chain_tables,
    comment_sample,
    components_picture,
    cost_example,
    costs_picture,
    emulated_tables,
    exit_codes,
    experiments,
    operator_samples,
    order_page,
    order_picture,
    outputs_reference,
    price_table,
    quantities,
    refusals,
    settings_reference,
    support_picture,
    switch_picture,
    terminal_picture,
    traffic_picture,
    version_tables,
)
from development.docsite.drawing import PALETTES
from development.docsite.registration import ROOT
from settings import schema

_PICTURES = {
    "benchmarks": benchmarks.draw,
    "components": components_picture.draw,
    "costs": costs_picture.draw,
    "experiments-costs": experiments.draw_costs,
    "experiments-courses": experiments.draw_courses,
    "extended-support": support_picture.draw,
    "order": order_picture.draw,
    "switch": switch_picture.draw,
    "traffic": traffic_picture.draw,
}


def files() -> Mapping[str, Callable[[], str]]:
    """Path below `ROOT` of each file, and what makes its text."""
    pictures = {
        f"docs/pictures/{name}-{palette.name}.svg": partial(draw, palette)
        for name, draw in _PICTURES.items()
        for palette in PALETTES
    }
    return {
        "docs/addons/order.md": order_page.render,
        "docs/reference/settings.md": settings_reference.render,
        "docs/reference/outputs.md": outputs_reference.render,
        "docs/snippets/benchmarks.md": benchmarks.render,
        "docs/snippets/chain-down.md": chain_tables.render_down,
        "docs/snippets/chain-up.md": chain_tables.render_up,
        "docs/snippets/cost-example.md": cost_example.render,
        "docs/snippets/exit-codes.md": exit_codes.render,
        "docs/snippets/experiments.md": experiments.render,
        "docs/snippets/experiments-policies.md": experiments.render_policies,
        "docs/snippets/experiments-switches.md": experiments.render_switches,
        "docs/snippets/prices.md": price_table.render,
        "docs/snippets/preview-comment.md": comment_sample.render,
        "docs/snippets/quantities.md": quantities.render,
        "docs/snippets/refusals.md": refusals.render,
        **{
            f"docs/snippets/{name}": partial(operator_samples.render, name)
            for name in operator_samples.NAMES
        },
        **{
            f"docs/pictures/recorded-{name}.svg": partial(terminal_picture.render, name)
            for name in terminal_picture.RECORDED
        },
        emulated_tables.PAGE: emulated_tables.render,
        **version_tables.pages(),
        **pictures,
        **{f"settings/schema/{name}": partial(schema.render, name) for name in schema.MODELS},
    }


def write(folder: Path = ROOT) -> None:
    """Writes all of them."""
    for name, make in files().items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(make(), encoding="utf-8")


def stale(folder: Path = ROOT) -> list[str]:
    """Names of those that are missing or no longer say what the code does."""
    return [
        name
        for name, make in files().items()
        if not (folder / name).is_file() or (folder / name).read_text(encoding="utf-8") != make()
    ]
