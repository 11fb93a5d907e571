"""The command line: ``python -m development.experiments``."""

import argparse
import signal
import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from pydantic import ValidationError

from development.experiments import report, results, switch_report, switch_results
from development.experiments.pace import FACTORS, Pace
from development.experiments.policies import POLICIES, PartMissingError, refuse_if_missing
from development.experiments.report import AIMED, SEEDS
from development.experiments.series import Outcome, play_all
from development.experiments.traces import TRACES
from development.experiments.wanted import Wanted, WantedLoad, WantedSwitch

_DESCRIPTION = """
Plays a load on one colour of the platform, on a local cloud with real controllers and simulated
nodes, in shortened time, and writes what was measured as JSON. Each run has a local cloud of its
own, which ends with it. A run that does not end is no result, and the next one begins. One that is
in the folder already, measured with the same code at the same pace, is kept.
"""

_STOPPED = """\
interrupted: the run under way is no result; those before it are kept, and the same command goes on\
"""
_REMEDY = "The same command plays these alone again: what was measured is kept."

_SWITCH = "switch"
_INTERRUPTED = 130  # as shells say it


def main(words: Sequence[str] | None = None) -> int:
    """Runs each policy with each seed; 1 where a run failed, 130 after Ctrl-C."""
    options = _parser().parse_args(words)
    if options.report:
        return _report(options.folder)
    runs = _runs(options)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        for wanted in runs:
            refuse_if_missing(wanted.policy)
        outcomes = play_all(runs, options.folder, _tell, again=options.again)
    except PartMissingError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(_STOPPED, file=sys.stderr)
        return _INTERRUPTED
    return _end(outcomes, len(runs))


def _runs(options: argparse.Namespace) -> list[Wanted]:
    policies = [POLICIES[key] for key in options.policy or AIMED]
    if options.trace == _SWITCH:
        return [WantedSwitch(it, warm) for it in policies for warm in (False, True)]
    pace, seeds = Pace(options.factor), options.seed or range(1, SEEDS + 1)
    return [WantedLoad(it, options.trace, seed, pace) for it in policies for seed in seeds]


def _end(outcomes: Sequence[Outcome], asked: int) -> int:
    """Says what failed, and how to go on."""
    failed = [it for it in outcomes if it.error]
    kept = asked - len(outcomes)
    done = len(outcomes) - len(failed)
    _tell(f"{done} measured, {kept} were there, {len(failed)} failed")
    for it in failed:
        print(f"- {it.wanted}: {it.error.splitlines()[0]}", file=sys.stderr)
    if failed:
        print(_REMEDY, file=sys.stderr)
    return 1 if failed else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="experiments", description=_DESCRIPTION)
    parser.add_argument(
        "--policy",
        action="append",
        choices=tuple(POLICIES),
        help="run this one; can be given several times (default: A, B, C and D)",
    )
    parser.add_argument(
        "--trace",
        choices=(*TRACES, _SWITCH),
        default="evening",
        help="the load (default: %(default)s); switch: a steady one that moves to the other colour,"
        " cold and warm, in real time and without seeds",
    )
    parser.add_argument(
        "--seed",
        type=int,
        action="append",
        help="of load and faults; can be given several times (default: 1, 2 and 3)",
    )
    parser.add_argument(
        "--factor",
        type=int,
        choices=FACTORS,
        default=FACTORS[-1],
        help="simulated seconds in a real one (default: %(default)s)",
    )
    parser.add_argument(
        "--folder",
        type=Path,
        default=Path("experiment-results"),
        help="where results are written (default: %(default)s)",
    )
    parser.add_argument(
        "--again",
        action="store_true",
        help="play runs anew that the folder has already",
    )
    parser.add_argument(
        "--report",
        action="store_true",
        help="run nothing: make the table and the pictures of the folder's results",
    )
    return parser


def _report(folder: Path) -> int:
    try:
        found, switches = results.read(folder), switch_results.read(folder)
    except ValidationError as error:
        print(f"{folder}: a file is no result: {error}", file=sys.stderr)
        return 1
    if not found and not switches:
        print(f"{folder} has no results; `make experiments` writes some", file=sys.stderr)
        return 1
    if found:
        for path in report.write(found, folder):
            print(path)
        print(report.table(found))
    if switches:
        print(switch_report.table(switches))
    return 0


def _tell(text: str) -> None:
    print(f"{datetime.now().astimezone():%H:%M:%S} {text}", file=sys.stderr, flush=True)
