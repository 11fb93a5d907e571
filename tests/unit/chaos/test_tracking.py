"""A switch is followed by what it leaves in the backend."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from development.chaos import tracking
from development.chaos.plan import ACTS, Boundary, FileWrite, Instant, Save, Within
from development.chaos.processes import Child
from development.chaos.tracking import Tracker, Usual, read_switch_state
from handover.steps import Act
from localcloud.backend import checkpoint
from localcloud.state import StateFolder

ENGINE = 77
FILE = "config:\n  eks-platform:activeColour: {}\n"


class World:
    """The files of a backend and the engine's processes."""

    def __init__(self, root: Path) -> None:
        self.state = StateFolder(root)
        self.children: list[Child] = []
        self.state.project.mkdir(parents=True)
        self.file = self.state.project / "Pulumi.shared.yaml"
        self.file.write_text(FILE.format("blue"))
        for stack in ("shared", "blue", "green"):
            self.save(stack, {})

    def save(self, stack: str, outputs: dict[str, Any], second: int = 1) -> None:
        path = checkpoint(self.state, stack)
        path.parent.mkdir(parents=True, exist_ok=True)
        resource = {"type": "pulumi:pulumi:Stack", "outputs": outputs}
        content = {"checkpoint": {"latest": {"resources": [resource]}}}
        path.write_text(json.dumps(content))
        os.utime(path, (second, second))

    def lock(self, stack: str) -> Path:
        folder = self.state.backend / ".pulumi" / "locks" / "organization" / "eks-platform" / stack
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / "some-id.json"
        path.write_text(json.dumps({"pid": ENGINE}))
        return path


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    made = World(tmp_path)
    monkeypatch.setattr(tracking, "children", lambda _: made.children)
    return made


def test_the_moments_of_a_switch(world: World) -> None:
    tracker = Tracker(world.state, 1)
    assert tracker.poll() == []
    world.children = [Child(ENGINE, ("pulumi", "config", "rm", "x"))]
    assert tracker.poll() == [FileWrite(step=Act.DISMISS, edge="begins")]
    world.file.write_text("config: {}\n")
    assert tracker.poll() == [FileWrite(step=Act.DISMISS, edge="ends")]
    world.children = [Child(ENGINE, ("pulumi", "up", "--yes"))]
    held = world.lock("shared")
    assert tracker.poll() == [Boundary(step=Act.DISMISS, edge="begins")]
    world.save("shared", {}, second=2)
    assert tracker.poll() == [Save(step=Act.DISMISS, number=1)]
    world.save("shared", {}, second=3)
    assert tracker.poll() == [Save(step=Act.DISMISS, number=2)]
    held.unlink()
    assert tracker.poll() == [Boundary(step=Act.DISMISS, edge="ends")]
    world.lock("blue")
    assert tracker.poll() == [Boundary(step=Act.STOP, edge="begins")]


def test_the_lock_of_a_preview_is_no_update(world: World) -> None:
    tracker = Tracker(world.state, 1)
    world.children = [Child(ENGINE, ("pulumi", "refresh", "--preview-only"))]
    world.lock("blue")
    assert tracker.poll() == []


def test_shares_of_time(world: World) -> None:
    tracker = Tracker(world.state, 1)
    usual = Usual(command=1000.0, steps=dict.fromkeys(ACTS, 1000.0))
    assert tracker.has_come(Instant(share=0.0), usual)
    assert not tracker.has_come(Instant(share=0.9), usual)
    assert not tracker.has_come(Within(step=Act.DISMISS, share=0.0), usual)
    world.children = [Child(ENGINE, ("pulumi", "up"))]
    world.lock("shared")
    tracker.poll()
    assert tracker.has_come(Within(step=Act.DISMISS, share=0.0), usual)
    assert not tracker.has_come(Within(step=Act.STOP, share=0.0), usual)


def test_where_things_stand_is_read_from_the_files(world: World) -> None:
    world.save("shared", {"liveWriter": {"colour": "blue", "term": 4}})
    world.save("blue", {"liveWriters": {"running": True}})
    found = read_switch_state(world.state, ("blue", "green"))
    assert (found.named, found.term, found.wanted) == ("blue", 4, "blue")
    assert found.reports == {"blue": {"running": True}, "green": {}}
