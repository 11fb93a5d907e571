"""A run: one retirement after the other, each of them interrupted, completed and checked."""

import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime

from rich.markup import escape

from bluegreen.errors import Exit
from development.chaos.platform import Platform
from development.chaos.retirements import account
from development.chaos.retirements.plan import RETIRED, Interruption
from development.chaos.retirements.platform import bring_up
from development.chaos.retirements.report import Outcome, Report
from development.chaos.retirements.strike import Retirement, run_retirement
from localcloud.backend import checkpoint

_MOST_RUNS = 4
"""Runs of the command for one retirement, the interrupted one included."""

_UNCHANGED = (Exit.FAILED, Exit.REFUSED, Exit.BUSY)
_GOING_ON = (Exit.HALFWAY, Exit.INTERRUPTED)

PrintLine = Callable[[str], None]


class GivenUpError(Exception):
    """The run cannot go on; the message says why."""


def run_all(
    platform: Platform, report: Report, plans: Iterable[Interruption], print_line: PrintLine
) -> None:
    """Retirements with these interruptions.

    Args:
        platform: the other colour stands, this one does not.
        report: where outcomes go.
        plans: the interruptions.
        print_line: told of each outcome.

    Raises:
        GivenUpError: a colour could not be retired in the end.
        PlatformError: it did not come up.
    """
    for plan in plans:
        outcome = run_one(platform, report, plan)
        report.add(outcome)
        print_line(_line(outcome))
        if outcome.codes[-1] != Exit.DONE:
            raise GivenUpError(f"{RETIRED} is not retired after {len(outcome.codes)} runs")


def run_one(platform: Platform, report: Report, plan: Interruption) -> Outcome:
    """Brings the colour up, retires it with an interruption, and checks what is left."""
    began, now = time.monotonic(), datetime.now(UTC)
    account_before = account.standing(platform)
    bring_up(platform, RETIRED)
    other = account.read_other(platform)
    state = checkpoint(platform.state, RETIRED).read_bytes()
    runs = [run_retirement(platform, plan, report.log(plan, 0))]
    unchanged = checkpoint(platform.state, RETIRED).read_bytes() == state
    while runs[-1].code != Exit.DONE and len(runs) < _MOST_RUNS:
        runs.append(run_retirement(platform, None, report.log(plan, len(runs))))
    broken = [
        *check_runs(runs, unchanged=unchanged),
        *account.compare(account_before, account.standing(platform)),
        *account.check_stack(platform),
        *account.check_other(platform, other),
    ]
    return Outcome(
        plan=plan,
        time=now,
        struck=runs[0].struck,
        codes=tuple(it.code for it in runs),
        seconds=tuple(round(it.seconds, 1) for it in runs),
        broken=tuple(broken),
        whole_seconds=round(time.monotonic() - began, 1),
    )


def check_runs(runs: list[Retirement], *, unchanged: bool) -> list[str]:
    """Whether the command's exit codes say what happened, and one more run was enough.

    Args:
        runs: the interrupted one, then those after it.
        unchanged: whether the interrupted one left the stack as it was.
    """
    broken: list[str] = []
    code = runs[0].code
    if code is None:
        broken.append("the interrupted command hung")
    elif code in _UNCHANGED and not unchanged:
        broken.append(f"exit code {code} says that nothing was changed, but the stack was")
    elif code > 0 and code not in (*_UNCHANGED, *_GOING_ON):
        broken.append(f"exit code {code} is none that an interrupted retirement has")
    broken += [f"run {number} hung" for number, it in enumerate(runs[1:], 2) if it.code is None]
    later = [it.code for it in runs[1:]]
    if later and later[0] != Exit.DONE:
        broken.append(f"the same command again ended with {later[0]}")
    if any("Traceback" in it.log for it in runs):
        broken.append("a command printed a traceback")
    return broken


def _line(outcome: Outcome) -> str:
    verdict = "[red]BROKEN[/red]" if outcome.broken else "[green]nothing left[/green]"
    what = escape(outcome.struck) or "[yellow]missed[/yellow]"
    plan, codes = outcome.plan, outcome.told_codes
    text = f"{plan.number:>4} {verdict}: {escape(str(plan))} [dim]({what}; exit {codes};"
    text += f" {outcome.whole_seconds:.0f} s)[/dim]"
    return "\n     ".join([text, *map(escape, outcome.broken)])
