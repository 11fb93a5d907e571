"""Part of each add-on's page: what is installed of it on which Kubernetes minor.

A page holds the part between two comments; the rest of the page is written by hand.
"""

import re
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from catalogue import addons, versions
from catalogue.addons import Line
from catalogue.entries import Entry
from catalogue.minors import KUBERNETES_VERSIONS
from development.docsite.registration import ROOT

FOLDER = "docs/addons"
CLOSING = "<!-- end of versions -->"

_IMAGES: Mapping[str, Entry] = {
    addons.CLUSTER_AUTOSCALER.name: versions.CLUSTER_AUTOSCALER_IMAGE,
    addons.FLUENTD.name: versions.FLUENTD_IMAGE,
    addons.KARPENTER.name: versions.KARPENTER_IMAGE,
    addons.KEDA.name: versions.KUBECTL_IMAGE,
}
"""Images that have a version beside that of their chart."""


class PageError(ValueError):
    """An add-on has no page, or its page has no place for its versions."""


def opening(name: str) -> str:
    """The comment before the part of an add-on's page."""
    return f"<!-- versions of {name}, written by `make generate` -->"


def render(line: Line) -> str:
    """The part, as Markdown: where the chart is from, and a row for each minor."""
    entries = [line.entry, *([_IMAGES[line.name]] if line.name in _IMAGES else [])]
    chart = line.chart
    source = [f"Chart `{chart.name}` of <{chart.repository}>.", ""] if chart else []
    return "\n".join(("", *source, *_table(entries), ""))


def fill(page: str, line: Line) -> str:
    """A page with the part as the catalogue has it now.

    Raises:
        PageError: the page has no place for it, or several.
    """
    before, after = opening(line.name), CLOSING
    pattern = re.compile(rf"(?<={re.escape(before)}\n).*?(?={re.escape(after)})", re.DOTALL)
    if len(pattern.findall(page)) != 1:
        raise PageError(
            f"{FOLDER}/{line.name}.md: expected once, a line each: {before} and {after}"
        )
    return pattern.sub(lambda _: f"{render(line)}\n", page)


def pages(folder: Path = ROOT) -> dict[str, partial[str]]:
    """Path of each add-on's page below `folder`, and what makes its text out of what it has."""
    return {f"{FOLDER}/{line.name}.md": partial(_page, folder, line) for line in addons.CATALOGUE}


def _page(folder: Path, line: Line) -> str:
    path = folder / FOLDER / f"{line.name}.md"
    if not path.is_file():
        raise PageError(f"{FOLDER}/{line.name}.md: no such page; docs/add-an-addon.md has one")
    return fill(path.read_text(encoding="utf-8"), line)


def _table(entries: Sequence[Entry]) -> list[str]:
    minors = [minor for minor in KUBERNETES_VERSIONS if all(minor in it.versions for it in entries)]
    rows = [(minor, *(it.version(minor) for it in entries)) for minor in minors]
    heading = ("Kubernetes", *(it.name for it in entries))
    return [f"| {' | '.join(row)} |" for row in (heading, ["---"] * len(heading), *rows)]
