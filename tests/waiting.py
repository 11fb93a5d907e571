"""Waiting in tests: for as long as something moves, and by no clock that a busy machine breaks."""

import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

import psutil

from localcloud.fair_clock import FairClock
from localcloud.liveness import Liveness

T = TypeVar("T")

PATIENCE = 60.0
"""Seconds of a `FairClock`: what an idle machine does in a few."""

_POLL = 0.2


def wait_for(
    what: str, look: Callable[[], T | None], patience: float = PATIENCE, pause: float = _POLL
) -> T:
    """What `look` gives, as soon as it gives something true.

    Args:
        what: what is waited for, for the failure.
        look: asks.
        patience: seconds of a `FairClock`.
        pause: seconds between two looks.
    """
    clock = FairClock()
    while not (found := look()):
        assert clock.seconds < patience, f"not within {patience:.0f} s: {what}"
        time.sleep(pause)
    return found


def wait_until(
    what: str, true: Callable[[], bool], patience: float = PATIENCE, pause: float = _POLL
) -> None:
    """Asks until it is true; arguments as of `wait_for`."""
    wait_for(what, true, patience, pause)


def wait_while_it_runs(
    process: "subprocess.Popen[str] | subprocess.Popen[bytes]",
    what: str,
    true: Callable[[], bool],
    pause: float = 0.05,
) -> None:
    """Asks until it is true, as long as a process lives and does something."""
    alive = Liveness(process.pid, what, None, print)
    while not true():
        assert process.poll() is None, f"it ended before: {what}"
        alive.look()
        time.sleep(pause)


def has_ended(process: psutil.Process) -> bool:
    """Whether it has, and whether or not its parent has asked how."""
    try:
        return process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def said_at_the_end(process: "subprocess.Popen[str]") -> str:
    """What a process prints, once it has ended; it gets the time that it needs."""
    alive = Liveness(process.pid, "a command", None, print)
    while process.poll() is None:
        with suppress(subprocess.TimeoutExpired):
            return process.communicate(timeout=_POLL)[0]
        alive.look()
    return process.communicate()[0]
