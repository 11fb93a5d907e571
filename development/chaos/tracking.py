"""Where a switch stands from one moment to the next, by what its engine leaves in the backend."""

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, Field

from bluegreen.world.locks import FOLDER
from development.chaos.plan import (
    ACTS,
    WRITING,
    Boundary,
    FileWrite,
    Instant,
    Moment,
    Save,
    Within,
)
from development.chaos.processes import children
from handover.steps import Act
from localcloud.backend import checkpoint, outputs
from localcloud.state import StateFolder
from settings.names import PROJECT, SHARED


class Usual(BaseModel):
    """How long things usually take, in seconds; what a share is a share of.

    Attributes:
        command: a whole switch.
        steps: its updates, from lock to lock.
    """

    command: float = 60.0
    steps: dict[Act, float] = Field(default_factory=lambda: dict.fromkeys(ACTS, 10.0))


class Tracker:
    """Follows one switch; `poll` must be called all the time.

    Args:
        state: folder of the local cloud.
        pid: process of the command.
    """

    def __init__(self, state: StateFolder, pid: int) -> None:
        self._state = state
        self._pid = pid
        self._file = state.project / f"Pulumi.{SHARED}.yaml"
        self._content = self._file.read_bytes()
        self._writing = False
        self._lock: Path | None = None
        self._saved = 0
        self.started = time.monotonic()
        self.act: Act | None = None
        self.act_started = 0.0
        self.saves = 0
        self.taken: dict[Act, float] = {}
        self._begun = 0
        self._written = 0

    def poll(self) -> list[Moment]:
        """What has happened since the last poll."""
        return [*self._poll_file(), *self._poll_locks(), *self._poll_saves()]

    def has_come(self, moment: Moment, usual: Usual) -> bool:
        """Whether a moment that is a share of time has come."""
        if isinstance(moment, Instant):
            return time.monotonic() - self.started >= moment.share * usual.command
        if isinstance(moment, Within) and self.act is moment.step:
            return time.monotonic() - self.act_started >= moment.share * usual.steps[moment.step]
        return False

    def _poll_file(self) -> list[Moment]:
        found: list[Moment] = []
        at_it = any(c.is_engine and _writes_config(c.operation) for c in children(self._pid))
        if self._written < len(WRITING):
            act = WRITING[self._written]
            if at_it and not self._writing:
                found.append(FileWrite(step=act, edge="begins"))
            content = _read_bytes(self._file)
            if content not in (self._content, b""):
                self._content = content
                found.append(FileWrite(step=act, edge="ends"))
                self._written += 1
        self._writing = at_it
        return found

    def _poll_locks(self) -> list[Moment]:
        if self._lock is not None:
            if self._lock.exists() or self.act is None:
                return []
            act, self._lock, self.act = self.act, None, None
            self.taken[act] = time.monotonic() - self.act_started
            return [Boundary(step=act, edge="ends")]
        held = next(self._locks(), None)
        if held is None or self._begun >= len(ACTS):
            return []
        self._lock, self.act = held, ACTS[self._begun]
        self._begun += 1
        self.act_started, self.saves = time.monotonic(), 0
        self._saved = _modified_ns(self._checkpoint(held.parent.name))
        return [Boundary(step=self.act, edge="begins")]

    def _poll_saves(self) -> list[Moment]:
        if self._lock is None or self.act is None:
            return []
        saved = _modified_ns(self._checkpoint(self._lock.parent.name))
        if saved in (self._saved, 0):
            return []
        self._saved, self.saves = saved, self.saves + 1
        return [Save(step=self.act, number=self.saves)]

    def _locks(self) -> Iterator[Path]:
        folder = self._state.backend / FOLDER / PROJECT
        return (path for path in folder.glob("*/*.json") if _is_update(path, self._pid))

    def _checkpoint(self, stack: str) -> Path:
        return checkpoint(self._state, stack)


@dataclass(frozen=True)
class SwitchState:
    """What the backend and the stack file say of the live DNS writers.

    Attributes:
        named: colour that shared's outputs name, or None.
        term: term of it.
        wanted: colour in the stack file, or None.
        reports: output `liveWriters` of each colour.
    """

    named: str | None
    term: int
    wanted: str | None
    reports: Mapping[str, Mapping[str, Any]]


def read_switch_state(state: StateFolder, colours: Sequence[str]) -> SwitchState:
    """Reads the backend's files, so that no engine is needed."""
    writer = outputs(state, SHARED).get("liveWriter") or {}
    content = yaml.safe_load((state.project / f"Pulumi.{SHARED}.yaml").read_text())
    return SwitchState(
        named=writer.get("colour"),
        term=int(writer.get("term", 0)),
        wanted=content["config"].get(f"{PROJECT}:activeColour"),
        reports={colour: outputs(state, colour).get("liveWriters") or {} for colour in colours},
    )


def _writes_config(operation: str) -> bool:
    return operation.startswith(("config set", "config rm"))


def _is_update(path: Path, root: int) -> bool:
    """Whether a lock is that of an update that the command has begun."""
    try:
        holder = int(json.loads(path.read_text())["pid"])
    except (OSError, ValueError, KeyError):
        return False  # it is just being written, or gone
    return any(
        child.pid == holder and child.operation.split()[:1] == ["up"] for child in children(root)
    )


def _read_bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


def _modified_ns(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0
