"""The command: ``python -m development.minors``."""

import argparse
import os
import sys
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

from catalogue.minors import KUBERNETES_VERSIONS, SHIPPED
from catalogue.support import today
from development.minors import proposal
from development.minors.addition import UNCONFIRMED, add
from development.minors.changes import Change, RaiseError, write
from development.minors.due import WITHIN, Due, due, sentence
from development.minors.forge import forge_of
from development.minors.pair import left_to_do, named_in_stack_files, pair_of, ship
from development.minors.proposing import propose
from development.web_api import ApiError

ROOT = Path(__file__).resolve().parents[2]
_FINE, _FAILED, _DUE = 0, 1, 3
_EPILOG = """\
add and ship write files, commit nothing, and say what is left to people. due only looks: it ends
with 3 if something is due. propose is for pipelines: it opens one request or one issue for what is
due, or brings it up to date. All of them end with 1, and wrote no file, if something is wrong.
docs/runbooks/raise-a-minor.md has the whole routine.
"""


def main(
    arguments: Sequence[str] | None = None,
    environment: Mapping[str, str] = os.environ,
    root: Path = ROOT,
) -> int:
    """Runs the command; what is wrong stands on standard error."""
    options = _parser().parse_args(arguments)
    try:
        if options.command == "add":
            return _add(root, options.version)
        if options.command == "ship":
            return _ship(root, options.blue, options.green)
        found = due(SHIPPED, named_in_stack_files(root), options.today, options.within)
        if options.command == "due":
            return _due(found)
        print(propose(forge_of(environment), root, found))
    except (RaiseError, ApiError, OSError) as error:
        for line in str(error).splitlines():
            print(f"minors: {line}", file=sys.stderr)
        return _FAILED
    return _FINE


def _add(root: Path, version: str) -> int:
    made = add(root, version)
    write(root, made)
    minor = version.removeprefix("v").rpartition(".")[0]
    look_up = (
        f"catalogue/minors.py: look up for {minor}: the dates, {', '.join(UNCONFIRMED)}. What is"
        " found goes out of `unconfirmed`"
    )
    _tell(
        made,
        [
            look_up,
            "catalogue/addons.py: charts whose README names the minors that they are tested with",
            "make generate",
            f"make tools KUBERNETES={minor}, then make test-minor",
        ],
    )
    return _FINE


def _ship(root: Path, blue: str, green: str) -> int:
    pair = pair_of(blue, green)
    made = ship(root, pair)
    write(root, made)
    _tell(made, left_to_do(pair))
    return _FINE


def _tell(made: Sequence[Change], left: Sequence[str]) -> None:
    print("\n".join(f"wrote {it.path}" for it in made) or "nothing to write")
    print("left to do:")
    print("\n".join(f"  {number}. {it}" for number, it in enumerate(left, 1)))


def _due(found: Due) -> int:
    for seen in found.pressing:
        print(f"{sentence(seen)}; see {seen.support.source}")
    for minor in found.unknown:
        print(f"When support of Kubernetes {minor} ends is not known")
    if not found.is_due:
        print("nothing is due")
        return _FINE
    if found.pair is not None:
        print(f"next: python -m development.minors ship {' '.join(found.pair)}")
    else:
        print(proposal.issue(found).body.partition("\n\n")[2], end="")
    return _DUE


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m development.minors",
        description="Raises Kubernetes minors.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    adding = commands.add_parser("add", help="add the next minor to the catalogue")
    adding.add_argument("version", metavar="PATCH", help="its newest patch, such as v1.38.0")
    shipping = commands.add_parser("ship", help="ship another pair")
    newest = KUBERNETES_VERSIONS[-1]
    shipping.add_argument("blue", metavar="BLUE", help="minor of blue")
    shipping.add_argument("green", metavar="GREEN", help=f"the one after it, at most {newest}")
    for name, text in (
        ("due", "say which shipped minors near the end of standard support"),
        ("propose", "open a request, or an issue, for what is due"),
    ):
        command = commands.add_parser(name, help=text)
        command.add_argument(
            "--within",
            type=_days,
            default=WITHIN,
            metavar="DAYS",
            help="days before an end (default: %(default)s)",
        )
        command.add_argument(
            "--today",
            type=date.fromisoformat,
            default=today(),
            metavar="DATE",
            help="look from another day, such as 2027-01-31",
        )
    return parser


def _days(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"expected a number of days, found {text!r}")
    return int(text)


if __name__ == "__main__":
    sys.exit(main())
