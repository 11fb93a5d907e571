"""What of a snapshot decides the next step of a switch."""

import pytest

from bluegreen.snapshot import Lock, StackState
from bluegreen.switch_state import switch_state_of
from handover.steps import is_halfway
from tests.unit.bluegreen.snapshots import snapshot


@pytest.mark.parametrize(
    ("dead", "unfinished"),
    [((), True), ((True,), True), ((False,), False), ((True, False), False)],
)
def test_a_stack_that_somebody_updates_is_not_unfinished(
    dead: tuple[bool, ...], unfinished: bool
) -> None:
    held = tuple(Lock(holder="ann@host (pid 7)", since="now", dead=it) for it in dead)
    state = StackState(name="blue", exists=True, pending=("creating web",), locks=held)
    state_of_switch = switch_state_of(snapshot(blue={"state": state}))
    assert state_of_switch.unfinished == ({"blue"} if unfinished else set())
    assert is_halfway(state_of_switch) is unfinished
