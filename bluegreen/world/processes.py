"""Which process is which, beyond a number that others may have as well.

A process id means something in one PID namespace of one boot of one machine. Containers share
host names, and their ids begin at 1; two machines may have one name. So a process is known here by
its boot, its namespaces, its id and the time at which it started, as Linux tells them in ``/proc``.
Where that cannot be had, as on macOS, nothing is said about any process.
"""

import os
from pathlib import Path
from typing import Literal

from bluegreen.snapshot import JsonModel

Fate = Literal["lives", "gone", "unknown"]

_PROC = Path("/proc")
_STATE, _THREADS, _STARTED = 0, 17, 19
"""Places in ``/proc/PID/stat`` after the name: fields 3, 20 and 22 of proc(5)."""


class Surroundings(JsonModel):
    """Where a process id, and a time of start, mean something.

    The number of a namespace may be given to another one once all processes of it are gone. So a
    process of the same number in the same boot has ended, or can be seen.

    Attributes:
        boot: id of the boot.
        pids: PID namespace.
        times: time namespace, which shifts times of start; empty where the kernel has none.
    """

    boot: str
    pids: str
    times: str


class ProcessIdentity(JsonModel):
    """A process, told apart from every other one.

    Attributes:
        surroundings: where it runs.
        pid: its id there.
        started: when it started, in the kernel's ticks since the boot.
    """

    surroundings: Surroundings
    pid: int
    started: int


def identify(pid: int) -> ProcessIdentity | None:
    """The process that has an id now; None where it is gone, or cannot be told apart."""
    surroundings = _surroundings()
    fields = _read_fields(pid)
    if surroundings is None or fields is None:
        return None
    return ProcessIdentity(surroundings=surroundings, pid=pid, started=int(fields[_STARTED]))


def fate(process: ProcessIdentity) -> Fate:
    """Whether a process lives; unknown where this process cannot see it."""
    if process.surroundings != _surroundings():
        return "unknown"
    try:
        os.kill(process.pid, 0)
    except ProcessLookupError:
        return "gone"
    except PermissionError:
        pass  # somebody else's, perhaps one that has got the id since
    fields = _read_fields(process.pid)
    if fields is None:
        return "unknown"  # /proc may hide it
    if int(fields[_STARTED]) != process.started:
        return "gone"
    # A killed one may wait as a zombie for a parent that does not look. One whose first thread
    # alone has ended looks like that, too.
    is_zombie = fields[_STATE] in {"Z", "X"} and int(fields[_THREADS]) <= 1
    return "gone" if is_zombie else "lives"


def _surroundings() -> Surroundings | None:
    """Those of this process; None where the system does not tell, or /proc is another's."""
    try:
        status = (_PROC / "self/status").read_text()
        boot = (_PROC / "sys/kernel/random/boot_id").read_text().strip()
        pids = str((_PROC / "self/ns/pid").readlink())
    except OSError:
        return None
    # One id for each namespace from that of /proc down to its own: of another namespace's /proc
    # the ids are not those that this process and its children know.
    ids = next((line.split()[1:] for line in status.splitlines() if line.startswith("NSpid:")), [])
    if ids != [str(os.getpid())]:
        return None
    try:
        times = str((_PROC / "self/ns/time").readlink())
    except OSError:
        times = ""
    return Surroundings(boot=boot, pids=pids, times=times)


def _read_fields(pid: int) -> list[str] | None:
    try:
        text = (_PROC / str(pid) / "stat").read_text()
    except OSError:
        return None
    return text.rpartition(")")[2].split()
