"""Moves production to a colour, and back when that fails."""

from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from botocore.exceptions import BotoCoreError, ClientError

from bluegreen import rules
from bluegreen.errors import (
    BusyError,
    Exit,
    HalfwayError,
    OperatorError,
    RefusedError,
    TakenBackError,
)
from bluegreen.moved import NamesWait, not_moved, to_move
from bluegreen.phase import (
    FINISHED,
    Act,
    NotReadyError,
    Step,
    between,
    next_step,
    stand_of,
    way,
)
from bluegreen.report import Report
from bluegreen.rules import Finding
from bluegreen.snapshot import Snapshot, other
from bluegreen.updates import Updates
from bluegreen.world.observe import Observer, live_writers
from bluegreen.world.stacks import Stacks, deployments
from settings.names import COLOURS, SHARED, Colour

_MOST_STEPS = 12
"""A switch takes four; more than this many means that somebody else moves the other way."""

_ERRORS = (OperatorError, BotoCoreError, ClientError)


@dataclass(frozen=True)
class Plan:
    """What a switch would do.

    Attributes:
        to: colour that is to become active.
        steps: updates, in order; none when only names are left to wait for.
        findings: every check.
        begun: whether an earlier switch was left halfway.
        names: live names that would move.
        left: of these, those that do not lead there yet.
    """

    to: Colour
    steps: tuple[Step, ...]
    findings: tuple[Finding, ...]
    begun: bool
    names: tuple[str, ...]
    left: tuple[str, ...]


class Switch:
    """Plans and does switches."""

    def __init__(
        self, observer: Observer, stacks: Stacks, updates: Updates, names: NamesWait, report: Report
    ) -> None:
        self._observer = observer
        self._stacks = stacks
        self._updates = updates
        self._names = names
        self._report = report

    def plan(self, to: Colour, waived: Collection[str]) -> Plan:
        """What a switch would do now; changes nothing.

        Raises:
            OperatorError: the platform cannot be seen.
        """
        with self._report.step("look at stacks, clusters, records and load balancers"):
            snapshot = self._observer.everything()
        findings = rules.before_switch(snapshot, to, waived=waived)
        steps, begun = _steps(snapshot, to)
        if not begun and not rules.refused(findings):
            with self._report.step("look for drift and changes that were not applied"):
                findings += self._untouched(snapshot)
        move = to_move(snapshot, to, waived)
        return Plan(
            to=to,
            steps=steps,
            findings=tuple(findings),
            begun=begun,
            names=tuple(sorted(name for _, name in move.wanted)),
            left=tuple(sorted(not_moved(snapshot, move))),
        )

    def run(self, plan: Plan, waived: Collection[str], *, rollback: bool) -> int:
        """Does a plan; returns how many live names lead to the new colour.

        Raises:
            RefusedError: a check fails and nothing has been changed.
            TakenBackError: it failed, and the old colour is active again.
            HalfwayError: it failed, and was not or could not be taken back.
        """
        failing = rules.refused(plan.findings)
        if plan.begun:
            # The killed command's own update may still run; it is waited for.
            failing = [finding for finding in failing if finding.rule != "locks"]
        elif failing:
            raise RefusedError(_say_refusal(plan.to, failing))
        changing = plan.begun or bool(plan.steps)
        try:
            if failing:
                raise RefusedError(_say_refusal(plan.to, failing))
            self.drive(plan.to)
            return self._names.wait(plan.to, waived)
        except _ERRORS as error:
            if not changing:
                raise HalfwayError(f"{plan.to} is active, but {error}") from error
            busy = isinstance(error, BusyError)
            if busy and self._undone(plan.to):
                raise
            if busy or not rollback:
                raise HalfwayError(_say_halfway(plan.to, str(error))) from error
            self._take_back(plan.to, str(error))
            raise

    def drive(self, to: Colour) -> None:
        """Updates stacks until `to` writes live names; each next step is found anew.

        Raises:
            OperatorError: an update failed, or somebody else updates against this.
            NotReadyError: the program would refuse the way.
        """
        for _ in range(_MOST_STEPS):
            step = next_step(stand_of(self._observer.stacks()), to)
            if step == FINISHED:
                return
            if step.act in (Act.DISMISS, Act.NAME):
                self._stacks.set(SHARED, "activeColour", step.active)
            self._updates.up(step.stack, step.title)
        raise OperatorError(
            f"{to} does not become the only writer, whatever is updated: does somebody else"
            " run updates at the same time? See `bluegreen status`"
        )

    def _take_back(self, failed: Colour, reason: str) -> None:
        """Goes back to the other colour; always raises."""
        old = other(failed)
        self._report.say(f"[red]the switch to {failed} failed:[/red] {reason}")
        self._report.say(f"[yellow]going back to {old}[/yellow]")
        try:
            self.drive(old)
            snapshot = self._observer.everything()
            self._names.wait(old, rules.left_behind(snapshot, old))
        except _ERRORS as error:
            text = f"{reason}\nand going back to {old} failed too: {error}"
            raise HalfwayError(_say_halfway(failed, text)) from error
        raise TakenBackError(
            f"the switch to {failed} failed and was taken back; {old} is active again. {reason}"
        )

    def _undone(self, to: Colour) -> bool:
        """Whether no update has begun the switch; puts the stack file back then."""
        old = other(to)
        if self._observer.stacks().shared.active != old:
            return False
        self._stacks.set(SHARED, "activeColour", old)
        return True

    def _untouched(self, snapshot: Snapshot) -> list[Finding]:
        zones = snapshot.shared.zones
        colours = [view.colour for view in snapshot.colours if view.cluster and zones]
        drift: dict[str, Collection[str]] = {}
        unapplied: dict[str, Collection[str]] = {}

        def look(stack: str) -> None:
            colour: Colour | None = next((c for c in COLOURS if c == stack), None)
            if colour is None or zones is None:
                unapplied[stack] = self._stacks.unapplied(stack, refresh=True)
                return
            # Of a colour, a switch changes the live DNS writers alone.
            unapplied[stack] = self._stacks.unapplied(stack, refresh=False)
            names = [writer.name for writer in live_writers(colour, zones)]
            urns = list(deployments(self._observer.content(stack), names))
            drift[stack] = self._stacks.drift(stack, urns) if urns else ()

        with ThreadPoolExecutor(len(COLOURS) + 1) as pool:
            list(pool.map(look, (SHARED, *colours)))
        return rules.untouched(drift, unapplied)


def _steps(snapshot: Snapshot, to: Colour) -> tuple[tuple[Step, ...], bool]:
    try:
        stand = stand_of(snapshot)
        return tuple(way(stand, to)), between(stand)
    except NotReadyError:
        return (), False  # the checks say why


def _say_refusal(to: Colour, failing: Collection[Finding]) -> str:
    lines = [f"the switch to {to} is refused:"]
    for finding in failing:
        lines.append(f"  {finding.says}: {', '.join(finding.details)}")
        lines.append(f"    {finding.remedy}")
    return "\n".join(lines)


def _say_halfway(to: Colour, reason: str) -> str:
    return (
        f"{reason}\nThe switch to {to} stands halfway (exit code {Exit.HALFWAY:d}). Run"
        f" `bluegreen switch --to {to}` to complete it or `bluegreen switch --to {other(to)}` to"
        " take it back; `bluegreen status` says where it stands"
    )
