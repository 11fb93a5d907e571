"""What a running command does, seen from outside: its processes, locks and files."""

import os
import signal
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from chaos.plan import Victim

LANGUAGE = ("pulumi-language-", "plugins/language")
PROVIDER = ("localcloud.plugins.", "pulumi-resource-")


@dataclass(frozen=True)
class Child:
    """A process.

    Attributes:
        pid: its id.
        words: its command line.
    """

    pid: int
    words: tuple[str, ...]

    @property
    def is_engine(self) -> bool:
        """Whether it is the Pulumi CLI, which holds the engine."""
        return bool(self.words) and Path(self.words[0]).name == "pulumi"

    @property
    def operation(self) -> str:
        """The CLI's command, such as ``up`` or ``config set-all``; its first two plain words."""
        plain = [word for word in self.words[1:] if not word.startswith("-")]
        return " ".join(plain[:2])


def children(pid: int) -> list[Child]:
    """Direct children of a process; none where it is gone."""
    found: list[Child] = []
    for task in _tasks(pid):
        try:
            pids = (task / "children").read_text().split()
        except OSError:
            continue
        found += [Child(int(child), words(int(child))) for child in pids]
    return found


def family(pid: int) -> Iterator[Child]:
    """All descendants, parents first."""
    for child in children(pid):
        yield child
        yield from family(child.pid)


def victims(root: int, victim: Victim) -> list[int]:
    """Process ids of those who may be killed as a kind of victim, in the order of their ids.

    For a lost machine: everybody, the command first, so that nobody can see another one go.
    """
    if victim is Victim.COMMAND:
        return [root]
    below = list(family(root))
    if victim is Victim.MACHINE:
        return [root, *(child.pid for child in below)]
    if victim is Victim.ENGINE:
        return sorted(child.pid for child in below if child.is_engine)
    marks = LANGUAGE if victim is Victim.LANGUAGE else PROVIDER
    return sorted(child.pid for child in below if _has(child.words, marks))


def kill(pids: Sequence[int]) -> list[int]:
    """Kills all of them at once; gives those that were there."""
    there = [pid for pid in pids if _signal(pid, signal.SIGSTOP)]
    return [pid for pid in there if _signal(pid, signal.SIGKILL)]


def _signal(pid: int, number: signal.Signals) -> bool:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return False
    return True


def _tasks(pid: int) -> list[Path]:
    try:
        return list(Path(f"/proc/{pid}/task").iterdir())
    except OSError:
        return []


def words(pid: int) -> tuple[str, ...]:
    """Command line of a process; empty where it is gone."""
    try:
        raw = Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return ()
    return tuple(word.decode(errors="replace") for word in raw.split(b"\0") if word)


def _has(words: Sequence[str], marks: Sequence[str]) -> bool:
    return any(mark in word for word in words for mark in marks)
