"""Blocks of a page that say which file they are of, and a copy of the checkout to try them on."""

import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.unit.documentation.commands import ROOT

_BLOCK = re.compile(
    r'^(?P<fence>`{3,})(?P<language>\w+) title="(?P<file>[^"]+)"\n(?P<text>.*?)^(?P=fence)$',
    re.MULTILINE | re.DOTALL,
)
_LEFT_OUT = shutil.ignore_patterns("__pycache__", ".*", "e2e")


@dataclass(frozen=True)
class Block:
    """A block with a title.

    Attributes:
        file: path below the checkout that it is titled with.
        text: what it holds.
        is_change: whether it says what is taken out and put in, with lines around it; otherwise
            it holds the whole file, or lines of it.
    """

    file: str
    text: str
    is_change: bool

    def write(self, folder: Path) -> None:
        """Makes the file, or the change to it. Raises AssertionError if that does not fit once."""
        path = folder / self.file
        if not self.is_change:
            assert not path.exists(), f"{self.file} is there already"
            path.write_text(self.text, "utf-8")
            return
        text, before, after = path.read_text("utf-8"), self._side("-"), self._side("+")
        assert text.count(before) == 1, f"{self.file} does not have this once:\n{before}"
        path.write_text(text.replace(before, after), "utf-8")

    def _side(self, sign: str) -> str:
        kept = [line[1:] for line in self.text.splitlines() if line[:1] in ("", " ", sign)]
        return "".join(f"{line}\n" for line in kept)


def titled(page: Path) -> list[Block]:
    """All such blocks, from top to bottom. Raises AssertionError if there are none."""
    found = [
        Block(it["file"], it["text"], is_change=it["language"] == "diff")
        for it in _BLOCK.finditer(page.read_text("utf-8"))
    ]
    assert found, f"{page} has no block with a title"
    return found


def copy(folder: Path) -> Path:
    """A copy of the checkout, without what no unit test of components needs."""
    to = folder / "checkout"
    to.mkdir()
    for path in ROOT.iterdir():
        if path.name.startswith(".") or path.name == "requirements":
            continue
        if path.is_dir():
            shutil.copytree(path, to / path.name, ignore=_LEFT_OUT)
        else:
            shutil.copy(path, to)
    return to


def run(folder: Path, module: str, *arguments: str) -> str:
    """What a module of the copy prints, run there. Raises AssertionError if it fails."""
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments],
        cwd=folder,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": f"{folder}:{folder / 'contract' / 'src'}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def run_tests(folder: Path, tests: Sequence[str], *, only: str = "") -> str:
    """What pytest says of tests of the copy, run there. Raises AssertionError if one fails."""
    wanted = ["-k", only] if only else []
    return run(folder, "pytest", "-q", "-p", "no:cacheprovider", *tests, *wanted)
