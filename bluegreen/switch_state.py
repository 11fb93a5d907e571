"""Where a switch stands, by what was seen."""

from bluegreen.snapshot import Snapshot
from handover.steps import NotReadyError, SwitchState


def switch_state_of(snapshot: Snapshot) -> SwitchState:
    """What of a snapshot decides the next step.

    Raises:
        NotReadyError: the shared stack has not come up.
    """
    shared = snapshot.shared
    if shared.live_writer is None:
        raise NotReadyError("stack shared has not come up: run `bluegreen bootstrap` first")
    return SwitchState(
        configured=shared.configured,
        listed=shared.listed,
        forgotten=shared.forgotten,
        named=shared.live_writer,
        reports={view.colour: view.report for view in snapshot.colours},
        unfinished=frozenset(state.name for state in snapshot.states if state.interrupted),
    )
