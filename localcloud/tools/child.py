"""Obtains tools for a process that goes on meanwhile: ``python -m localcloud.tools.child NAME…``.

The local cloud's server runs it for what it needs later. It writes a line of JSON, `Said`, for each
step, and ends with its parent, with whatever it started: all of them are one process group.
"""

import os
import signal
import sys
import threading
from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict

from localcloud.tools.catalogue import LATER, Tool
from localcloud.tools.obtain import ensure
from localcloud.tools.progress import Progress, ToolError, ToolState


class Said(BaseModel):
    """One line: a step of one tool, or why there will be no other.

    Attributes:
        tool: number of the tool among those that were asked for, from 0.
        step: what happens to it.
        detail: why it is built, or who is waited for.
        done: bytes of its download that are there.
        size: bytes of its download, where the server says so.
        error: why a tool cannot be had, with the remedy.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    tool: int = 0
    step: ToolState | None = None
    detail: str = ""
    done: int = 0
    size: int | None = None
    error: str = ""


def key(tool: Tool) -> str:
    """Names a tool on the command line."""
    return f"{tool.group}/{tool.name}"


def main(keys: Sequence[str]) -> int:
    """Obtains the tools of those keys; 1 where one cannot be had."""
    known = {key(tool): tool for group in LATER for tool in group}
    tools = [known[it] for it in keys]
    threading.Thread(target=_end_with_parent, daemon=True).start()
    last: Said | None = None

    def report(progress: Progress) -> None:
        nonlocal last
        said = _said(tools, progress)
        # A download has a step for each part of a megabyte.
        if last is None or _percent(said) != _percent(last) or said.step != last.step:
            last = said
            print(said.model_dump_json(), flush=True)

    try:
        ensure(tools, report)
    except ToolError as error:
        print(Said(error=str(error)).model_dump_json(), flush=True)
        return 1
    return 0


def _said(tools: Sequence[Tool], progress: Progress) -> Said:
    return Said(
        tool=tools.index(progress.tool),
        step=progress.step,
        detail=progress.detail,
        done=progress.done,
        size=progress.size,
    )


def _percent(said: Said) -> tuple[int, int]:
    return said.tool, 100 * said.done // said.size if said.size else 0


def _end_with_parent() -> None:
    """The parent has the other end of this input, and nobody else."""
    # Not sys.stdin: a thread that reads it at the end of Python is a fatal error.
    os.read(0, 1)
    os.killpg(os.getpgid(0), signal.SIGKILL)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
