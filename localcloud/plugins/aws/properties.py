"""What a resource type's input properties are, and how two values of them are compared."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from localcloud.plugins.plugin import Failure, Object, is_unknown


@dataclass(frozen=True)
class Property:
    """One input property.

    Attributes:
        required: whether it must be given.
        replaces: whether another value takes another resource.
        fields: properties of the nested object, or of each object in a list.
        unordered: whether a list is a set.
        document: whether the value is a JSON document, compared by content.
    """

    required: bool = False
    replaces: bool = False
    fields: "Mapping[str, Property] | None" = None
    unordered: bool = False
    document: bool = False


PLAIN = Property()
REQUIRED = Property(required=True)
FIXED = Property(replaces=True)
KEY = Property(required=True, replaces=True)
SET = Property(unordered=True)
DOCUMENT = Property(document=True)

Properties = Mapping[str, Property]


@dataclass
class Comparison:
    """Differences between two values of a resource's inputs, by path."""

    changes: dict[str, str] = field(default_factory=dict[str, str])
    replaces: set[str] = field(default_factory=set[str])

    def add(self, path: str, change: str, *, replaces: bool) -> None:
        """Notes one difference."""
        self.changes[path] = change
        if replaces:
            self.replaces.add(path)


def check(properties: Properties, inputs: Object, prefix: str = "") -> list[Failure]:
    """Unknown and missing properties, nested ones too."""
    failures = [
        Failure(f"{prefix}{key}", f'the local aws provider does not know the property "{key}"')
        for key in inputs
        if key not in properties
    ]
    for key, wanted in properties.items():
        value = inputs.get(key)
        if value is None:
            if wanted.required:
                failures.append(Failure(f"{prefix}{key}", f'missing required property "{key}"'))
            continue
        if wanted.fields is None or is_unknown(value):
            continue
        items: list[Any] = cast("list[Any]", value) if isinstance(value, list) else [value]
        for number, item in enumerate(items):
            at = f"{prefix}{key}[{number}]" if isinstance(value, list) else f"{prefix}{key}"
            if isinstance(item, dict):
                failures += check(wanted.fields, cast("Object", item), f"{at}.")
            else:
                failures.append(Failure(at, f"expected an object, found {item!r}"))
    return failures


def compare(properties: Properties, olds: Object, news: Object) -> Comparison:
    """Differences between two sets of inputs, as fine as the values allow."""
    found = Comparison()
    for key in [*olds, *(key for key in news if key not in olds)]:
        wanted = properties.get(key, PLAIN)
        _compare(found, wanted, key, olds.get(key), news.get(key), replaces=wanted.replaces)
    return found


def equal(wanted: Property, left: Any, right: Any) -> bool:
    """Whether two values mean the same."""
    if left is None or right is None:
        return not left and not right
    if wanted.document and isinstance(left, str) and isinstance(right, str):
        return _document(left) == _document(right)
    if wanted.unordered and isinstance(left, list) and isinstance(right, list):
        return _sorted(cast("list[Any]", left)) == _sorted(cast("list[Any]", right))
    if wanted.fields is not None and isinstance(left, dict) and isinstance(right, dict):
        return _equal_objects(wanted.fields, cast("Object", left), cast("Object", right))
    if wanted.fields is not None and isinstance(left, list) and isinstance(right, list):
        lefts, rights = cast("list[Any]", left), cast("list[Any]", right)
        return len(lefts) == len(rights) and all(
            _equal_objects(wanted.fields, x, y) for x, y in zip(lefts, rights, strict=True)
        )
    return _scalar(left) == _scalar(right)


def reconcile(wanted: Property, old: Any, real: Any) -> Any:
    """The input that describes `real`, said the way `old` said it.

    What the program never set is left out, so that a value that AWS chose is no drift.
    """
    if equal(wanted, old, real):
        return old
    if wanted.fields is None or wanted.unordered or real is None:
        return real
    if isinstance(old, dict) and isinstance(real, dict):
        return _reconcile_object(wanted.fields, cast("Object", old), cast("Object", real))
    if isinstance(old, list) and isinstance(real, list):
        olds, reals = cast("list[Object]", old), cast("list[Object]", real)
        if len(olds) == len(reals):
            return [
                _reconcile_object(wanted.fields, x, y) for x, y in zip(olds, reals, strict=True)
            ]
    return real


def _reconcile_object(fields: Properties, old: Object, real: Object) -> Object:
    said = {key: reconcile(fields.get(key, PLAIN), old[key], real.get(key)) for key in old}
    return {key: value for key, value in said.items() if value is not None}


def _compare(
    found: Comparison, wanted: Property, path: str, old: Any, new: Any, *, replaces: bool
) -> None:
    if old is None and new is None:
        return
    if is_unknown(new):
        if old != new:
            found.add(path, "add" if old is None else "update", replaces=replaces)
        return
    if equal(wanted, old, new):
        return
    if isinstance(old, dict) and isinstance(new, dict):
        olds, news = cast("Object", old), cast("Object", new)
        for key in [*olds, *(key for key in news if key not in olds)]:
            inner = (wanted.fields or {}).get(key, PLAIN)
            _compare(
                found,
                inner,
                _join(path, key),
                olds.get(key),
                news.get(key),
                replaces=replaces or inner.replaces,
            )
        return
    change = "add" if old is None else "delete" if new is None else "update"
    found.add(path, change, replaces=replaces)


def _join(path: str, key: str) -> str:
    plain = key.replace("_", "").replace("-", "").isalnum()
    return f"{path}.{key}" if plain else f"{path}[{json.dumps(key)}]"


def _equal_objects(fields: Properties, left: Object, right: Object) -> bool:
    return all(
        equal(fields.get(key, PLAIN), left.get(key), right.get(key)) for key in {**left, **right}
    )


def _document(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _sorted(values: list[Any]) -> list[str]:
    return sorted(json.dumps(value, sort_keys=True) for value in values)


def _scalar(value: Any) -> Any:
    # Pulumi's schemas type some numbers and booleans as strings.
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, int) else value
