"""How long `make test` takes with cached tools, over all that the machine computes meanwhile.

Measured once: it takes many minutes. What else runs on the machine is counted among what must be
computed, and makes the ratio look better than it is.
"""

import os
import subprocess
import sys
import time
from collections.abc import Callable

import psutil

from development.bench.cost import ROOT, CommandError
from development.bench.figure import Figure, figure

NAME = "test-suite"

_PROCESSORS = os.cpu_count() or 1
_WORDS = ("make", "test")


def run(_: int, tell: Callable[[str], None]) -> list[Figure]:
    """Seconds of the tests; what they print goes to standard error.

    Raises:
        CommandError: one failed.
    """
    tell("`make test`, once")
    computed, began = _computed(), time.monotonic()
    done = subprocess.run(_WORDS, cwd=ROOT, stdout=sys.stderr.fileno(), check=False)
    wall, computed = time.monotonic() - began, _computed() - computed
    if done.returncode:
        raise CommandError(f"{' '.join(_WORDS)}: ended with {done.returncode}")
    return [
        figure(
            NAME,
            "`make test` with cached tools: time",
            [(wall, computed / _PROCESSORS)],
            unit="s",
            floor_from=f"all that is computed, spread evenly over {_PROCESSORS} processors",
        )
    ]


def _computed() -> float:
    """Seconds that all processors of the machine have worked."""
    times = psutil.cpu_times()
    return times.user + times.nice + times.system
