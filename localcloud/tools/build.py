"""Builds a tool from source, with the Go of this machine and the pinned modules."""

import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from localcloud.tools import catalogue
from localcloud.tools.cache import explained
from localcloud.tools.catalogue import Tool
from localcloud.tools.progress import ToolError

MINIMUM_GO = (1, 26)
"""Oldest Go release that builds every tool; the go.mod files ask for it."""


def build(tool: Tool, target: Path) -> None:
    """Builds `tool`; `target` is there once this returns, and not before.

    Args:
        tool: what is built.
        target: where the program is kept; the tool's lock is held.

    Raises:
        ToolError: Go is missing or too old, the build failed, or the cache cannot be written to.
    """
    unfinished = target.with_suffix(".part")
    flags = " ".join(["-s", "-w", *(f"-X {flag}" for flag in tool.resolved_ldflags())])
    arguments = ["-ldflags", flags, "-o", str(unfinished), tool.package]
    command = go_command("build", "-trimpath", "-buildvcs=false", *arguments)
    log = target.parent / "build.log"
    with explained(), log.open("w") as output:
        result = subprocess.run(
            command,
            cwd=catalogue.MODULES / tool.group,
            env=go_environment(),
            stdout=output,
            stderr=subprocess.STDOUT,
            check=False,
        )
    if result.returncode != 0:
        last = log.read_text().strip().splitlines()[-3:]
        raise ToolError(
            f"{tool.name} {tool.version} could not be built: {' / '.join(last)}. "
            f"The whole output is in {log}; check that the Go module proxy can be reached "
            "and run the command again."
        )
    unfinished.rename(target)


def go_command(verb: str, *arguments: str) -> Sequence[str]:
    """A command of Go that takes the modules as they are pinned.

    Raises:
        ToolError: Go is missing, too old or does not work.
    """
    return [_go(), verb, "-mod=readonly", *arguments]


def go_environment() -> dict[str, str]:
    """The environment of such a command: a GOFLAGS of the user's could turn -mod around."""
    return {**os.environ, "GOFLAGS": "", "GOWORK": "off", "CGO_ENABLED": "0"}


def _go() -> str:
    go = shutil.which("go")
    needed = ".".join(map(str, MINIMUM_GO))
    if go is None:
        raise ToolError(f"Go is not on PATH; install Go {needed} or newer (https://go.dev/dl/).")
    asked = subprocess.run([go, "version"], capture_output=True, text=True, check=False)
    answer = asked.stdout or asked.stderr
    match = re.search(r"go(\d+)\.(\d+)", answer)
    if match is None or asked.returncode != 0:
        raise ToolError(
            f"Go at {go} does not work ({answer.strip() or 'it says nothing'}); install Go "
            f"{needed} or newer (https://go.dev/dl/)."
        )
    if (int(match[1]), int(match[2])) < MINIMUM_GO:
        raise ToolError(
            f"Go at {go} is too old ({answer.strip()}); install Go {needed} or newer "
            "(https://go.dev/dl/)."
        )
    return go
