"""Fetches the modules of what is built next while something else compiles."""

import subprocess
import threading
from contextlib import suppress

from localcloud.tools import catalogue
from localcloud.tools.build import go_command, go_environment
from localcloud.tools.catalogue import Tool
from localcloud.tools.progress import ToolError


class Prefetch:
    """A background thread of one run; what it cannot fetch, the build fetches or reports."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: list[Tool] = []
        self._running: subprocess.Popen[bytes] | None = None
        self._thread: threading.Thread | None = None
        self._ended = False

    def add(self, tool: Tool) -> None:
        """Has the modules of `tool` fetched, after those of tools that were added before."""
        with self._lock:
            if self._ended:
                return
            self._waiting.append(tool)
            if self._thread is None:
                self._thread = threading.Thread(target=self._fetch, name="modules")
                self._thread.start()

    def drop(self, tool: Tool) -> None:
        """Leaves `tool` alone if it is not at it yet: its build fetches for itself."""
        with self._lock, suppress(ValueError):
            self._waiting.remove(tool)

    def end(self) -> None:
        """Stops fetching, then returns."""
        with self._lock:
            self._ended = True
            self._waiting.clear()
            if self._running is not None:
                self._running.terminate()
            thread = self._thread
        if thread is not None:
            thread.join()

    def _fetch(self) -> None:
        while (process := self._next()) is not None:
            process.wait()

    def _next(self) -> "subprocess.Popen[bytes] | None":
        """Begins with the next tool; None, and the thread ends, when there is none."""
        with self._lock:
            self._running = None
            # Without Go, or with one that does not work, the build says so.
            with suppress(ToolError, OSError):
                if self._waiting:
                    self._running = _listing(self._waiting.pop(0))
            if self._running is None:
                self._thread = None
            return self._running


def _listing(tool: Tool) -> "subprocess.Popen[bytes]":
    """To list a program's packages, Go fetches their modules, and no others."""
    return subprocess.Popen(
        go_command("list", "-deps", tool.package),
        cwd=catalogue.MODULES / tool.group,
        env=go_environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
