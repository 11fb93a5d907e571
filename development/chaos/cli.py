"""The command line: ``python -m development.chaos``."""

import argparse
import random
import sys
import tempfile
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.text import Text

from development.chaos import platform
from development.chaos.plan import interruption
from development.chaos.platform import Platform, PlatformError
from development.chaos.report import Outcome, Report
from development.chaos.run import Chaos, GivenUpError
from localcloud import lifecycle
from localcloud.lifecycle import CloudError
from localcloud.state import StateFolder
from settings.names import COLOURS

_DESCRIPTION = """
Interrupts switches of production between two colours on a local cloud, and checks after each that
one more command ends in a state in which every rule holds.

What happens in interruption N of seed S follows from S and N alone. A run brings a cloud of its
own up and ends it. The report is written as it goes: a run that is ended itself is continued by
--resume with the same folder.
"""

_INTERRUPTED = 130  # as shells say it


def main(words: Sequence[str] | None = None) -> int:
    """Runs; 0 when every rule held, 1 when one was broken or the run could not go on.

    130 when it was interrupted by Ctrl-C.
    """
    options = _parser().parse_args(words)
    console = Console(emoji=False) if sys.stdout.isatty() else Console(width=200, emoji=False)
    seed = options.seed if options.seed is not None else random.randrange(10**6)  # noqa: S311
    if options.show:
        for number in _numbers(options):
            console.print(f"{number:>4} {interruption(seed, number)}", highlight=False)
        return 0
    now = datetime.now(UTC)
    folder = options.report or Path("chaos-report") / f"{now:%Y%m%d-%H%M%S}-seed-{seed}"
    report = Report(folder)
    if report.read() and not options.resume:
        print(f"{folder} holds a report already: give --resume, or another one", file=sys.stderr)
        return 1
    console.print(f"seed {seed}, report in {folder}")
    try:
        with _platform(options.state, keep=options.keep, console=console) as running:
            _run(running, report, seed, options, console)
    except (CloudError, PlatformError, GivenUpError, TimeoutError) as error:
        console.print(Text(str(error), "red"), soft_wrap=True)
        report.summarize(console)
        return 1
    except KeyboardInterrupt:
        report.summarize(console)
        count = options.interruptions
        again = f"make chaos SEED={seed} INTERRUPTIONS={count} REPORT={folder} RESUME=1"
        console.print(f"interrupted; `{again}` goes on", highlight=False, soft_wrap=True)
        return _INTERRUPTED
    report.summarize(console)
    return int(any(outcome.broken for outcome in report.read()))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="chaos", description=_DESCRIPTION)
    parser.add_argument(
        "--interruptions",
        type=int,
        default=200,
        metavar="N",
        help="how many; those that came too late are not counted (default: %(default)s)",
    )
    parser.add_argument("--seed", type=int, help="of the run (default: a random one, printed)")
    parser.add_argument(
        "--only", type=int, action="append", metavar="N", help="this interruption alone; repeatable"
    )
    parser.add_argument(
        "--start",
        choices=COLOURS,
        help="colour that is active before the first interruption, as the report says it",
    )
    parser.add_argument(
        "--report", type=Path, help="folder of the report (default: chaos-report/TIME-SEED)"
    )
    parser.add_argument("--resume", action="store_true", help="go on with the report's run")
    parser.add_argument(
        "--state", type=Path, help="folder of the local cloud (default: a temporary one)"
    )
    parser.add_argument(
        "--keep", action="store_true", help="leave the cloud running; one that runs is used"
    )
    parser.add_argument("--show", action="store_true", help="print the plan, and do nothing")
    return parser


def _numbers(options: argparse.Namespace) -> list[int]:
    return options.only or list(range(options.interruptions))


@contextmanager
def _platform(folder: Path | None, *, keep: bool, console: Console) -> Generator[Platform]:
    with tempfile.TemporaryDirectory(prefix="chaos-") as temporary:
        state = StateFolder((folder or Path(temporary) / "cloud").resolve())
        running = lifecycle.find(state)
        try:
            if running is not None:
                yield Platform(state, running)
                return
            with console.status("the platform comes up: two small colours"):
                brought = platform.start(state.root)
            yield brought
        finally:
            if not keep:
                lifecycle.stop(state)


def _run(
    running: Platform, report: Report, seed: int, options: argparse.Namespace, console: Console
) -> None:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    hidden = not console.is_terminal
    with Progress(*columns, TimeElapsedColumn(), console=console, disable=hidden) as progress:
        chaos = Chaos(running, report, lambda line: progress.console.print(line, highlight=False))
        with chaos.watching():
            chaos.settle()
            chaos.calibrate()
            if options.start:
                chaos.begin_at(options.start)
            if options.only:
                for number in options.only:
                    chaos.run_interruption(interruption(seed, number))
                return
            hits = sum(outcome.hit for outcome in report.read())
            task = progress.add_task("interruptions", total=options.interruptions, completed=hits)

            def done(outcome: Outcome) -> None:
                progress.advance(task, int(outcome.hit))

            chaos.run_interruptions(seed, options.interruptions, done)
