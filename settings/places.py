"""What the models say about a place of a stack file."""

from types import UnionType
from typing import Annotated, TypeAlias, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

Place: TypeAlias = tuple[int | str, ...]
"""Keys and list indexes from the top, as in pydantic's errors: with tags of unions."""

_TAGS = {"<own>": "OwnNetwork", "<existing>": "ExistingNetwork"}


def is_tag(part: int | str) -> bool:
    """Whether a part is not in the file but names a choice of a union."""
    return part in _TAGS


def field_at(model: type[BaseModel], place: Place) -> FieldInfo | None:
    """The field at a place; None if there is none of that key."""
    owner = model_at(model, place[:-1])
    fields = owner.model_fields.values() if owner else ()
    return next((field for field in fields if field.alias == place[-1]), None)


def kind_of(annotation: object) -> str:
    """What an annotation is in a file: a map, a list or a value."""
    annotation = _plain(annotation)[0]
    kind = get_origin(annotation) or annotation
    if kind is tuple:
        return "a list"
    is_map = kind is dict or (isinstance(kind, type) and issubclass(kind, BaseModel))
    return "a map" if is_map else "a value"


def model_at(model: type[BaseModel], place: Place) -> type[BaseModel] | None:
    """The model of the map at a place; None if no model describes it."""
    models = models_at(model, place)
    return models[0] if models else None


def models_at(model: type[BaseModel], place: Place) -> list[type[BaseModel]]:
    """The models that the map at a place may follow: more than one for a union without tag."""
    here: list[object] = [model]
    for part in place:
        if not is_tag(part):
            here = [inner for outer in here for inner in _inside(outer, part)]
        elif len(here) > 1:
            here = [m for m in here if getattr(m, "__name__", "") == _TAGS[str(part)]]
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
