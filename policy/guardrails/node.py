"""Reads a resource's properties, where any part may be unknown until the update."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import TypeAlias, cast

import yaml
from pulumi_policy.proxy import (
    UNKNOWN_ARCHIVE_VALUE,
    UNKNOWN_ARRAY_VALUE,
    UNKNOWN_ASSET_VALUE,
    UNKNOWN_BOOLEAN_VALUE,
    UNKNOWN_NUMBER_VALUE,
    UNKNOWN_OBJECT_VALUE,
    UNKNOWN_STRING_VALUE,
)

Json: TypeAlias = "bool | int | float | str | Sequence[Json] | Mapping[str, Json] | None"
"""A property as the engine hands it over."""

_UNKNOWN = frozenset(
    {
        UNKNOWN_ARCHIVE_VALUE,
        UNKNOWN_ARRAY_VALUE,
        UNKNOWN_ASSET_VALUE,
        UNKNOWN_BOOLEAN_VALUE,
        UNKNOWN_NUMBER_VALUE,
        UNKNOWN_OBJECT_VALUE,
        UNKNOWN_STRING_VALUE,
    }
)


class NotKnownError(Exception):
    """A property that a rule needs has no value before the update.

    Attributes:
        path: where the property is, for example ``metadataOptions.httpTokens``.
    """

    path: str

    def __init__(self, path: str) -> None:
        super().__init__(f"{path} is known only during the update")
        self.path = path


class Node:
    """A property and where it is. A missing one is a node too, without a value.

    Attributes:
        path: keys from the top, joined by dots; empty for all properties together.
    """

    path: str

    def __init__(self, value: Json, path: str = "") -> None:
        self._value = value
        self.path = path

    @property
    def value(self) -> Json:
        """The plain value, None where there is none.

        Raises:
            NotKnownError: it is not known yet.
        """
        if self.unknown:
            raise NotKnownError(self.path)
        return self._value

    @property
    def missing(self) -> bool:
        """Whether there is no value. An unknown one is not missing."""
        return self._value is None

    @property
    def unknown(self) -> bool:
        """Whether the value is known only during the update."""
        return isinstance(self._value, str) and self._value in _UNKNOWN

    def __getitem__(self, key: str) -> "Node":
        """A member of an object; a node without a value where there is none.

        Raises:
            NotKnownError: the object itself is not known yet.
        """
        value = self.value
        inner = value.get(key) if isinstance(value, Mapping) else None
        return Node(inner, f"{self.path}.{key}" if self.path else key)

    def at(self, *keys: str) -> "Node":
        """A member of a member."""
        node = self
        for key in keys:
            node = node[key]
        return node

    def each(self) -> Iterator["Node"]:
        """Members of a list, or the one value that stands for a list of one."""
        value = self.value
        if isinstance(value, str) or not isinstance(value, Sequence):
            if value is not None:
                yield self
            return
        for index, inner in enumerate(value):
            yield Node(inner, f"{self.path}[{index}]")

    def items(self) -> Iterator[tuple[str, "Node"]]:
        """Members of an object, by key."""
        value = self.value
        if isinstance(value, Mapping):
            for key in value:
                yield key, self[key]

    def text(self) -> str:
        """The value as text; empty where there is none."""
        value = self.value
        return "" if value is None else str(value)

    def flag(self, default: bool | None = None) -> bool | None:
        """A boolean, also where a provider spells it as text; `default` where there is none."""
        value = self.value
        if value is None:
            return default
        return value if isinstance(value, bool) else str(value).lower() == "true"

    def number(self, default: int = 0) -> int:
        """A whole number; `default` where there is none or it is none."""
        value = self.value
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return int(value)
        return int(value) if isinstance(value, str) and value.isdecimal() else default

    def texts(self) -> list[str]:
        """Members of a list as text."""
        return [member.text() for member in self.each()]

    def parsed(self) -> "Node":
        """The document that this text holds, as JSON or YAML; without value if it is neither."""
        value = self.value
        if not isinstance(value, str):
            return self
        try:
            return Node(cast("Json", json.loads(value)), self.path)
        except ValueError:
            pass
        try:
            return Node(cast("Json", yaml.safe_load(value)), self.path)
        except yaml.YAMLError:
            return Node(None, self.path)
