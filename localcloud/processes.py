"""Starts and ends the programs of the local cloud, so that none of them outlives its server."""

import contextlib
import logging
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from localcloud import reaper
from localcloud.fair_clock import FairClock
from localcloud.liveness import Liveness, StalledError, last_lines

STOP_DEADLINE = 10.0
"""Seconds of a `FairClock` between the request to end and the kill."""

_POLL = 0.1

_log = logging.getLogger(__name__)

_handed_out: set[int] = set()
_ports = threading.Lock()


class ProcessError(RuntimeError):
    """A program ended, or did not get ready; the message holds the end of its log."""


def free_port() -> int:
    """A free loopback port, given to nobody else in this process."""
    with _ports:
        while True:
            with socket.socket() as probe:
                probe.bind(("127.0.0.1", 0))
                port = int(probe.getsockname()[1])
            if port not in _handed_out:
                _handed_out.add(port)
                return port


class Process:
    """One running program."""

    def __init__(self, name: str, popen: "subprocess.Popen[bytes]", log: Path) -> None:
        self.name = name
        self.log = log
        self._popen = popen

    @property
    def pid(self) -> int:
        """Process id."""
        return self._popen.pid

    @property
    def running(self) -> bool:
        """Whether it has not ended yet."""
        return self._popen.poll() is None

    @property
    def code(self) -> int | None:
        """What it ended with, or None while it runs; a negative one is a signal's number."""
        return self._popen.poll()

    def stop(self, signal_number: signal.Signals = signal.SIGTERM) -> None:
        """Ends the program and waits until it is gone."""
        if self.running:
            self._popen.send_signal(signal_number)
            clock = FairClock()
            while self.running and clock.seconds < STOP_DEADLINE:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    self._popen.wait(_POLL)
            if self.running:
                self._popen.kill()
        self._popen.wait()

    def wait_until(self, ready: Callable[[], bool]) -> None:
        """Asks `ready` until it says yes, as long as the program goes on.

        Raises:
            ProcessError: the program ended first, or does nothing any more.
        """
        alive = Liveness(self.pid, self.name, self.log, _log.info)
        while not ready():
            if not self.running:
                raise ProcessError(f"{self.name} ended: {last_lines(self.log)}")
            try:
                alive.look()
            except StalledError as error:
                raise ProcessError(str(error)) from error
            time.sleep(_POLL)


class Processes:
    """All programs that one server runs; a reaper ends them if the server cannot."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._reaper = subprocess.Popen(
            [sys.executable, "-P", reaper.__file__], stdin=subprocess.PIPE, text=True
        )

    def start(
        self,
        name: str,
        command: Sequence[str],
        log: Path,
        environment: Mapping[str, str],
        *,
        folder: Path | None = None,
    ) -> Process:
        """Starts a program whose output goes to `log`; its environment is PATH and what is given.

        It works in `folder`, or where this process does.

        Raises:
            OSError: it cannot be started.
        """
        log.parent.mkdir(parents=True, exist_ok=True)
        base = {"PATH": os.environ.get("PATH", os.defpath), "HOME": os.environ.get("HOME", "/")}
        with log.open("ab") as output:
            popen = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**base, **environment},
                cwd=folder,
            )
        self._tell_reaper(f"+{popen.pid}")
        return Process(name, popen, log)

    def stop(
        self, processes: Sequence[Process], signal_number: signal.Signals = signal.SIGTERM
    ) -> None:
        """Ends programs, all at the same time."""
        stoppers = [threading.Thread(target=it.stop, args=(signal_number,)) for it in processes]
        for stopper in stoppers:
            stopper.start()
        for stopper in stoppers:
            stopper.join()
        for process in processes:
            self._tell_reaper(f"-{process.pid}")

    def close(self) -> None:
        """Ends the reaper; every program must have been stopped."""
        if self._reaper.stdin is not None:
            self._reaper.stdin.close()
        self._reaper.wait()

    def _tell_reaper(self, line: str) -> None:
        with self._lock, contextlib.suppress(BrokenPipeError):
            stdin = self._reaper.stdin
            if stdin is not None:
                stdin.write(line + "\n")
                stdin.flush()
