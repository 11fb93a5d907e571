"""Hook of MkDocs: adds the pages of add-ons to the navigation, so that one file is enough."""

from pathlib import Path
from typing import Any, TypeAlias

Config: TypeAlias = Any
"""Configuration of MkDocs, a mapping without types."""

SECTION = "Add-ons"
FOLDER = "addons"


def on_config(config: Config) -> Config:
    """Adds a section with every page in ``docs/addons``, by file name; none if there are none."""
    found = sorted(path.name for path in (Path(config["docs_dir"]) / FOLDER).glob("*.md"))
    if found:
        pages = [f"{FOLDER}/{name}" for name in found]
        position = next(i for i, part in enumerate(config["nav"]) if "Reference" in part)
        config["nav"].insert(position, {SECTION: pages})
    return config
