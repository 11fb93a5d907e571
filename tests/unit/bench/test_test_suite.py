"""The tests' time over what the machine computed meanwhile; failed tests are no figure."""

import subprocess
from types import SimpleNamespace
from typing import Any

import psutil
import pytest

from development.bench import test_suite
from development.bench.cost import CommandError


@pytest.fixture
def ended(monkeypatch: pytest.MonkeyPatch) -> Any:  # noqa: ANN401 - a namespace
    """What `make test` ends with; the machine works 300 s meanwhile."""
    said = SimpleNamespace(returncode=0)
    times = iter([(100.0, 0.0, 50.0), (300.0, 50.0, 100.0)])

    def worked() -> SimpleNamespace:
        user, nice, system = next(times)
        return SimpleNamespace(user=user, nice=nice, system=system)

    monkeypatch.setattr(psutil, "cpu_times", worked)
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: said)
    monkeypatch.setattr(test_suite, "sys", SimpleNamespace(stderr=SimpleNamespace(fileno=int)))
    return said


@pytest.mark.usefixtures("ended")
def test_what_is_computed_is_spread_over_the_processors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(test_suite, "_PROCESSORS", 3)
    clock = SimpleNamespace(monotonic=iter([7.0, 207.0]).__next__)
    monkeypatch.setattr(test_suite, "time", clock)
    (found,) = test_suite.run(5, lambda _: None)
    assert (found.value, found.floor, found.ratio, found.rounds) == (200, 100, 2, 1)


def test_tests_that_fail_are_no_figure(ended: Any) -> None:  # noqa: ANN401 - a namespace
    ended.returncode = 2
    with pytest.raises(CommandError, match="make test: ended with 2"):
        test_suite.run(5, lambda _: None)
