"""The command line: ``python -m development.experiments``."""

import argparse
import signal
import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from kubernetes.client.exceptions import ApiException
from pydantic import ValidationError

from development.experiments import platform, report, results
from development.experiments.pace import FACTORS, Pace
from development.experiments.platform import ExperimentError
from development.experiments.policies import POLICIES, PartMissingError, refuse_if_missing
from development.experiments.run import Run
from development.experiments.traces import TRACES
from localcloud.lifecycle import CloudError
from localcloud.tools.progress import ToolError

_DESCRIPTION = """
Plays a load on one colour of the platform, on a local cloud with real controllers and simulated
nodes, in shortened time, and writes what was measured as JSON. Each run has a local cloud of its
own, which ends with it. A run that does not end is no result.
"""

_INTERRUPTED = 130  # as shells say it


def main(words: Sequence[str] | None = None) -> int:
    """Runs each policy with each seed; 1 where one could not be run, 130 after Ctrl-C."""
    options = _parser().parse_args(words)
    if options.report:
        return _report(options.folder)
    chosen = [POLICIES[key] for key in options.policy or ("A", "B", "C", "D")]
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        for policy in chosen:
            refuse_if_missing(policy)
        pace = Pace(options.factor)
        for policy in chosen:
            for seed in options.seed or (1, 2, 3):
                _tell(f"policy {policy.key}, seed {seed}: {policy.title}")
                trace = TRACES[options.trace](seed)
                with platform.standing(policy, pace, _tell) as standing:
                    result = Run(standing, policy, trace, seed, pace, _tell).play()
                print(results.write(result, options.folder), flush=True)
    except (ApiException, CloudError, ExperimentError, PartMissingError, ToolError) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("interrupted; what was not finished is no result", file=sys.stderr)
        return _INTERRUPTED
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="experiments", description=_DESCRIPTION)
    parser.add_argument(
        "--policy",
        action="append",
        choices=tuple(POLICIES),
        help="run this one; can be given several times (default: A, B, C and D)",
    )
    parser.add_argument(
        "--trace", choices=tuple(TRACES), default="evening", help="the load (default: %(default)s)"
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
        "--report",
        action="store_true",
        help="run nothing: make the table and the pictures of the folder's results",
    )
    return parser


def _report(folder: Path) -> int:
    try:
        found = results.read(folder)
    except ValidationError as error:
        print(f"{folder}: a file is no result: {error}", file=sys.stderr)
        return 1
    if not found:
        print(f"{folder} has no results; `make experiments` writes some", file=sys.stderr)
        return 1
    for path in report.write(found, folder):
        print(path)
    print(report.table(found))
    return 0


def _tell(text: str) -> None:
    print(f"{datetime.now().astimezone():%H:%M:%S} {text}", file=sys.stderr, flush=True)
