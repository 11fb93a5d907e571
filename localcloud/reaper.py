"""Kills what a local cloud's server started, should the server end without doing so itself.

Reads ``+PID`` and ``-PID`` lines from the server. The end of that input means that the server is
gone, however it went; what is still listed then is killed. Where the system has handles of
processes, a process is known by that: a program may have ended long ago, and its id be somebody
else's by now. Written for any system: Linux alone could tie a child's life to its parent's.
"""

import os
import signal
import sys
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import partial

Kill = Callable[[], None]
"""Kills one process; raises ProcessLookupError where it is gone."""


def watch(lines: Iterable[str]) -> dict[int, Kill]:
    """Processes that were begun and not ended, once `lines` are over."""
    alive: dict[int, Kill] = {}
    for line in lines:
        sign, number = line[0], int(line[1:])
        if sign == "-":
            alive.pop(number, None)
            continue
        with suppress(ProcessLookupError):
            alive[number] = _killer_of(number)
    return alive


def _killer_of(pid: int) -> Kill:
    if sys.platform == "linux":
        return partial(signal.pidfd_send_signal, os.pidfd_open(pid), signal.SIGKILL)
    return partial(os.kill, pid, signal.SIGKILL)


def main() -> None:
    """Waits for the server's end."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    for kill in watch(sys.stdin).values():
        with suppress(ProcessLookupError):
            kill()


if __name__ == "__main__":
    main()
