"""Ctrl-C while an update runs."""

import os
import signal
from collections.abc import Generator

import pytest

from bluegreen.interruption import postpone_interrupt


@pytest.fixture(autouse=True)
def usual() -> Generator[None]:
    """Ctrl-C as Python takes it: whoever starts tests in the background may have it ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def press() -> None:
    os.kill(os.getpid(), signal.SIGINT)


def interrupted(times: int, *, fails: bool = False) -> list[str]:
    """What was done before the interruption was told."""
    done: list[str] = []

    def work() -> None:
        with postpone_interrupt(lambda: done.append("told")):
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
    with postpone_interrupt(lambda: None):
        pass
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_where_it_is_ignored_it_stays_so() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with postpone_interrupt(lambda: pytest.fail("Ctrl-C is ignored")):
        press()
    assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
