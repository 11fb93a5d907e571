"""What tells later whether an engine that this command started has died.

A lock of a file or bucket backend names its holder by process id, user and host, which another
process may share: in another container, on another machine of that name, or on this one once the
id is given away. So `bluegreen` writes down each engine that it starts, and removes that again
once the engine has ended by itself. Only such a witness proves a lock dead or alive: it must be of
the lock's holder, stack and backend, the lock must have been taken while that engine could take
one, and this process must be able to see the engine, or that it is gone.

What that leaves open: an engine that is killed before it has a lock, while another one of the same
id, user and host name takes one of the same stack in that time. `_LOCK_SECONDS` bounds it.
"""

import os
import pwd
import socket
import time
import uuid
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import ValidationError

from bluegreen.snapshot import JsonModel
from bluegreen.world.processes import Fate, ProcessIdentity, fate, identify

_LOCK_SECONDS = 120.0
"""Within them an engine takes its lock: it reads the project and its stack before, no more."""

_ROUNDING_SECONDS = 1.0
"""By which a lock may seem to be older than it is: refusals name full seconds."""

_KEPT_SECONDS = 30 * 86400.0
"""After which a witness of a dead engine goes: then nobody waits for its lock any more."""


class Witness(JsonModel):
    """An engine that was started here.

    Attributes:
        process: its process.
        user: who started it.
        host: name of the machine.
        backend: URL of the backend, without what may be secret.
        stack: stack name.
        since: when it was started, in seconds since 1970.
        until: when it was killed, where that was seen.
    """

    process: ProcessIdentity
    user: str
    host: str
    backend: str
    stack: str
    since: float
    until: float | None = None

    def could_take(self, taken: float) -> bool:
        """Whether a lock of that time may be the engine's."""
        last = self.since + _LOCK_SECONDS
        last = last if self.until is None else min(last, self.until)
        return self.since - _ROUNDING_SECONDS <= taken <= last


class WitnessFile:
    """The witness of one engine, as long as that runs.

    Args:
        pid: its process id.
        backend: URL of its backend.
        stack: stack name.
        since: a time before it was started, in seconds since 1970.
    """

    def __init__(self, pid: int, backend: str, stack: str, since: float) -> None:
        self._path = state_folder() / f"{uuid.uuid4()}.json"
        self._witness: Witness | None = None
        process = identify(pid)
        if process is not None:
            self._witness = Witness(
                process=process,
                user=_user_name(),
                host=socket.gethostname(),
                backend=without_secrets(backend),
                stack=stack,
                since=since,
            )
            self._write(self._witness)

    def remove(self) -> None:
        """The engine has ended by itself, and given its lock back."""
        with suppress(OSError):
            self._path.unlink()

    def keep(self) -> None:
        """The engine was killed, and may have left its lock."""
        if self._witness is not None:
            self._write(self._witness.model_copy(update={"until": time.time()}))

    def _write(self, witness: Witness) -> None:
        # Where it cannot be written, the operator is asked about a lock that is left.
        with suppress(OSError):
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            new = self._path.with_suffix(".new")
            with os.fdopen(os.open(new, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
                file.write(witness.model_dump_json(by_alias=True))
            new.replace(self._path)


def state_folder() -> Path:
    """``$XDG_STATE_HOME/eks-platform/engines``, or below ``~/.local/state``."""
    base = os.environ.get("XDG_STATE_HOME")
    try:
        folder = Path(base) if base else Path.home() / ".local/state"
    except RuntimeError:
        folder = Path(os.devnull)  # nobody has a home here: nothing can be kept, or found
    return folder / "eks-platform" / "engines"


def fate_of_holder(user: str, host: str, pid: int, since: str, *, backend: str, stack: str) -> Fate:
    """Whether the engine that holds a lock lives.

    Args:
        user: who holds it.
        host: on which machine.
        pid: its process id.
        since: ISO time of the lock.
        backend: URL of the backend.
        stack: stack name.
    """
    taken = _seconds(since)
    if taken is None:
        return "unknown"
    wanted = (user, host, pid, without_secrets(backend), stack)
    fates = {
        fate(it.process)
        for it in _read_witnesses()
        if (it.user, it.host, it.process.pid, it.backend, it.stack) == wanted
        and it.could_take(taken)
    }
    if "lives" in fates:
        return "lives"
    return "gone" if fates == {"gone"} else "unknown"


def prune() -> None:
    """Removes witnesses of long ago, but of engines that live."""
    before = time.time() - _KEPT_SECONDS
    for path, witness in _read_files():
        if witness.since < before and fate(witness.process) != "lives":
            with suppress(OSError):
                path.unlink()


def without_secrets(url: str) -> str:
    """URL of a backend by its place alone: what else is in it may be credentials."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}".rstrip("/")


def _user_name() -> str:
    """As the engine has it: not what the environment says."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return os.environ.get("USER", "")


def _read_witnesses() -> Iterator[Witness]:
    return (witness for _, witness in _read_files())


def _read_files() -> Iterator[tuple[Path, Witness]]:
    for path in sorted(state_folder().glob("*.json")):
        try:
            if path.stat().st_uid != os.getuid():
                continue  # only one's own word counts
            yield path, Witness.model_validate_json(path.read_bytes())
        except (OSError, ValidationError):
            continue  # it is just being removed, or damaged: then it proves nothing


def _seconds(since: str) -> float | None:
    """Seconds since 1970 of an ISO time; None where it is none, or says no zone."""
    try:
        found = datetime.fromisoformat(since)
    except ValueError:
        return None
    return found.astimezone(UTC).timestamp() if found.tzinfo else None
