"""Plans: what makes two of them one, and how an update is held to the approved one."""

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from preview.events import read_event_log
from preview.plan import Plan, PlanError, deviations, plan_of, read_plans, write_plans
from tests.unit.preview.event_logs import (
    KEY,
    SECRET,
    UNKNOWN,
    Plain,
    outputs,
    recorded,
    step,
    urn,
)
from tests.unit.preview.test_golden import FOLDER, STACKS

SECRET_OF_KUBERNETES = "kubernetes:core/v1:Secret"


def plan(folder: Path, *lines: Mapping[str, Plain]) -> Plan:
    return plan_of(recorded(folder, *lines))


def changed(**new: Plain) -> dict[str, Plain]:
    return step("update", old={"description": "a"}, new={"description": "b", **new})


def told(approved: Plan, now: Plan) -> list[tuple[str, str]]:
    return [(it.urn.rpartition("::")[2], it.what) for it in deviations(approved, now)]


@pytest.mark.parametrize("name", STACKS)
def test_a_plan_is_the_same_whenever_it_is_made_and_wherever_it_was(
    name: str, tmp_path: Path
) -> None:
    one, other = (plan_of(read_event_log(STACKS[name], FOLDER / f"{name}.jsonl")) for _ in range(2))
    assert one.steps
    assert one.digest == other.digest
    write_plans(tmp_path / "deep" / "plan.json", [one])
    assert read_plans(tmp_path / "deep" / "plan.json") == {STACKS[name]: one}


def test_the_order_in_which_the_engine_tells_does_not_matter(tmp_path: Path) -> None:
    steps = (changed(), step("create", name="other", new={"a": 1}))
    assert plan(tmp_path, *steps).digest == plan(tmp_path, *steps[::-1]).digest


NOTHING = step("same", old={"description": "a"}, new={"description": "a"})


@pytest.mark.parametrize(
    ("approved", "now", "says"),
    [
        (NOTHING, changed(), "would be changed, which nobody approved"),
        (changed(), NOTHING, "would not be changed, as was approved"),
        (
            changed(),
            step("replace", old={"description": "a"}, new={"description": "b"}),
            "would be replaced; approved is that it is changed",
        ),
        (changed(), changed(policy="p"), "property policy is not as approved"),
        (changed(policy="p"), changed(policy="q"), "property policy is not as approved"),
        (
            step("create", new={"description": "b"}),
            step("create", new={"description": "c"}),
            "property description is not as approved",
        ),
        (
            step("create", new={"name": "b"}),
            step("create", new={"name": UNKNOWN}),
            "property name is not as approved",
        ),
    ],
)
def test_what_differs_is_told(approved: Plain, now: Plain, says: str, tmp_path: Path) -> None:
    before, after = plan(tmp_path, approved), plan(tmp_path, now)
    assert told(before, after) == [("it", says)]
    assert before.digest != after.digest
    assert told(before, before) == []


def test_a_long_value_counts_to_its_end(tmp_path: Path) -> None:
    """A comment shows the beginning alone."""
    long = "x" * 5_000
    before, after = (plan(tmp_path, changed(policy=it)) for it in (f"{long}1", f"{long}2"))
    assert told(before, after) == [("it", "property policy is not as approved")]


def test_an_output_that_other_teams_read_counts(tmp_path: Path) -> None:
    before = plan(tmp_path, outputs({"activeColour": "blue"}, {"activeColour": "green"}))
    after = plan(tmp_path, outputs({"activeColour": "blue"}, {"activeColour": "none"}))
    assert told(before, after) == [("", "output activeColour is not as approved")]


@pytest.mark.parametrize(
    ("type_", "inputs"),
    [
        (KEY, {"description": SECRET}),
        (KEY, {"password": "hunter2"}),
        (KEY, {"command": "run --token hunter2"}),
        (SECRET_OF_KUBERNETES, {"data": {"a": "hunter2"}}),
    ],
)
def test_nothing_of_a_secret_is_in_a_plan_not_even_a_digest(
    type_: str, inputs: Mapping[str, Plain], tmp_path: Path
) -> None:
    """A digest of a short secret says what it is to whoever tries them all."""
    other = json.loads(json.dumps(inputs).replace("hunter2", "hunter3"))
    one, two = (plan(tmp_path, step("create", type_, new=it)) for it in (inputs, other))
    assert one == two
    assert urn(type_, "it") in {it.urn for it in one.steps}


def test_a_file_that_is_none_is_told_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(PlanError, match=r"there is no approved plan .*Start the pipeline anew"):
        read_plans(tmp_path / "plan.json")
    (tmp_path / "plan.json").write_text('{"format": 2, "plans": []}')
    with pytest.raises(PlanError, match="holds no plan of `python -m preview --plan`"):
        read_plans(tmp_path / "plan.json")
