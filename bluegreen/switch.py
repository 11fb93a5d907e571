"""Moves production to a colour, and back when that fails."""

from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from botocore.exceptions import BotoCoreError, ClientError

from bluegreen import api_rules, rules, warm_rules
from bluegreen.costs_seen import PairCosts, pair_costs
from bluegreen.errors import (
    BusyError,
    Exit,
    HalfwayError,
    OperatorError,
    RefusedError,
    TakenBackError,
)
from bluegreen.finding import Finding, describe_refused, name_refused, refused
from bluegreen.leftovers import unseen_clusters
from bluegreen.moved import NamesWait, SilentServersError, expected_move, not_moved
from bluegreen.report import Report
from bluegreen.snapshot import Snapshot, other_colour
from bluegreen.switch_state import switch_state_of
from bluegreen.updates import Updates
from bluegreen.waivers import Waivers, unmatched
from bluegreen.warmth import CACHED_SECONDS, Warmth
from bluegreen.world.content import deployment_urns
from bluegreen.world.observe import Observer
from bluegreen.world.stacks import Stacks
from handover.assignment import Assignment
from handover.live_work import TERM_OBJECTS
from handover.steps import (
    FINISHED,
    NotReadyError,
    Step,
    SwitchState,
    canary_assignment,
    is_halfway,
    next_step,
    steps_to,
)
from handover.writers import writers
from settings.names import COLOURS, SHARED, Colour

_MOST_STEPS = 12
"""A switch takes four; more than this many means that somebody else moves the other way."""

_ERRORS = (OperatorError, NotReadyError, BotoCoreError, ClientError)


@dataclass(frozen=True)
class Plan:
    """What a switch would do.

    Attributes:
        to: colour that is to become active, or to write the names of `only`.
        only: names of a canary; empty: all.
        configured: who writes what by the shared stack's file, before the steps.
        target: who writes what in the end.
        before: who writes what if it is taken back.
        steps: updates, in order; none when only names are left to wait for.
        findings: every check.
        begun: whether an earlier switch was left halfway.
        names: live names that would move.
        left: of these, those that do not lead there yet.
        unseen: colours whose names were not seen.
        costs: what the platform costs now; None where that was not asked.
        raises: what is raised first, so that the colour is warm.
        is_raised: whether an earlier switch has left something raised.
        seen: the platform, where no update is due; None where one is.
        told: whether the operator has read `findings`.
    """

    to: Colour
    only: tuple[str, ...]
    configured: Assignment
    target: Assignment
    before: Assignment
    steps: tuple[Step, ...]
    findings: tuple[Finding, ...]
    begun: bool
    names: tuple[str, ...]
    left: tuple[str, ...]
    unseen: tuple[Colour, ...] = ()
    costs: PairCosts | None = None
    raises: tuple[warm_rules.Raise, ...] = ()
    is_raised: bool = False
    seen: Snapshot | None = None
    told: bool = False


