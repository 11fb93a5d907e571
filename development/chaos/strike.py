"""Runs the command that is interrupted, and interrupts it."""

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from development.chaos import command, processes
from development.chaos.plan import Interruption, Kill, Moment
from development.chaos.platform import Platform
from development.chaos.processes import victims
from development.chaos.tracking import Tracker, Usual
from localcloud.fair_clock import FairClock
from localcloud.faults import FaultClient
from localcloud.forks import forks

_PAUSE = 0.01
_GRACE = 3.0
"""Seconds of a `FairClock` that a victim may take to appear: an engine starts its providers when it
needs them."""

COMMAND_DEADLINE = 1800.0
"""Seconds of a `FairClock` without a step or a line after which a command counts as hanging: names
may take 90, and a lock 900."""

NAMES_TIMEOUT = "90s"


@dataclass(frozen=True)
class SwitchRun:
    """What became of a command.

    Attributes:
        code: exit code; negative: killed by that signal; None: it hung and was ended.
        seconds: how long it ran.
        struck: what was done to it, in words; empty when nothing was.
        taken: seconds of each update that ended before anything was done to it.
        log: what it printed.
    """

    code: int | None
    seconds: float
    struck: str
    taken: dict[str, float]
    log: str


def run_interrupted_switch(
    platform: Platform, plan: Interruption, to: str, usual: Usual, log: Path
) -> SwitchRun:
    """A switch with its interruption. What outlives its killer is left alone."""
    faults = FaultClient(platform.cloud)
    started = time.monotonic()
    words = ("bluegreen", "switch", "--to", to, "--yes", "--timeout", NAMES_TIMEOUT)
    with command.started(platform, words, log) as process:
        tracker = Tracker(platform.state, process.pid)
        window = _FaultWindow(faults, plan, usual)
        idle, written = FairClock(), 0
        struck, taken = "", tracker.taken
        aim = _Aim(plan.kill, process.pid, platform.state.forks) if plan.kill else None
        while process.poll() is None:
            moments = tracker.poll()
            if aim and not struck:
                struck = aim.strike(moments, tracker, usual)
                taken = dict(tracker.taken) if struck else taken
            past = time.monotonic() - started
            struck = struck or window.update(past)
            if moments or log.stat().st_size != written:
                written = log.stat().st_size
                idle.restart()
            if idle.seconds > COMMAND_DEADLINE:
                command.end_all(platform, process.pid)
                return SwitchRun(None, past, struck or _end_faults(faults), {}, log.read_text())
            time.sleep(_PAUSE)
        tracker.poll()
    struck = struck or _end_faults(faults)
    seconds = time.monotonic() - started
    if plan.faults or (struck and not aim):
        taken = {}
    usual_times = {str(step): round(spent, 1) for step, spent in taken.items()}
    return SwitchRun(process.returncode, seconds, struck, usual_times, log.read_text())


class _FaultWindow:
    """Faults that begin, last a while and end."""

    def __init__(self, faults: FaultClient, plan: Interruption, usual: Usual) -> None:
        self._faults = faults
        self._coming = plan.faults
        self._begin = plan.fault_from * usual.command
        # A kill waits for its call.
        self._end = math.inf if _kills(plan) else self._begin + plan.fault_seconds

    def update(self, seconds: float) -> str:
        """Begins and ends faults when it is time; says how often they happened."""
        if self._coming and seconds >= self._begin:
            self._faults.add(*self._coming)
            self._coming = ()
        if seconds >= self._end:
            self._end = math.inf
            return _end_faults(self._faults)
        return ""


class _Aim:
    """Waits for the moment of a kill, and for its victim."""

    def __init__(self, kill: Kill, pid: int, folder: Path) -> None:
        self._kill = kill
        self._pid = pid
        self._folder = folder
        self._since: FairClock | None = None

    def strike(self, moments: Sequence[Moment], tracker: Tracker, usual: Usual) -> str:
        """Kills if it is time; says whom, or nothing."""
        kill = self._kill
        if self._since is None:
            if kill.moment not in moments and not tracker.has_come(kill.moment, usual):
                return ""
            self._since = FairClock()
        if self._since.seconds > _GRACE:
            return ""
        found = victims(self._pid, kill.victim, forks(self._folder))
        if not found:
            return ""
        if kill.victim.value in ("language host", "provider"):
            found = [found[int(kill.which * len(found))]]
        killed = processes.kill([child.pid for child in found])
        where = f" in {tracker.act}" if tracker.act else ""
        return f"killed {_name(found[0].words)} and {len(killed) - 1} more{where}" if killed else ""


def _name(words: Sequence[str]) -> str:
    marks = (*processes.LANGUAGE, *processes.PROVIDER)
    marked = next((w for w in words if any(mark in w for mark in marks)), "")
    return marked.rpartition("/")[2] or " ".join(Path(word).name for word in words[:2])


def _kills(plan: Interruption) -> bool:
    return any(fault.kind == "kill" for fault in plan.faults)


def _end_faults(faults: FaultClient) -> str:
    """Ends the faults; says how often they happened, or whom they killed."""
    fired = faults.clear().fired
    killed = [f.outcome for f in fired if f.outcome.startswith("killed")]
    spared = [f for f in fired if f.outcome.startswith(("spared", "nothing"))]
    if killed:
        return f"{killed[0]} at {fired[0].service} {fired[0].action}"
    return "" if spared or not fired else f"{len(fired)} faults"
