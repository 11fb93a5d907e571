"""The command line: ``python -m development.chaos.retirements``."""

import argparse
import random
import signal
import sys
import tempfile
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.text import Text

from development.chaos.platform import Platform, PlatformError
from development.chaos.retirements import platform
from development.chaos.retirements.plan import CARDS, RETIRED, Interruption, interruption
from development.chaos.retirements.report import Report, failures, tally
from development.chaos.retirements.run import GivenUpError, run_all
from localcloud import lifecycle
from localcloud.lifecycle import CloudError
from localcloud.state import StateFolder
from localcloud.tools.progress import ToolError

_DESCRIPTION = f"""
Brings {RETIRED} up with nodes of the real Karpenter on a local cloud, interrupts its retirement,
runs the same command until it ends, and looks for what is left in EC2 and IAM; again and again,
beside a colour that has such nodes, too, and must keep them.

What happens in interruption N of seed S follows from S and N alone. The report is written as it
goes; an empty cloud is brought up for a run and ended with it.
"""

_INTERRUPTED = 130  # as shells say it


def main(words: Sequence[str] | None = None) -> int:
    """Runs; 0 when nothing was left, 1 when something was or the run could not go on.

    130 when it was interrupted by Ctrl-C.
    """
    options = _parser().parse_args(words)
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        # A shell's background: the commands, which inherit it, would not hear of Ctrl-C.
        signal.signal(signal.SIGINT, signal.default_int_handler)
    console = Console(emoji=False) if sys.stdout.isatty() else Console(width=200, emoji=False)
    seed = options.seed if options.seed is not None else random.randrange(10**6)  # noqa: S311
    plans = [interruption(seed, it) for it in options.only or range(options.interruptions)]
    if options.show:
        for plan in plans:
            console.print(f"{plan.number:>4} {plan}", highlight=False)
        return 0
    now = datetime.now(UTC)
    folder = options.report or Path("chaos-report") / f"{now:%Y%m%d-%H%M%S}-retire-seed-{seed}"
    report = Report(folder)
    if report.read():
        print(f"{folder} holds a report already: give another one", file=sys.stderr)
        return 1
    console.print(f"seed {seed}, report in {folder}")
    try:
        return _run(report, plans, console)
    except KeyboardInterrupt:
        console.print("interrupted")
        return _INTERRUPTED


def _run(report: Report, plans: Sequence[Interruption], console: Console) -> int:
    def print_line(line: str) -> None:
        console.print(line, highlight=False)

    try:
        with _platform(console) as running:
            run_all(running, report, plans, print_line)
    except (CloudError, ToolError, PlatformError, GivenUpError) as error:
        console.print(Text(str(error), "red"), soft_wrap=True)
        return 1
    outcomes = report.read()
    console.print(tally(outcomes))
    for line in failures(outcomes):
        console.print(Text(line, "red"), soft_wrap=True)
    return int(any(outcome.broken for outcome in outcomes))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="chaos-retire", description=_DESCRIPTION)
    parser.add_argument(
        "--interruptions",
        type=int,
        default=len(CARDS),
        metavar="N",
        help="how many retirements (default: %(default)s, one of each kind)",
    )
    parser.add_argument("--seed", type=int, help="of the run (default: a random one, printed)")
    parser.add_argument(
        "--only", type=int, action="append", metavar="N", help="this one alone; repeatable"
    )
    parser.add_argument(
        "--report", type=Path, help="folder of the report (default: chaos-report/TIME-SEED)"
    )
    parser.add_argument("--show", action="store_true", help="print the plan, and do nothing")
    return parser


@contextmanager
def _platform(console: Console) -> Generator[Platform]:
    with tempfile.TemporaryDirectory(prefix="chaos-") as temporary:
        state = StateFolder(Path(temporary).resolve() / "cloud")
        try:
            console.print("two colours with Karpenter: the one that stays comes up")
            yield platform.start(state.root)
        finally:
            lifecycle.stop(state)
