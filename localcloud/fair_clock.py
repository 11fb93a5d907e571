"""Seconds that count for what the machine has to give: no deadline fails on a busy one."""

import os
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

ANSWER = 300.0
"""Seconds for one answer from this machine itself: who is gone refuses at once, a busy one is late.

Without it a client would wait for a server that hangs until somebody looks.
"""

_POLL = 0.1
_LOADS = Path("/proc/loadavg")
_LONGEST_LOOK = 5.0
"""Seconds that count at most between two looks: a laptop may have slept in between."""


def busyness() -> float:
    """How many threads want each processor of this machine; 1 where there are enough of these.

    The mean of the last minute, or what is so now where that is more: the mean comes late.
    """
    wanting = os.getloadavg()[0]
    if _LOADS.exists():  # Linux says, too, how many want to run at this moment: "… 3/812 …"
        now, _ = _LOADS.read_text().split()[3].split("/")
        wanting = max(wanting, float(now))
    return max(1.0, wanting / (os.cpu_count() or 1))


class FairClock:
    """Counts seconds; while three threads want each processor, one of them counts a third."""

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        busy: Callable[[], float] = busyness,
    ) -> None:
        self._clock = clock
        self._busy = busy
        self._last = clock()
        self._counted = 0.0

    @property
    def seconds(self) -> float:
        """What has counted since it began, or since `restart`."""
        now = self._clock()
        self._counted += min(now - self._last, _LONGEST_LOOK) / self._busy()
        self._last = now
        return self._counted

    def restart(self) -> None:
        """Begins to count anew: something has moved."""
        self._last = self._clock()
        self._counted = 0.0


def communicate(process: "subprocess.Popen[str]", seconds: float) -> tuple[str, str]:
    """Output and errors of a short command, once it has ended.

    Args:
        process: the command, both of whose streams are pipes.
        seconds: of a `FairClock`; then it is killed.

    Raises:
        subprocess.TimeoutExpired: it was.
    """
    clock = FairClock()
    while clock.seconds < seconds:
        with suppress(subprocess.TimeoutExpired):
            return process.communicate(timeout=_POLL)
    process.kill()
    process.communicate()
    raise subprocess.TimeoutExpired(process.args, seconds)
