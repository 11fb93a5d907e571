"""From pydantic's errors to mistakes of a stack file."""

import json
import re
from collections.abc import Collection

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from eks_platform_contract.described import docstrings
from settings.mistakes import UNKNOWN_KEY, Mistake, file_of, nearest, show
from settings.model import EXPECTED, UNKNOWN
from settings.names import PROJECT
from settings.places import Place, field_at, in_file, keys_at, kind_of, model_at

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
_PLAIN_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_DESCRIPTION_END = re.compile(r"[.;] |\.$")


def explain(
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
    elif kind in ("extra_forbidden", UNKNOWN):
        found = UNKNOWN_KEY
    elif _is_about_key(error):
        place = place[:-2]
        found = "a secret key" if is_secret else f"the key {found}"
    wanted = _expected(kind, error, model, show_values=not is_secret)
    return Mistake(f"{file_of(stack)}: {path_of(place)}", found, wanted)


def path_of(place: Place) -> str:
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


def _is_about_key(error: ErrorDetails) -> bool:
    """Whether it is a map's key that is wrong; pydantic says so by one part more."""
    key: object = error["input"]
    return len(error["loc"]) > 2 and error["loc"][-2:] == (key, "[key]")  # noqa: PLR2004


def _keys(model: type[BaseModel], error: ErrorDetails) -> Place:
    """A place in the file: without union tags, fields by their keys."""
    keys = in_file(model, error["loc"])
    field = _refused_default(model, error)
    if field and field.alias:
        keys[-1] = field.alias
    return tuple(keys)


def _refused_default(model: type[BaseModel], error: ErrorDetails) -> FieldInfo | None:
    """The field whose default was refused: pydantic then names the field, not its key."""
    *outer, last = error["loc"]
    owner = model_at(model, tuple(outer))
    field = owner.model_fields.get(str(last)) if owner and error["type"] == EXPECTED else None
    return field if field and field.alias != last else None


def _expected(kind: str, error: ErrorDetails, model: type[BaseModel], *, show_values: bool) -> str:
    context = error.get("ctx", {})
    if kind in (EXPECTED, UNKNOWN):
        what, beside = str(context["what"]), str(context["beside"])
        return f"{what} ({beside})" if show_values and beside else what
    if kind == "missing":
        return _description(model, error["loc"])
    if kind == "extra_forbidden":
        return nearest(str(error["loc"][-1]), keys_at(model, error["loc"][:-1]))
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


def _description(model: type[BaseModel], place: Place) -> str:
    owner, field = model_at(model, place[:-1]), field_at(model, place)
    if owner and field:
        name = next(name for name, it in owner.model_fields.items() if it is field)
        if said := docstrings(owner).get(name):
            what = _DESCRIPTION_END.split(" ".join(said.split()))[0]
            return f"{kind_of(field.annotation)}: {what}"
    return "a value; it has no default"


def _is_optional(model: type[BaseModel], place: Place) -> bool:
    field = field_at(model, place)
    return field is not None and not field.is_required() and field.default is None
