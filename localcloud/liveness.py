"""Waits for a program by what it does, not by the clock."""

import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from pathlib import Path

import psutil

from localcloud.fair_clock import FairClock

STALL = 120.0
"""Seconds of a `FairClock` in which a program that goes on does something at all."""

_TOLD_EVERY = 10.0
_POLL = 0.1
_LOOK_EVERY = 1.0  # seconds; going through all processes takes time itself
_LAST_LINES = 5
_LONGEST_LINE = 500


class StalledError(Exception):
    """A program lives and does nothing any more; the message says since when."""


class Liveness:
    """Whether a program goes on, with all that it started.

    It does while it uses processor time or writes to its log.

    Args:
        pid: its process id.
        what: its name, for people.
        log: file that it writes to, if there is one.
        say: gets a line every ten seconds, for a person who waits.
        usual: how long it takes on an idle machine, for people.
        clock: counts the seconds without any progress.
    """

    def __init__(
        self,
        pid: int,
        what: str,
        log: Path | None,
        say: Callable[[str], None],
        *,
        usual: str = "",
        clock: FairClock | None = None,
    ) -> None:
        self._pid = pid
        self._what = what
        self._log = log
        self._say = say
        self._usual = f", usually {usual}" if usual else ""
        self._clock = clock or FairClock()
        self._since = datetime.now().astimezone()
        self._told = time.monotonic()
        self._looked = 0.0
        self._seen: tuple[float, int] | None = None

    def look(self) -> None:
        """One look, to be made again and again while something of the program is waited for.

        Raises:
            StalledError: it has done nothing for `STALL` seconds.
        """
        if time.monotonic() - self._looked < _LOOK_EVERY:
            return
        self._looked = time.monotonic()
        seen = (self._processor_time(), self._written())
        if seen != self._seen:
            self._seen = seen
            self._clock.restart()
        elif self._clock.seconds > STALL:
            raise StalledError(
                f"{self._what} lives, but has used no processor time and written nothing for"
                f" {STALL:.0f} s{self._end_of_log()}"
            )
        if time.monotonic() - self._told >= _TOLD_EVERY:
            self._told = time.monotonic()
            self._say(
                f"waiting for {self._what} since {self._since:%H:%M:%S}{self._usual}: it goes on,"
                f" with {seen[0]:.1f} s of processor time so far"
            )

    def _processor_time(self) -> float:
        """Of it and of all that it started; what has ended counts in its parent."""
        total = 0.0
        try:
            root = psutil.Process(self._pid)
            for process in (root, *root.children(recursive=True)):
                times = process.cpu_times()
                total += times.user + times.system + times.children_user + times.children_system
        except psutil.Error:  # one of them has just ended; the next look tells
            pass
        return round(total, 2)

    def _written(self) -> int:
        return self._log.stat().st_size if self._log and self._log.exists() else 0

    def _end_of_log(self) -> str:
        return f"; the end of its log, {self._log}:\n{last_lines(self._log)}" if self._log else ""


def communicate(process: "subprocess.Popen[str]", what: str) -> tuple[str, str]:
    """Output and errors of a command, once it has ended, as long as it goes on.

    Args:
        process: the command, both of whose streams are pipes.
        what: its name, for people.

    Raises:
        StalledError: it did nothing any more, and was killed.
    """
    alive = Liveness(process.pid, what, None, lambda _: None)
    try:
        while True:
            with suppress(subprocess.TimeoutExpired):
                return process.communicate(timeout=_POLL)
            alive.look()
    except StalledError:
        process.kill()
        process.communicate()
        raise


def last_lines(log: Path) -> str:
    """The end of a program's log, for an error."""
    lines = log.read_text(errors="replace").strip().splitlines() if log.exists() else []
    return "\n".join(line[:_LONGEST_LINE] for line in lines[-_LAST_LINES:]) or "it printed nothing"
