"""What is counted of pods and nodes, in simulated seconds."""

from typing import Any

import pytest

from costs.bill import together
from costs.platform import Nodes, of_nodes
from development.experiments.demand import Service
from development.experiments.measuring import Instance, Recorder, percentile

REGION = "eu-west-1"
SERVICE = Service(requests=100)


def pod(
    uid: str, *, node: str | None = None, ready: bool = False, evicted: str | None = None
) -> dict[str, Any]:
    conditions = [{"type": "Ready", "status": "True"}] if ready else []
    if evicted:
        conditions.append({"type": "DisruptionTarget", "status": "True", "reason": evicted})
    return {
        "metadata": {"uid": uid, "name": uid},
        "spec": {"nodeName": node} if node else {},
        "status": {"conditions": conditions},
    }


@pytest.fixture
def recorder() -> Recorder:
    return Recorder(SERVICE, REGION)


def test_a_pod_waits_from_its_making_until_it_has_a_node(recorder: Recorder) -> None:
    recorder.see_pod("ADDED", pod("a"), 10)
    assert recorder.pending == 1
    recorder.see_pod("MODIFIED", pod("a", node="n"), 40)
    recorder.see_pod("MODIFIED", pod("a", node="n", ready=True), 50)
    assert (recorder.pending, recorder.ready) == (0, 1)
    assert recorder.waits(100) == [30]


def test_one_that_still_waits_or_went_without_a_node_counts(recorder: Recorder) -> None:
    recorder.see_pod("ADDED", pod("a"), 10)
    recorder.see_pod("ADDED", pod("b"), 10)
    recorder.see_pod("DELETED", pod("b"), 15)
    assert recorder.waits(100) == [5, 90]


def test_what_was_before_the_load_does_not_count(recorder: Recorder) -> None:
    recorder.see_pod("ADDED", pod("a"), 0)
    recorder.see_pod("MODIFIED", pod("a", node="n", ready=True), 300)
    recorder.see_pod("DELETED", pod("b", evicted="EvictionByEvictionAPI"), 300)
    recorder.begin()
    assert recorder.waits(0) == []
    assert recorder.evictions == 0
    assert recorder.ready == 1


@pytest.mark.parametrize(
    ("reason", "evictions"),
    [
        ("EvictionByEvictionAPI", 1),
        ("DeletionByTaintManager", 1),
        ("TerminationByKubelet", 1),
        (None, 0),
    ],
)
def test_only_what_is_made_to_leave_is_evicted(
    recorder: Recorder, reason: str | None, evictions: int
) -> None:
    recorder.see_pod("ADDED", pod("a", node="n", ready=True), 0)
    recorder.see_pod("DELETED", pod("a", node="n", evicted=reason), 1)
    assert recorder.evictions == evictions
    assert recorder.ready == 0


def test_a_pod_that_goes_serves_nobody(recorder: Recorder) -> None:
    leaving = pod("a", node="n", ready=True)
    leaving["metadata"]["deletionTimestamp"] = "2026-11-30T12:00:00Z"
    recorder.see_pod("ADDED", leaving, 0)
    assert recorder.ready == 0


def test_demand_beyond_ready_pods_is_unserved(recorder: Recorder) -> None:
    recorder.see_pod("ADDED", pod("a", node="n", ready=True), 0)
    recorder.see_load(100, 10)
    assert recorder.unserved_seconds == 0
    recorder.see_load(150, 4)
    assert recorder.unserved_seconds == 4
    assert recorder.unserved_requests == 200
    assert recorder.requests == 1600
    assert recorder.most_pods == 1


def test_instances_cost_by_the_price_list(recorder: Recorder) -> None:
    running = [Instance("i-1", "m7i.large", spot=False), Instance("i-2", "m7i.large", spot=True)]
    recorder.see_instances(running, 1800)
    recorder.see_instances(running[:1], 1800)
    assert recorder.node_hours == {"on-demand": 1.0, "spot": 0.5}
    hour = {
        spot: together(of_nodes([Nodes("m7i.large", 1, spot, 50)], REGION)).usd_hour
        for spot in (False, True)
    }
    assert hour[True] < hour[False]
    assert recorder.usd == pytest.approx(hour[False] + hour[True] / 2)
    assert recorder.most_nodes == 2


def test_a_type_without_a_price_is_named_and_never_free_of_charge(recorder: Recorder) -> None:
    recorder.see_instances([Instance("i-1", "q9.large", spot=False)], 3600)
    assert any("q9.large" in it for it in recorder.no_price)


@pytest.mark.parametrize(
    ("values", "part", "found"),
    [
        ([], 0.99, 0),
        ([7], 0.99, 7),
        (list(range(1, 101)), 0.99, 99),
        (list(range(1, 101)), 0.5, 50),
        ([1, 2, 3], 0.99, 3),
        ([1, 2, 3], 1.0, 3),
    ],
)
def test_a_percentile_is_a_value_that_was_seen(
    values: list[float], part: float, found: float
) -> None:
    assert percentile(values, part) == found
