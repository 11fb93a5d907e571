"""Runs kubectl for the local cloud's own commands, and waits where a busy machine makes it late."""

import subprocess
import time
from collections.abc import Mapping

from localcloud.fair_clock import FairClock

PATIENCE = 60.0
"""Seconds of a `FairClock` for one answer: kubectl itself gives up by the clock, after ten."""

_LATE = ("TLS handshake timeout", "i/o timeout", "Client.Timeout exceeded", "context deadline")
_PAUSE = 0.5


class KubectlError(Exception):
    """kubectl failed; the message is what it said."""


def run(program: str, environment: Mapping[str, str], *words: str) -> str:
    """What kubectl prints. What it does is done anew where no answer came in its own time.

    Args:
        program: path of kubectl.
        environment: that of a client of the local cloud.
        words: arguments that can be given twice, such as a server-side apply.

    Raises:
        KubectlError: it failed.
    """
    clock = FairClock()
    while True:
        done = subprocess.run(
            [program, *words], env=environment, capture_output=True, text=True, check=False
        )
        if done.returncode == 0:
            return done.stdout
        late = any(it in done.stderr for it in _LATE)
        if not late or clock.seconds > PATIENCE:
            raise KubectlError(done.stderr.strip())
        time.sleep(_PAUSE)
