"""Pieces of CEL, the language of admission policies: texts, names, and what sentences repeat.

No expression may fail or take too long, whatever an object holds: what is looked through is
bounded first.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from handover.name_annotation import ANNOTATIONS, Visibility

MOST_NAMES = 50
"""Names in one annotation: each is compared with each, and an API server ends what takes long."""

_SHOWN_TEXTS = 5
_SHOWN_CHARACTERS = 80


@dataclass(frozen=True)
class Rule:
    """Something that an object should not hold.

    Attributes:
        name: variable of the policy that holds the texts that break it.
        wrong: CEL list of those texts.
        sentence: what is said of them, which ``{}`` stands for; and ``{other}`` for the name of
            the object that they are compared with.
    """

    name: str
    wrong: str
    sentence: str

    @property
    def kept(self) -> str:
        """CEL: whether nothing breaks it."""
        return f"size(variables.{self.name}) == 0"

    @property
    def message(self) -> str:
        """CEL: the sentence and a space, or nothing where it is kept."""
        blanks = {
            "{}": _listed(f"variables.{self.name}"),
            "{other}": "strings.quote(params.metadata.name)",
        }
        parts = re.split(r"({\w*})", f"{self.sentence} ")
        said = " + ".join(blanks.get(part) or literal(part) for part in parts if part)
        return f"({self.kept} ? '' : {said})"


def split(who: str, visibility: Visibility) -> str:
    """CEL list of the texts between the commas of an annotation, and one more if it has too many.

    Args:
        who: the object, such as ``object``.
        visibility: kind of the names.
    """
    asked = f"{who}.metadata.?annotations[?'{ANNOTATIONS[visibility]}']"
    return f"{asked}.optMap(it, it.split(',', {MOST_NAMES + 1})).orValue([])"


def names(who: str, visibility: Visibility) -> str:
    """CEL list of the names that an object asks for, right or wrong; empty if it asks for none.

    Args:
        who: the object, such as ``object``.
        visibility: kind of the names.
    """
    # As name_annotation.PARTED has it: spaces behind a comma are dropped, no others.
    part = r"i == 0 ? it : it.find(r'(?s)[^ \t\r\n].*')"
    return f"{split(who, visibility)}.transformList(i, it, i < {MOST_NAMES}, {part})"


def literal(text: str) -> str:
    """A text as CEL has it."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def literals(texts: Sequence[str]) -> str:
    """A list of texts as CEL has it."""
    return f"[{', '.join(map(literal, texts))}]"


def _listed(texts: str) -> str:
    """CEL: the first of a list of texts, shortened and escaped: a message has one line."""
    short = f"size(it) > {_SHOWN_CHARACTERS} ? it.substring(0, {_SHOWN_CHARACTERS}) + '…' : it"
    shown = f"{texts}.transformList(i, it, i < {_SHOWN_TEXTS}, strings.quote({short})).join(', ')"
    return f"{shown} + (size({texts}) > {_SHOWN_TEXTS} ? ', …' : '')"
