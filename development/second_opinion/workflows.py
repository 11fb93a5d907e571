"""zizmor on the workflows of GitHub Actions."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TypeAlias

from pydantic import BaseModel, TypeAdapter

from development.second_opinion.finding import PLANTED, Finding, LinterError, without_planted

TOOL = "zizmor"

_FAILED = 1  # 11 to 14 say how bad its findings are
_PLANTED = """\
name: planted
on: pull_request_target
jobs:
  planted:
    runs-on: ubuntu-24.04
    steps:
      - uses: actions/checkout@v6
      - run: echo "${{ github.event.pull_request.title }}"
"""
_RULES = ("dangerous-triggers", "excessive-permissions", "template-injection", "unpinned-uses")


class _Part(BaseModel):
    """A step of the way into a workflow."""

    Key: str | None = None
    Index: int | None = None

    @property
    def text(self) -> str:
        return self.Key if self.Key is not None else str(self.Index)


class _Route(BaseModel):
    route: tuple[_Part, ...]


class _Local(BaseModel):
    verbatim_path: str


class _File(BaseModel):
    Local: _Local


class _Symbolic(BaseModel):
    key: _File
    route: _Route
    kind: str


class _Location(BaseModel):
    symbolic: _Symbolic


class _Found(BaseModel):
    ident: str
    desc: str
    locations: tuple[_Location, ...]


_Output: TypeAlias = tuple[_Found, ...]


def findings(root: Path) -> Sequence[Finding]:
    """What zizmor finds in the workflows of a checkout, asked as its auditors ask it: for all.

    Raises:
        LinterError: it did not run, or missed what is planted.
    """
    with tempfile.TemporaryDirectory() as folder:
        planted = Path(folder) / ".github" / "workflows" / f"{PLANTED}.yml"
        planted.parent.mkdir(parents=True)
        planted.write_text(_PLANTED, encoding="utf-8")
        ran = subprocess.run(
            [
                Path(sys.executable).with_name(TOOL),
                *("--offline", "--persona", "auditor", "--format", "json", "--no-config"),
                "--strict-collection",
                ".github/workflows",
                planted,
            ],
            cwd=root,
            capture_output=True,
            text=True,
            check=False,
        )
    if not ran.stdout or ran.returncode == _FAILED:
        raise LinterError(f"{TOOL} failed:\n{ran.stderr}")
    return without_planted(TOOL, read(ran.stdout), _RULES)


def read(output: str) -> Sequence[Finding]:
    """Findings in zizmor's JSON."""
    found = TypeAdapter(_Output).validate_python(json.loads(output))
    return [_finding(it) for it in found]


def _finding(found: _Found) -> Finding:
    primary = next(it for it in found.locations if it.symbolic.kind == "Primary").symbolic
    path = primary.key.Local.verbatim_path
    route = ".".join(part.text for part in primary.route.route)
    return Finding(TOOL, found.ident, f"{path} {route}".strip(), found.desc)
