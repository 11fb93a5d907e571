"""Runs Go on its module proxy, as far as a new minor needs it."""

import json
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from development.minors.changes import RaiseError
from localcloud.tools.build import go_environment

_LAST = 5  # lines of Go's output that say what is wrong


@dataclass(frozen=True)
class Module:
    """A module that Go has fetched and checked against its checksum database.

    Attributes:
        folder: its files.
        go_mod: its go.mod.
    """

    folder: Path
    go_mod: str


def fetch(module: str, version: str) -> Module:
    """Fetches a module; its checksum is checked.

    Raises:
        RaiseError: Go is missing, or the proxy does not have this version.
    """
    said = json.loads(_go("mod", "download", "-json", f"{module}@{version}", cwd=Path("/")))
    return Module(Path(said["Dir"]), Path(said["GoMod"]).read_text(encoding="utf-8"))


def tidy(folder: Path) -> None:
    """Completes go.mod and go.sum of a folder.

    Raises:
        RaiseError: what Go says.
    """
    _go("mod", "tidy", cwd=folder)


def _go(*arguments: str, cwd: Path) -> str:
    go = shutil.which("go")
    if go is None:
        raise RaiseError("Go is not on PATH; install it (https://go.dev/dl/)")
    result = subprocess.run(
        [go, *arguments], cwd=cwd, env=go_environment(), capture_output=True, text=True, check=False
    )
    if result.returncode != 0:
        command = " ".join(("go", *arguments))
        raise RaiseError(f"{command}: {' / '.join(_last(result.stderr or result.stdout))}")
    return result.stdout


def _last(output: str) -> Sequence[str]:
    return output.strip().splitlines()[-_LAST:]
