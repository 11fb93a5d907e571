"""Plain updates of stacks, with patience.

Locks are waited for, what a killed engine left is settled, and what fails in passing is tried
again.
"""

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from bluegreen.errors import BusyError
from bluegreen.finding import lock_remedy
from bluegreen.interruption import postpone_interrupt
from bluegreen.recovery.recovery import Recovered, Recovery
from bluegreen.report import Report
from bluegreen.snapshot import Lock, StackState
from bluegreen.world.stacks import LockedError, OnResource, StackError, Stacks


@dataclass(frozen=True, kw_only=True)
class Patience:
    """How long things may take.

    Attributes:
        lock_seconds: that another update may hold a stack.
        attempts: of an update before it counts as failed; more than one because AWS throttles.
        pause_seconds: between two looks.
        names_seconds: that live names may take to move.
        new_names_seconds: that names without a record may take longer than the others.
        records_seconds: between two looks at all record sets: each takes requests of Route 53's
            quota.
        emptying_seconds: that load balancers, volumes and the like may take to go.
        warm_seconds: that floors which a switch has raised stay so at most, once names have moved.
    """

    lock_seconds: float = 900.0
    attempts: int = 3
    pause_seconds: float = 2.0
    names_seconds: float = 900.0
    new_names_seconds: float = 120.0
    records_seconds: float = 15.0
    emptying_seconds: float = 900.0
    warm_seconds: float = 240.0


AskOperator: TypeAlias = Callable[[str], bool]
"""Asks a question; whether the operator says yes."""


