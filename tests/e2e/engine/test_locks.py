"""Locks of real engines: none is taken from a live one, wherever one looks from."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from bluegreen.world.locks import FOLDER, Locks
from localcloud.state import PROJECT_ROOT
from settings.names import PROJECT, SHARED
from tests.e2e.project import Project, create
from tests.waiting import said_at_the_end, wait_until

PROGRAM = """
import pathlib
import time

while not pathlib.Path(__file__).with_name("go").exists():
    time.sleep(0.1)
"""
"""Ends once there is a file `go`."""

NAMESPACE = ("unshare", "--pid", "--fork", "--mount-proc")
BLUEGREEN = (sys.executable, "-m", "bluegreen")
PLAIN = ("pulumi", "up", "--yes", "--skip-preview", "-s", SHARED)
RECOVER = (*BLUEGREEN, "recover", "--stack", SHARED)
START = """
import sys
from pathlib import Path
from bluegreen.world.stacks import Stacks
Stacks(Path.cwd()).up("shared", lambda _: None)
"""
"""Starts an engine as `bluegreen` does."""

LOOKS = 5.0
"""Seconds in which a command that waits looks again."""


@pytest.fixture
def project(tmp_path: Path) -> Project:
    small = create(tmp_path, PROGRAM)
    small.pulumi("stack", "rm", "dev", "--yes")
    (small.folder / "Pulumi.yaml").write_text(f"name: {PROJECT}\nruntime: python\n")
    small.pulumi("stack", "init", SHARED)
    stack_file = small.folder / f"Pulumi.{SHARED}.yaml"
    stack_file.write_text(stack_file.read_text() + "config:\n  aws:region: eu-west-1\n")
    small.environment |= {
        "PYTHONPATH": str(PROJECT_ROOT),
        "XDG_STATE_HOME": os.environ["XDG_STATE_HOME"],
    }
    return small


@contextmanager
def running(project: Project, *words: str) -> "Generator[subprocess.Popen[str]]":
    """A command, killed at the end if it still runs then."""
    with subprocess.Popen(
        words,
        cwd=project.folder,
        env=project.environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            yield process
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)


def locks(project: Project) -> list[Path]:
    backend = urlsplit(project.environment["PULUMI_BACKEND_URL"]).path
    return sorted(Path(backend).glob(f"{FOLDER}/{PROJECT}/{SHARED}/*.json"))


def named(project: Project) -> str:
    """The one lock, as `--dead-lock` names it."""
    found = Locks(project.environment["PULUMI_BACKEND_URL"], PROJECT).read(SHARED)
    assert found
    return found[0].in_words


@contextmanager
def slow_update(project: Project, *words: str) -> "Generator[subprocess.Popen[str]]":
    """An update that has its lock and goes on until there is a file `go`."""
    with running(project, *words) as update:
        wait_until("a lock", lambda: bool(locks(project)))
        yield update


@pytest.mark.skipif(os.getuid() != 0, reason="makes a PID namespace")
@pytest.mark.parametrize("by", ["plain", "bluegreen"])
def test_a_live_updates_lock_stays_seen_from_another_pid_namespace(
    project: Project, by: str
) -> None:
    words = PLAIN if by == "plain" else (sys.executable, "-c", START)
    with slow_update(project, *words) as update:
        held = locks(project)
        with running(project, *NAMESPACE, *RECOVER) as other:
            told = said_to_wait(other)
            time.sleep(LOOKS)
            assert locks(project) == held
            assert "is held by another update" in told
            (project.folder / "go").touch()
            said = said_at_the_end(update)
            assert update.returncode == 0, said
            rest = said_at_the_end(other)
            assert other.returncode == 0, rest
    assert not locks(project)


def said_to_wait(process: "subprocess.Popen[str]") -> str:
    """The first line that a command that waits prints, into a pipe."""
    assert process.stdout is not None
    line = process.stdout.readline()
    while line and "waiting: " not in line:
        line = process.stdout.readline()
    return line


def test_a_killed_engine_of_bluegreens_own_is_gone_on_with(project: Project) -> None:
    with slow_update(project, sys.executable, "-c", START) as update:
        os.killpg(update.pid, signal.SIGKILL)
        update.wait()
    assert locks(project)
    with running(project, *RECOVER) as recover:
        said = said_at_the_end(recover)
    assert recover.returncode == 0, said
    assert "it has died" in said
    assert not locks(project)


def test_a_killed_plain_update_needs_the_operators_word_for_just_that_lock(
    project: Project,
) -> None:
    with slow_update(project, *PLAIN) as update:
        os.killpg(update.pid, signal.SIGKILL)
        update.wait()
    held = locks(project)
    with running(project, *RECOVER, "--dead-lock", "root@elsewhere (pid 7) since now") as recover:
        told = said_to_wait(recover)
        assert f"is held by another update: {named(project).partition(' since')[0]}" in told
    assert locks(project) == held
    word = named(project)
    with running(project, *RECOVER, "--dead-lock", word, "--json") as recover:
        said = said_at_the_end(recover)
    assert recover.returncode == 0, said
    assert json.loads(said[said.index("{") :])["stack"] == SHARED
    assert not locks(project)
