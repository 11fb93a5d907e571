"""Chaos waits for what goes on, however long that takes on a busy machine."""

import os
from collections.abc import Iterator

import pytest

from bluegreen.snapshot import Lock
from development.chaos import ending, watching
from development.chaos.ending import _wait_for_updates
from development.chaos.watching import wait_until_none_is_left
from localcloud import liveness
from localcloud.fair_clock import FairClock

SECONDS = 20.0


class Ticks:
    """A clock that goes on by some seconds at each look."""

    def __init__(self, step: float) -> None:
        self._now = 0.0
        self._step = step

    def __call__(self) -> float:
        self._now += self._step
        return self._now


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "_LEFT_PAUSE", 0)
    monkeypatch.setattr(ending, "_PAUSE", 0)
    monkeypatch.setattr(liveness, "_LOOK_EVERY", 0)


def left(*counts: int) -> Iterator[dict[str, str]]:
    for count in counts:
        yield {f"name-{number}": "blue" for number in range(count)}


def test_names_are_waited_for_as_long_as_one_after_the_other_moves() -> None:
    looks = left(*range(40, -1, -1))
    clock = FairClock(Ticks(4.0), lambda: 1.0)
    assert wait_until_none_is_left(lambda: next(looks), clock, SECONDS) == {}


def test_names_that_do_not_move_are_given_up() -> None:
    looks = left(3, 2, *[1] * 100)
    clock = FairClock(Ticks(4.0), lambda: 1.0)
    assert wait_until_none_is_left(lambda: next(looks), clock, SECONDS) == {"name-0": "blue"}
    assert len(list(looks)) > 80


def test_on_a_busy_machine_names_have_more_time() -> None:
    looks = left(*[1] * 30, 0)
    clock = FairClock(Ticks(4.0), lambda: 20.0)
    assert wait_until_none_is_left(lambda: next(looks), clock, SECONDS) == {}


def lock(pid: int, *, dead: bool = False) -> Lock:
    return Lock(holder=f"me@here (pid {pid})", dead=dead)


def test_an_update_is_waited_for_until_it_is_over() -> None:
    me = os.getpid()
    looks = iter([*[[lock(me)]] * 200, [lock(me, dead=True)]])
    _wait_for_updates(lambda: next(looks))
    assert list(looks) == []


def test_an_update_that_does_nothing_any_more_is_not_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(liveness, "STALL", 0.0)
    _wait_for_updates(lambda: [Lock(holder="somebody elsewhere", dead=False)])
