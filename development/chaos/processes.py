"""What a running command does, seen from outside: its processes, locks and files."""

import os
import signal
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from development.chaos.plan import Victim

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
        found += [Child(int(child), read_command_line(int(child))) for child in pids]
    return found


def descendants(pid: int, forks: Mapping[int, int]) -> Iterator[Child]:
    """All descendants, parents first.

    Args:
        pid: process id.
        forks: as `localcloud.forks.forks` gives them. A fork comes after the process for which
            it stands, with the same words.
    """
    for child in children(pid):
        yield child
        yield from descendants(child.pid, forks)
        for fork, asker in forks.items():
            if asker == child.pid:
                yield Child(fork, child.words)
                yield from descendants(fork, forks)


def victims(root: int, victim: Victim, forks: Mapping[int, int]) -> list[Child]:
    """Those who may be killed as a kind of victim, in the order of their process ids.

    Of a process and the fork that stands for it, that is the fork. For a lost machine:
    everybody, the command first, so that nobody can see another one go.

    Args:
        root: process id of the command.
        victim: the kind.
        forks: as in `descendants`.
    """
    command = Child(root, read_command_line(root))
    if victim is Victim.COMMAND:
        return [command]
    below = list(descendants(root, forks))
    if victim is Victim.MACHINE:
        return [command, *below]
    found = sorted(below, key=lambda child: child.pid)
    if victim is Victim.ENGINE:
        return [child for child in found if child.is_engine]
    marks = LANGUAGE if victim is Victim.LANGUAGE else PROVIDER
    askers = set(forks.values())
    return [it for it in found if it.pid not in askers and _has(it.words, marks)]


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


def read_command_line(pid: int) -> tuple[str, ...]:
    """Command line of a process; empty where it is gone."""
    try:
        raw = Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return ()
    return tuple(word.decode(errors="replace") for word in raw.split(b"\0") if word)


def _has(words: Sequence[str], marks: Sequence[str]) -> bool:
    return any(mark in word for word in words for mark in marks)
