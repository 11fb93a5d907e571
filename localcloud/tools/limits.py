"""When a download is given up."""

import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """Bounds of one download.

    Attributes:
        connect: seconds within which a connection must stand.
        stall: seconds for which a server may send nothing.
        slowest: bytes a second that it must send over each `stall`.
        attempts: how often a file is asked for, each time for the rest of it.
        pause: seconds before the second attempt, doubled with each later one.
        clock: seconds from any moment on.
    """

    connect: float = 10.0
    stall: float = 30.0
    slowest: int = 4096
    attempts: int = 4
    pause: float = 1.0
    clock: Callable[[], float] = time.monotonic
