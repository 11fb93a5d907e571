"""Obtains what a local cloud can come up without while it runs, what is needed first before others.

One group of tools at a time, each in a child of this server (`localcloud.tools.child`): nothing of
it outlives the server, and what a group had when it is cut off is in the caches for the next one.
"""

import contextlib
import logging
import math
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from localcloud.later import LaterTool
from localcloud.state import PROJECT_ROOT
from localcloud.tools import child
from localcloud.tools.catalogue import Tool
from localcloud.tools.obtain import found
from localcloud.tools.progress import ToolError

Group = tuple[Tool, ...]

_log = logging.getLogger(__name__)


@dataclass
class _State:
    """Where one group stands; every part is read and written under the lock."""

    doing: str = ""
    running: bool = False
    cut_off: bool = False
    failed: str = ""
    begun: datetime | None = None
    wanted: datetime | None = None


class LaterTools:
    """All tools of one local cloud: those it started with, and those that come."""

    def __init__(
        self,
        first: Mapping[Tool, Path],
        groups: Sequence[Group],
        arrived: Callable[[Tool, Path], None] = lambda _tool, _path: None,
    ) -> None:
        """Obtains nothing yet.

        Args:
            first: what is there.
            groups: what comes, in this order where nobody asks for another.
            arrived: told of each tool that came, once it is there.
        """
        self._there = dict(first)
        self._arrived = arrived
        self._here = {tool: found(tool) for group in groups for tool in group}
        self._there.update({tool: path for tool, path in self._here.items() if path is not None})
        self._groups = {
            group: _State() for group in groups if any(self._here[tool] is None for tool in group)
        }
        self._changed = threading.Condition()
        self._ended = False
        self._child: subprocess.Popen[str] | None = None
        self._thread = threading.Thread(target=self._run, name="later tools", daemon=True)

    def start(self) -> None:
        """Begins with the first group that is missing."""
        for tool, path in self._here.items():
            if path is not None:
                self._arrived(tool, path)
        self._thread.start()

    def stop(self) -> None:
        """Ends what is at work, then returns; whoever waits gets a ToolError."""
        with self._changed:
            self._ended = True
            if self._child is not None:
                _end(self._child, signal.SIGTERM)
            self._changed.notify_all()
        if self._thread.is_alive():
            self._thread.join()

    def add(self, tools: Mapping[Tool, Path]) -> None:
        """Takes tools that were found elsewhere, and are nobody's to obtain."""
        with self._changed:
            self._there.update(tools)

    def has(self, tool: Tool) -> bool:
        """Whether it is there, or comes."""
        with self._changed:
            return tool in self._there or self._group(tool) is not None

    def now(self, tool: Tool) -> Path | None:
        """A tool that is there; None where it is not, and then it comes before others.

        One that could not be had is there once somebody has put it into the cache.
        """
        with self._changed:
            path = self._there.get(tool)
            group = self._group(tool)
            if path is not None or group is None:
                return path
            if not self._groups[group].failed:
                self._want(group)
                return None
            return self._there[tool] if self._had(group) else None

    def path(self, tool: Tool) -> Path:
        """Waits for a tool. One that could not be had is tried again.

        Raises:
            ToolError: it cannot be had, or the local cloud ends; says what to do.
            LookupError: the local cloud does not have it.
        """
        with self._changed:
            group = self._group(tool)
            if tool in self._there or group is None:
                return self._there[tool]
            self._try(group)
            state = self._groups[group]
            while tool not in self._there:
                if self._ended:
                    raise ToolError("the local cloud ends")
                if state.failed:
                    raise ToolError(f"{tool.name} {tool.version} cannot be had: {state.failed}")
                self._changed.wait()
            return self._there[tool]

    def want(self, name: str) -> LaterTool | None:
        """Has a tool obtained before others; None for one that nothing has to obtain."""
        with self._changed:
            for group in self._groups:
                for tool in group:
                    if tool.name == name:
                        self._try(group)
                        return self._said(group, tool)
        return None

    def said(self, tool: Tool) -> str:
        """What somebody is told who waits for it; empty once it is there."""
        with self._changed:
            group = self._group(tool)
            if tool in self._there or group is None:
                return ""
            return str(self._said(group, tool))

    def report(self) -> list[LaterTool]:
        """All tools that the local cloud started without."""
        with self._changed:
            return [self._said(group, tool) for group in self._groups for tool in group]

    def _said(self, group: Group, tool: Tool) -> LaterTool:
        state = self._groups[group]
        path = self._there.get(tool)
        since = (state.wanted or state.begun) if path is None else None
        doing = "" if path else state.failed or (state.doing if state.running else self._turn())
        return LaterTool(
            name=tool.name,
            version=tool.version,
            state="there"
            if path
            else "failed"
            if state.failed
            else "at work"
            if state.running
            else "waiting",
            doing=doing,
            since=since,
            wanted=path is None and state.wanted is not None,
            path=str(path or ""),
        )

    def _turn(self) -> str:
        at_work = [group[0].name for group, state in self._groups.items() if state.running]
        return f"its turn comes after {at_work[0]}" if at_work else "its turn comes"

    def _group(self, tool: Tool) -> Group | None:
        return next((group for group in self._groups if tool in group), None)

    def _want(self, group: Group) -> None:
        state = self._groups[group]
        state.wanted = state.wanted or datetime.now().astimezone()
        for other in self._groups.values():
            # What nobody waits for gives way; of a build, what was compiled is kept.
            if other.running and not other.wanted:
                other.cut_off = True
                if self._child is not None:
                    _end(self._child, signal.SIGTERM)
        self._changed.notify_all()

    def _try(self, group: Group) -> None:
        """Wants it, and forgets that it could not be had."""
        state = self._groups[group]
        if state.failed and not self._had(group):
            state.failed, state.wanted = "", None
        self._want(group)

    def _had(self, group: Group) -> bool:
        """Takes the group if all of it is there by now."""
        here = {tool: self._there.get(tool) or found(tool) for tool in group}
        if not all(here.values()):
            return False
        for tool, path in here.items():
            if path is not None and tool not in self._there:
                self._there[tool] = path
                self._arrived(tool, path)
        self._groups[group].failed = ""
        self._changed.notify_all()
        return True

    def _run(self) -> None:
        while (group := self._next()) is not None:
            failed = self._obtain(group)
            with self._changed:
                state = self._groups[group]
                cut_off = state.cut_off or self._ended
                state.running, state.cut_off, self._child = False, False, None
                if not self._had(group) and not cut_off:
                    state.failed = failed
                    _log.warning("%s: %s", ", ".join(tool.name for tool in group), failed)
                self._changed.notify_all()

    def _next(self) -> Group | None:
        """Waits for a group that has to be obtained; None at the end."""
        with self._changed:
            while not self._ended:
                missing = [
                    group
                    for group, state in self._groups.items()
                    if not state.failed and any(tool not in self._there for tool in group)
                ]
                # Who asked first comes first; a stable order leaves the others as they are.
                missing.sort(key=lambda group: _asked(self._groups[group]))
                if missing:
                    state = self._groups[missing[0]]
                    state.running, state.doing = True, "begins"
                    state.begun = datetime.now().astimezone()
                    return missing[0]
                self._changed.wait()
        return None

    def _obtain(self, group: Group) -> str:
        """Runs a child to its end; why it failed, of use where a tool is missing then."""
        with self._changed:
            if self._ended or self._groups[group].cut_off:
                return ""
            self._child = process = subprocess.Popen(
                [sys.executable, "-m", child.__name__, *map(child.key, group)],
                cwd=PROJECT_ROOT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                start_new_session=True,
            )
        error = ""
        for line in process.stdout or ():
            said = child.Said.model_validate_json(line)
            error = said.error or error
            if said.step is not None:
                with self._changed:
                    self._groups[group].doing = _doing(group, said)
        code = process.wait()
        # Should it have been killed alone.
        _end(process, signal.SIGKILL)
        return error or f"what obtains it ended with {code}; the local cloud's server.log says more"


def _asked(state: _State) -> float:
    return state.wanted.timestamp() if state.wanted else math.inf


def _doing(group: Group, said: child.Said) -> str:
    """A step in words: of a group, its tools one after the other."""
    of = f"{group[said.tool].name} " if len(group) > 1 else ""
    if said.step == "waiting":
        return f"{of}waits for {said.detail}"
    if said.step == "building":
        return f"{of}is built, as {said.detail}"
    percent = f", {100 * said.done // said.size} %" if said.size else ""
    return f"{of}{said.step}{percent}"


def _end(process: "subprocess.Popen[str]", number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)
