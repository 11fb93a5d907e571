"""What adds pods: its targets, and a schedule of whole minutes in shortened time."""

import json
import urllib.request
from datetime import UTC, datetime, timedelta

import pytest

from development.experiments import load_api, traces
from development.experiments.demand import Service
from development.experiments.pace import FACTORS, Pace
from development.experiments.scaling import Schedule, by_cpu, by_requests, schedule

PACE = Pace(15)
SERVICE = Service(requests=100, target=0.6, least=2, most=80)
NOW = datetime(2026, 11, 30, 11, 59, 50, tzinfo=UTC)


@pytest.mark.parametrize("late", [0, 1, 10, 39, 59])
def test_the_load_begins_so_that_its_schedule_falls_on_whole_minutes(late: int) -> None:
    ready = NOW + timedelta(seconds=late)
    times, begin = schedule((300, 2100), PACE, ready)
    assert ready <= begin < ready + timedelta(minutes=1)
    assert (times.start - begin).total_seconds() * 15 == 300
    assert (times.end - begin).total_seconds() * 15 == 2100
    assert times.start.second == times.end.second == 0


def test_a_schedule_is_written_as_cron_has_it() -> None:
    times = Schedule(datetime(2026, 11, 30, 23, 59, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC))
    assert times.metadata == {
        "timezone": "Etc/UTC",
        "start": "59 23 * * *",
        "end": "0 0 * * *",
    }


def test_both_scale_the_same_service_in_the_same_bounds_with_the_same_policies() -> None:
    times = Schedule(NOW, NOW)
    cpu = by_cpu(SERVICE, PACE)["spec"]
    requests = by_requests(SERVICE, PACE, "http://127.0.0.1:1/", 2400, times)["spec"]
    own = requests["advanced"]["horizontalPodAutoscalerConfig"]
    assert cpu["behavior"] == own["behavior"]
    assert cpu["scaleTargetRef"] == requests["scaleTargetRef"]
    assert (cpu["minReplicas"], cpu["maxReplicas"]) == (2, 80)
    assert (requests["minReplicaCount"], requests["maxReplicaCount"]) == (2, 80)
    assert cpu["metrics"][0]["resource"]["target"]["averageUtilization"] == 60
    load, cron = requests["triggers"]
    assert load["metadata"]["targetValue"] == "60"
    assert cron["metadata"]["desiredReplicas"] == "30"


def test_the_load_is_read_as_it_is_now() -> None:
    with load_api.serving() as api:
        for load in (240.0, 2400.0):
            api.load = load
            with urllib.request.urlopen(api.url) as answer:  # noqa: S310 - loopback
                assert json.load(answer) == {"requests": load}


@pytest.mark.parametrize("factor", FACTORS)
def test_the_evening_s_schedule_is_as_long_as_it_should_be_at_every_pace(factor: int) -> None:
    pace, cron = Pace(factor), traces.evening(1).cron
    times, _ = schedule(cron, pace, NOW)
    assert pace.simulated((times.end - times.start).total_seconds()) == cron[1] - cron[0] == 1800
