"""The command: ``python -m development.release``."""

import argparse
import re
import subprocess
import sys
import tomllib
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from development.release.changelog import ChangelogError, number, released, releases, unreleased
from eks_platform_contract.version import CONTRACT

ROOT = Path(__file__).resolve().parents[2]
_VERSION = re.compile(r'^version = "[^"]+"$', re.MULTILINE)
_EPILOG = """\
prepare moves what is unreleased to a release in CHANGELOG.md and sets the version in
pyproject.toml; it commits nothing. check says whether a tag, or the version as it stands, is what
CHANGELOG.md and pyproject.toml say. Both name all that is wrong and end with 1.
"""


def main(arguments: Sequence[str] | None = None, root: Path = ROOT) -> int:
    """Runs the command; 0 if all is well, else 1 with what is wrong on standard error."""
    options = _parser().parse_args(arguments)
    if options.command == "prepare":
        return _end(prepare(root, options.version, datetime.now(UTC)))
    return _end(check(root, options.tag, options.notes))


def prepare(root: Path, version: str, now: datetime) -> Sequence[str]:
    """Writes the files of a release; what kept it from that, in which case nothing is written."""
    changelog, project = root / "CHANGELOG.md", root / "pyproject.toml"
    problems = _uncommitted(root)
    try:
        text = released(changelog.read_text(encoding="utf-8"), version, now.date())
    except ChangelogError as error:
        problems.append(str(error))
        return problems
    if problems:
        return problems
    changelog.write_text(text, encoding="utf-8")
    content = project.read_text(encoding="utf-8")
    project.write_text(_VERSION.sub(f'version = "{version}"', content, count=1), encoding="utf-8")
    print(
        f"CHANGELOG.md and pyproject.toml are those of {version}. What is left (docs/release.md):\n"
        "  .uv/bin/uv lock\n"
        f"  git commit -am 'Release {version}', and a pull request\n"
        f"  once it is merged: git tag --sign v{version} && git push origin v{version}"
    )
    return []


def check(root: Path, tag: str | None, notes: Path | None) -> Sequence[str]:
    """What is wrong with a release.

    Args:
        root: the checkout.
        tag: such as ``v1.2.0``; None: that of the version in pyproject.toml.
        notes: file for what changed, in Markdown; None for none.
    """
    version = _version(root / "pyproject.toml")
    contract = _version(root / "contract" / "pyproject.toml")
    problems: list[str] = []
    if tag is not None and tag != f"v{version}":
        problems.append(f"the tag is {tag}, and pyproject.toml says {version}")
    if not contract.startswith(f"{CONTRACT}."):
        problems.append(f"contract/pyproject.toml says {contract}, and the contract is {CONTRACT}")
    locked = tomllib.loads((root / "uv.lock").read_text(encoding="utf-8"))["package"]
    versions = {it["name"]: it.get("version") for it in locked}
    if versions.get("eks-platform") != version:
        problems.append(f"uv.lock has not the version {version}: run .uv/bin/uv lock")
    try:
        number(version)
        text = (root / "CHANGELOG.md").read_text(encoding="utf-8")
        found = {it.version: it for it in releases(text)}
        if tag is not None and unreleased(text):
            problems.append("CHANGELOG.md: something stands under '## Unreleased' still")
        if version in found and notes is not None:
            notes.write_text(f"{found[version].notes}\n", encoding="utf-8")
        if version not in found and (tag is not None or found):
            problems.append(f"CHANGELOG.md tells nothing of {version}")
    except ChangelogError as error:
        problems.append(str(error))
    return problems


def _version(file: Path) -> str:
    return tomllib.loads(file.read_text(encoding="utf-8"))["project"]["version"]


def _uncommitted(root: Path) -> list[str]:
    """Whether something is changed and not committed, so that a release would take it along."""
    done = subprocess.run(
        ["git", "status", "--porcelain", "--untracked-files=no"],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        return [f"git does not know this checkout: {done.stderr.strip()}"]
    return ["commit first: git knows of changes"] if done.stdout.strip() else []


def _end(problems: Sequence[str]) -> int:
    for each in problems:
        print(f"release: {each}", file=sys.stderr)
    return 1 if problems else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m development.release",
        description=__doc__,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", required=True)
    made = commands.add_parser("prepare", help="write the files of a release")
    made.add_argument("version", help="such as 1.2.0")
    looked = commands.add_parser("check", help="say whether all of them tell of one release")
    looked.add_argument("tag", nargs="?", help="such as v1.2.0 (default: none, before it is made)")
    looked.add_argument("--notes", type=Path, metavar="FILE", help="write what changed there")
    return parser


if __name__ == "__main__":
    sys.exit(main())
