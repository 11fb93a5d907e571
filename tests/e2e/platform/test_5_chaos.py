"""A seeded sample of the interruptions that `make chaos` makes; this platform is the whole one."""

from collections.abc import Generator

import pytest

from development.chaos import platform as chaotic
from development.chaos.plan import interruption
from development.chaos.report import Report
from development.chaos.run import Chaos
from localcloud.demo import SAMPLE_NAME
from tests.e2e.platform.conftest import Platform

SEED = 1
NUMBERS = (19,)
"""Killed early, so that it takes little time: `make chaos` makes the others."""


@pytest.fixture(scope="module")
def chaos(platform: Platform, tmp_path_factory: pytest.TempPathFactory) -> Generator[Chaos]:
    active = platform.outputs("shared")["activeColour"]
    interrupted = chaotic.Platform(platform.state, platform.cloud, (SAMPLE_NAME,))
    chaos = Chaos(interrupted, Report(tmp_path_factory.mktemp("chaos")), print)
    with chaos.watching():
        yield chaos
    chaos.begin_at(active)


@pytest.mark.parametrize("number", NUMBERS)
def test_after_an_interruption_one_more_command_ends_with_every_rule_held(
    chaos: Chaos, number: int
) -> None:
    plan = interruption(SEED, number)
    outcome = chaos.run_interruption(plan)
    assert not outcome.broken, f"{plan}: {outcome.broken}"
    assert outcome.hit, f"{plan} came too late"
