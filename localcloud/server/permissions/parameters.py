"""What conditions and resources take from a call's parameters."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from localcloud.server.permissions.call import Parameters

_SAFE = re.compile(r"\\[0-7]{3}|[a-z0-9\-_.]")
_TAGS = ("Tags", "tags", "AddTags")
_KEYS, _VALUES = ("Key", "key", "TagKey"), ("Value", "value", "TagValue")


def values_of(parameters: Parameters, *names: str) -> Sequence[str]:
    """Texts of the parameters with these names, whose case means nothing."""
    wanted = {name.lower() for name in names}
    return texts(value for key, value in parameters.items() if key.lower() in wanted)


def texts(values: Iterable[Any]) -> Sequence[str]:
    """Texts among values, those in lists included."""
    found: list[str] = []
    for value in values:
        listed = value if isinstance(value, list) else [value]
        found += [it for it in listed if isinstance(it, str)]
    return found


def normalized(name: str) -> str:
    """A record's name as Route 53's condition keys have it.

    https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/specifying-rrset-conditions.html
    """
    text = name.lower().removesuffix(".")
    parts = re.split(rf"({_SAFE.pattern})", text)
    return "".join(
        part if _SAFE.fullmatch(part) else "".join(f"\\{byte:03o}" for byte in part.encode())
        for part in parts
    )


def tags_of(parameters: Parameters, kind: str = "") -> Mapping[str, str] | None:
    """Tags that a call puts on what it makes, or on what there is; None where it says none.

    Args:
        parameters: of the call.
        kind: type of resource, for calls of EC2 that say tags by type.
    """
    for name in ("TagSpecifications", "TagSpecification"):
        for specification in parameters.get(name, ()):
            if specification.get("ResourceType") == kind:
                return tags_of(specification)
    given: Any = next((parameters[it] for it in _TAGS if parameters.get(it)), None)
    if given is None:
        return None
    if isinstance(given, Mapping):
        return {str(key): str(value) for key, value in given.items()}
    return {_first(tag, _KEYS): _first(tag, _VALUES) for tag in given}


def _first(tag: Mapping[str, str], names: Sequence[str]) -> str:
    return next((tag[name] for name in names if tag.get(name)), "")