class Updates:
    """Updates the stacks of a project.

    Args:
        stacks: the project's.
        recovery: settles what interrupted updates left.
        report: tells of progress.
        patience: how long things may take.
        ask: asks the operator; None where nobody can be asked.
    """

    def __init__(
        self,
        stacks: Stacks,
        recovery: Recovery,
        report: Report,
        patience: Patience,
        ask: AskOperator | None = None,
    ) -> None:
        self._stacks = stacks
        self._recovery = recovery
        self._report = report
        self._patience = patience
        self._ask = ask
        self._answers: dict[str, bool] = {}

    def up(self, stack: str, why: str, seen: StackState | None = None) -> None:
        """One plain ``pulumi up``.

        Args:
            stack: stack name.
            why: told to the reader.
            seen: its state, where it has just been read.

        Raises:
            BusyError: another update holds the stack for too long.
            OperatorError: what an interruption left cannot be settled.
            StackError: it failed each time.
        """
        self._run(stack, f"[bold]pulumi up -s {stack}[/bold]: {why}", self._stacks.up, seen)

    def destroy(self, stack: str, why: str) -> None:
        """One plain ``pulumi destroy``. Raises as `up`."""
        self._run(stack, f"[bold]pulumi destroy -s {stack}[/bold]: {why}", self._stacks.destroy)

    def recover(self, stack: str) -> Recovered:
        """Settles what an interrupted update left. Raises as `up`."""
        done: list[Recovered] = []

        def settle(stack: str, on_resource: OnResource) -> None:
            # What an update is just making looks like what a killed one left.
            if holders := self._stacks.read(stack).state.locks:
                raise LockedError(stack, holders, "")
            done.append(self._recovery.settle(stack, on_resource))

        self._run_once_free(
            stack, f"[bold]{stack}[/bold]: settle what an interruption left", settle
        )
        self._print_recovered(done[-1])
        return done[-1]

    def _print_recovered(self, recovered: Recovered) -> None:
        for name, found in recovered.adopted.items():
            self._report.print_line(f"  adopted {name}: {found}")
        for what, names in (
            ("made anew", recovered.cleared),
            ("freed", recovered.released),
            ("read anew", recovered.looked_at),
        ):
            for name in names:
                self._report.print_line(f"  {what}: {name}")

    def unlock(self, states: Iterable[StackState]) -> None:
        """Removes locks of updates that are known to have died, also where nothing is due.

        Raises:
            StackError: the engine could not.
        """
        for state in states:
            if state.locks and all(lock.dead for lock in state.locks):
                self._break_locks(state.name, state.locks)

    def _run(
        self,
        stack: str,
        title: str,
        work: Callable[[str, OnResource], None],
        seen: StackState | None = None,
    ) -> None:
        for left in reversed(range(self._patience.attempts)):
            try:
                # At each attempt: the one before may have been killed.
                state, seen = seen or self._stacks.read(stack).state, None
                if state.pending:
                    self.recover(stack)
                self._run_once_free(stack, title, work)
            except StackError as error:
                if not left:
                    raise
                self._report.print_line(_first_line(error), mark="trying again:", style="yellow")
                time.sleep(self._patience.pause_seconds)
            else:
                return

    def _run_once_free(
        self, stack: str, title: str, work: Callable[[str, OnResource], None]
    ) -> None:
        end = time.monotonic() + self._patience.lock_seconds
        told = False
        while True:
            try:
                self._run_shown(stack, title, work)
            except LockedError as error:
                holders = self._stacks.read(error.stack).state.locks or error.holders
                if self._are_dead(error.stack, holders):
                    self._break_locks(error.stack, holders)
                    continue
                why = _describe(error, holders)
                if time.monotonic() > end:
                    raise BusyError(why) from error
                if not told:
                    until = f"; this ends after {self._patience.lock_seconds / 60:.0f} min"
                    self._report.print_line(why + until, mark="waiting:", style="yellow")
                told = True
                time.sleep(self._patience.pause_seconds)
            else:
                return

    def _run_shown(self, stack: str, title: str, work: Callable[[str, OnResource], None]) -> None:
        done = 0
        # Tried again and again while another update holds the stack; that is told once.
        with self._report.step(title, untold=LockedError) as show:

            def count(name: str) -> None:
                nonlocal done
                done += 1
                show(f"{done} resources, last {name}")

            with postpone_interrupt(self._print_interrupted):
                work(stack, count)

    def _print_interrupted(self) -> None:
        self._report.print_line(
            "Pulumi ends what it has begun; press Ctrl-C again to give it up",
            mark="interrupted:",
            style="yellow",
        )

    def _are_dead(self, stack: str, holders: Sequence[Lock]) -> bool:
        """Whether all of them are known to have died; False where one may live."""
        open_ones = [lock for lock in holders if not lock.dead]
        if not holders or not all(lock.is_for_operator for lock in open_ones):
            return False
        return all(self._is_said_dead(stack, lock) for lock in open_ones)

    def _is_said_dead(self, stack: str, lock: Lock) -> bool:
        """What the operator says of a lock of which nothing is known; asked once."""
        if self._ask is None:
            return False
        question = (
            f"Stack {stack} is held by {lock.in_words}, and nothing here proves that this update"
            " lives or has died. To go on beside a live one breaks the stack. Is it dead?"
        )
        if question not in self._answers:
            self._answers[question] = self._ask(question)
        return self._answers[question]

    def _break_locks(self, stack: str, holders: Sequence[Lock]) -> None:
        for lock in holders:
            proven = lock.dead and not lock.by_word
            why = "it has died" if proven else "it is dead by your word"
            self._report.print_line(f"removing the lock of {lock.holder} on {stack}: {why}")
        self._stacks.break_locks(stack, holders)


def _describe(error: LockedError, holders: Sequence[Lock]) -> str:
    """Who holds a stack since when, and what to do about it."""
    if not holders:
        return f"{error}. If you know that it has died, run `pulumi cancel -s {error.stack}`"
    seen = LockedError(error.stack, holders, "")
    remedies = dict.fromkeys(lock_remedy(error.stack, lock) for lock in holders if not lock.dead)
    return ". ".join([str(seen), *remedies])


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0]
