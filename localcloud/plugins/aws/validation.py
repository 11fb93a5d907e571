"""What AWS refuses by its API's own description, which botocore has but checks only in part.

botocore itself refuses missing and mistyped parameters; lengths, ranges, patterns and lists of
allowed values it leaves to the service, and moto lets many of them pass.
"""

import re
from collections.abc import Iterator, Mapping
from typing import cast

from botocore.exceptions import ParamValidationError
from botocore.hooks import BaseEventHooks
from botocore.model import ListShape, MapShape, OperationModel, Shape, StructureShape

# Instance types come out faster than releases of botocore.
_OPEN_LISTS = frozenset({"InstanceType"})


def watch(events: BaseEventHooks) -> None:
    """Makes every call through `events` raise `ParamValidationError` for what AWS would refuse."""
    # Last: botocore's own handlers put some parameters into the form that the API takes.
    events.register_last("before-parameter-build", _refuse)


def _refuse(params: Mapping[str, object], model: OperationModel, **_more: object) -> None:
    shape = model.input_shape
    mistakes = list(_mistakes(shape, params, "")) if shape is not None else []
    if mistakes:
        raise ParamValidationError(report="; ".join(mistakes))


def _mistakes(shape: Shape, value: object, path: str) -> Iterator[str]:
    if isinstance(shape, StructureShape) and isinstance(value, Mapping):
        for key, item in cast("Mapping[str, object]", value).items():
            if key in shape.members:
                yield from _mistakes(shape.members[key], item, f"{path}.{key}".lstrip("."))
    elif isinstance(shape, ListShape) and isinstance(value, list):
        items = cast("list[object]", value)
        yield from _out_of_range(shape, len(items), path, "items")
        for number, item in enumerate(items):
            yield from _mistakes(shape.member, item, f"{path}[{number}]")
    elif isinstance(shape, MapShape) and isinstance(value, Mapping):
        for key, item in cast("Mapping[str, object]", value).items():
            yield from _mistakes(shape.key, key, f"{path} key {key!r}")
            yield from _mistakes(shape.value, item, f"{path}.{key}")
    elif isinstance(value, str):
        yield from _text_mistakes(shape, value, path)
    elif isinstance(value, int) and not isinstance(value, bool):
        yield from _out_of_range(shape, value, path, "")


def _text_mistakes(shape: Shape, value: str, path: str) -> Iterator[str]:
    yield from _out_of_range(shape, len(value), path, "characters")
    allowed = cast("list[str]", shape.metadata.get("enum") or [])
    if allowed and value not in allowed and shape.name not in _OPEN_LISTS:
        yield f"{path}: {value!r} is none of {', '.join(allowed)}"
    pattern = shape.metadata.get("pattern")
    if isinstance(pattern, str) and not _matches(pattern, value):
        yield f"{path}: {value!r} does not match {pattern}"


def _out_of_range(shape: Shape, size: int, path: str, unit: str) -> Iterator[str]:
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    if isinstance(least, int) and size < least:
        yield f"{path}: {size} {unit}".rstrip() + f", at least {least} needed"
    if isinstance(most, int) and size > most:
        yield f"{path}: {size} {unit}".rstrip() + f", at most {most} allowed"


def _matches(pattern: str, value: str) -> bool:
    # Most are meant for the whole text; one that only says how it begins is not.
    match = re.match if pattern.startswith("^") and not pattern.endswith("$") else re.fullmatch
    try:
        return match(pattern, value) is not None
    except re.error:
        # The patterns are Java's; the few that Python does not read are the service's to check.
        return True
