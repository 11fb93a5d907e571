"""Patterns of IAM policies: ``*``, ``?`` and policy variables.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
"""

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import TypeAlias

Keys: TypeAlias = Callable[[str], Sequence[str] | None]
"""Values of a condition key, which is asked for in lower case; None where a request lacks it.

Raises UnknownError for a key that nobody can tell."""

_ARN_PARTS = 6
# A variable's value is taken as it is, so its * and ? stand for themselves.
_PLAIN = str.maketrans({"*": "\ue000", "?": "\ue001", "$": "\ue002"})
_BACK = str.maketrans({"\ue000": "*", "\ue001": "?", "\ue002": "$"})
_VARIABLE = re.compile(r"\$\{([^}]*)\}")
_DEFAULT = re.compile(r"^([^,\s]+)\s*,\s*'([^']*)'$")


class UnknownError(Exception):
    """Something of a policy or a call that is not known here, so that the answer must be no."""


class AbsentError(Exception):
    """A policy variable without a value: the element that it stands in matches nothing."""


def filled(pattern: str, keys: Keys) -> str:
    """A pattern with the values of its variables.

    Raises:
        AbsentError: a variable has no value and no default.
        UnknownError: a variable's value cannot be told.
    """
    return _VARIABLE.sub(lambda found: _value(found.group(1), keys), pattern)


def _value(inside: str, keys: Keys) -> str:
    if inside in ("*", "?", "$"):
        return inside.translate(_PLAIN)
    with_default = _DEFAULT.match(inside)
    values = keys((with_default.group(1) if with_default else inside).lower())
    if values is None:
        if with_default is None:
            raise AbsentError(inside)
        return with_default.group(2).translate(_PLAIN)
    if len(values) != 1:
        raise UnknownError(f"the policy variable {inside} has {len(values)} values")
    return values[0].translate(_PLAIN)


def literal(pattern: str) -> str:
    """A filled pattern as the text that it is, where wildcards mean nothing."""
    return pattern.translate(_BACK)


def like(pattern: str, text: str) -> bool:
    """Whether a text matches a filled pattern as a whole."""
    return _compiled(pattern).fullmatch(text) is not None


def like_action(pattern: str, action: str) -> bool:
    """Whether an action matches, whose case means nothing."""
    return like(pattern.lower(), action.lower())


def like_arn(pattern: str, arn: str) -> bool:
    """Whether an ARN matches part by part, as in conditions: no wildcard reaches over a colon."""
    wanted, found = pattern.split(":", _ARN_PARTS - 1), arn.split(":", _ARN_PARTS - 1)
    return len(wanted) == len(found) and all(map(like, wanted, found))


@lru_cache(maxsize=4096)
def _compiled(pattern: str) -> "re.Pattern[str]":
    wild = {"*": ".*", "?": "."}
    parts = (wild.get(character) or re.escape(literal(character)) for character in pattern)
    return re.compile("".join(parts), re.DOTALL)
