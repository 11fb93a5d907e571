"""Locks that updates hold on stacks of a file or bucket backend.

Pulumi Cloud says itself whether an update runs. A file or bucket backend knows it only by its
lock files, and a killed engine leaves its own behind. Neither the CLI nor the Automation API
shows them before an update is refused, so they are read where the engine keeps them
(``.pulumi/locks/organization/PROJECT/STACK/ID.json``). For backends other than ``file://`` and
``s3://`` nothing is seen beforehand; the first update is then refused before it changes anything.
"""

import getpass
import json
import os
import re
import socket
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

import boto3

from bluegreen.snapshot import Lock

FOLDER = ".pulumi/locks/organization"
"""Where a file or bucket backend keeps locks: in folders by project, then by stack."""

_REFUSAL = re.compile(r"created by (\S+)@(\S+) \(pid (\d+)\) at (\S+)")


def held(backend_url: str, project: str, stack: str) -> tuple[Lock, ...]:
    """Locks on a stack.

    Args:
        backend_url: as PULUMI_BACKEND_URL has it.
        project: Pulumi project.
        stack: stack name.
    """
    url = urlsplit(backend_url)
    folder = f"{FOLDER}/{project}/{stack}"
    if url.scheme == "file":
        texts = _files(Path(unquote(url.netloc + url.path)).expanduser() / folder)
    elif url.scheme == "s3":
        texts = _objects(url.netloc, f"{url.path.strip('/')}/{folder}/".lstrip("/"))
    else:
        return ()
    return tuple(_lock(json.loads(text)) for text in texts)


def of_refusal(message: str) -> tuple[Lock, ...]:
    """Locks that the engine names when it refuses an update."""
    return tuple(
        _judged(user, host, int(pid), since) for user, host, pid, since in _REFUSAL.findall(message)
    )


def _files(folder: Path) -> Iterator[str]:
    for path in sorted(folder.glob("*.json")):
        try:
            yield path.read_text()
        except FileNotFoundError:
            continue  # the update ended meanwhile


def _objects(bucket: str, prefix: str) -> Iterator[str]:
    s3 = boto3.client("s3")
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
        for entry in page.get("Contents", []):
            yield s3.get_object(Bucket=bucket, Key=entry["Key"])["Body"].read().decode()


def _lock(content: dict[str, object]) -> Lock:
    said = {key: str(content.get(key, "")) for key in ("username", "hostname", "timestamp")}
    pid = int(str(content.get("pid", 0)))
    return _judged(said["username"], said["hostname"], pid, said["timestamp"])


def _judged(user: str, host: str, pid: int, since: str) -> Lock:
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
