"""Loads: their shape, and that a seed makes them."""

import pytest

from development.experiments.traces import DAY_FILE, PEAK, RISE, TRACES, Trace, day, evening

NOISE = 0.03


def test_the_evening_is_ten_times_as_much_within_five_minutes() -> None:
    trace = evening(1)
    assert trace.at(0) == pytest.approx(PEAK / RISE, rel=NOISE)
    assert trace.at(360) == pytest.approx(PEAK / RISE, rel=NOISE)
    assert trace.at(660) == pytest.approx(PEAK, rel=NOISE)
    assert trace.at(1500) == pytest.approx(PEAK, rel=NOISE)
    assert trace.at(trace.seconds) == pytest.approx(PEAK / RISE, rel=NOISE)
    assert trace.seconds == 55 * 60


def test_the_rest_of_the_evening_is_long_enough_for_nodes_to_be_given_up() -> None:
    points = evening(1).points
    high = PEAK / RISE * (1 + NOISE)
    fallen = next(
        at for at, _ in points if at > 1500 and all(load <= high for on, load in points if on >= at)
    )
    rest = evening(1).seconds - fallen
    # Pods first, then nodes without any; and ten minutes for those that are drained one by one.
    assert rest >= 300 + 600 + 600


def test_the_day_is_the_recorded_one() -> None:
    trace = day(1)
    assert trace.seconds == 86_400
    top = max(range(48), key=lambda it: trace.at(it * 1800))
    assert 17 <= top / 2 <= 20  # its evening
    assert max(load for _, load in trace.points) == pytest.approx(PEAK, rel=NOISE)
    assert trace.at(4 * 3600) < PEAK / 8
    assert "MIT" in DAY_FILE.read_text()


@pytest.mark.parametrize("name", TRACES)
def test_a_seed_makes_the_same_load_and_another_one_another(name: str) -> None:
    make = TRACES[name]
    assert make(7) == make(7)
    assert make(7).points != make(8).points


@pytest.mark.parametrize("name", TRACES)
def test_faults_and_schedules_are_within_it(name: str) -> None:
    trace = TRACES[name](1)
    for begin, end in (trace.busy, trace.cron):
        assert 0 <= begin < end <= trace.seconds


def test_between_points_it_is_on_their_line_and_outside_at_its_ends() -> None:
    trace = Trace("line", [(10, 100), (20, 200)], (10, 20), (0, 0))
    assert [trace.at(it) for it in (0, 10, 15, 20, 30)] == [100, 100, 150, 200, 200]
