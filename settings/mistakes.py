"""What is wrong with a stack file, said so that it can be mended at first reading."""

import difflib
import json
import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from types import UnionType
from typing import Annotated, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from settings.model import EXPECTED
from settings.names import PROJECT

UNKNOWN_KEY = "an unknown key"

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
_PLAIN_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_DESCRIPTION_END = re.compile(r"[.;] |\.$")


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
    place = _keys(model, error)
    kind = error["type"]
    is_secret = str(place[0]) in secret
    found = "a secret value" if is_secret else show(error["input"])
    if kind == "missing" or _refused_default(model, error):
        found = "nothing"
    elif kind == "extra_forbidden":
        found = UNKNOWN_KEY
    elif place[-1] == "[key]":
        place = place[:-2]
        found = "a secret key" if is_secret else f"the key {found}"
    wanted = _expected(kind, error, model, seen=not is_secret)
    return Mistake(f"{file_of(stack)}: {path_of(place)}", found, wanted)


def path_of(place: tuple[int | str, ...]) -> str:
    """A key path as it is written with ``pulumi config set --path``."""
    first = str(place[0])
    text = first if ":" in first else f"{PROJECT}:{first}"
    for part in place[1:]:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            text += f".{part}" if _PLAIN_KEY.fullmatch(part) else f"[{json.dumps(part)}]"
    return text


def is_about_content(error: ErrorDetails) -> bool:
    """Whether an error stands for itself and does not follow from another.

    A list's wrong entries also make it too short, and a default that is made from other values
    needs right ones.
    """
    if error["type"] == "default_factory_not_called":
        return False
    if error["type"] != "too_short":
        return True
    found: object = error["input"]
    least = int(error.get("ctx", {})["min_length"])
    return not isinstance(found, list) or len(found) < least


def _keys(model: type[BaseModel], error: ErrorDetails) -> tuple[int | str, ...]:
    """A place in the file: without union tags, fields by their keys."""
    keys = [part for part in error["loc"] if not _is_tag(part)]
    field = _refused_default(model, error)
    if field and field.alias:
        keys[-1] = field.alias
    return tuple(keys)


def _refused_default(model: type[BaseModel], error: ErrorDetails) -> FieldInfo | None:
    """The field whose default was refused: pydantic then names the field, not its key."""
    *outer, last = error["loc"]
    owner = _model_at(model, tuple(outer))
    field = owner.model_fields.get(str(last)) if owner and error["type"] == EXPECTED else None
    return field if field and field.alias != last else None


def _is_tag(part: int | str) -> bool:
    return str(part).startswith("<")


def _expected(kind: str, error: ErrorDetails, model: type[BaseModel], *, seen: bool) -> str:
    context = error.get("ctx", {})
    if kind == EXPECTED:
        what, rest = str(context["what"]), str(context["seen"])
        return f"{what} ({rest})" if seen and rest else what
    if kind == "missing":
        return _description(model, error["loc"])
    if kind == "extra_forbidden":
        return nearest(str(error["loc"][-1]), _known_keys(model, error["loc"][:-1]))
    if kind == "literal_error":
        choices = str(context["expected"]).replace("'", '"').replace(" or ", ", ")
        absent = "; leave the key out for none" if _is_optional(model, error["loc"]) else ""
        return f"one of {choices}{_quotes(error, choices.split(', '))}{absent}"
    if kind in _TYPES:
        return _TYPES[kind] + _quotes(error, ("true", "false") if kind == "bool_type" else ())
    return _bounds(kind, {key: str(value) for key, value in context.items()}, error["msg"])


def _quotes(error: ErrorDetails, choices: Collection[str]) -> str:
    """Tells apart what only quotes do: "90" and 90."""
    found: object = error["input"]
    is_number = error["type"] == "int_type" and str(found).isdecimal()
    return ", without quotes" if isinstance(found, str) and (found in choices or is_number) else ""


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
    field = _field_at(model, place)
    if field is None or not field.description:
        return "a value; it has no default"
    what = _DESCRIPTION_END.split(" ".join(field.description.split()))[0]
    return f"{_kind(_plain(field.annotation)[0])}: {what}"


def _is_optional(model: type[BaseModel], place: tuple[int | str, ...]) -> bool:
    field = _field_at(model, place)
    return field is not None and not field.is_required() and field.default is None


def _field_at(model: type[BaseModel], place: tuple[int | str, ...]) -> FieldInfo | None:
    owner = _model_at(model, place[:-1])
    fields = owner.model_fields.values() if owner else ()
    return next((field for field in fields if field.alias == place[-1]), None)


def _kind(annotation: object) -> str:
    kind = get_origin(annotation) or annotation
    if kind is tuple:
        return "a list"
    is_map = kind is dict or (isinstance(kind, type) and issubclass(kind, BaseModel))
    return "a map" if is_map else "a value"


def _known_keys(model: type[BaseModel], place: tuple[int | str, ...]) -> list[str]:
    # A network without `existing` is taken for one of our own; offer both kinds' keys.
    owners = _models_at(model, tuple(part for part in place if part != "<own>"))
    return [str(f.alias) for owner in owners for f in owner.model_fields.values()]


def _model_at(model: type[BaseModel], place: tuple[int | str, ...]) -> type[BaseModel] | None:
    models = _models_at(model, place)
    return models[0] if models else None


def _models_at(model: type[BaseModel], place: tuple[int | str, ...]) -> list[type[BaseModel]]:
    here: list[object] = [model]
    for part in place:
        if not _is_tag(part):
            here = [inner for outer in here for inner in _inside(outer, part)]
        elif len(here) > 1:
            names = {"<own>": "OwnNetwork", "<existing>": "ExistingNetwork"}
            here = [m for m in here if getattr(m, "__name__", "") == names[str(part)]]
    return [m for m in here if isinstance(m, type) and issubclass(m, BaseModel)]


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
