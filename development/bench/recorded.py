"""Figures that were recorded, and whether new ones are worse."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from development.bench.cost import ROOT
from development.bench.figure import Figure

FILE = Path("development") / "bench" / "recorded.json"
"""Below the checkout."""


def read(path: Path = ROOT / FILE) -> Mapping[str, Figure]:
    """Recorded figures by name, in the order of the file; none where there is no file.

    Raises:
        pydantic.ValidationError: the file holds something else.
    """
    if not path.is_file():
        return {}
    found = [Figure.model_validate(it) for it in json.loads(path.read_text(encoding="utf-8"))]
    return {it.name: it for it in found}


def record(figures: Sequence[Figure], path: Path = ROOT / FILE) -> None:
    """Puts figures in the place of recorded ones of their names; all others stay."""
    kept = {**read(path), **{it.name: it for it in figures}}
    lines = ",\n".join(it.model_dump_json() for it in kept.values())
    path.write_text(f"[\n{lines}\n]\n", encoding="utf-8")


def compare(figures: Sequence[Figure], kept: Mapping[str, Figure]) -> list[str]:
    """What of new figures is worse than it was, or was never recorded, in words.

    A ratio is worse if its median is above every recorded round, and every new round above the
    recorded median: chance alone does that once in thousands of runs of five rounds.
    """
    said: list[str] = []
    for new in figures:
        old = kept.get(new.name)
        if old is None:
            said.append(f"{new.name}: was never recorded; `make bench-record ONLY=…` does so")
        elif new.ratio > old.high and new.low > old.ratio:
            said.append(
                f"{new.name}: {new.ratio:g} ({new.low:g} to {new.high:g}), where"
                f" {old.ratio:g} ({old.low:g} to {old.high:g}) was recorded"
            )
    return said