class Switch:
    """Plans and does switches.

    Args:
        observer: takes snapshots.
        stacks: the project's stacks.
        updates: updates them.
        names: waits for live names.
        report: tells of progress.
        charts: judges whether charts can be fetched, given what is waived.
        warmth: raises a colour, and lets it go.
    """

    def __init__(  # noqa: PLR0917 - each is a part of its own
        self,
        observer: Observer,
        stacks: Stacks,
        updates: Updates,
        names: NamesWait,
        report: Report,
        charts: Callable[[Collection[str]], Finding],
        warmth: Warmth,
    ) -> None:
        self._observer = observer
        self._stacks = stacks
        self._updates = updates
        self._names = names
        self._report = report
        self._charts = charts
        self._warmth = warmth

    def plan(
        self,
        to: Colour,
        waived: Collection[str],
        only: Collection[str] = (),
        *,
        warm: bool = False,
    ) -> Plan:
        """What a switch would do now; changes nothing.

        Args:
            to: colour that is to write live names.
            waived: live names that may be left behind.
            only: live names to move, of a canary; empty: all.
            warm: whether the colour is raised first where it is cold.

        Raises:
            OperatorError: the platform cannot be seen.
        """
        with self._report.step("look at stacks, clusters, records and load balancers"):
            snapshot = self._observer.everything()
            uses = self._observer.removed_uses(snapshot, to)
            pair = self._pair(snapshot, to, only)
        waived = Waivers(waived)
        now = snapshot.shared.assigned
        target = canary_assignment(now, to, only) if only else Assignment(active=to)
        before = _assignment_before(now, target, to)
        findings = rules.before_switch(snapshot, to, waived=waived, only=only, before=before)
        steps, begun = _plan_steps(snapshot, target)
        if not begun:
            findings += api_rules.apis_served(uses, other_colour(to), to, waived)
            if pair is not None:
                findings += warm_rules.are_warm(pair, waived, warm=warm)
            findings.append(rules.name_servers_answer(self._names.silent_servers(snapshot), waived))
            findings.append(self._charts(waived))
        complete = not begun and not refused(findings)
        is_due = begun or not _is_reached(snapshot, target)
        if complete and is_due:  # else nothing is updated, and a change that waits goes on waiting
            with self._report.step("look for drift and changes that were not applied"):
                findings += self._find_pending_changes(snapshot, waived)
        move = expected_move(snapshot, target, waived)
        findings += unmatched(waived, complete=complete and is_due)
        return Plan(
            to=to,
            only=tuple(sorted(only)),
            configured=snapshot.shared.configured,
            target=target,
            before=before,
            steps=steps,
            findings=tuple(findings),
            begun=begun,
            names=tuple(sorted(name for _, name in move.names)),
            left=tuple(sorted(name for _, name in not_moved(snapshot, move))),
            unseen=_unseen(snapshot, to),
            costs=pair_costs(snapshot),
            raises=tuple(warm_rules.raises(pair, waived)) if warm and pair and not begun else (),
            is_raised=bool(pair and pair.raised),
            seen=None if is_due else snapshot,
        )

    def run(self, plan: Plan, waived: Collection[str], *, rollback: bool) -> int:
        """Does a plan; returns how many live names lead to the new colour.

        Raises:
            RefusedError: a check fails and nothing has been changed.
            ColdError: the colour did not become warm, and nothing was moved.
            TakenBackError: it failed, and the old colour is active again.
            HalfwayError: it failed, and was not or could not be taken back.
        """
        failing = refused(plan.findings)
        if plan.begun:
            # The killed command's own update may still run; it is waited for.
            failing = [finding for finding in failing if finding.rule != "locks"]
        elif failing:
            raise RefusedError(_describe_refusal(plan, failing))
        changing = plan.begun or bool(plan.steps)
        if plan.raises:
            self._warmth.raise_first(self._observer.everything(), plan.to, plan.raises)
        try:
            if failing:
                raise RefusedError(_describe_refusal(plan, failing))
            if plan.seen is None:
                self.run_steps_to(plan.target)
            else:
                self._updates.unlock(plan.seen.states)
            names = self._names.wait(plan.target, waived, plan.seen)
        except _ERRORS as error:
            if not changing:
                raise HalfwayError(f"{plan.to} is active, but {error}") from error
            busy = isinstance(error, BusyError)
            if busy and self._undo_unbegun(plan):
                self._let_go(plan, plan.before)
                raise
            if busy or not rollback or isinstance(error, SilentServersError):
                raise HalfwayError(_describe_halfway(plan, waived, str(error))) from error
            self._take_back(plan, waived, str(error))
            raise
        self._end(plan, moved=changing or bool(plan.left))
        return names

    def _end(self, plan: Plan, *, moved: bool) -> None:
        """Lets go what was raised. Names have moved, and stay moved whatever comes of this."""
        try:
            self._let_go(plan, plan.target, wait=CACHED_SECONDS if moved else 0.0)
        except (KeyboardInterrupt, OperatorError) as error:
            if not moved:
                raise
            why = str(error) or "`bluegreen plan` lists what is still raised"
            done = f"the switch is done, {plan.target.in_words}; but {why}"
            self._report.print_line(done, style="yellow")

    def run_steps_to(self, target: Assignment) -> None:
        """Updates stacks until names are written as assigned; each next step is found anew.

        Raises:
            OperatorError: an update failed, or somebody else updates against this.
            NotReadyError: the program would refuse the way.
        """
        for done in range(_MOST_STEPS):
            snapshot = self._observer.read_stacks()
            self._updates.unlock(snapshot.states)
            standing = switch_state_of(snapshot)
            step = next_step(standing, target)
            if step == FINISHED:
                return
            if step.wanted is not None:
                self._stacks.set_config(SHARED, _settings(step.wanted))
            seen = next(state for state in snapshot.states if state.name == step.stack)
            number = _step_number(standing, target, done)
            self._updates.up(step.stack, f"{number}{step.title}", seen)
        raise OperatorError(
            f"{target.in_words}: that is not reached, whatever is updated. Does somebody else"
            " run updates at the same time? See `bluegreen status`"
        )

    def _take_back(self, plan: Plan, waived: Collection[str], reason: str) -> None:
        """Goes back to where names were written before; always raises."""
        back = plan.before.in_words
        self._report.print_line(reason, mark=f"the switch to {plan.to} failed:", style="red")
        self._report.print_line(f"going back: {back}", style="yellow")
        try:
            self.run_steps_to(plan.before)
            move = expected_move(self._observer.everything(), plan.before, ())
            self._names.wait(plan.before, [*waived, *(name for _, name in move.lost)])
        except _ERRORS as error:
            text = f"{reason}\nand going back failed too: {error}"
            raise HalfwayError(_describe_halfway(plan, waived, text)) from error
        try:
            self._let_go(plan, plan.before)
        except _ERRORS as error:
            reason = f"{reason}\n{error}"
        raise TakenBackError(
            f"the switch to {plan.to} failed and was taken back: {back} again. {reason}"
        )

    def _pair(
        self, snapshot: Snapshot, to: Colour, only: Collection[str]
    ) -> warm_rules.Pair | None:
        """What both colours carry; None where the colour carries all already, or is not there."""
        waits = self._observer.load(snapshot, to, again=False)
        if waits is None:
            return None
        old = other_colour(to)
        left = self._observer.load(snapshot, old, again=False)
        carries = left if old in snapshot.shared.assigned.colours else None
        percent = snapshot.shared.warm_percent
        return warm_rules.Pair(old, to, carries, waits, percent, only, left)

    def _let_go(self, plan: Plan, now: Assignment, wait: float | None = None) -> None:
        """Lets go what this switch, or an earlier one, has raised on any colour.

        Args:
            plan: the switch.
            now: who writes what.
            wait: as `Warmth.let_go` has it, for the colour that the load comes to.
        """
        if not plan.raises and not plan.is_raised:
            return
        snapshot = self._observer.everything()
        for colour in (other_colour(plan.to), plan.to):
            waits = wait if colour == plan.to else None
            self._warmth.let_go(snapshot, colour, keep=colour in now.colours, wait=waits)

    def _undo_unbegun(self, plan: Plan) -> bool:
        """Whether no update has begun the switch; puts the stack file back then."""
        if self._observer.read_stacks().shared.assigned != plan.before:
            return False
        self._stacks.set_config(SHARED, _settings(plan.before))
        return True

    def _find_pending_changes(self, snapshot: Snapshot, waived: Collection[str]) -> list[Finding]:
        zones = snapshot.shared.zones
        colours = [view.colour for view in snapshot.colours if view.cluster and zones]
        drift: dict[str, Collection[str]] = {}
        unapplied: dict[str, Collection[str]] = {}

        def compare_stack(stack: str) -> None:
            colour: Colour | None = next((c for c in COLOURS if c == stack), None)
            if colour is None or zones is None:
                unapplied[stack] = self._stacks.preview_changes(stack, refresh=True)
                return
            # Of a colour, a switch changes the live DNS writers alone, and what keeps live work to
            # the active one. An idle colour's are always due: they hold the term, which has grown
            # since.
            names = [writer.name for writer in writers(colour, zones, live=True)]
            due = {f"update {name}" for name in (*names, *TERM_OBJECTS)}
            changes = self._stacks.preview_changes(stack, refresh=False)
            unapplied[stack] = [change for change in changes if change not in due]
            urns = list(deployment_urns(self._observer.seen_content(colour), names))
            drift[stack] = self._stacks.find_drift(stack, urns) if urns else ()

        with ThreadPoolExecutor(len(COLOURS) + 1) as pool:
            list(pool.map(compare_stack, (SHARED, *colours)))
        return rules.no_pending_changes(drift, unapplied, waived)


