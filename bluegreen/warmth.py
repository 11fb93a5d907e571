"""Raises the colour that production moves to before the move, and lets go what was raised.

What is raised says so itself: number and record are written in one request, so that nothing is
raised of which nobody knows. Any later switch finds it and lets it go.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from bluegreen.errors import OperatorError, RefusedError
from bluegreen.floors import held_by
from bluegreen.load import ClusterLoad
from bluegreen.report import Report
from bluegreen.scalable import RAISED, RAISED_TO, Scalable
from bluegreen.snapshot import Snapshot
from bluegreen.updates import Patience
from bluegreen.warm_rules import Raise
from bluegreen.world.kube import KubeError, Object
from settings.names import Colour

CACHED_SECONDS = 60.0
"""That a load balancer's addresses may be kept by whoever asked for a name: Route 53's own for
alias records."""


_UNDONE = (
    "What keeps it so, such as Argo CD, Flux or a policy, would end the pods again as names move:"
    " raise the number where that takes it from, or have it leave the field alone, and run the same"
    " command again"
)


class Changer(Protocol):
    """What is asked of a cluster that is to be changed. Everything raises KubeError."""

    def get(self, path: str) -> Object:
        """An object."""
        ...

    def patch(self, path: str, change: Object) -> Object:
        """Merges a change into an object."""
        ...

    def may_patch(self, path: str) -> bool:
        """Whether the caller may do that."""
        ...


class Loads(Protocol):
    """Looks at what serves."""

    def load(self, snapshot: Snapshot, colour: Colour) -> ClusterLoad | None:
        """What serves on a colour; None where it does not stand."""
        ...

    def changer(self, colour: Colour) -> Changer:
        """The colour's cluster, to be changed. Raises KubeError."""
        ...


class ColdError(OperatorError):
    """A colour did not become warm in time, and was let go; nothing else was changed."""


