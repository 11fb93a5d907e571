"""Runs a retirement, and interrupts it."""

import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import psutil

from development.chaos import command, processes
from development.chaos.platform import Platform
from development.chaos.processes import victims
from development.chaos.retirements.plan import (
    RETIRED,
    VICTIMS,
    Blow,
    Interruption,
    Target,
    Trouble,
)
from development.chaos.retirements.platform import deploy
from development.chaos.retirements.progress import Progress, follow
from localcloud.extras import KARPENTER
from localcloud.fair_clock import FairClock
from localcloud.faults import FaultClient
from localcloud.forks import forks
from settings.names import cluster_name

COMMAND = ("bluegreen", "retire", "--colour", RETIRED, "--window", "1m", "--yes")

_PAUSE = 0.05
_GRACE = 5.0
"""Seconds of a `FairClock` that a victim may take to appear."""

_DEADLINE = 1800.0
"""Seconds of a `FairClock` without a line after which a command counts as hanging."""


@dataclass(frozen=True)
class Retirement:
    """What became of a command.

    Attributes:
        code: exit code; negative: killed by that signal; None: it hung and was ended.
        seconds: how long it ran.
        struck: what was done to it, in words; empty when nothing was.
        log: what it printed.
    """

    code: int | None
    seconds: float
    struck: str
    log: str


def run_retirement(platform: Platform, plan: Interruption | None, log: Path) -> Retirement:
    """A retirement, with its interruption if there is one; faults have ended with it."""
    began = time.monotonic()
    struck: list[str] = []
    with command.started(platform, COMMAND, log) as process:
        strikers = _strikers(platform, process.pid, plan)
        progress = follow(platform) if strikers else None
        idle, written = FairClock(), 0
        while process.poll() is None:
            moved = progress is not None and progress.poll()
            if progress is not None:
                struck += filter(None, [it.strike(progress) for it in strikers])
            if moved or log.stat().st_size != written:
                written = log.stat().st_size
                idle.restart()
            if idle.seconds > _DEADLINE:
                command.end_all(platform, process.pid)
                break
            time.sleep(_PAUSE)
        hung = process.poll() is None
    struck += filter(None, [striker.end() for striker in strikers])
    code = None if hung else process.returncode
    return Retirement(code, time.monotonic() - began, "; ".join(struck), log.read_text())


class _Striker(Protocol):
    def strike(self, progress: Progress, /) -> str:
        """Strikes if it is time; says what was done, or nothing."""
        ...

    def end(self) -> str:
        """Ends what it has begun; says what was done, or nothing."""
        ...


def _strikers(platform: Platform, pid: int, plan: Interruption | None) -> list[_Striker]:
    if plan is None:
        return []
    found: list[_Striker] = []
    if plan.trouble is not None:
        found.append(_Troubler(FaultClient(platform.cloud), plan.trouble))
    if plan.launching:
        # After the faults: Karpenter answers within a second or two.
        found.append(_Launcher(platform))
    if plan.blow is not None:
        found.append(_Killer(platform, pid, plan.blow))
    return found


class _Launcher:
    """Has pods come as the retirement begins."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._done = False

    def strike(self, _: Progress) -> str:
        """Deploys at the first look."""
        if not self._done:
            self._done = True
            deploy(self._platform, RETIRED, "late")
        return ""

    def end(self) -> str:
        """They go with the colour."""
        return ""


class _Killer:
    """Waits for the moment of a blow, and for its victim."""

    def __init__(self, platform: Platform, pid: int, blow: Blow) -> None:
        self._platform = platform
        self._pid = pid
        self._blow = blow
        self._since: FairClock | None = None
        self._done = False

    def strike(self, progress: Progress) -> str:
        """Strikes if it is time; says whom, or nothing."""
        blow, past = self._blow, progress.seconds_since(self._blow.point)
        if self._done or past is None or past < blow.delay:
            return ""
        self._since = self._since or FairClock()
        if self._since.seconds > _GRACE:
            return ""
        hit = self._hit()
        self._done = bool(hit)
        where = f"{past:.1f} s after {blow.point}, with {progress.claims} NodeClaims left"
        return f"{hit} {where}" if hit else ""

    def end(self) -> str:
        """Nothing is left to be ended."""
        return ""

    def _hit(self) -> str:
        blow = self._blow
        if blow.target is Target.TERMINAL:
            os.killpg(self._pid, signal.SIGINT)
            return "Ctrl-C"
        if blow.target is Target.KARPENTER:
            pids = karpenters(self._platform)
        else:
            found = victims(self._pid, VICTIMS[blow.target], forks(self._platform.state.forks))
            pids = [it.pid for it in found]
            if pids and blow.target in (Target.LANGUAGE, Target.PROVIDER):
                pids = [pids[int(blow.which * len(pids))]]
        killed = processes.kill(pids)
        return f"killed {blow.target} ({len(killed)} processes)" if killed else ""


class _Troubler:
    """Faults that begin, last a while and end."""

    def __init__(self, faults: FaultClient, trouble: Trouble) -> None:
        self._faults = faults
        self._trouble = trouble
        self._began: float | None = None
        self._ended = False

    def strike(self, progress: Progress) -> str:
        """Begins and ends the faults when it is time; says how often they happened."""
        if self._began is None:
            if progress.seconds_since(self._trouble.point) is not None:
                self._faults.add(*self._trouble.faults)
                self._began = time.monotonic()
            return ""
        past = time.monotonic() - self._began
        return self.end() if past > self._trouble.seconds else ""

    def end(self) -> str:
        """Ends them; says how often they happened, or whom they killed."""
        if self._ended:
            return ""
        self._ended = True
        fired = self._faults.clear().fired
        if not fired:
            return ""
        killed = [it for it in fired if it.outcome.startswith("killed")]
        if killed:
            return f"{killed[0].outcome} at {killed[0].service} {killed[0].action}"
        if any(it.outcome.startswith(("spared", "nothing")) for it in fired):
            return ""
        return f"{len(fired)} faults"


def karpenters(platform: Platform) -> list[int]:
    """Process ids of the retired colour's Karpenter."""
    found: list[int] = []
    for process in psutil.Process(platform.cloud.pid).children(recursive=True):
        try:
            own = process.name() == KARPENTER.tools[0].name
            if own and process.environ().get("CLUSTER_NAME") == cluster_name(RETIRED):
                found.append(process.pid)
        except psutil.Error:
            continue
    return found
