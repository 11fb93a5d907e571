"""Kills what a local cloud's server started, should the server end without doing so itself.

Reads ``+PID`` and ``-PID`` lines from the server. The end of that input means that the server is
gone, however it went; what is still listed then is killed. Written for any system: Linux alone
could tie a child's life to its parent's.
"""

import os
import signal
import sys
from collections.abc import Iterable


def watch(lines: Iterable[str]) -> set[int]:
    """Process ids that were begun and not ended, once `lines` are over."""
    alive: set[int] = set()
    for line in lines:
        sign, number = line[0], int(line[1:])
        if sign == "+":
            alive.add(number)
        else:
            alive.discard(number)
    return alive


def main() -> None:
    """Waits for the server's end."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    for pid in watch(sys.stdin):
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue


if __name__ == "__main__":
    main()
