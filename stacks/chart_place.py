"""Where a colour's charts come from, once they are known to be there."""

import os
from collections.abc import Sequence
from pathlib import Path

import pulumi

from catalogue.chart_archives import flaws, pins
from components.addon_stack.chart_place import PUBLIC, ChartPlace
from settings.charts import PUBLIC_REPOSITORIES
from settings.colour import ColourSettings
from settings.mistakes import Mistake


def chart_place(settings: ColourSettings) -> ChartPlace:
    """Where the charts of a colour come from, as the engine's plugins see it."""
    if settings.charts == PUBLIC_REPOSITORIES:
        return PUBLIC
    folder = os.path.relpath(_project() / settings.charts)
    return ChartPlace(folder if folder.startswith("..") else f"./{folder}")


def chart_mistakes(settings: ColourSettings) -> Sequence[Mistake]:
    """Archives that are lacking or wrong; none where the public repositories are asked."""
    if settings.charts == PUBLIC_REPOSITORIES:
        return ()
    wanted = pins([settings.kubernetes_version], settings.enabled_addons)
    found = flaws(_project(), settings.charts, wanted)
    return [Mistake(it.path, it.found, it.expected) for it in found]


def _project() -> Path:
    """Folder of ``Pulumi.yaml``; the program may lie elsewhere, by its key ``main``."""
    return Path(pulumi.get_root_directory() or ".")
