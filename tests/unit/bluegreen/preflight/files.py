"""Stack files for the tests: the shipped ones, changed."""

from collections.abc import Mapping
from pathlib import Path

import yaml

from bluegreen.preflight.wanted import Wanted
from bluegreen.world import stack_settings
from settings.names import Colour
from tests.unit.documentation.commands import ROOT


def write(folder: Path, changes: Mapping[str, Mapping[str, object]]) -> Path:
    """Writes the three files; `changes` by stack, keys without the project's namespace."""
    for stack in ("shared", "blue", "green"):
        content = yaml.safe_load((ROOT / f"Pulumi.{stack}.yaml").read_text())
        for key, value in changes.get(stack, {}).items():
            content["config"][key if ":" in key else f"eks-platform:{key}"] = value
        (folder / f"Pulumi.{stack}.yaml").write_text(yaml.safe_dump(content))
    return folder


def wanted(folder: Path, *colours: Colour, **changes: Mapping[str, object]) -> Wanted:
    """What files want, by default of both colours."""
    return stack_settings.read(write(folder, changes), colours or None)
