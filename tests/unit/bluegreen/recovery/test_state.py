"""A state without its pending creates."""

from typing import Any

from bluegreen.recovery import state
from bluegreen.recovery.candidate import Candidate

ROLE = "aws:iam/role:Role"


def urn(name: str) -> str:
    return f"urn:pulumi:blue::eks-platform::{ROLE}::{name}"


def resource(name: str, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    return {"urn": urn(name), "type": ROLE, "custom": True, **more}


def operation(kind: str, name: str, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    return {"type": kind, "resource": resource(name, **more)}


def deployment(
    operations: list[dict[str, Any]], resources: list[dict[str, Any]] | None = None
) -> dict[str, Any]:
    return {
        "manifest": {"time": "now"},
        "resources": resources or [],
        "pending_operations": operations,
    }


def found(identity: str, **outputs: str) -> Candidate:
    return Candidate(identity, own=True, what="it", outputs=outputs)


def test_what_the_inputs_do_not_say_comes_from_what_was_found() -> None:
    given = deployment([operation("creating", "it", inputs={"rule": "r"})])
    made = state.with_adopted(given, {urn("it"): found("r-1", targetId="1")})
    assert made["resources"][0]["outputs"] == {"rule": "r", "targetId": "1"}


def test_what_exists_becomes_a_resource_as_it_was_wanted_and_stays_pending() -> None:
    wanted = {"inputs": {"name": "x"}, "parent": "urn:p", "dependencies": ["urn:d"]}
    first = resource("first", id="first")
    given = deployment([operation("creating", "it", **wanted)], [first])
    # What is read back from the world comes over the inputs, which stand for outputs until then.
    added = resource("it", **wanted, id="id-1", outputs={"name": "x"})
    made = state.with_adopted(given, {urn("it"): found("id-1")})
    assert made == {**given, "resources": [first, added]}


def test_in_the_end_no_create_is_pending_and_other_operations_stay() -> None:
    left = operation("deleting", "other")
    given = deployment([operation("creating", "it"), left], [resource("first")])
    assert state.without_creates(given) == {**given, "pending_operations": [left]}


def test_an_operation_that_is_there_twice_is_taken_once() -> None:
    twice = deployment([operation("creating", "it"), operation("creating", "it")])
    assert [it.urn for it in state.pending(twice)] == [urn("it")]
    assert len(state.with_adopted(twice, {urn("it"): found("id-1")})["resources"]) == 1


def test_what_was_being_replaced_is_to_be_deleted_by_the_next_update() -> None:
    old = resource("it", id="old")
    given = deployment([operation("creating", "it")], [old])
    made = state.with_adopted(given, {urn("it"): found("new")})
    assert [(it["id"], it.get("delete")) for it in made["resources"]] == [
        ("old", True),
        ("new", None),
    ]


def test_what_was_deleted_for_its_replacement_is_gone() -> None:
    old = resource("it", id="old", pendingReplacement=True)
    given = deployment([operation("creating", "it")], [old])
    made = state.with_adopted(given, {urn("it"): found("new")})
    assert [it["id"] for it in made["resources"]] == ["new"]


def test_what_is_known_of_a_type() -> None:
    kept = deployment([], [resource("a", id="1"), resource("b"), {"urn": "u", "type": "other"}])
    assert state.known_ids(kept, ROLE) == {"1"}
    assert state.holds(kept, urn("a"))
    assert not state.holds(kept, urn("c"))


def test_an_operation_says_what_it_is() -> None:
    (made,) = state.pending(deployment([operation("creating", "it", inputs={"a": 1})]))
    assert (str(made), made.inputs) == (f"{ROLE} it", {"a": 1})


def test_a_new_stack_has_nothing() -> None:
    assert state.pending({}) == []
    assert list(state.providers({})) == []
