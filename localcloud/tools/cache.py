"""The user's cache of tools: where each one is kept, and how two runs share it."""

import fcntl
import hashlib
import json
import os
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from io import FileIO
from pathlib import Path

from localcloud.tools import catalogue
from localcloud.tools.catalogue import Tool
from localcloud.tools.digests import Release, release_of, this_platform
from localcloud.tools.progress import ToolError

_POLL = 0.2
"""Seconds between two looks at a lock: a blocking wait could not be interrupted."""


@dataclass(frozen=True)
class Holder:
    """Who has a tool's lock.

    Attributes:
        pid: its process, or None when it has not said so yet.
        doing: ``downloading`` or ``building``.
        since: local time at which it began.
    """

    pid: int | None
    doing: str
    since: datetime | None

    def __str__(self) -> str:
        if self.pid is None or self.since is None:
            return "another run, which has it locked"
        return f"process {self.pid}, which is {self.doing} it since {self.since:%H:%M:%S}"


class EndedError(Exception):
    """The run ends before this step could be completed."""


def cache_folder() -> Path:
    """Folder of the tools: ``$XDG_CACHE_HOME/eks-platform/tools``, or below ``~/.cache``."""
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "eks-platform" / "tools"


def built_path(tool: Tool) -> Path:
    """Where the built `tool` is kept; its folder's name depends on all that is in it."""
    group = catalogue.MODULES / tool.group
    digest = hashlib.sha256()
    for part in (
        (group / "go.mod").read_bytes(),
        (group / "go.sum").read_bytes(),
        tool.package.encode(),
        " ".join(tool.resolved_ldflags()).encode(),
        f"{os.uname().sysname}/{os.uname().machine}".encode(),
    ):
        digest.update(hashlib.sha256(part).digest())
    return _path(tool, digest.hexdigest())


def downloaded_path(tool: Tool, release: Release) -> Path:
    """Where the program out of `release` is kept: another pin is another folder."""
    return _path(tool, release.sha256)


def cached(tool: Tool) -> Path | None:
    """The tool in the cache, built or downloaded, or None."""
    built = built_path(tool)
    if built.exists():
        return built
    release = release_of(tool.name, tool.version, this_platform())
    downloaded = downloaded_path(tool, release) if release else None
    return downloaded if downloaded and downloaded.exists() else None


def _path(tool: Tool, key: str) -> Path:
    return cache_folder() / f"{tool.name}-{tool.version}-{key[:12]}" / tool.name


@contextmanager
def explained() -> Generator[None]:
    """Makes a failure of the file system, such as a full disk, a sentence with the remedy.

    Raises:
        ToolError: instead of any OSError of the block.
    """
    try:
        yield
    except OSError as error:
        raise ToolError(
            f"tools cannot be kept in {cache_folder()}: {error}; let XDG_CACHE_HOME name a "
            "folder that can be written to and has room."
        ) from error


@contextmanager
def locked(
    tool: Tool, doing: str, waiting: Callable[[Holder], None], ended: threading.Event
) -> Generator[None]:
    """Keeps two runs from making the same tool at once.

    Args:
        tool: what is made.
        doing: ``downloading`` or ``building``, for others to read.
        waiting: called once when somebody else has the lock, with who it is.
        ended: set when this run gives up.

    Raises:
        EndedError: `ended` was set while somebody else had the lock.
        ToolError: the cache cannot be written to.
    """
    with explained():
        folder = built_path(tool).parent
        folder.mkdir(parents=True, exist_ok=True)
        # Not "w": what the holder has written stands in it.
        lock = (folder / ".lock").open("ab+", buffering=0)
    with lock:
        if not _taken(lock):
            waiting(_holder(lock))
            while not _taken(lock):
                if ended.wait(_POLL):
                    raise EndedError
        since = datetime.now().astimezone().isoformat()
        _sign(lock, json.dumps({"pid": os.getpid(), "doing": doing, "since": since}))
        try:
            yield
        finally:
            _sign(lock, "")


def _taken(lock: FileIO) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _sign(lock: FileIO, text: str) -> None:
    # Where it fails nobody can read who it is, and that is all: what follows meets the full disk.
    with suppress(OSError):
        lock.truncate(0)
        lock.write(text.encode())


def _holder(lock: FileIO) -> Holder:
    lock.seek(0)
    try:
        said = json.loads(lock.read())
        return Holder(int(said["pid"]), str(said["doing"]), datetime.fromisoformat(said["since"]))
    except (ValueError, KeyError, TypeError):
        return Holder(None, "", None)
