"""Every command of the README and the pages, and the table of what runs each of them."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[3]
TABLE = Path(__file__).with_name("commands.yaml")

_FENCE = re.compile(r"(?P<indent>\s*)```sh\s*")
_MARK = re.compile(r"\s*<!-- not run: (?P<reason>.+) -->\s*")
_COMMENT = re.compile(r"(?:^|\s+)#(?:\s.*)?$")


@dataclass(frozen=True)
class Command:
    """One command of a block marked `sh`.

    Attributes:
        text: the command, without the comment behind it.
        file: path below the checkout.
        line: line of the file, the last one of a long command.
        section: heading that it stands under.
        reason: why it is not run here; empty when it is.
    """

    text: str
    file: str
    line: int
    section: str
    reason: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.text}"


def pages() -> Sequence[Path]:
    """The READMEs and every page of the site."""
    readmes = [ROOT / "README.md", ROOT / "localcloud" / "README.md"]
    return [*readmes, *sorted((ROOT / "docs").rglob("*.md"))]


@cache
def documented() -> Sequence[Command]:
    """All commands, page by page, in the order in which a reader meets them."""
    return [
        command
        for page in pages()
        for command in collect(page.read_text(), str(page.relative_to(ROOT)))
    ]


def in_section(file: str, section: str) -> Sequence[str]:
    """Commands of a section that are run here. Raises AssertionError if there are none."""
    found = [
        it.text for it in documented() if (it.file, it.section) == (file, section) and not it.reason
    ]
    assert found, f"{file} has no commands to run under {section!r}"
    return found


@cache
def table() -> Mapping[str, Sequence[str]]:
    """Commands by what runs them: a test's node id, or ``.ci/run``."""
    return yaml.safe_load(TABLE.read_text())


def collect(text: str, file: str) -> Iterator[Command]:
    """Commands of one page."""
    section = reason = previous = begun = ""
    fence: str | None = None
    for number, line in enumerate(text.splitlines(), start=1):
        if fence is None:
            if line.startswith("#"):
                section = line.lstrip("#").strip()
            start = _FENCE.fullmatch(line)
            if start:
                fence = start["indent"]
                mark = _MARK.fullmatch(previous)
                reason = mark["reason"] if mark else ""
            previous = line
        elif line == f"{fence}```":
            fence = None
        else:
            begun += " " + _COMMENT.sub("", line).strip()
            if begun.endswith("\\"):
                begun = begun.removesuffix("\\").rstrip()
                continue
            for part in begun.split(" && "):
                if part.strip():
                    yield Command(part.strip(), file, number, section, reason)
            begun = ""
