"""Tables of everything that pydantic models say, out of their JSON Schema."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple, TypeAlias

Json: TypeAlias = "Mapping[str, Json] | Sequence[Json] | str | int | float | bool | None"
Schema: TypeAlias = Mapping[str, Json]


REQUIRED = "required"

_MANY = 12
"""Values that a cell may list."""

_RULE = re.compile(r"\bAbsent: (.+?)\.(?: |$)")


class Row(NamedTuple):
    """One place of a document.

    Attributes:
        path: where it is, for example ``nodeGroups.NAME.taints[].key``.
        kind: what may stand there, in words.
        default: what holds if nothing does, in Markdown; ``required`` if something must; empty if
            that is said of the places inside, or where it is one of two forms.
        description: what it is for.
    """

    path: str
    kind: str
    default: str
    description: str


def rows(
    schema: Schema, path: str = "", root: Schema | None = None, *, is_form: bool = False
) -> Iterator[Row]:
    """Every place of a schema's documents, from the top.

    Args:
        schema: schema of an object.
        path: where the object is, empty for the whole document.
        root: schema with the definitions that are referred to; `schema` itself by default.
        is_form: whether it is one of several kinds of map: what it must have, the others must not.
    """
    root = schema if root is None else root
    required = _strings(schema.get("required"))
    for key, inner in _objects(schema.get("properties")).items():
        here = f"{path}.{key}" if path else key
        default, description = _default(inner, root), _described(inner, root)
        if key in required:
            default = "" if is_form else REQUIRED
        yield Row(here, _kind(inner, root), default, _RULE.sub("", description).strip())
        yield from _below(inner, here, root)


def table(found: Sequence[Row], *, first: str) -> str:
    """Rows as a Markdown table; `first` is the heading of the places."""
    lines = [f"| {first} | Value | What it is |", "| --- | --- | --- |"]
    for row in found:
        cells = (f"`{row.path}`", _value(row), row.description)
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    # The class lets a narrow screen show each row as a block.
    return "\n".join(('<div class="reference" markdown>', "", *lines, "", "</div>"))


def _value(row: Row) -> str:
    if row.default == REQUIRED:
        return f"{row.kind}; required"
    return f"{row.kind}; default: {row.default}" if row.default else row.kind


def _below(schema: Schema, path: str, root: Schema) -> Iterator[Row]:
    """Places inside a value: of an object, of a map's values, of a list's entries."""
    choices = list(_choices(schema, root))
    for choice in choices:
        if "properties" in choice:
            yield from rows(choice, path, root, is_form=len(choices) > 1)
        for values in _map_values(choice):
            yield from _below(values, f"{path}.NAME", root)
        items = choice.get("items")
        if isinstance(items, Mapping):
            yield from _below(items, f"{path}[]", root)


def _choices(schema: Schema, root: Schema) -> Iterator[Schema]:
    """The schemas that a value may follow, without references and null."""
    if "if" in schema:  # which of two it is, by a key
        for branch in ("else", "then"):
            inner = schema[branch]
            yield from _choices(inner if isinstance(inner, Mapping) else {}, root)
        return
    for key in ("anyOf", "oneOf", "allOf"):
        for choice in _list(schema.get(key)):
            yield from _choices(choice, root)
    reference = schema.get("$ref")
    if isinstance(reference, str):
        yield from _choices(_find(reference, root), root)
    elif not {"anyOf", "oneOf", "allOf"} & schema.keys() and schema.get("type") != "null":
        yield schema


def _find(reference: str, root: Schema) -> Schema:
    found: Json = root
    for part in reference.removeprefix("#/").split("/"):
        assert isinstance(found, Mapping)  # noqa: S101 - a reference that pydantic made
        found = found[part]
    assert isinstance(found, Mapping)  # noqa: S101
    return found


def _map_values(schema: Schema) -> list[Schema]:
    found = [*_objects(schema.get("patternProperties")).values()]
    values = schema.get("additionalProperties")
    return [*found, values] if isinstance(values, Mapping) else found


def _kind(schema: Schema, root: Schema) -> str:
    return ", or ".join(dict.fromkeys(_kind_of(choice, root) for choice in _choices(schema, root)))


def _kind_of(schema: Schema, root: Schema) -> str:
    if "enum" in schema or "const" in schema:
        values = _values(schema.get("enum")) or [schema.get("const")]
        shown = [f"`{json.dumps(value)}`" for value in values]
        return ", ".join(shown) if len(shown) <= _MANY else _some_of(shown)
    kind = schema.get("type")
    if kind == "array":
        items = schema.get("items")
        inside = _kind(items, root) if isinstance(items, Mapping) else "anything"
        return f"list of: {inside}{_bounds(schema, 'minItems', 'maxItems')}"
    if kind == "object":
        values = _map_values(schema)
        return f"map of: {_kind(values[0], root)}" if values else "map"
    words = {"string": "text", "integer": "whole number", "boolean": "`true`, `false`"}
    return f"{words[str(kind)]}{_bounds(schema, 'minimum', 'maximum')}"


def _some_of(shown: Sequence[str]) -> str:
    """Many values in short. Editors offer them all, out of the schema."""
    return f"one of {len(shown)}, such as {shown[0]} and {shown[-1]}"


def _bounds(schema: Schema, least: str, most: str) -> str:
    low, high = schema.get(least), schema.get(most)
    if low is None and high is None:
        return ""
    if high is None:
        return f" (at least {low})"
    return f" (at most {high})" if low is None else f" ({low} to {high})"


def _default(schema: Schema, root: Schema) -> str:
    """What holds without a value: the value, or the rule that the description has for it.

    The rule is what follows "Absent:", as far as the end of the sentence.
    """
    default = schema.get("default")
    if rule := _RULE.search(_described(schema, root)):
        return rule[1]
    if any("properties" in choice for choice in _choices(schema, root)):
        return ""
    if default in (None, {}, []):
        is_many = any(it.get("type") in ("array", "object") for it in _choices(schema, root))
        return "none" if is_many else ""
    return f"`{json.dumps(default, ensure_ascii=False)}`"


def _described(schema: Schema, root: Schema) -> str:
    """Its own description, or that of what it refers to."""
    texts = (it.get("description") for it in (schema, *_choices(schema, root)))
    return next((_one_line(text) for text in texts if text), "")


def _one_line(text: Json) -> str:
    return " ".join(text.split()) if isinstance(text, str) else ""


def _objects(value: Json) -> Mapping[str, Schema]:
    if not isinstance(value, Mapping):
        return {}
    return {key: inner for key, inner in value.items() if isinstance(inner, Mapping)}


def _list(value: Json) -> list[Schema]:
    return [item for item in _values(value) if isinstance(item, Mapping)]


def _values(value: Json) -> list[Json]:
    return (
        []
        if value is None or isinstance(value, str) or not isinstance(value, Sequence)
        else [*value]
    )


def _strings(value: Json) -> set[str]:
    return {item for item in _values(value) if isinstance(item, str)}
