r"""Values that nothing can read on: half characters, and maps and lists within each other for ever.

JSON can name half of a character (``"\ud800"``), which no text holds; readers of JSON and YAML end
with an error of their own at some depth, each at another.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from settings.explaining import path_of
from settings.mistakes import Mistake, file_of, show
from settings.places import Place

MAX_DEPTH = 64
"""Maps and lists within each other. Charts have about ten."""

_SHOWN = 6  # keys of a place that is too deep

TOO_DEEP = object()
"""Stands for a value that could not even be parsed, for its depth."""


@dataclass
class Readable:
    """Reads values, and keeps what is wrong with them.

    Attributes:
        stack: stack name.
        secret: keys whose values must not be shown.
        mistakes: found so far.
    """

    stack: str
    secret: frozenset[str] = frozenset()
    mistakes: list[Mistake] = field(default_factory=list[Mistake])

    def read(self, value: object, *place: str | int) -> object:
        """The value, with what is wrong replaced by something that can be read."""
        return self._read(value, place)

    def _read(self, value: object, place: Place) -> object:
        if isinstance(value, str):
            return self._text(value, place)
        if value is TOO_DEEP or (len(place) > MAX_DEPTH and isinstance(value, dict | list)):
            found = f"more than {MAX_DEPTH} maps and lists within each other"
            self._keep(place[:_SHOWN], found, f"at most {MAX_DEPTH}")
            return None
        if isinstance(value, list):
            return [self._read(inner, (*place, index)) for index, inner in enumerate(value)]
        if not isinstance(value, dict):
            return value
        entries = ((self._text(str(key), place, "the key "), it) for key, it in value.items())
        return {key: self._read(inner, (*place, key)) for key, inner in entries}

    def _text(self, text: str, place: Place, what: str = "") -> str:
        try:
            text.encode()
        except UnicodeEncodeError:
            shown = "a secret" if str(place[0]) in self.secret else show(text)
            self._keep(place, f"{what}{shown}", "whole characters: this holds half of one")
            return text.encode(errors="replace").decode()
        return text

    def _keep(self, place: Place, found: str, expected: str) -> None:
        self.mistakes.append(Mistake(f"{file_of(self.stack)}: {path_of(place)}", found, expected))


def readable(
    stack: str, raw: Mapping[str, object], secret: frozenset[str]
) -> tuple[dict[str, object], list[Mistake]]:
    """Values that can be read, and what was wrong.

    Args:
        stack: stack name.
        raw: values by the keys of the settings.
        secret: keys whose values must not be shown.
    """
    reader = Readable(stack, secret)
    return {key: reader.read(value, key) for key, value in raw.items()}, reader.mistakes
