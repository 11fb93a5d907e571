"""One platform for all tests of this folder: brought up by the demo, as a newcomer would.

The tests run in the order of their files' numbers and share it, because bringing it up takes
minutes. Each one leaves it as it found it, except the last, which destroys it.
"""

import dataclasses
import os
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path

import pytest

from localcloud import lifecycle
from localcloud.state import PROJECT_ROOT, StateFolder
from settings.names import COLOURS
from tests.e2e.platform import consumer, kubeconfigs
from tests.e2e.platform.running import (
    STACKS,
    Outcome,
    Platform,
    empty_cloud,
    inside,
    recorder,
)

__all__ = ["COLOURS", "STACKS", "Outcome", "Platform", "platform", "recorder"]


STANDING = "E2E_STATE"
"""Environment variable: state folder of a local cloud on which the demo has run. The tests then use
it in place of one of their own, and leave it running, changed as it may be."""


@pytest.fixture(scope="session")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Generator[Platform]:
    if standing := os.environ.get(STANDING):
        yield from _standing(StateFolder(Path(standing)))
        return
    with empty_cloud(tmp_path_factory.mktemp("cloud")) as empty:
        state = empty.state
        demo = subprocess.run(
            [sys.executable, "-m", "localcloud", "--state", str(state.root), "demo"],
            cwd=PROJECT_ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        assert demo.returncode == 0, f"{demo.stdout}\n{demo.stderr}\n{_logs(state.logs)}"
        yield dataclasses.replace(empty, demo_output=demo.stdout)


def _standing(state: StateFolder) -> Generator[Platform]:
    cloud = lifecycle.find(state)
    assert cloud is not None, f"no local cloud runs in {state.root}"
    with inside(state, cloud):
        yield Platform(state, cloud, "", {})


def _logs(folder: Path) -> str:
    """The end of every update's log, for a failure's report."""
    return "\n".join(path.read_text()[-3000:] for path in sorted(folder.glob("up-*.log")))


@pytest.fixture(scope="session")
def kubeconfig(platform: Platform, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A user's kubeconfig, to which the platform's contexts were added."""
    return kubeconfigs.of_a_user(platform, tmp_path_factory.mktemp("user") / "config")


@pytest.fixture(scope="session")
def shop(platform: Platform, tmp_path_factory: pytest.TempPathFactory) -> consumer.Consumer:
    """Another team's stack; test_4_consumer.py brings it up."""
    return consumer.start(platform, tmp_path_factory.mktemp("shop"))


@pytest.fixture(params=COLOURS)
def colour(request: pytest.FixtureRequest) -> str:
    return str(request.param)
