"""What goes wrong follows from the seed."""

from development.experiments.faults import INTERRUPTIONS, chosen, planned
from development.experiments.traces import evening


def test_a_seed_plans_the_same_faults_within_the_busy_time() -> None:
    trace = evening(1)
    plan = planned(trace, 3)
    assert plan == planned(trace, 3) != planned(trace, 4)
    assert len(plan.interruptions) == INTERRUPTIONS
    begin, end = trace.busy
    assert all(begin <= time <= end for time, _ in plan.interruptions)
    assert begin <= plan.shortage[0] < plan.shortage[1] <= trace.seconds


def test_the_instance_that_is_taken_is_one_that_runs() -> None:
    assert chosen([], 0.5) is None
    assert chosen(["i-2", "i-1"], 0.0) == "i-1"
    assert chosen(["i-2", "i-1"], 0.999) == "i-2"
