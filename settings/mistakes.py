"""What is wrong with a stack file, said so that it can be mended at first reading."""

import difflib
import json
from collections.abc import Iterable
from dataclasses import dataclass

UNKNOWN_KEY = "an unknown key"
"""Found in place of a known key; its value does not matter."""

_FOUND_LENGTH = 80


@dataclass(frozen=True)
class Mistake:
    """One wrong place of a stack file.

    Attributes:
        path: file and key, for example ``Pulumi.blue.yaml: eks-platform:nodeGroups.spot.max``.
        found: what stands there, as JSON, or ``nothing``, ``an unknown key`` and the like.
        expected: what should.
    """

    path: str
    found: str
    expected: str

    def __str__(self) -> str:
        return f"{self.path}: found {self.found}, expected {self.expected}"


class SettingsError(Exception):
    """A stack file is wrong.

    Attributes:
        mistakes: every mistake, in the order of the settings.
    """

    def __init__(self, stack: str, mistakes: Iterable[Mistake]) -> None:
        self.mistakes = tuple(mistakes)
        count = "1 mistake" if len(self.mistakes) == 1 else f"{len(self.mistakes)} mistakes"
        lines = [f"{count} in the settings of stack {stack}; nothing was changed."]
        super().__init__("\n".join(lines + [f"  {mistake}" for mistake in self.mistakes]))


def file_of(stack: str) -> str:
    """Stack file of a stack."""
    return f"Pulumi.{stack}.yaml"


def show(value: object) -> str:
    """A found value as JSON, cut when long."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    # Half a character can be written nowhere.
    text = text.encode(errors="backslashreplace").decode()
    return text if len(text) <= _FOUND_LENGTH else f"{text[: _FOUND_LENGTH - 1]}…"


def nearest(key: str, known: Iterable[str]) -> str:
    """What is expected in place of an unknown key."""
    names = sorted(known)
    close = difflib.get_close_matches(key.lower(), [n.lower() for n in names], n=1, cutoff=0.7)
    likely = [name for name in names if close and name.lower() == close[0]]
    if likely:
        return did_you_mean(likely[0])
    return f"{'one of ' if len(names) > 1 else 'only '}{', '.join(names)}"


def did_you_mean(key: str) -> str:
    """What is expected in place of a misspelt key."""
    return f"a known one; did you mean {key}?"
