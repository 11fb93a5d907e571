"""What a command costs: time of processors, time of the clock, memory."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]

_METER = Path(__file__).parent / "meter.py"
_KIB = 1024
_LINES = 20


class CommandError(Exception):
    """A command that is measured ended otherwise than it should."""


@dataclass(frozen=True)
class Cost:
    """What a command took.

    Attributes:
        processor: seconds of processors, of the command and of all that it waited for; what runs
            in a server beside it does not count.
        wall: seconds from its start to its end.
        peak: MiB of memory that the largest of these processes had at a time.
    """

    processor: float
    wall: float
    peak: float


def measure(
    words: Sequence[str],
    *,
    folder: Path = ROOT,
    environment: Mapping[str, str] | None = None,
    expected: Sequence[int] = (0,),
) -> Cost:
    """Runs a command without input, and says what it cost.

    Args:
        words: of the command.
        folder: where it runs.
        environment: of its own; None: that of this process.
        expected: exit codes that are right.

    Raises:
        CommandError: another exit code; with the end of what it printed.
    """
    reader, writer = os.pipe()
    with open(reader) as told, tempfile.TemporaryFile() as printed:  # noqa: PTH123 - a descriptor
        process = subprocess.Popen(
            [sys.executable, "-I", "-S", str(_METER), str(writer), *words],
            cwd=folder,
            env=None if environment is None else dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=printed,
            stderr=subprocess.STDOUT,
            pass_fds=[writer],
        )
        os.close(writer)
        process.wait()
        said = told.read().split()
        code = int(said[3]) if said else process.returncode
        if code not in expected:
            printed.seek(0)
            last = printed.read().decode(errors="replace").splitlines()[-_LINES:]
            raise CommandError("\n".join((f"{' '.join(words)}: ended with {code}", *last)))
    wall, processor, peak = (float(it) for it in said[:3])
    return Cost(processor, wall, peak / _KIB)
