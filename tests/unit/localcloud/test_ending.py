"""A process ends however many signals tell it to."""

import signal
import subprocess
import sys
import threading

import pytest

from localcloud.ending import Ending
from tests.waiting import said_at_the_end, wait_until

SCRIPT = """
from localcloud.ending import Ending
ending = Ending()
print("ready", flush=True)
ending.wait()
print("ends", flush=True)
# Whoever ends it may go on signalling meanwhile.
input()
"""


def test_it_ends_in_a_storm_of_signals() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", SCRIPT], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
        for _ in range(2000):
            process.send_signal(signal.SIGTERM)
            process.send_signal(signal.SIGINT)
        try:
            process.stdin.write("\n")
            process.stdin.flush()
            out = said_at_the_end(process)
        finally:
            process.kill()
    assert (out, process.returncode) == ("ends\n", 0)


def test_a_thread_tells_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    ending = Ending()
    waiting = threading.Thread(target=ending.wait, daemon=True)
    waiting.start()
    ending.announce()
    wait_until("the thread was told", lambda: not waiting.is_alive())
