"""The command that is interrupted: how it starts, and how all of it is ended."""

import subprocess
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path

from development.chaos import processes
from development.chaos.plan import Victim
from development.chaos.platform import Platform
from development.chaos.processes import victims
from localcloud.forks import forks


@contextmanager
def started(
    platform: Platform, words: Sequence[str], log: Path
) -> "Generator[subprocess.Popen[bytes]]":
    """A command in a session of its own, which prints into `log`; it has ended with the block."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            words,
            cwd=platform.state.project,
            env=platform.environment(),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            yield process
        finally:
            if process.poll() is None:
                process.kill()
            process.wait()


def end_all(platform: Platform, pid: int) -> None:
    """Kills a command that hangs, with all that it started."""
    everybody = victims(pid, Victim.MACHINE, forks(platform.state.forks))
    processes.kill([child.pid for child in everybody])
