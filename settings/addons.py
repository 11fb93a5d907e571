"""Settings of the add-ons: which are off, and which values of charts are others."""

from collections.abc import Callable, Iterator, Mapping
from typing import TypeAlias

from pydantic import Field, ValidationError
from pydantic_core import ErrorDetails, InitErrorDetails, PydanticCustomError

from catalogue import chart_keys
from catalogue.addons import LINES, Line
from settings.mistakes import nearest
from settings.model import UNKNOWN, Settings, expected


class AddonSettings(Settings):
    """What is other than the platform's default for an add-on."""

    enabled: bool = True
    """Off: it is not installed, or removed."""

    values: dict[str, object] = Field(default_factory=dict[str, object])
    """Values of its chart that replace the platform's: maps are merged, all else replaces."""


Load: TypeAlias = Callable[[object], dict[str, AddonSettings]]
"""Pydantic's own part: makes settings of what the file has. Raises ValidationError."""


def load_addons(found: object, load: Load, minor: str | None) -> dict[str, AddonSettings]:
    """Settings of the add-ons, by name.

    Unknown add-ons, values that charts do not know and missing needs are refused together with
    what pydantic itself refuses.

    Args:
        found: what the file has.
        load: pydantic's own part.
        minor: Kubernetes minor, or None if it is wrong itself.

    Raises:
        ValidationError: with every mistake; places are below `addons`.
    """
    wrong: list[InitErrorDetails] = []
    addons: dict[str, AddonSettings] = {}
    for name, one in found.items() if isinstance(found, dict) else ():
        try:
            addons |= load({name: one})
        except ValidationError as error:
            wrong += [_again(it) for it in error.errors()]
    if not isinstance(found, dict):
        return load(found)
    wrong += _wrong(addons, minor)
    if wrong:
        raise ValidationError.from_exception_data("addons", wrong)
    return addons


def _again(error: ErrorDetails) -> InitErrorDetails:
    """An error of pydantic's, to be raised once more."""
    context = error.get("ctx", {})
    return InitErrorDetails(type=error["type"], loc=error["loc"], input=error["input"], ctx=context)


def _wrong(addons: Mapping[str, AddonSettings], minor: str | None) -> Iterator[InitErrorDetails]:
    for name, wanted in addons.items():
        line = LINES.get(name)
        if line is None:
            yield _at((name,), _unknown(nearest(name, LINES)), None)
            continue
        if not wanted.enabled:
            yield from _missing(name, line, addons)
        yield from _values(name, line, wanted.values, minor)


def _missing(
    name: str, line: Line, addons: Mapping[str, AddonSettings]
) -> Iterator[InitErrorDetails]:
    off = {other for other, wanted in addons.items() if not wanted.enabled}
    users = [it.name for it in LINES.values() if name in it.needs and it.name not in off]
    if not line.optional:
        yield _at((name, "enabled"), expected("true: the platform does not work without it"), False)
    elif users:
        needed = f"true, or {' and '.join(users)} off too: it needs {name}"
        if len(users) > 1:
            needed = f"true, or {' and '.join(users)} off too: they need {name}"
        yield _at((name, "enabled"), expected(needed), False)


def _values(
    name: str, line: Line, values: Mapping[str, object], minor: str | None
) -> Iterator[InitErrorDetails]:
    if not values:
        return
    if line.chart is None:
        yield _at((name, "values"), expected("no values: it is not made of a chart"), values)
    elif minor is not None:
        keys = chart_keys.keys_of(line.chart.name, line.chart.version(minor))
        for problem in chart_keys.problems(keys, values):
            place = (name, "values", *problem.path)
            says = problem.expected
            yield _at(place, _unknown(says) if problem.unknown else expected(says), problem.found)


def _unknown(what: str) -> PydanticCustomError:
    return PydanticCustomError(UNKNOWN, "{what}", {"what": what, "seen": ""})


def _at(place: tuple[str, ...], error: PydanticCustomError, found: object) -> InitErrorDetails:
    return InitErrorDetails(type=error, loc=place, input=found)
