"""Fetches the modules of what is built next while something else compiles."""

import subprocess
import threading
from collections.abc import Sequence

from localcloud.tools import catalogue
from localcloud.tools.build import go_command, go_environment
from localcloud.tools.catalogue import Tool


class Prefetch:
    """One background thread of a run; what it cannot fetch, the build fetches or reports."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: subprocess.Popen[bytes] | None = None
        self._known: set[str] = set()
        self._ended = False
        self._thread: threading.Thread | None = None

    def start(self, tools: Sequence[Tool]) -> None:
        """Fetches for `tools`, one after the other, unless it still does for others.

        Raises:
            ToolError: Go is missing, too old or does not work.
        """
        wanted = [tool for tool in tools if tool.package not in self._known]
        busy = self._thread is not None and self._thread.is_alive()
        if not wanted or busy:
            return
        self._known.update(tool.package for tool in wanted)
        # To list a program's packages, Go fetches their modules, and no others.
        command = go_command("list", "-deps")
        self._thread = threading.Thread(
            target=self._fetch, args=(command, wanted), name="modules", daemon=True
        )
        self._thread.start()

    def end(self) -> None:
        """Stops fetching, then returns."""
        with self._lock:
            self._ended = True
            if self._running is not None:
                self._running.terminate()
        if self._thread is not None:
            self._thread.join()

    def _fetch(self, command: Sequence[str], tools: Sequence[Tool]) -> None:
        for tool in tools:
            with self._lock:
                if self._ended:
                    return
                self._running = subprocess.Popen(
                    [*command, tool.package],
                    cwd=catalogue.MODULES / tool.group,
                    env=go_environment(),
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                )
            self._running.wait()
