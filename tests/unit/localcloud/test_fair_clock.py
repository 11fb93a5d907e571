"""A deadline gives a busy machine the time that an idle one would have had."""

import subprocess
import sys

import pytest

from localcloud.fair_clock import FairClock, busyness, communicate


class Machine:
    """A clock and a load that a test sets."""

    def __init__(self) -> None:
        self.now = 100.0
        self.busy = 1.0

    def clock(self) -> FairClock:
        return FairClock(lambda: self.now, lambda: self.busy)


def test_an_idle_machines_seconds_count_in_full() -> None:
    machine = Machine()
    clock = machine.clock()
    machine.now += 3
    assert clock.seconds == 3


def test_a_busy_machines_seconds_count_for_what_one_gets_of_it() -> None:
    machine = Machine()
    clock = machine.clock()
    machine.busy = 15
    for _ in range(60):
        machine.now += 1
        assert clock.seconds < 4.1
    machine.busy = 1
    machine.now += 1
    assert clock.seconds == pytest.approx(5)


def test_the_night_in_which_a_laptop_slept_is_no_time() -> None:
    machine = Machine()
    clock = machine.clock()
    machine.now += 8 * 3600
    assert clock.seconds == 5


def test_it_begins_anew_once_something_has_moved() -> None:
    machine = Machine()
    clock = machine.clock()
    machine.now += 4
    assert clock.seconds == 4
    clock.restart()
    machine.now += 1
    assert clock.seconds == 1


def test_a_processor_for_each_is_not_busy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: 1_000_000)
    assert busyness() == 1
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    monkeypatch.setattr("os.getloadavg", lambda: (300.0, 0.0, 0.0))
    assert busyness() >= 150


def test_a_command_that_hangs_is_killed() -> None:
    words = [sys.executable, "-c", "import time; time.sleep(3600)"]
    pipe = subprocess.PIPE
    with subprocess.Popen(words, stdout=pipe, stderr=pipe, text=True) as process:
        with pytest.raises(subprocess.TimeoutExpired):
            communicate(process, 0.0)
        assert process.returncode != 0


def test_what_a_command_says_is_whole() -> None:
    words = [sys.executable, "-c", "import sys; print('o' * 300_000); sys.stderr.write('e')"]
    pipe = subprocess.PIPE
    with subprocess.Popen(words, stdout=pipe, stderr=pipe, text=True) as process:
        assert communicate(process, 60) == ("o" * 300_000 + "\n", "e")
