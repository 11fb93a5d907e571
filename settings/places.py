"""What the models say about a place of a stack file."""

from types import UnionType
from typing import Annotated, TypeAlias, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

Place: TypeAlias = tuple[int | str, ...]
"""Keys and list indexes from the top, as in pydantic's errors: with tags of unions."""

_TAGS = {
    "<own>": ("OwnNetwork", "OwnHumanRoles"),
    "<existing>": ("ExistingNetwork", "ExistingHumanRoles"),
}


def in_file(model: type[BaseModel], place: Place) -> list[int | str]:
    """A place as the file has it: without the tags of unions."""
    return [
        part for depth, part in enumerate(place) if not _is_tag(part, _at(model, place[:depth]))
    ]


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
    return [m for m in _at(model, place) if isinstance(m, type) and issubclass(m, BaseModel)]


def keys_at(model: type[BaseModel], place: Place) -> list[str]:
    """Keys of the map at a place."""
    # What is without `existing` is taken for our own; offer both kinds' keys.
    union = models_at(model, place[:-1]) if place[-1:] == ("<own>",) else []
    owners = union if len(union) > 1 else models_at(model, place)
    return [str(field.alias) for owner in owners for field in owner.model_fields.values()]


def _at(model: type[BaseModel], place: Place) -> list[object]:
    """The annotations that a place may follow."""
    here: list[object] = [model]
    for part in place:
        if _is_tag(part, here):
            here = [m for m in here if getattr(m, "__name__", "") in _TAGS[str(part)]]
        else:
            here = [inner for outer in here for inner in _inside(outer, part)]
    return here


def _is_tag(part: int | str, here: list[object]) -> bool:
    # A key may look like a tag, but only where there is something to choose is it one.
    return part in _TAGS and len(here) > 1


def _inside(outer: object, part: int | str) -> list[object]:
    if isinstance(outer, type) and issubclass(outer, BaseModel):
        return [
            m for f in outer.model_fields.values() if f.alias == part for m in _plain(f.annotation)
        ]
    inner = get_args(outer)
    return _plain(inner[-1 if get_origin(outer) is dict else 0]) if inner else []


def _plain(annotation: object) -> list[object]:
    origin = get_origin(annotation)
    if origin is Annotated:
        return _plain(get_args(annotation)[0])
    if origin in (Union, UnionType):
        return [m for arg in get_args(annotation) for m in _plain(arg)]
    return [annotation]
