"""Reads declarations back out of live objects, so that a refresh shows drift and nothing else."""

import base64
import json
from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import TypeAlias

from localcloud.plugins.kubernetes.manifest import without_internal
from localcloud.plugins.kubernetes.values import (
    Json,
    Object,
    child_list,
    child_map,
    is_list,
    is_map,
)

_SERVER_METADATA = (
    "creationTimestamp",
    "deletionGracePeriodSeconds",
    "deletionTimestamp",
    "generation",
    "managedFields",
    "resourceVersion",
    "selfLink",
    "uid",
)

_QUANTITIES = {
    "allocatable",
    "capacity",
    "divisor",
    "default",
    "defaultRequest",
    "hard",
    "limits",
    "max",
    "min",
    "overhead",
    "requests",
    "sizeLimit",
}
"""Fields whose values are quantities; the API server writes them in its own way."""

_SUFFIXES = {
    "n": Decimal("1e-9"),
    "u": Decimal("1e-6"),
    "m": Decimal("1e-3"),
    "": Decimal(1),
    "k": Decimal("1e3"),
    "M": Decimal("1e6"),
    "G": Decimal("1e9"),
    "T": Decimal("1e12"),
    "P": Decimal("1e15"),
    "E": Decimal("1e18"),
    "Ki": Decimal(2) ** 10,
    "Mi": Decimal(2) ** 20,
    "Gi": Decimal(2) ** 30,
    "Ti": Decimal(2) ** 40,
    "Pi": Decimal(2) ** 50,
    "Ei": Decimal(2) ** 60,
}


def outputs(live: Json) -> Object:
    """The properties of a resource: its live object without the server's bookkeeping.

    What was written to a Secret's ``stringData`` stands in its ``data``, as the API server has it.
    """
    found = dict(child_map(live))
    metadata = dict(child_map(live, "metadata"))
    metadata.pop("managedFields", None)
    found["metadata"] = metadata
    return found


def declared_in(live: Json, before: Mapping[str, Json]) -> Object:
    """The declaration that `live` amounts to.

    It has the fields of `before` and no others, so what defaults, controllers and other field
    managers add is no drift. `managedFields` says which lists managers share.

    Args:
        live: the live object.
        before: the manifest of the last update; an empty one (an import) takes everything.
    """
    if not before:
        return _all_declarable(live)
    wanted = without_internal(before)
    plain = child_map(wanted, "stringData")
    managed = child_list(live, "metadata", "managedFields")
    found = _derive(wanted, live, "", [child_map(entry, "fieldsV1") for entry in managed])
    answer = dict(found) if is_map(found) else {}
    if plain:
        answer["stringData"] = _plain_secret(plain, child_map(live, "data"))
    return answer


def _all_declarable(live: Json) -> Object:
    found = {key: value for key, value in child_map(live).items() if key != "status"}
    metadata = child_map(live, "metadata")
    found["metadata"] = {k: v for k, v in metadata.items() if k not in _SERVER_METADATA}
    return found


_Fields: TypeAlias = Sequence[Mapping[str, Json]]
"""What each field manager's FieldsV1 says of one place in the object."""


def _derive(wanted: Json, live: Json, parent: str, fields: _Fields) -> Json:
    if is_map(wanted) and is_map(live):
        return _derive_map(wanted, live, parent, fields)
    if is_list(wanted) and is_list(live):
        return _derive_list(wanted, live, parent, fields)
    return wanted if _means_same(wanted, live, parent) else live


def _derive_map(
    wanted: Mapping[str, Json], live: Mapping[str, Json], parent: str, fields: _Fields
) -> Json:
    found: dict[str, Json] = {}
    for key, value in wanted.items():
        if key in live:
            name = key if parent not in _QUANTITIES else parent
            found[key] = _derive(value, live[key], name, _below(fields, f"f:{key}"))
        elif _is_zero(value):
            # Written or not, the API server does not store it.
            found[key] = value
    return found


def _derive_list(
    wanted: Sequence[Json], live: Sequence[Json], parent: str, fields: _Fields
) -> Json:
    """In a list that managers share, each has its own entries; any other list is one value."""
    marks = {mark for tree in fields for mark in tree}
    if any(mark.startswith("v:") for mark in marks):
        return [item for item in wanted if item in live]
    keys = {mark: json.loads(mark[2:]) for mark in marks if mark.startswith("k:")}
    if not keys:
        paired = [_derive(a, b, parent, ()) for a, b in zip(wanted, live, strict=False)]
        return [*paired, *live[len(wanted) :]]
    names = sorted({name for key in keys.values() for name in key})
    found: list[Json] = []
    for item in wanted:
        other = next((other for other in live if _same_entry(item, other, names)), None)
        if other is not None:
            mark = next((m for m, key in keys.items() if _same_entry(key, other, names)), "")
            found.append(_derive(item, other, parent, _below(fields, mark)))
    return found


def _below(fields: _Fields, key: str) -> _Fields:
    return [below for tree in fields if is_map(below := tree.get(key))]


def _same_entry(wanted: Json, live: Json, names: Sequence[str]) -> bool:
    """Whether two entries of a list are the same one; what is not declared got a default."""
    return (
        is_map(wanted)
        and is_map(live)
        and all(wanted[name] == live.get(name) for name in names if name in wanted)
    )


def _is_zero(value: Json) -> bool:
    return value is None or value is False or value in ("", 0) or _is_empty(value)


def _is_empty(value: Json) -> bool:
    if is_map(value):
        return all(_is_zero(item) for item in value.values())
    return is_list(value) and not value


def _means_same(wanted: Json, live: Json, parent: str) -> bool:
    if wanted == live:
        return True
    if parent not in _QUANTITIES or is_map(wanted) or is_list(wanted):
        return False
    left, right = _quantity(wanted), _quantity(live)
    return left is not None and left == right


def _quantity(value: Json) -> Decimal | None:
    text = str(value)
    number = text.rstrip("".join(set("".join(_SUFFIXES))))
    factor = _SUFFIXES.get(text[len(number) :])
    try:
        return None if factor is None else Decimal(number) * factor
    except InvalidOperation:
        return None


def _plain_secret(wanted: Mapping[str, Json], data: Mapping[str, Json]) -> Object:
    found: Object = {}
    for key, value in wanted.items():
        encoded = data.get(key)
        if isinstance(encoded, str):
            found[key] = base64.b64decode(encoded).decode(errors="replace")
        elif value == "":
            found[key] = value
    return found
