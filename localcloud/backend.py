"""What the local cloud's Pulumi backend holds of a stack, read from its files.

The Pulumi CLI says the same in half a second.
"""

import json
from pathlib import Path
from typing import Any

from localcloud.state import StateFolder
from settings.names import PROJECT

_STACK_TYPE = "pulumi:pulumi:Stack"


def outputs(state: StateFolder, stack: str, project: str = PROJECT) -> dict[str, Any]:
    """Outputs of a stack, secret ones encrypted; none when nothing was brought up yet."""
    for resource in latest(state, stack, project).get("resources") or ():
        if resource["type"] == _STACK_TYPE:
            return resource.get("outputs") or {}
    return {}


def latest(state: StateFolder, stack: str, project: str = PROJECT) -> dict[str, Any]:
    """The newest state of a stack; empty when nothing was brought up yet."""
    content = json.loads(checkpoint(state, stack, project).read_text())
    return content["checkpoint"]["latest"] or {}


def checkpoint(state: StateFolder, stack: str, project: str = PROJECT) -> Path:
    """The file of a stack's state."""
    return state.backend / ".pulumi" / "stacks" / project / f"{stack}.json"
