"""What a resource type's input properties are, and how two values of them are compared."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import cast

from pulumi.runtime.rpc import UNKNOWN

from localcloud.plugins.plugin import Failure, Object


@dataclass(frozen=True)
class Property:
    """One input property.

    Attributes:
        required: whether it must be given.
        replaces: whether another value takes another resource.
        fields: properties of the nested object, or of each object in a list.
        unordered: whether a list is a set.
        document: whether the value is a JSON document, compared by content.
        ours: whether AWS never chooses a value itself, so that one that the program did not set
            is drift.
    """

    required: bool = False
    replaces: bool = False
    fields: "Mapping[str, Property] | None" = None
    unordered: bool = False
    document: bool = False
    ours: bool = False


PLAIN = Property()
REQUIRED = Property(required=True)
FIXED = Property(replaces=True)
KEY = Property(required=True, replaces=True)
SET = Property(unordered=True)
DOCUMENT = Property(document=True)
OURS = Property(ours=True)
TAGS = {"tags": OURS}

Properties = Mapping[str, Property]


@dataclass
class Comparison:
    """Differences between two values of a resource's inputs, by path."""

    changes: dict[str, str] = field(default_factory=dict[str, str])
    replaces: set[str] = field(default_factory=set[str])

    def add(self, path: str, old: object, new: object, *, replaces: bool) -> None:
        """Notes one difference."""
        self.changes[path] = "add" if old is None else "delete" if new is None else "update"
        if replaces:
            self.replaces.add(path)


def check(properties: Properties, inputs: Object, prefix: str = "") -> list[Failure]:
    """Unknown and missing properties, nested ones too, and documents that are none."""
    failures = [
        Failure(f"{prefix}{key}", f'the local aws provider does not know the property "{key}"')
        for key in inputs
        if key not in properties
    ]
    for key, wanted in properties.items():
        value = inputs.get(key)
        if value is None and wanted.required:
            failures.append(Failure(f"{prefix}{key}", f'missing required property "{key}"'))
        if wanted.document and isinstance(value, str) and not _is_json(value):
            failures.append(Failure(f"{prefix}{key}", "is no JSON document"))
        if value is not None and wanted.fields is not None:
            failures += _check_nested(wanted.fields, value, f"{prefix}{key}")
    return failures


def without_nulls(inputs: Object) -> Object:
    """The inputs that were given: a null, at any depth, is one that was not."""
    return {key: _without_nulls(value) for key, value in inputs.items() if value is not None}


def _without_nulls(value: object) -> object:
    if isinstance(value, dict):
        return without_nulls(cast("Object", value))
    if isinstance(value, list):
        return [_without_nulls(item) for item in cast("list[object]", value)]
    return value


def compare(properties: Properties, olds: Object, news: Object) -> Comparison:
    """Differences between two sets of inputs, as fine as the values allow."""
    found = Comparison()
    _compare_objects(found, properties, "", olds, news, replaces=False)
    return found


def equal(wanted: Property, left: object, right: object) -> bool:
    """Whether two values mean the same."""
    return _meaning(wanted, left) == _meaning(wanted, right)


def reconcile(fields: Properties, said: Object, real: Object) -> Object:
    """The inputs that describe `real`, in the words of the inputs `said`.

    What the program never set is left out, so that a value that AWS chose is no drift; what `real`
    does not tell (a switch for the provider itself) stays as it was said.
    """
    return _object(fields, said, real, whole=False)


def reword(fields: Properties, said: Object, real: Object) -> Object:
    """All of `real`, in the words of the inputs `said` where both mean the same."""
    return _object(fields, said, real, whole=True)


def _object(fields: Properties, said: Object, real: Object, *, whole: bool) -> Object:
    result: Object = dict(real) if whole else {}
    for key, value in said.items():
        wanted = fields.get(key, PLAIN)
        result[key] = _value(wanted, value, real[key], whole=whole) if key in real else value
    for key, wanted in fields.items():
        if wanted.ours and key not in said and not equal(wanted, None, real.get(key)):
            result[key] = real[key]
    return {key: value for key, value in result.items() if value is not None}


def _value(wanted: Property, said: object, real: object, *, whole: bool) -> object:
    fields = wanted.fields
    if fields is not None and isinstance(said, dict) and isinstance(real, dict):
        return _object(fields, cast("Object", said), cast("Object", real), whole=whole)
    if fields is not None and isinstance(said, list) and isinstance(real, list):
        olds, reals = cast("list[Object]", said), cast("list[Object]", real)
        if wanted.unordered:
            return _set(fields, olds, reals, whole=whole)
        if len(olds) == len(reals):
            pairs = zip(olds, reals, strict=True)
            return [_object(fields, one, other, whole=whole) for one, other in pairs]
    return said if equal(wanted, said, real) else real


