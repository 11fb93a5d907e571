"""The command line: ``python -m development.bench``."""

import argparse
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import TypeAlias

from development.bench import (
    engine_growth,
    growth,
    handover,
    local_cloud,
    makespan,
    operator_commands,
    overhead,
    program_start,
    recorded,
    test_suite,
    upgrade,
)
from development.bench.cost import CommandError
from development.bench.figure import Figure
from localcloud.lifecycle import CloudError

Run: TypeAlias = Callable[[int, Callable[[str], None]], Iterable[Figure]]
"""Measures so many rounds, gives each figure once it is known, and tells what it does."""

MEASUREMENTS: Mapping[str, Run] = {
    program_start.PROGRAM: program_start.run_program,
    program_start.COMMAND: program_start.run_command,
    operator_commands.NAME: operator_commands.run,
    overhead.NAME: overhead.run,
    makespan.NAME: makespan.run,
    growth.NAME: growth.run,
    engine_growth.NAME: engine_growth.run,
    handover.NAME: handover.run,
    local_cloud.NAME: local_cloud.run,
    upgrade.NAME: upgrade.run,
    test_suite.NAME: test_suite.run,
}

LEAST_ROUNDS = 5

_DESCRIPTION = """
Measures what the platform takes over the least that it could take, and prints a line of JSON for
each figure, as soon as it is known. Progress goes to standard error.
"""


def main(words: Sequence[str] | None = None) -> int:
    """Measures; 1 when --check finds a ratio worse, or a measured command failed."""
    options = _parser().parse_args(words)
    found: list[Figure] = []
    try:
        for name in options.only or MEASUREMENTS:
            _tell(name)
            for it in MEASUREMENTS[name](options.rounds, _tell):
                print(it.model_dump_json(), flush=True)
                found.append(it)
                if options.record:
                    recorded.record([it])
    except (CloudError, CommandError) as error:
        print(error, file=sys.stderr)
        return 1
    worse = recorded.compare(found, recorded.read()) if options.check else []
    for line in worse:
        print(line, file=sys.stderr)
    return int(bool(worse))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="development.bench", description=_DESCRIPTION)
    parser.add_argument(
        "--only",
        action="append",
        choices=tuple(MEASUREMENTS),
        help="measure this; can be given several times (default: all)",
    )
    parser.add_argument(
        "--rounds",
        type=_rounds,
        default=LEAST_ROUNDS,
        help="times that each is measured, in turn (default: %(default)s, the least)",
    )
    what = parser.add_mutually_exclusive_group()
    what.add_argument(
        "--check", action="store_true", help="end with 1 if a ratio is worse than it was recorded"
    )
    what.add_argument(
        "--record", action="store_true", help=f"write the figures to {recorded.FILE.as_posix()}"
    )
    return parser


def _rounds(text: str) -> int:
    """A number of rounds.

    Raises:
        argparse.ArgumentTypeError: it is too small, or none.
    """
    if not text.isdecimal() or int(text) < LEAST_ROUNDS:
        raise argparse.ArgumentTypeError(
            f"{text!r}: a number from {LEAST_ROUNDS} up is expected; fewer rounds say nothing"
        )
    return int(text)


def _tell(text: str) -> None:
    print(f"{datetime.now().astimezone():%H:%M:%S} {text}", file=sys.stderr)
