"""The least seconds of a switch of many names."""

import pytest

from development.bench.handover import QUOTAS, least_seconds
from development.bench.live_names import ANSWER_SECONDS, Stage
from localcloud.server_settings import RateLimit, Route53Settings

INSYNC = Route53Settings().propagation_seconds
WIDE = RateLimit(per_second=100, burst=100)


def stage(batches: int) -> Stage:
    return Stage("switch", "switch-public", 1, 1, batches, {}, 0.0, 1 + batches, batches)


def test_batches_of_a_writer_come_one_after_the_other_and_writers_beside_each_other() -> None:
    assert least_seconds([stage(1), stage(1)], WIDE) == INSYNC
    assert least_seconds([stage(11), stage(4)], WIDE) == pytest.approx(10 * ANSWER_SECONDS + INSYNC)


def test_all_writers_share_the_quota() -> None:
    tight = RateLimit(per_second=1, burst=5)
    assert least_seconds([stage(10), stage(10)], tight) == 15 + INSYNC


def test_the_quotas_are_those_that_aws_has_and_had() -> None:
    limits = {name: (it.limit.per_second, it.limit.burst) for name, it in QUOTAS.items()}
    assert limits == {"now": (10, 50), "before": (5, 5)}