def _step_number(standing: SwitchState, target: Assignment, done: int) -> str:
    """How far a switch is, in words before a step's title."""
    try:
        left = len(steps_to(standing, target))
    except NotReadyError:
        return ""  # a later step may be found to be impossible; this one is not
    return f"step {done + 1} of {done + left}: "


def _plan_steps(snapshot: Snapshot, target: Assignment) -> tuple[tuple[Step, ...], bool]:
    try:
        stand = switch_state_of(snapshot)
        return tuple(steps_to(stand, target)), is_halfway(stand)
    except NotReadyError:
        return (), False  # the checks say why


def _is_reached(snapshot: Snapshot, target: Assignment) -> bool:
    """Whether no update is due until names are written as assigned."""
    try:
        return next_step(switch_state_of(snapshot), target) == FINISHED
    except NotReadyError:
        return False


def _assignment_before(now: Assignment, target: Assignment, to: Colour) -> Assignment:
    """Who writes what if a switch is taken back; of one that was begun, as it must have been."""
    halfway_canary = now.names and now.canary is None
    if now.active is None or (now == target and not now.names):
        return Assignment(active=other_colour(to))
    if halfway_canary or now == target:
        return Assignment(active=now.active)
    return now


def _settings(wanted: Assignment) -> dict[str, object | None]:
    """Keys of the shared stack's file that ask for an assignment; None removes one."""
    canary_settings: dict[str, object] = {"names": list(wanted.names)}
    if wanted.canary is not None:
        canary_settings["colour"] = wanted.canary
    return {
        "activeColour": wanted.active,
        "canary": canary_settings if wanted.names else None,
    }


def _unseen(snapshot: Snapshot, to: Colour) -> tuple[Colour, ...]:
    """Colours of which nobody knows what names they want."""
    silent = unseen_clusters(snapshot)
    absent = snapshot.colour(to).kube is None
    return tuple(c for c in COLOURS if c in silent or (c == to and absent))


def _describe_refusal(plan: Plan, failing: Sequence[Finding]) -> str:
    if plan.told:
        return f"the switch to {plan.to} is refused, by {name_refused(failing)} above"
    return f"the switch to {plan.to} is refused:\n{describe_refused(failing)}"


def _describe_halfway(plan: Plan, waived: Collection[str], reason: str) -> str:
    only = [word for name in plan.only for word in ("--only", name)]
    there = ["bluegreen switch --to", plan.to, *only]
    there += [word for name in waived for word in ("--waive", name)]
    back = ["bluegreen switch --to", other_colour(plan.to), *only]
    return (
        f"{reason}\nThe switch to {plan.to} stands halfway (exit code {Exit.HALFWAY:d}). Run"
        f" `{' '.join(there)}` to complete it or `{' '.join(back)}` to"
        " take it back; `bluegreen status` says where it stands"
    )
