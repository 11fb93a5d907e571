"""A switch is followed by what it leaves in the backend."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from development.chaos import tracking
from development.chaos.plan import Boundary, FileWrite, Instant, Save, Step, Within
from development.chaos.processes import Child
from development.chaos.tracking import Tracker, Usual, stand
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
    assert tracker.look() == []
    world.children = [Child(ENGINE, ("pulumi", "config", "rm", "x"))]
    assert tracker.look() == [FileWrite(step=Step.DISMISS, edge="begins")]
    world.file.write_text("config: {}\n")
    assert tracker.look() == [FileWrite(step=Step.DISMISS, edge="ends")]
    world.children = [Child(ENGINE, ("pulumi", "up", "--yes"))]
    held = world.lock("shared")
    assert tracker.look() == [Boundary(step=Step.DISMISS, edge="begins")]
    world.save("shared", {}, second=2)
    assert tracker.look() == [Save(step=Step.DISMISS, number=1)]
    world.save("shared", {}, second=3)
    assert tracker.look() == [Save(step=Step.DISMISS, number=2)]
    held.unlink()
    assert tracker.look() == [Boundary(step=Step.DISMISS, edge="ends")]
    world.lock("blue")
    assert tracker.look() == [Boundary(step=Step.STOP, edge="begins")]


def test_the_lock_of_a_preview_is_no_update(world: World) -> None:
    tracker = Tracker(world.state, 1)
    world.children = [Child(ENGINE, ("pulumi", "refresh", "--preview-only"))]
    world.lock("blue")
    assert tracker.look() == []


def test_shares_of_time(world: World) -> None:
    tracker = Tracker(world.state, 1)
    usual = Usual(command=1000.0, steps=dict.fromkeys(Step, 1000.0))
    assert tracker.due(Instant(share=0.0), usual)
    assert not tracker.due(Instant(share=0.9), usual)
    assert not tracker.due(Within(step=Step.DISMISS, share=0.0), usual)
    world.children = [Child(ENGINE, ("pulumi", "up"))]
    world.lock("shared")
    tracker.look()
    assert tracker.due(Within(step=Step.DISMISS, share=0.0), usual)
    assert not tracker.due(Within(step=Step.STOP, share=0.0), usual)


def test_where_things_stand_is_read_from_the_files(world: World) -> None:
    world.save("shared", {"liveWriter": {"colour": "blue", "term": 4}})
    world.save("blue", {"liveWriters": {"running": True}})
    found = stand(world.state, ("blue", "green"))
    assert (found.named, found.term, found.wanted) == ("blue", 4, "blue")
    assert found.reports == {"blue": {"running": True}, "green": {}}
