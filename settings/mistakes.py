"""What is wrong with a stack file, said so that it can be mended at first reading."""

import difflib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from types import UnionType
from typing import Annotated, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from settings.model import EXPECTED
from settings.names import PROJECT

_TYPES = {
    "string_type": "text, in quotes",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "bool_type": "true or false",
    "tuple_type": "a list",
    "list_type": "a list",
    "dict_type": "a map",
    "model_type": "a map",
    "model_attributes_type": "a map",
}
_FOUND_LENGTH = 80


@dataclass(frozen=True)
class Mistake:
    """One wrong place of a stack file.

    Attributes:
        path: file and key, for example ``Pulumi.blue.yaml: eks-platform:nodeGroups.spot.max``.
        found: what stands there, as JSON, or ``nothing``.
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
    return text if len(text) <= _FOUND_LENGTH else f"{text[: _FOUND_LENGTH - 1]}…"


def nearest(key: str, known: Iterable[str]) -> str:
    """What should stand in place of an unknown key."""
    names = sorted(known)
    close = difflib.get_close_matches(key.lower(), [n.lower() for n in names], n=1, cutoff=0.7)
    likely = [name for name in names if close and name.lower() == close[0]]
    if likely:
        return f"no such key; did you mean {likely[0]}?"
    return f"no such key; known here: {', '.join(names)}"


def mistake(
    stack: str, model: type[BaseModel], error: ErrorDetails, *, secret: frozenset[str]
) -> Mistake:
    """Pydantic's error as a mistake of the stack file.

    Args:
        stack: stack name.
        model: the model that was validated.
        error: one of its errors.
        secret: top-level keys whose values must not be shown.
    """
    place = _keys(model, error["loc"])
    kind = error["type"]
    found = show(error["input"])
    if kind == "missing" or (place and error["loc"][-1] != place[-1]):
        found = "nothing"  # the default, named as in the model, is what was refused
    elif place and str(place[0]) in secret:
        found = "a secret value"
    wanted = _expected(kind, error, model)
    if place and place[-1] == "[key]":
        place = place[:-2]
        wanted = f"as a key {wanted}"
    return Mistake(f"{file_of(stack)}: {path_of(place)}", found, wanted)


def path_of(place: tuple[int | str, ...]) -> str:
    """A key path as it is written with ``pulumi config set --path``."""
    first = str(place[0])
    text = first if ":" in first else f"{PROJECT}:{first}"
    for part in place[1:]:
        text += f"[{part}]" if isinstance(part, int) else f".{part}"
    return text


def is_about_content(error: ErrorDetails) -> bool:
    """Whether an error stands for itself: a list's wrong entries also make it too short."""
    if error["type"] != "too_short":
        return True
    found: object = error["input"]
    least = int(error.get("ctx", {})["min_length"])
    return not isinstance(found, list) or len(found) < least


def _keys(model: type[BaseModel], place: tuple[int | str, ...]) -> tuple[int | str, ...]:
    """A place in the file: without union tags, fields by their keys."""
    keys: list[int | str] = []
    for depth, part in enumerate(place):
        if str(part).startswith("<"):
            continue
        owner = _model_at(model, place[:depth])
        field = owner.model_fields.get(str(part)) if owner else None
        keys.append(field.alias if field and field.alias else part)
    return tuple(keys)


def _expected(kind: str, error: ErrorDetails, model: type[BaseModel]) -> str:
    context = error.get("ctx", {})
    if kind == EXPECTED:
        return str(context["what"])
    if kind == "missing":
        return f"a value: {_description(model, error['loc'])}"
    if kind == "extra_forbidden":
        return nearest(str(error["loc"][-1]), _known_keys(model, error["loc"][:-1]))
    if kind == "literal_error":
        choices = str(context["expected"]).replace("'", '"').replace(" or ", ", ")
        return f"one of {choices}" if "," in choices else choices
    if kind in _TYPES:
        return _TYPES[kind]
    return _bounds(kind, {key: str(value) for key, value in context.items()}, error["msg"])


def _bounds(kind: str, context: dict[str, str], message: str) -> str:
    entries = "entry" if context.get("min_length") == "1" else "entries"
    words = {
        "greater_than_equal": "at least {ge}",
        "less_than_equal": "at most {le}",
        "too_short": f"at least {{min_length}} {entries}",
        "too_long": "at most {max_length} entries",
    }
    return words[kind].format(**context) if kind in words else message


def _description(model: type[BaseModel], place: tuple[int | str, ...]) -> str:
    owner = _model_at(model, place[:-1])
    for field in owner.model_fields.values() if owner else ():
        if field.alias == place[-1] and field.description:
            return field.description.split(". ")[0].rstrip(".").replace("\n", " ")
    return "it has no default"


def _known_keys(model: type[BaseModel], place: tuple[int | str, ...]) -> list[str]:
    owner = _model_at(model, place)
    fields = owner.model_fields.values() if owner else ()
    return [str(f.alias) for f in fields if ":" not in str(f.alias)]


def _model_at(model: type[BaseModel], place: tuple[int | str, ...]) -> type[BaseModel] | None:
    here: list[object] = [model]
    for part in place:
        if not str(part).startswith("<"):
            here = [inner for outer in here for inner in _inside(outer, part)]
        elif len(here) > 1:
            names = {"<own>": "OwnNetwork", "<existing>": "ExistingNetwork"}
            here = [m for m in here if getattr(m, "__name__", "") == names[str(part)]]
    models = [m for m in here if isinstance(m, type) and issubclass(m, BaseModel)]
    return models[0] if models else None


def _inside(outer: object, part: int | str) -> list[object]:
    if isinstance(outer, type) and issubclass(outer, BaseModel):
        return [
            m for f in outer.model_fields.values() if f.alias == part for m in _plain(f.annotation)
        ]
    return _plain(get_args(outer)[-1 if get_origin(outer) is dict else 0])


def _plain(annotation: object) -> list[object]:
    origin = get_origin(annotation)
    if origin is Annotated:
        return _plain(get_args(annotation)[0])
    if origin in (Union, UnionType):
        return [m for arg in get_args(annotation) for m in _plain(arg)]
    return [annotation]
