"""Locks of backends: which are seen, who holds a stack, and what removes them."""

import json
from pathlib import Path

import pytest

from bluegreen.snapshot import Lock
from bluegreen.world import locks
from bluegreen.world.locks import Locks

OURS = Lock(holder="ann@host (pid 7)", since="2026-01-01T00:00:00Z", dead=False)
REFUSAL = (
    "error: the stack is currently locked by 1 lock(s). Either wait …\n  file:///b/x.json:"
    " created by ann@elsewhere (pid 17) at 2026-01-01T00:00:00Z"
)


def write(folder: Path, pid: int = 7, day: int = 1, stack: str = "blue") -> Path:
    place = folder / ".pulumi/locks/organization/eks-platform" / stack
    place.mkdir(parents=True, exist_ok=True)
    content = {
        "pid": pid,
        "username": "ann",
        "hostname": "host",
        "timestamp": f"2026-01-{day:02}T00:00:00Z",
    }
    path = place / f"{pid}-{day}.json"
    path.write_text(json.dumps(content))
    return path


def found(folder: Path, *said_dead: str) -> Locks:
    return Locks(folder.as_uri(), "eks-platform", said_dead)


def test_who_holds_it_since_when_is_told_and_nothing_is_known_of_it(tmp_path: Path) -> None:
    write(tmp_path)
    assert found(tmp_path).read("blue") == (OURS,)
    assert OURS.is_for_operator


def test_other_stacks_locks_do_not_count(tmp_path: Path) -> None:
    write(tmp_path, stack="green")
    assert found(tmp_path).read("blue") == ()


def test_the_operators_word_makes_that_lock_dead_and_no_later_one(tmp_path: Path) -> None:
    write(tmp_path)
    write(tmp_path, day=2)
    read = found(tmp_path, OURS.in_words).read("blue")
    assert read is not None
    assert {lock.since[:10]: (lock.dead, lock.by_word) for lock in read} == {
        "2026-01-01": (True, True),
        "2026-01-02": (False, False),
    }


def test_just_the_locks_that_were_looked_at_are_removed(tmp_path: Path) -> None:
    gone, later, other = write(tmp_path), write(tmp_path, day=2), write(tmp_path, pid=8)
    assert found(tmp_path).remove("blue", [OURS])
    assert (gone.exists(), later.exists(), other.exists()) == (False, True, True)


def test_where_locks_cannot_be_read_none_is_removed() -> None:
    assert not Locks("gs://state", "eks-platform").remove("blue", [OURS])


def test_the_engines_refusal_names_the_holders(tmp_path: Path) -> None:
    (lock,) = found(tmp_path).in_refusal("blue", REFUSAL)
    assert (lock.holder, lock.dead, lock.alive) == ("ann@elsewhere (pid 17)", False, False)
    (said,) = found(tmp_path, lock.in_words).in_refusal("blue", REFUSAL)
    assert said.dead


@pytest.mark.parametrize("url", ["gs://state", "azblob://state?storage_account=a", "mem://"])
def test_of_other_backends_it_is_told_that_nobody_looked(url: str) -> None:
    assert Locks(url, "eks-platform").read("blue") is None
    assert not locks.is_cloud(url)


@pytest.mark.parametrize("text", ["", "[]", "3", '{"pid": "x"}', "[" * 100_000, "null"])
def test_a_lock_that_is_no_lock_is_told(tmp_path: Path, text: str) -> None:
    lock = write(tmp_path)
    lock.write_text(text)
    with pytest.raises(locks.LocksError, match=f"stack blue cannot be seen.*{lock} is no lock"):
        found(tmp_path).read("blue")
