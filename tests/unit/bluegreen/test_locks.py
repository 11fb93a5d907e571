"""Locks of backends: which are seen, who holds a stack, and whether the holder has died."""

import getpass
import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from bluegreen.world import locks


def write(folder: Path, pid: int, host: str, stack: str = "blue") -> None:
    place = folder / ".pulumi/locks/organization/eks-platform" / stack
    place.mkdir(parents=True, exist_ok=True)
    content = {
        "pid": pid,
        "username": getpass.getuser(),
        "hostname": host,
        "timestamp": "2026-01-01T00:00:00Z",
    }
    (place / f"{pid}.json").write_text(json.dumps(content))


@pytest.fixture
def dead_pid() -> int:
    done = subprocess.Popen([sys.executable, "-c", ""])
    done.wait()
    return done.pid


def held(folder: Path) -> list[bool]:
    found = locks.read_locks(folder.as_uri(), "eks-platform", "blue")
    assert found is not None
    return [lock.dead for lock in found]


def test_a_lock_of_a_process_that_lives_is_not_dead(tmp_path: Path) -> None:
    write(tmp_path, os.getpid(), socket.gethostname())
    assert held(tmp_path) == [False]


def test_a_lock_of_a_process_that_is_gone_is_dead(tmp_path: Path, dead_pid: int) -> None:
    write(tmp_path, dead_pid, socket.gethostname())
    assert held(tmp_path) == [True]


def test_nothing_is_known_of_another_machines_processes(tmp_path: Path, dead_pid: int) -> None:
    write(tmp_path, dead_pid, "elsewhere")
    assert held(tmp_path) == [False]


def test_other_stacks_locks_do_not_count(tmp_path: Path) -> None:
    write(tmp_path, os.getpid(), socket.gethostname(), stack="green")
    assert held(tmp_path) == []


def test_a_killed_process_that_nobody_waited_for_is_dead(tmp_path: Path) -> None:
    killed = subprocess.Popen(["sleep", "600"])
    killed.kill()
    os.waitid(os.P_PID, killed.pid, os.WEXITED | os.WNOWAIT)
    write(tmp_path, killed.pid, socket.gethostname())
    assert held(tmp_path) == [True]
    killed.wait()


def test_the_engines_refusal_names_the_holders() -> None:
    said = (
        "error: the stack is currently locked by 1 lock(s). Either wait …\n  file:///b/x.json:"
        " created by ann@elsewhere (pid 17) at 2026-01-01T00:00:00Z"
    )
    (lock,) = locks.locks_in_refusal(said)
    assert (lock.holder, lock.dead) == ("ann@elsewhere (pid 17)", False)


@pytest.mark.parametrize("url", ["gs://state", "azblob://state?storage_account=a", "mem://"])
def test_of_other_backends_it_is_told_that_nobody_looked(url: str) -> None:
    assert locks.read_locks(url, "eks-platform", "blue") is None
    assert not locks.is_cloud(url)


@pytest.mark.parametrize("text", ["", "[]", "3", '{"pid": "x"}', "[" * 100_000, "null"])
def test_a_lock_that_is_no_lock_is_told(tmp_path: Path, text: str) -> None:
    write(tmp_path, 7, "elsewhere")
    (lock,) = tmp_path.rglob("*.json")
    lock.write_text(text)
    with pytest.raises(locks.LocksError, match=f"stack blue cannot be seen.*{lock} is no lock"):
        held(tmp_path)
