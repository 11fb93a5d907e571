"""A state with nothing pending."""

from typing import Any

from bluegreen.recovery import state
from bluegreen.recovery.candidate import Candidate
from bluegreen.world.content import UNREAD

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
    made = state.without_pending(given, {urn("it"): found("r-1", targetId="1")}, ())
    assert made["resources"][0]["outputs"] == {"rule": "r", "targetId": "1"}


def test_what_exists_becomes_a_resource_as_it_was_wanted_and_is_still_to_be_read() -> None:
    wanted = {"inputs": {"name": "x"}, "parent": "urn:p", "dependencies": ["urn:d"]}
    first = resource("first", id="first")
    given = deployment([operation("creating", "it", **wanted)], [first])
    # What is read back from the world comes over the inputs, which stand for outputs until then.
    added = resource("it", **wanted, id="id-1", outputs={"name": "x"}, **UNREAD)
    made = state.without_pending(given, {urn("it"): found("id-1")}, ())
    assert made == {"manifest": given["manifest"], "resources": [first, added]}
    assert [(it.kind, it.urn) for it in state.pending_operations(made)] == [("reading", urn("it"))]


def test_what_is_to_be_read_is_marked_and_nothing_else() -> None:
    left = [resource("it", id="2"), resource("it", id="1", delete=True), resource("first", id="3")]
    component = {**resource("group"), "custom": False}
    gone = resource("gone", id="4", pendingReplacement=True)
    given = deployment([operation("deleting", "it")], [*left, component, gone])
    made = state.without_pending(given, {}, [urn("it"), urn("group"), urn("gone")])
    marked = [{**it, **UNREAD} for it in left[:2]]
    assert made["resources"] == [*marked, left[2], component, gone]
    assert state.can_be_read(given, urn("it"))
    assert not state.can_be_read(given, urn("gone"))
    assert not state.can_be_read(given, urn("other"))


def test_a_state_that_is_settled_stays_as_it_is() -> None:
    given = {"resources": [resource("it", id="1", **UNREAD), resource("first", id="3")]}
    assert state.without_pending(given, {}, [urn("it")]) == given


def test_an_operation_that_is_there_twice_is_taken_once() -> None:
    twice = deployment([operation("creating", "it"), operation("creating", "it")])
    assert [it.urn for it in state.pending_operations(twice)] == [urn("it")]
    assert len(state.without_pending(twice, {urn("it"): found("id-1")}, ())["resources"]) == 1


def test_what_was_being_replaced_is_to_be_deleted_by_the_next_update() -> None:
    old, dependent = resource("it", id="old"), resource("dependent", id="1")
    given = deployment([operation("creating", "it")], [old, dependent])
    made = state.without_pending(given, {urn("it"): found("new")}, ())
    # What depends on it comes after it, or the engine refuses the state.
    assert [(it["id"], it.get("delete")) for it in made["resources"]] == [
        ("new", None),
        ("old", True),
        ("1", None),
    ]


def test_what_was_deleted_for_its_replacement_is_gone() -> None:
    old, dependent = resource("it", id="it", pendingReplacement=True), resource("other", id="1")
    given = deployment([operation("creating", "it")], [old, dependent])
    # Its name is that of the new one.
    assert state.known_ids(given, ROLE) == {"1"}
    made = state.without_pending(given, {urn("it"): found("it")}, ())
    assert [(it["id"], "outputs" in it) for it in made["resources"]] == [("it", True), ("1", False)]


def test_what_is_known_of_a_type() -> None:
    kept = deployment([], [resource("a", id="1"), resource("b"), {"urn": "u", "type": "other"}])
    assert state.known_ids(kept, ROLE) == {"1"}


def test_an_operation_says_what_it_is() -> None:
    (made,) = state.pending_operations(deployment([operation("creating", "it", inputs={"a": 1})]))
    assert (str(made), made.inputs) == (f"{ROLE} it", {"a": 1})


def test_a_new_stack_has_nothing() -> None:
    assert state.pending_operations({}) == []
    assert list(state.providers({})) == []
