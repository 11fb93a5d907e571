"""JSON as this provider handles it, and Pulumi's mark for a value that is not known yet."""

from collections.abc import Mapping, Sequence
from typing import TypeAlias, TypeGuard

from pulumi.runtime.rpc import UNKNOWN

Json: TypeAlias = str | int | float | bool | Sequence["Json"] | Mapping[str, "Json"] | None
"""Any JSON value."""

Object: TypeAlias = dict[str, Json]
"""A JSON object, for example a Kubernetes manifest."""


def is_map(value: Json) -> TypeGuard[Mapping[str, Json]]:
    """Whether `value` is a JSON object."""
    return isinstance(value, Mapping)


def is_list(value: Json) -> TypeGuard[Sequence[Json]]:
    """Whether `value` is a JSON array."""
    return isinstance(value, Sequence) and not isinstance(value, str)


def has_unknown(value: Json) -> bool:
    """Whether some part of `value` will be known only once other resources exist."""
    if is_map(value):
        return any(has_unknown(item) for item in value.values())
    if is_list(value):
        return any(has_unknown(item) for item in value)
    return value == UNKNOWN


def child(value: Json, *path: str) -> Json:
    """The value below `path`, or None where there is none."""
    for key in path:
        if not is_map(value):
            return None
        value = value.get(key)
    return value


def child_map(value: Json, *path: str) -> Mapping[str, Json]:
    """The object below `path`, or an empty one."""
    found = child(value, *path)
    return found if is_map(found) else {}


def child_list(value: Json, *path: str) -> Sequence[Json]:
    """The array below `path`, or an empty one."""
    found = child(value, *path)
    return found if is_list(found) else ()


def child_text(value: Json, *path: str) -> str:
    """The string below `path`, or an empty one."""
    found = child(value, *path)
    return found if isinstance(found, str) else ""


def child_int(value: Json, *path: str) -> int:
    """The number below `path`, or 0."""
    found = child(value, *path)
    return int(found) if isinstance(found, int | float) else 0


def annotation(manifest: Json, name: str) -> str:
    """An annotation of a Kubernetes object, or an empty string."""
    return child_text(manifest, "metadata", "annotations", name)


def integral(value: Json) -> Json:
    """`value` with 3 for 3.0: Pulumi carries every number as a double, Kubernetes does not."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if is_map(value):
        return {key: integral(item) for key, item in value.items()}
    if is_list(value):
        return [integral(item) for item in value]
    return value
