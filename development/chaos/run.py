"""A run: one interruption after the other, each of them checked."""

import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from rich.markup import escape

from development.chaos import checks, ending, strike
from development.chaos.plan import Interruption, interruption
from development.chaos.platform import Platform
from development.chaos.report import Outcome, Report
from development.chaos.tracking import Usual, read_switch_state
from development.chaos.watching import Watch, balancer_addresses
from handover.steps import Act
from localcloud.faults import FaultClient
from settings.names import COLOURS

_MOST_MISSES = 0.5
"""Share of misses beyond which a run gives up: then it aims badly."""

_LEARNING = 0.6
"""Weight of the newest time in what is usual."""

PrintLine = Callable[[str], None]


class GivenUpError(Exception):
    """The run cannot go on; the message says why."""


class Chaos:
    """Interrupts one platform.

    Args:
        platform: it stands, one colour is active and nothing is halfway.
        report: where outcomes go.
        print_line: told of each outcome in a line.
    """

    def __init__(self, platform: Platform, report: Report, print_line: PrintLine) -> None:
        self._platform = platform
        self._report = report
        self._print_line = print_line
        self._usual = Usual()
        self._watch = Watch(platform)

    @contextmanager
    def watching(self) -> Generator[None]:
        """Looks at names and pods until the block ends."""
        self._watch.start()
        try:
            yield
        finally:
            self._watch.stop()

    def run_interruptions(self, seed: int, wanted: int, done: Callable[[Outcome], None]) -> None:
        """Interruptions of a seed, until so many have hit; goes on from the report.

        Raises:
            GivenUpError: too many missed, or the platform could not be mended.
        """
        known = {o.plan.number: o for o in self._report.read() if o.plan.seed == seed}
        hits = sum(outcome.hit for outcome in known.values())
        number = max(known, default=-1) + 1
        while hits < wanted:
            if number > wanted / _MOST_MISSES:
                raise GivenUpError(f"{number - hits} of {number} interruptions missed")
            outcome = self.run_interruption(interruption(seed, number))
            hits += outcome.hit
            number += 1
            done(outcome)

    def run_interruption(self, plan: Interruption) -> Outcome:
        """One interruption, the one more command, and the checks; mends what it broke.

        Raises:
            GivenUpError: it cannot be mended.
        """
        outcome = self._interrupt(plan)
        self._report.add(outcome)
        self._print_line(_line(outcome))
        if outcome.broken:
            self._mend()
        return outcome

    def settle(self) -> None:
        """Ends what a run before this one left halfway. Raises GivenUpError."""
        if self._platform.run("bluegreen", "status", "--json").returncode:
            self._mend()

    def begin_at(self, colour: str) -> None:
        """Makes a colour active. Raises GivenUpError."""
        if read_switch_state(self._platform.state, COLOURS).named != colour:
            self._switch(colour)

    def _interrupt(self, plan: Interruption) -> Outcome:
        state = self._platform.state
        began = time.monotonic()
        before = read_switch_state(state, COLOURS)
        old = before.named or COLOURS[0]
        new = next(colour for colour in COLOURS if colour != old)
        window = checks.Window(datetime.now(UTC), _whole_lines(state.aws_calls))
        self._watch.take_broken()
        first_log = self._report.log(plan, "first")
        first = strike.run_interrupted_switch(self._platform, plan, new, self._usual, first_log)
        FaultClient(self._platform.cloud).clear()
        broken = checks.check_exit_code(
            first.code, before, read_switch_state(state, COLOURS), old, new
        )
        if "Traceback" in first.log:
            broken.append("the interrupted command printed a traceback")
        to = ending.colour_after(plan.ending, old, new)
        last_began = time.monotonic()
        last_log = self._report.log(plan, "last")
        last = ending.run(self._platform, self._watch, plan.ending, to, last_log)
        last_seconds = time.monotonic() - last_began
        if last:
            broken.append(f"the last command ({plan.ending}) ended with {last}")
        broken += checks.check_rules(self._platform, self._watch, window, to)
        self._update_usual(first)
        return Outcome(
            plan=plan,
            time=window.since,
            start=old,
            struck=first.struck,
            first=first.code,
            first_seconds=round(first.seconds, 1),
            last=last,
            last_seconds=round(last_seconds, 1),
            broken=tuple(broken),
            seconds=round(time.monotonic() - began, 1),
        )

    def calibrate(self) -> None:
        """Switches there and back once, undisturbed, to know how long it takes.

        A run that goes on knows it from before.

        Raises:
            GivenUpError: a switch failed.
        """
        if self._report.usual.exists():
            self._usual = Usual.model_validate_json(self._report.usual.read_text())
            return
        for _ in COLOURS:
            now = read_switch_state(self._platform.state, COLOURS).named
            new = next(colour for colour in COLOURS if colour != now)
            plan = interruption(0, 0).model_copy(update={"kill": None, "faults": ()})
            log = self._report.folder / f"undisturbed-to-{new}.log"
            ran = strike.run_interrupted_switch(self._platform, plan, new, self._usual, log)
            if ran.code:
                raise GivenUpError(f"an undisturbed switch to {new} ended with {ran.code}: {log}")
            self._update_usual(ran, weight=1.0)
            self._print_line(f"undisturbed: {ran.seconds:.0f} s, {ran.taken}")

    def _update_usual(self, ran: strike.SwitchRun, weight: float = _LEARNING) -> None:
        """What is usual changes with what else the machine does."""
        if ran.code == 0 and not ran.struck:
            self._usual.command += weight * (ran.seconds - self._usual.command)
        for name, seconds in ran.taken.items():
            act = Act(name)
            self._usual.steps[act] += weight * (seconds - self._usual.steps[act])
        self._report.usual.write_text(self._usual.model_dump_json())

    def _mend(self) -> None:
        """Ends what is halfway, so that the next interruption begins from a state that holds."""
        FaultClient(self._platform.cloud).clear()
        self._switch(read_switch_state(self._platform.state, COLOURS).wanted or COLOURS[0])
        self._watch.names.places = balancer_addresses(self._platform)
        self._watch.take_broken()

    def _switch(self, colour: str) -> None:
        done = self._platform.run("bluegreen", "switch", "--to", colour, "--yes")
        asked = self._platform.run("bluegreen", "status", "--json")
        if done.returncode or asked.returncode:
            raise GivenUpError(f"the platform cannot be mended: {done.stdout}\n{done.stderr}")


def _whole_lines(path: Path) -> int:
    """Bytes of a log up to its last line break."""
    return path.read_bytes().rfind(b"\n") + 1 if path.exists() else 0


def _line(outcome: Outcome) -> str:
    plan = outcome.plan
    verdict = "[red]BROKEN[/red]" if outcome.broken else "[green]holds[/green]"
    what = escape(outcome.struck) or "[yellow]missed[/yellow]"
    codes = f"exit {outcome.first}, then {outcome.last}; {outcome.seconds:.0f} s"
    said = escape(str(plan))
    text = f"{plan.number:>4} {verdict} from {outcome.start}: {said} [dim]({what}; {codes})[/dim]"
    return "\n     ".join([text, *map(escape, outcome.broken)])
