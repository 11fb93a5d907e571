"""Ctrl-C while an update runs."""

import os
import signal

import pytest

from bluegreen.interruption import patient


def press() -> None:
    os.kill(os.getpid(), signal.SIGINT)


def interrupted(times: int, *, fails: bool = False) -> list[str]:
    """What was done before the interruption was told."""
    done: list[str] = []

    def work() -> None:
        with patient(lambda: done.append("told")):
            for _ in range(times):
                press()
            done.append("worked")
            if fails:
                raise ValueError

    with pytest.raises(KeyboardInterrupt):
        work()
    return done


@pytest.mark.parametrize("fails", [False, True])
def test_the_first_one_lets_the_work_end_and_then_ends_the_command(fails: bool) -> None:
    assert interrupted(1, fails=fails) == ["told", "worked"]


def test_the_second_one_ends_it_at_once() -> None:
    assert interrupted(2) == ["told"]


def test_without_it_nothing_is_raised_and_ctrl_c_is_as_before() -> None:
    with patient(lambda: None):
        pass
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
