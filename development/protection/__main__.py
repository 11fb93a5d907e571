"""The command: ``python -m development.protection``."""

import argparse
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from development.protection import plan, wanted
from development.protection.api import GitHub
from development.protection.plan import BYPASS, Part
from development.protection.wanted import WantedError
from development.web_api import ApiError

ROOT = Path(__file__).resolve().parents[2]
_API = "https://api.github.com"
_BYPASS_REMEDY = """\
Where administrators may go past reviewers, uncheck 'Allow administrators to bypass configured
protection rules' in the environment's settings: no documented call does it."""
_FINE, _FAILED, _DIFFERS = 0, 1, 3
_EPILOG = """\
Without --apply it only looks. It ends with 0 if GitHub has what the files want, with 3 if something
differs and was left, and with 1 if it could not look or set something.

The token is that of an administrator of the repository, in GH_TOKEN or GITHUB_TOKEN; a fine-grained
one needs Administration (write) of the repository, and to name teams, Members (read) of the
organisation. With GitHub's command line: GH_TOKEN=$(gh auth token) python -m development.protection
"""


def main(
    arguments: Sequence[str] | None = None,
    environment: Mapping[str, str] = os.environ,
    root: Path = ROOT,
) -> int:
    """Runs the command; what is wrong stands on standard error."""
    parser = _parser(environment)
    options = parser.parse_args(arguments)
    token = environment.get("GH_TOKEN") or environment.get("GITHUB_TOKEN")
    problems = [] if token else ["GH_TOKEN is not set: see --help"]
    if not options.repository:
        problems.append("--repository OWNER/NAME is needed, or GITHUB_REPOSITORY")
    try:
        want = wanted.read(root)
    except WantedError as error:
        problems += str(error).splitlines()
    else:
        if token and not problems:
            return _run(options, want, token, environment.get("GITHUB_API_URL") or _API)
    for each in problems:
        print(f"protection: {each}", file=sys.stderr)
    return _FAILED


def _run(options: argparse.Namespace, want: wanted.Wanted, token: str, url: str) -> int:
    try:
        there = GitHub(url, options.repository, token)
        parts = plan.plan(there, want)
        _tell(parts)
        if not _differs(parts):
            print("GitHub has what the files want.")
            return _FINE
        if not options.apply:
            print("Nothing was changed. --apply sets it.")
            return _DIFFERS
        plan.apply(there, parts)
        left = [it for it in plan.plan(there, want) if it.differences]
    except ApiError as error:
        print(f"protection: {error}", file=sys.stderr)
        return _FAILED
    if left:
        print("protection: set, and GitHub still has:", file=sys.stderr)
        print("\n".join(f"  {it.name}: {each}" for it in left for each in it.differences),
              file=sys.stderr)  # fmt: skip
        return _FAILED
    print("All of it is set, and GitHub says so.")
    return _FINE


def _differs(parts: Sequence[Part]) -> bool:
    return any(part.differences for part in parts)


def _tell(parts: Sequence[Part]) -> None:
    for part in parts:
        fine = not part.differences and not part.notes
        print(f"{part.name}: as it should be" if fine else f"{part.name}:")
        print("".join(f"  - {it}\n" for it in part.differences), end="")
        print("".join(f"  note: {it}\n" for it in part.notes), end="")
    if any(BYPASS in part.notes for part in parts):
        print(_BYPASS_REMEDY)


def _parser(environment: Mapping[str, str]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m development.protection",
        description="Says what GitHub has instead of .github/environments.yaml and"
        " .github/rulesets/, and sets it.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--repository",
        metavar="OWNER/NAME",
        default=environment.get("GITHUB_REPOSITORY"),
        help="on GitHub (default: GITHUB_REPOSITORY)",
    )
    parser.add_argument("--apply", action="store_true", help="set what differs")
    return parser


if __name__ == "__main__":
    sys.exit(main())
