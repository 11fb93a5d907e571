"""Patterns as IAM reads them: ``*`` is any text, ``?`` any one character, and nothing else is."""

import re
from collections.abc import Iterable
from functools import cache

_TOKEN = re.compile(r"\$\{([*?$])\}|([*?])")


def is_wild(pattern: str) -> bool:
    """Whether a pattern has a wildcard; ``${*}`` is a star that means itself."""
    return any(found[2] for found in _TOKEN.finditer(pattern))


def like(pattern: str, text: str, *, any_case: bool = False) -> bool:
    """Whether a pattern matches all of a text."""
    return compiled((pattern,), any_case=any_case).fullmatch(text) is not None


@cache
def compiled(patterns: tuple[str, ...], *, any_case: bool = False) -> re.Pattern[str]:
    """One expression for all that any of some patterns matches."""
    flags = re.DOTALL | (re.IGNORECASE if any_case else 0)
    return re.compile("|".join(f"(?:{_expression(it)})" for it in patterns) or r"(?!)", flags)


def most(pattern: re.Pattern[str], texts: Iterable[str]) -> bool:
    """Whether an expression matches at least half of some texts; not if there are none."""
    matched = [pattern.fullmatch(text) is not None for text in texts]
    return bool(matched) and sum(matched) * 2 >= len(matched)


def _expression(pattern: str) -> str:
    parts: list[str] = []
    end = 0
    for found in _TOKEN.finditer(pattern):
        parts.append(re.escape(pattern[end : found.start()]))
        parts.append(re.escape(found[1]) if found[1] else ".*" if found[2] == "*" else ".")
        end = found.end()
    return "".join([*parts, re.escape(pattern[end:])])
