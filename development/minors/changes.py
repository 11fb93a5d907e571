"""A change of a file of the checkout: its whole new text."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path


class RaiseError(Exception):
    """A minor or a pair cannot be raised; each line names a place, what was found, what to do."""


@dataclass(frozen=True)
class Change:
    """What a file becomes.

    Attributes:
        path: below the checkout, with ``/``.
        text: the whole file.
    """

    path: str
    text: str


@dataclass(frozen=True)
class Edit:
    """A line that changes with a version.

    Attributes:
        path: of its file, below the checkout.
        pattern: expression with the groups ``before`` and ``after``, which stay.
        new: what comes between them.
    """

    path: str
    pattern: str
    new: str


def changes(root: Path, edits: Iterable[Edit]) -> tuple[Change, ...]:
    """The files that edits change; those that are as they should be are left out.

    Raises:
        RaiseError: lines that an edit wants are not there; all of them are named.
    """
    texts: dict[str, str] = {}
    problems: list[str] = []
    for edit in edits:
        file = root / edit.path
        if edit.path not in texts and not file.is_file():
            problems.append(f"{edit.path}: no such file")
            continue
        text = texts.get(edit.path) or file.read_text(encoding="utf-8")
        texts[edit.path], count = re.subn(
            edit.pattern, lambda it, new=edit.new: f"{it['before']}{new}{it['after']}", text
        )
        if not count:
            problems.append(f"{edit.path}: expected a line that matches {edit.pattern}")
    if problems:
        raise RaiseError("\n".join(problems))
    return tuple(
        Change(path, text)
        for path, text in texts.items()
        if (root / path).read_text(encoding="utf-8") != text
    )


def write(root: Path, made: Iterable[Change]) -> None:
    """Writes files."""
    for change in made:
        file = root / change.path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(change.text, encoding="utf-8")
