"""Locks that updates hold on stacks.

A file or bucket backend knows that an update runs only by its lock files, and a killed engine
leaves its own behind. Neither the CLI nor the Automation API shows them before an update is
refused, so those of ``file://`` and ``s3://`` backends are read where the engine keeps them
(``.pulumi/locks/organization/PROJECT/STACK/ID.json``). Pulumi Cloud says itself whether an update
runs; `Stacks` asks it. Of other backends nothing is seen beforehand, which is told wherever it
matters; there the engine alone refuses an update, before it changes anything.
"""

import getpass
import json
import os
import re
import socket
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit

from botocore.exceptions import BotoCoreError, ClientError

from bluegreen.errors import OperatorError
from bluegreen.snapshot import Lock
from bluegreen.world import bucket

FOLDER = ".pulumi/locks/organization"
"""Where a file or bucket backend keeps locks: in folders by project, then by stack."""

_ADVICE = {
    "s3": "Who runs this needs s3:ListBucket on the bucket and s3:GetObject on what is in it. If"
    " other credentials than the default ones have them, name them in the URL of the backend, for"
    " Pulumi too: `pulumi login 's3://BUCKET?profile=PROFILE&region=REGION'`",
    "file": "Who runs this must be able to read them",
}
"""What to do where locks cannot be looked at, by the kinds of backends whose locks can be."""

_REFUSAL = re.compile(r"created by (\S+)@(\S+) \(pid (\d+)\) at (\S+)")


class LocksError(OperatorError):
    """Locks that can be looked at could not be."""


def is_cloud(backend_url: str) -> bool:
    """Whether a backend is Pulumi Cloud, or one of one's own that speaks as it does."""
    return urlsplit(backend_url).scheme in ("https", "http")


def read_locks(backend_url: str, project: str, stack: str) -> tuple[Lock, ...] | None:
    """Locks on a stack; None where those of the backend cannot be read.

    Args:
        backend_url: as PULUMI_BACKEND_URL has it.
        project: Pulumi project.
        stack: stack name.

    Raises:
        LocksError: the backend does not let them be looked at.
    """
    url = urlsplit(backend_url)
    if url.scheme not in _ADVICE:
        return None
    folder = f"{FOLDER}/{project}/{stack}"
    try:
        return tuple(_parse_lock(name, text) for name, text in _read_lock_files(url, folder))
    except (OSError, ValueError, BotoCoreError, ClientError) as error:
        place = f"{url.scheme}://{url.netloc}{url.path}"
        raise LocksError(
            f"whether an update holds stack {stack} cannot be seen: locks in {place} cannot be"
            f" read: {error}. {_ADVICE[url.scheme]}"
        ) from error


def locks_in_refusal(message: str) -> tuple[Lock, ...]:
    """Locks that the engine names when it refuses an update."""
    return tuple(
        _to_lock(user, host, int(pid), since)
        for user, host, pid, since in _REFUSAL.findall(message)
    )


def _read_lock_files(url: SplitResult, folder: str) -> Iterator[tuple[str, str]]:
    if url.scheme == "s3":
        return bucket.read_objects(url, folder)
    return _read_folder(Path(unquote(url.netloc + url.path)).expanduser() / folder)


def _read_folder(folder: Path) -> Iterator[tuple[str, str]]:
    for path in sorted(folder.glob("*.json")):
        try:
            yield str(path), path.read_text()
        except FileNotFoundError:
            continue  # the update ended meanwhile


def _parse_lock(name: str, text: str) -> Lock:
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{name} is no lock: {error}") from None
    if not isinstance(content, dict) or not str(content.get("pid", 0)).isdigit():
        raise ValueError(f"{name} is no lock: it holds {text[:40].strip()}")
    said = {key: str(content.get(key, "")) for key in ("username", "hostname", "timestamp")}
    pid = int(str(content.get("pid", 0)))
    return _to_lock(said["username"], said["hostname"], pid, said["timestamp"])


def _to_lock(user: str, host: str, pid: int, since: str) -> Lock:
    ours = host == socket.gethostname() and user == getpass.getuser()
    return Lock(holder=f"{user}@{host} (pid {pid})", since=since, dead=ours and not _lives(pid))


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    # A killed engine may wait as a zombie for a parent that does not look.
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return True
    return state != "Z"
