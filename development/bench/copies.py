"""Copies of a platform's project and states, changed, so that the platform stays as it is."""

import json
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import yaml

from development.bench.demo_platform import Platform

_STACKS_FOLDER = Path(".pulumi") / "stacks"


def emptied_backend(platform: Platform, to: Path, stacks: Iterable[tuple[str, str]]) -> str:
    """URL of a copy of the backend in which some stacks have no resources.

    Args:
        platform: whose backend.
        to: folder that is made.
        stacks: project and stack of each.
    """
    shutil.copytree(platform.state.backend, to)
    for project, stack in stacks:
        file = to / _STACKS_FOLDER / project / f"{stack}.json"
        content = json.loads(file.read_text(encoding="utf-8"))
        content["checkpoint"]["latest"]["resources"] = []
        file.write_text(json.dumps(content), encoding="utf-8")
    return f"{to.as_uri()}?metadata=skip"


def changed_project(
    platform: Platform, to: Path, stack: str, change: Callable[[dict[str, Any]], None]
) -> Path:
    """A copy of the project's folder in which a stack file has other settings.

    Args:
        platform: whose project.
        to: folder that is made.
        stack: whose file.
        change: is given the file's ``config``, and changes it.
    """
    shutil.copytree(platform.project, to)
    file = to / f"Pulumi.{stack}.yaml"
    content = yaml.safe_load(file.read_text(encoding="utf-8"))
    change(content["config"])
    file.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
    return to
