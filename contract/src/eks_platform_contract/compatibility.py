"""What a change of the outputs means for those who read them.

A reader relies on what is written, so the rules are those of a producer: to promise more is
harmless, to promise less or something else breaks. Whatever is not known here counts as broken.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import IntEnum
from itertools import pairwise
from typing import TypeAlias, cast

from eks_platform_contract.version import Version

Json: TypeAlias = "Mapping[str, Json] | list[Json] | str | int | float | bool | None"
Schema: TypeAlias = Mapping[str, Json]


class Bump(IntEnum):
    """How far the version must go."""

    MINOR = 1
    MAJOR = 2


@dataclass(frozen=True)
class Change:
    """A difference between two schemas.

    Attributes:
        path: where, for example ``cluster.arn``; empty for the whole.
        what: what is different.
        step: the step of the version that it needs.
    """

    path: str
    what: str
    step: Bump

    def __str__(self) -> str:
        return f"{self.path or 'outputs'}: {self.what} (a {self.step.name.lower()} step)"


_WORDS = {"title", "description", "examples", "default", "$schema", "$id", "$defs"}
"""Keywords that promise nothing."""
_OWN = {"properties", "required", "additionalProperties", "items", "anyOf", "enum", "const"}
"""Keywords with rules of their own."""
_NULL: Schema = {"type": "null"}


def compare(old: Schema, new: Schema) -> list[Change]:
    """Everything that a reader of `old` may notice in `new`, in the order of the paths.

    Args:
        old: JSON Schema of what was written, as pydantic makes it.
        new: JSON Schema of what is to be written.
    """
    found = _compare("", _inlined(old, old), _inlined(new, new))
    return sorted(found, key=lambda change: change.path)


def complaints(history: Mapping[Version, Schema]) -> list[str]:
    """Changes of a contract that came with too small a step, one sentence each.

    Args:
        history: the schema of each version there was.
    """
    found: list[str] = []
    versions = sorted(history)
    for before, after in pairwise(versions):
        taken = Bump.MAJOR if after.major > before.major else Bump.MINOR
        found += [
            f"{before} → {after}: {change}"
            for change in compare(history[before], history[after])
            if change.step > taken
        ]
    return found


def next_version(current: Version, changes: Iterable[Change]) -> Version:
    """The least version that may have these changes."""
    step = max((change.step for change in changes), default=None)
    if step is Bump.MAJOR:
        return Version(current.major + 1, 0)
    return current if step is None else Version(current.major, current.minor + 1)


def _inlined(node: Json, root: Schema) -> Schema:
    """The schema with every reference replaced by what it means, and without mere words."""
    if not isinstance(node, Mapping):
        return {} if node is True else {"not": {}}
    if "$ref" in node:
        name = str(node["$ref"]).rsplit("/", 1)[-1]
        definitions = cast("Mapping[str, Schema]", root["$defs"])
        rest = {key: value for key, value in node.items() if key != "$ref"}
        return {**_inlined(definitions[name], root), **_inlined(rest, root)}
    plain: dict[str, Json] = {}
    for key, value in node.items():
        if key in _WORDS:
            continue
        if key == "properties" and isinstance(value, Mapping):
            plain[key] = {name: _inlined(inner, root) for name, inner in value.items()}
        elif key == "anyOf" and isinstance(value, list):
            plain[key] = [_inlined(inner, root) for inner in value]
        elif key == "items" or (key == "additionalProperties" and isinstance(value, Mapping)):
            plain[key] = _inlined(value, root)
        else:
            plain[key] = value
    return plain


def _compare(path: str, old: Schema, new: Schema) -> Iterator[Change]:
    old, old_null = _without_null(old)
    new, new_null = _without_null(new)
    if old_null != new_null:
        what, step = ("may now be null", Bump.MAJOR) if new_null else ("is never null", Bump.MINOR)
        yield Change(path, what, step)
    yield from _compare_properties(path, old, new)
    yield from _compare_choices(path, old, new)
    yield from _compare_inner(path, old, new)
    for key in sorted((set(old) | set(new)) - _OWN):
        before, after = old.get(key), new.get(key)
        if before == after:
            continue
        step = Bump.MINOR if key not in old and not key.startswith("x-") else Bump.MAJOR
        yield Change(path, f"{key} was {_show(before)}, is {_show(after)}", step)


def _without_null(schema: Schema) -> tuple[Schema, bool]:
    choices = schema.get("anyOf")
    if not isinstance(choices, list) or _NULL not in choices:
        return schema, False
    kept = [choice for choice in choices if choice != _NULL]
    rest = {key: value for key, value in schema.items() if key != "anyOf"}
    if len(kept) == 1 and isinstance(kept[0], Mapping):
        return {**kept[0], **rest}, True
    return {**rest, "anyOf": kept}, True


def _compare_properties(path: str, old: Schema, new: Schema) -> Iterator[Change]:
    before = cast("Mapping[str, Schema]", old.get("properties", {}))
    after = cast("Mapping[str, Schema]", new.get("properties", {}))
    old_sure = set(cast("list[str]", old.get("required", [])))
    new_sure = set(cast("list[str]", new.get("required", [])))
    closed = old.get("additionalProperties") is False
    for name in sorted(set(before) | set(after)):
        place = f"{path}.{name}" if path else name
        if name not in after:
            yield Change(place, "removed", Bump.MAJOR)
        elif name not in before:
            # Who refuses unknown keys refuses this one.
            yield Change(place, "added", Bump.MAJOR if closed else Bump.MINOR)
        else:
            if (name in old_sure) != (name in new_sure):
                sure = name in new_sure
                what = "is always there" if sure else "may now be absent"
                yield Change(place, what, Bump.MINOR if sure else Bump.MAJOR)
            yield from _compare(place, before[name], after[name])


def _compare_choices(path: str, old: Schema, new: Schema) -> Iterator[Change]:
    before, after = _choices(old), _choices(new)
    if before is None or after is None:
        if before != after:
            step = Bump.MAJOR if after is None else Bump.MINOR
            yield Change(path, f"choices were {_show(before)}, are {_show(after)}", step)
        return
    for value in after:
        if value not in before:
            yield Change(path, f"may now be {_show(value)}", Bump.MAJOR)
    for value in before:
        if value not in after:
            yield Change(path, f"is never {_show(value)} any more", Bump.MINOR)


def _choices(schema: Schema) -> list[Json] | None:
    if "const" in schema:
        return [schema["const"]]
    return cast("list[Json] | None", schema.get("enum"))


def _compare_inner(path: str, old: Schema, new: Schema) -> Iterator[Change]:
    for key, sign in (("items", "[]"), ("additionalProperties", ".*")):
        before, after = old.get(key), new.get(key)
        if isinstance(before, Mapping) and isinstance(after, Mapping):
            yield from _compare(path + sign, before, after)
        elif before != after:
            # Open to anything before, more is promised now.
            step = Bump.MINOR if before in (None, True) else Bump.MAJOR
            yield Change(path, f"{key} was {_show(before)}, is {_show(after)}", step)
    if old.get("anyOf") != new.get("anyOf"):
        yield Change(path, "other kinds of value", Bump.MAJOR)


def _show(value: object) -> str:
    return "nothing" if value is None else repr(value)
