"""What a search for an interrupted create finds."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from bluegreen.world.aws import Aws

Inputs: TypeAlias = Mapping[str, Any]
"""What the engine wanted to create: checked inputs of a resource, in Pulumi's spelling."""


@dataclass(frozen=True)
class Candidate:
    """Something that exists and may be what was made.

    Attributes:
        id: the provider's id of it.
        own: whether it is surely the stack's own: it carries every tag that the stack wanted, or
            belongs to something of the stack and is exactly as wanted.
        what: it in words, for messages.
        outputs: what the provider needs to read it, and the inputs do not say.
    """

    id: str
    own: bool
    what: str
    outputs: Mapping[str, str] = field(default_factory=dict[str, str])


Find: TypeAlias = Callable[[Aws, Inputs], Iterator[Candidate]]
"""Looks in an account for what was to be created."""


def carries_tags(inputs: Inputs, tags: Mapping[str, str]) -> bool:
    """Whether `tags` are all that the inputs asked for; not where they asked for none.

    Args:
        inputs: of a resource; ``tags`` is a map, or a list of keys and values.
        tags: of what exists.
    """
    wanted = _wanted_tags(inputs)
    return bool(wanted) and wanted.items() <= tags.items()


def _wanted_tags(inputs: Inputs) -> Mapping[str, str]:
    said: Any = inputs.get("tags") or {}
    if isinstance(said, list):  # an Auto Scaling group's
        return {str(tag["key"]): str(tag["value"]) for tag in said}  # pyright: ignore
    return {str(key): str(value) for key, value in said.items()}


def tags_by_key(
    tags: Iterable[Mapping[str, Any]], key: str = "Key", value: str = "Value"
) -> dict[str, str]:
    """AWS's list of tags as a map."""
    return {str(tag[key]): str(tag.get(value, "")) for tag in tags}
