"""Finds every tool on PATH, else in the user's cache, else builds it there."""

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from localcloud.tools.catalogue import MODULES, Tool

MINIMUM_GO = (1, 26)
"""Oldest Go release that builds every tool; the go.mod files ask for it."""


class ToolError(Exception):
    """A tool cannot be had; the message says why and what to do about it."""


@dataclass(frozen=True)
class Progress:
    """What a caller is told while tools are prepared.

    Attributes:
        tool: the tool in question.
        step: ``found`` on PATH, ``cached``, ``building`` or ``built``.
        position: number of the tool in the list, from 1.
        total: how many tools are asked for.
    """

    tool: Tool
    step: str
    position: int
    total: int


def cache_folder() -> Path:
    """Folder of built tools: ``$XDG_CACHE_HOME/eks-platform/tools``, or below ``~/.cache``."""
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "eks-platform" / "tools"


def cached_path(tool: Tool) -> Path:
    """Where the built binary of `tool` is kept; its folder's name depends on all that is in it."""
    group = MODULES / tool.group
    digest = hashlib.sha256()
    for part in (
        (group / "go.mod").read_bytes(),
        (group / "go.sum").read_bytes(),
        tool.package.encode(),
        " ".join(tool.resolved_ldflags()).encode(),
        f"{os.uname().sysname}/{os.uname().machine}".encode(),
    ):
        digest.update(hashlib.sha256(part).digest())
    return cache_folder() / f"{tool.name}-{tool.version}-{digest.hexdigest()[:12]}" / tool.name


def ensure(
    tools: Iterable[Tool], report: Callable[[Progress], None] = lambda _: None
) -> dict[Tool, Path]:
    """Paths of all `tools`, built where they are neither on PATH nor cached.

    Args:
        tools: what is needed.
        report: called before and after each step that takes time.

    Raises:
        ToolError: Go is missing or too old, a build failed, or the cache cannot be written to.
    """
    wanted = list(tools)
    found: dict[Tool, Path] = {}
    for position, tool in enumerate(wanted, start=1):
        on_path = _on_path(tool)
        if on_path is not None:
            report(Progress(tool, "found", position, len(wanted)))
            found[tool] = on_path
            continue
        target = cached_path(tool)
        with _locked(target):
            if target.exists():
                report(Progress(tool, "cached", position, len(wanted)))
            else:
                report(Progress(tool, "building", position, len(wanted)))
                _build(tool, target)
                report(Progress(tool, "built", position, len(wanted)))
        found[tool] = target
    return found


def _on_path(tool: Tool) -> Path | None:
    """The tool on PATH, if it reports exactly the pinned version."""
    where = shutil.which(tool.name)
    if where is None or not tool.version_args:
        return None
    try:
        # Version managers' shims print the version on either stream.
        answer = subprocess.run(
            [where, *tool.version_args], capture_output=True, text=True, timeout=20, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    version = re.escape(tool.version.removeprefix("v"))
    said = answer.stdout + answer.stderr
    exact = re.search(rf"(?<![\d.]){version}(?![\w.+-])", said) is not None
    return Path(where) if exact and answer.returncode == 0 else None


@contextmanager
def _locked(target: Path) -> Generator[None]:
    """Keeps two runs from building the same tool at once."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        lock_file = (target.parent / ".lock").open("w")
    except OSError as error:
        raise ToolError(
            f"tools cannot be kept in {cache_folder()}: {error}; let XDG_CACHE_HOME name a "
            "folder that can be written to."
        ) from error
    with lock_file as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _build(tool: Tool, target: Path) -> None:
    go = _go()
    unfinished = target.with_suffix(".part")
    flags = " ".join(["-s", "-w", *(f"-X {flag}" for flag in tool.resolved_ldflags())])
    command = [go, "build", "-trimpath", "-buildvcs=false", "-mod=readonly"]
    command += ["-ldflags", flags, "-o", str(unfinished), tool.package]
    log = target.parent / "build.log"
    # A GOFLAGS of the user's could turn -mod=readonly around.
    environment = {**os.environ, "GOFLAGS": "", "GOWORK": "off", "CGO_ENABLED": "0"}
    with log.open("w") as output:
        result = subprocess.run(
            command,
            cwd=MODULES / tool.group,
            env=environment,
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
