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

# A signal between the interpreter's last look at signals and the read: both are called out of C,
# with no instruction of Python between them.
ON_THE_WAY = """
import ctypes, os, signal
from functools import partial
from operator import call
from localcloud import ending

read = os.read
kill = partial(ctypes.CDLL(None).kill, os.getpid(), signal.SIGTERM)
os.read = lambda *args: list(map(call, (kill, partial(read, *args))))[1]
it = ending.Ending()
print("ready", flush=True)
it.wait()
print("ends", flush=True)
"""


def test_a_signal_on_the_way_into_the_wait_is_heard() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", ON_THE_WAY], stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            out = said_at_the_end(process)
        finally:
            process.kill()
    assert (out, process.returncode) == ("ready\nends\n", 0)


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
    monkeypatch.setattr(signal, "set_wakeup_fd", lambda *_, **__: None)
    ending = Ending()
    waiting = threading.Thread(target=ending.wait, daemon=True)
    waiting.start()
    ending.announce()
    wait_until("the thread was told", lambda: not waiting.is_alive())
