"""Programs in ``bin/`` of a local cloud: themselves or, while they are obtained, what waits."""

import os
import sys
from pathlib import Path

from localcloud.state import PROJECT_ROOT, StateFolder
from localcloud.tools.catalogue import AWS_IAM_AUTHENTICATOR, KUBECTL, PULUMI, Tool

ON_PATH = (PULUMI, KUBECTL, AWS_IAM_AUTHENTICATOR)
"""Those that people and clients run."""


def put(state: StateFolder, tool: Tool, path: Path) -> None:
    """Makes a tool of `ON_PATH` what its name runs, also while something runs it; no other."""
    if tool in ON_PATH:
        link = _new(state, tool)
        link.symlink_to(path)
        link.rename(state.bin / tool.name)


def put_waiting(state: StateFolder, tool: Tool) -> None:
    """Has its name wait for the tool, see `localcloud.late_program`."""
    script = _new(state, tool)
    words = f'-P -m localcloud.late_program "{state.root}" {tool.name} "$@"'
    script.write_text(f'#!/bin/sh\nPYTHONPATH="{PROJECT_ROOT}" exec "{sys.executable}" {words}\n')
    script.chmod(0o755)
    script.rename(state.bin / tool.name)


def _new(state: StateFolder, tool: Tool) -> Path:
    path = state.bin / f".{tool.name}.{os.getpid()}"
    path.unlink(missing_ok=True)
    return path