def _set(
    fields: Properties, said: list[Object], real: list[Object], *, whole: bool
) -> list[Object]:
    result: list[Object] = []
    left = list(real)
    for item in said:
        for number, candidate in enumerate(left):
            if not compare(fields, item, reconcile(fields, item, candidate)).changes:
                result.append(_object(fields, item, left.pop(number), whole=whole))
                break
    return result + left


def imported(fields: Properties, real: Object) -> Object:
    """All of `real` that inputs can say."""
    return {
        key: _imported(wanted, real[key])
        for key, wanted in fields.items()
        if real.get(key) not in (None, "", [], {})
    }


def _imported(wanted: Property, value: object) -> object:
    if wanted.fields is None:
        return value
    if isinstance(value, list):
        return [_imported(wanted, item) for item in cast("list[object]", value)]
    return imported(wanted.fields, cast("Object", value))


def _check_nested(fields: Properties, value: object, path: str) -> list[Failure]:
    items: list[tuple[str, object]] = [(path, value)]
    if isinstance(value, list):
        listed = cast("list[object]", value)
        items = [(f"{path}[{number}]", item) for number, item in enumerate(listed)]
    failures: list[Failure] = []
    for at, item in items:
        if isinstance(item, dict):
            failures += check(fields, cast("Object", item), f"{at}.")
        elif item != UNKNOWN:
            failures.append(Failure(at, f"expected an object, found {item!r}"))
    return failures


def _compare_objects(
    found: Comparison, fields: Properties, path: str, olds: Object, news: Object, *, replaces: bool
) -> None:
    for key in [*olds, *(key for key in news if key not in olds)]:
        wanted = fields.get(key, PLAIN)
        at = _join(path, key)
        forced = replaces or wanted.replaces
        _compare(found, wanted, at, olds.get(key), news.get(key), replaces=forced)


def _compare(
    found: Comparison, wanted: Property, path: str, old: object, new: object, *, replaces: bool
) -> None:
    if equal(wanted, old, new):
        return
    if isinstance(old, dict) and isinstance(new, dict):
        olds, news = cast("Object", old), cast("Object", new)
        _compare_objects(found, wanted.fields or {}, path, olds, news, replaces=replaces)
        return
    if wanted.fields is not None and _same_length(wanted, old, new):
        pairs = zip(cast("list[Object]", old), cast("list[Object]", new), strict=True)
        for number, (one, other) in enumerate(pairs):
            item = Property(fields=wanted.fields)
            _compare(found, item, f"{path}[{number}]", one, other, replaces=replaces)
        return
    found.add(path, old, new, replaces=replaces)


def _same_length(wanted: Property, old: object, new: object) -> bool:
    if wanted.unordered or not isinstance(old, list) or not isinstance(new, list):
        return False
    return len(cast("list[object]", old)) == len(cast("list[object]", new))


def _join(path: str, key: str) -> str:
    plain = key.replace("_", "").replace("-", "").isalnum()
    if not plain:
        return f"{path}[{json.dumps(key)}]"
    return f"{path}.{key}" if path else key


def _meaning(wanted: Property, value: object) -> str:
    """A text that is the same for values that mean the same."""
    return json.dumps(_normalized(wanted, value), sort_keys=True)


def _normalized(wanted: Property, value: object) -> object:
    if wanted.document and isinstance(value, str):
        return _document(value)
    if isinstance(value, list):
        items = [_normalized(wanted, item) for item in cast("list[object]", value)]
        # An empty list, map or text and none at all are the same to AWS.
        return (sorted(items, key=_text) if wanted.unordered else items) or None
    if isinstance(value, dict):
        fields = wanted.fields or {}
        known = {
            key: _normalized(fields.get(key, PLAIN), item)
            for key, item in cast("dict[str, object]", value).items()
        }
        return {key: item for key, item in known.items() if item is not None} or None
    return _scalar(value)


def _text(value: object) -> str:
    return json.dumps(value, sort_keys=True)


def _document(text: str) -> object:
    return json.loads(text) if text != UNKNOWN and _is_json(text) else text


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return text == UNKNOWN
    return True


def _scalar(value: object) -> object:
    # Pulumi's schemas type some numbers and booleans as strings.
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, (int, float)) else value or None
