"""Brings the platform up, or an idle colour anew."""

from bluegreen.errors import OperatorError, RefusedError
from bluegreen.report import Report
from bluegreen.snapshot import JsonModel
from bluegreen.switch import Switch
from bluegreen.switch_state import switch_state_of
from bluegreen.updates import Updates
from bluegreen.world.observe import Observer
from bluegreen.world.stacks import Stacks
from handover.assignment import Assignment
from handover.steps import is_halfway
from settings.names import COLOURS, SHARED, Colour


class Built(JsonModel):
    """What stands after a bootstrap.

    Attributes:
        colour: colour that was brought up.
        active: the active colour.
    """

    colour: Colour
    active: Colour | None


class Bootstrap:
    """Builds a colour, and makes it active where none is."""

    def __init__(
        self, observer: Observer, stacks: Stacks, updates: Updates, switch: Switch, report: Report
    ) -> None:
        self._observer = observer
        self._stacks = stacks
        self._updates = updates
        self._switch = switch
        self._report = report

    def run(self, colour: Colour) -> Built:
        """Brings a colour up, and all that it needs before.

        Raises:
            RefusedError: a switch stands halfway.
            OperatorError: an update failed; running it again goes on.
        """
        for stack in (SHARED, colour):
            self._stacks.create(stack)
        seen = self._observer.read_stacks()
        before = seen.shared
        if before.live_writer is None:
            self._updates.up(SHARED, "network, zones and human roles; no active colour yet")
        elif before.configured.active != colour and is_halfway(
            switch_state_of(self._observer.read_stacks())
        ):
            raise RefusedError(
                "a switch stands halfway: complete it or take it back with `bluegreen switch`"
                " first; `bluegreen status` says where it stands"
            )
        self._updates.up(colour, "cluster, nodes and add-ons")
        self._list_colour(colour)
        active = self._observer.read_stacks().shared.active
        if active in (None, colour):
            self._switch.run_steps_to(Assignment(active=colour))
        built = self._observer.read_stacks()
        if built.colour(colour).cluster is None:
            raise OperatorError(f"stack {colour} came up without a cluster")
        return Built(colour=colour, active=built.shared.active)

    def _list_colour(self, colour: Colour) -> None:
        """Makes the shared stack know the colour."""
        shared = self._observer.read_stacks().shared
        if colour in shared.listed:
            return
        forgotten = [c for c in shared.forgotten if c != colour]
        listed = [c for c in COLOURS if c in shared.listed or c == colour]
        values: dict[str, object] = {"colours": listed}
        if shared.forgotten:
            values["forgetColours"] = forgotten
        self._stacks.set_config(SHARED, values)
        if shared.active is not None:
            self._updates.up(SHARED, f"{colour} is known; the stable kubeconfig trusts it")
