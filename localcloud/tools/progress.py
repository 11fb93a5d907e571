"""What a caller is told while tools are prepared, and the error when one cannot be had."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from localcloud.tools.catalogue import Tool

ToolState = Literal["found", "cached", "waiting", "downloading", "downloaded", "building", "built"]
"""Found on PATH, or in the cache; waiting for another run; then what is done, and that it is."""


class ToolError(Exception):
    """A tool cannot be had; the message says why and what to do about it."""


@dataclass(frozen=True)
class Progress:
    """One thing that happened to one tool.

    Attributes:
        tool: the tool in question.
        step: what happens to it.
        position: number of the tool in the list, from 1.
        total: how many tools are asked for.
        detail: why it is built, or who is waited for; empty where there is nothing to say.
        done: bytes of its download that are there.
        size: bytes of its download, or None where the server does not say.
    """

    tool: Tool
    step: ToolState
    position: int
    total: int
    detail: str = ""
    done: int = 0
    size: int | None = None


class Teller:
    """Reports what several threads do, one thing at a time."""

    def __init__(self, tools: Sequence[Tool], report: Callable[[Progress], None]) -> None:
        self._tools = tools
        self._report = report
        self._lock = threading.Lock()

    def report(
        self, tool: Tool, step: ToolState, detail: str = "", done: int = 0, size: int | None = None
    ) -> None:
        """Reports one step of one tool, see `Progress`."""
        position = self._tools.index(tool) + 1
        with self._lock:
            self._report(Progress(tool, step, position, len(self._tools), detail, done, size))
