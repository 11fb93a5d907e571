"""The annotation pulumi.com/waitFor: conditions of the user's own."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass

from localcloud.plugins.kubernetes.readiness import condition
from localcloud.plugins.kubernetes.values import Json, child, child_text, is_list

ANNOTATION = "pulumi.com/waitFor"

_JSONPATH = re.compile(r"jsonpath=\{\.?([A-Za-z0-9_.]+)\}(?:=(.*))?")
_CONDITION = re.compile(r"condition=([^=]+)(?:=(.*))?")


class WaitForError(Exception):
    """A pulumi.com/waitFor annotation is not understood."""


@dataclass(frozen=True)
class WaitFor:
    """One condition: what the user wrote, and what an object lacks for it (None: nothing)."""

    text: str
    lacking: Callable[[Json], str | None]


def parse(text: str) -> list[WaitFor]:
    """The conditions of an annotation: one expression, or a JSON list of them.

    Raises:
        WaitForError: an expression has a form other than ``jsonpath={.a.b}``,
            ``jsonpath={.a.b}=value``, ``condition=Type`` and ``condition=Type=Value``.
    """
    expressions: list[str] = [text]
    if text.lstrip().startswith("["):
        try:
            listed: Json = json.loads(text)
        except ValueError as error:
            raise WaitForError(f"{ANNOTATION}: {text!r} is no JSON") from error
        expressions = [str(entry) for entry in listed] if is_list(listed) else []
    return [_parse_one(expression) for expression in expressions]


def _parse_one(text: str) -> WaitFor:
    path = _JSONPATH.fullmatch(text)
    if path:
        return WaitFor(text, _at_path(path[1].split("."), path[2]))
    named = _CONDITION.fullmatch(text)
    if named:
        return WaitFor(text, _has_condition(named[1], named[2] or "True"))
    raise WaitForError(
        f"{ANNOTATION}: {text!r} is not known to the kubernetes stand-in; expected "
        "jsonpath={.a.b}, jsonpath={.a.b}=value, condition=Type or condition=Type=Value"
    )


def _at_path(path: list[str], wanted: str | None) -> Callable[[Json], str | None]:
    def lacking(live: Json) -> str | None:
        found = child(live, *path)
        shown = "nothing" if found is None else json.dumps(found)
        if wanted is None:
            return f".{'.'.join(path)} is not set" if found is None else None
        text = found if isinstance(found, str) else json.dumps(found)
        return None if text == wanted else f".{'.'.join(path)} is {shown}, not {wanted}"

    return lacking


def _has_condition(name: str, wanted: str) -> Callable[[Json], str | None]:
    def lacking(live: Json) -> str | None:
        found = child_text(condition(live, name), "status")
        if found.lower() == wanted.lower():
            return None
        return f"condition {name} is {found or 'not set'}, not {wanted}"

    return lacking