class Warmth:
    """Raises and lets go.

    Args:
        loads: looks at what serves.
        report: tells of progress.
        patience: how long pods may take to be ready: as long as names to move.
        clock: tells seconds.
    """

    def __init__(
        self,
        loads: Loads,
        report: Report,
        patience: Patience,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._loads = loads
        self._report = report
        self._patience = patience
        self._clock = clock
        self._known: dict[Colour, dict[str, Scalable]] = {}
        """Path → what is raised on a colour, as far as this command has raised or found it."""

    def raise_first(self, snapshot: Snapshot, colour: Colour, wanted: Sequence[Raise]) -> None:
        """Raises what is wanted, and ends once all of it is ready.

        Args:
            snapshot: the platform.
            colour: the one that is raised.
            wanted: what is raised to what.

        Raises:
            RefusedError: the caller may not change it; nothing was changed.
            ColdError: it was not ready in time, and has been let go.
            OperatorError: the cluster could not be asked, or not all could be let go again.
        """
        if not wanted:
            return
        cluster = self._open(colour)
        self._require(cluster, colour, wanted)
        try:
            for it in wanted:
                cluster.patch(it.what.path, it.what.changes(it.to))
                self._known.setdefault(colour, {})[it.what.path] = it.what
                self._report.print_line(f"{colour}: {it.in_words}", mark="raised", style="green")
            self._wait(snapshot, colour, wanted)
        except KeyboardInterrupt:
            self._tell_left(colour, [it.what for it in wanted])
            raise
        except (KubeError, ColdError) as error:
            self.let_go(snapshot, colour, keep=False)
            raise ColdError(f"{colour} is not warm, and was let go again: {error}") from error

    def let_go(
        self, snapshot: Snapshot, colour: Colour, *, keep: bool, wait: float | None = None
    ) -> None:
        """Lets go all that a switch has raised on a colour, this one or an earlier one.

        Args:
            snapshot: the platform.
            colour: the colour.
            keep: production is there now: floors of autoscalers go back, and numbers that nothing
                scales stay, as going back would end pods that serve.
            wait: floors go back once the load has come, after these seconds at the earliest; None:
                at once.

        Raises:
            OperatorError: the cluster did not let it be changed.
        """
        found = self._raised_on(snapshot, colour)
        floors = [it for it in found if it.is_floor and wait is not None]
        self._put_back(colour, [it for it in found if it not in floors], keep=keep)
        if wait is not None and floors:
            self._hold(colour, floors, wait)
            # Somebody may have changed or deleted them meanwhile.
            left = [it for it in self._raised_on(snapshot, colour) if it.is_floor]
            self._put_back(colour, left, keep=keep)

    def _raised_on(self, snapshot: Snapshot, colour: Colour) -> Sequence[Scalable]:
        load = self._loads.load(snapshot, colour)
        if load is None:
            return ()
        if load.not_seen:
            told = f"what a switch has raised on {colour}: {load.not_seen}"
            self._report.print_line(told, mark="not seen:", style="yellow")
            return load.raised
        self._tell_lost(load, colour)
        return load.raised

    def _tell_lost(self, load: ClusterLoad, colour: Colour) -> None:
        """Tells what has no record any more, such as an object that was replaced whole."""
        found, known = {it.path: it for it in load.raised}, self._known.get(colour, {})
        now = {it.scaled_by.path: it.scaled_by for it in load.serving}
        for path in sorted(known.keys() - found.keys()):
            told = "it is gone, or scales nothing that serves"
            if path in now:
                told = f"replaced, or let go by another switch; left: {now[path].now_in_words()}"
            said = f"{colour}: {known[path].name} has no record any more of being raised: {told}"
            self._report.print_line(said, mark="not let go:", style="yellow")
        self._known[colour] = found

    def _put_back(self, colour: Colour, raised: Sequence[Scalable], *, keep: bool) -> None:
        for it in raised:
            kept = keep and not it.is_floor
            try:
                self._open(colour).patch(it.path, _let_go(it, kept=kept))
            except KubeError as error:
                raise OperatorError(
                    f"{colour}: {it.name} is still raised, from {it.raised_from} to {it.number}:"
                    f" {error}. Run the same command again, or set it by hand and take the"
                    f" annotations {RAISED} and {RAISED_TO} away"
                ) from error
            self._known.get(colour, {}).pop(it.path, None)
            said = f"{colour}: {it.name}: {it.let_go_in_words()}"
            if kept and not it.is_changed:
                said = (
                    f"{colour}: {it.name}: {it.field} stays {it.number}, as nothing else scales it"
                    f" and it serves now; it was {it.raised_from}"
                )
            self._report.print_line(said, mark="let go", style="green")

    def _hold(self, colour: Colour, floors: Sequence[Scalable], at_least: float) -> None:
        """Ends once autoscalers ask for as much by themselves, or were told of the load for long.

        Names lead to the colour now, but visitors keep the old addresses for a while. An autoscaler
        remembers what it would have asked for without a floor, not the floor: let go before the
        load is there, it ends the pods at once.
        """
        begun, most = self._clock(), self._patience.warm_seconds
        cluster = self._open(colour)
        held = dict.fromkeys((it.name for it in floors), "not looked at yet")
        try:
            with self._report.step(f"wait for the load on {colour}") as show:
                while (held or self._clock() - begun < at_least) and self._clock() - begun < most:
                    for it in floors:
                        if self._clock() - begun >= most:
                            break
                        held[it.name] = held_by(cluster, it)
                    held = {name: why for name, why in held.items() if why}
                    left = max(0.0, begun + most - self._clock())
                    show(f"floors stay raised{_listed(held)}; {left:.0f} s at most")
                    time.sleep(min(self._patience.pause_seconds, left))
        except KeyboardInterrupt:
            self._tell_left(colour, floors)
            raise
        for name, why in held.items():
            told = f"{colour}: {name} goes back after {most:.0f} s all the same: {why}"
            self._report.print_line(told, style="yellow")

    def _tell_left(self, colour: Colour, left: Sequence[Scalable]) -> None:
        self._report.print_line(
            f"{', '.join(it.name for it in left)} on {colour}. `bluegreen plan` lists what is; the"
            " next `bluegreen switch` lets it go at its end, one to the active colour too",
            mark="left raised:",
            style="yellow",
        )

    def _open(self, colour: Colour) -> Changer:
        try:
            return self._loads.changer(colour)
        except KubeError as error:
            raise OperatorError(f"{colour}: {error}") from error

    def _require(self, cluster: Changer, colour: Colour, wanted: Sequence[Raise]) -> None:
        try:
            refused = [it.what.name for it in wanted if not cluster.may_patch(it.what.path)]
        except KubeError as error:
            raise OperatorError(f"{colour}: {error}") from error
        if refused:
            raise RefusedError(
                f"nothing was changed: you may not patch {', '.join(refused)} on {colour}, which"
                " `--warm` has to raise; let somebody switch who may, or scale them by hand"
            )

    def _wait(self, snapshot: Snapshot, colour: Colour, wanted: Sequence[Raise]) -> None:
        until = self._clock() + self._patience.names_seconds
        with self._report.step(f"wait until {colour} is warm", untold=ColdError) as show:
            while True:
                load = self._loads.load(snapshot, colour)
                _refuse_undone(load, wanted)
                ready = {it.name: it.ready for it in load.serving} if load else {}
                cold = [
                    f"{it.workload}: {ready.get(it.workload, 0)} of {it.ready} ready"
                    for it in wanted
                    if ready.get(it.workload, 0) < it.ready
                ]
                if not cold:
                    return
                show("; ".join(cold))
                if self._clock() >= until:
                    why = f": {load.not_seen}" if load and load.not_seen else ""
                    raise ColdError(f"{'; '.join(cold)}{why}")
                time.sleep(self._patience.pause_seconds)


def _refuse_undone(load: ClusterLoad | None, wanted: Sequence[Raise]) -> None:
    """Raises ColdError where somebody has lowered what was raised: they would do so again."""
    now = {it.scaled_by.path: it.scaled_by for it in load.serving} if load else {}
    undone = [
        f"{it.what.name}: {found.changed_in_words(it.set_to)}"
        for it in wanted
        if (found := now.get(it.what.path)) and found.set_number < it.set_to
    ]
    if undone:
        raise ColdError(f"{'; '.join(undone)}. {_UNDONE}")


def _listed(held: Mapping[str, str]) -> str:
    return "".join(f"; {name}: {why}" for name, why in held.items())


def _let_go(it: Scalable, *, kept: bool) -> Object:
    change: dict[str, object] = {"metadata": {"annotations": {RAISED: None, RAISED_TO: None}}}
    back = {} if kept else it.let_go()
    return {**change, "spec": back} if back else change
