"""Settings of the add-ons: which are off, and which values of charts are others."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from itertools import combinations
from typing import Annotated, TypeAlias

from pydantic import Field, ValidationError, field_validator
from pydantic_core import ErrorDetails, InitErrorDetails, PydanticCustomError

from catalogue import chart_keys
from catalogue.addons import (
    AWS_NODE_TERMINATION_HANDLER,
    DEFAULT_AUTOSCALER,
    KARPENTER,
    LINES,
    Autoscaler,
    Line,
    is_chosen,
)
from settings.mistakes import nearest
from settings.model import UNKNOWN, Settings, distinct, expected


class AddonSettings(Settings):
    """What is other than the platform's default for an add-on."""

    enabled: bool = True
    """Off: it is not installed, or removed."""

    values: dict[str, object] = Field(default_factory=dict[str, object])
    """Values of its chart that replace the platform's: maps are merged, null takes a value away,
    all else replaces."""

    replace: Annotated[tuple[str, ...], Field(strict=False)] = ()
    """Maps of `values` that are not merged but replace the platform's and the chart's as a whole,
    by their paths, such as `updateStrategy` or `operator.resources`."""

    _distinct = field_validator("replace")(distinct)


Load: TypeAlias = Callable[[object], dict[str, AddonSettings]]
"""Pydantic's own part: makes settings of what the file has. Raises ValidationError."""


def load_addons(
    found: object,
    load: Load,
    minor: str | None,
    lines: Mapping[str, Line] = LINES,
    *,
    autoscaler: Autoscaler | None = DEFAULT_AUTOSCALER,
    sections: Collection[str] = (),
) -> dict[str, AddonSettings]:
    """Settings of the add-ons, by name.

    Unknown add-ons, values that charts do not know, missing needs and conflicts are refused
    together with what pydantic itself refuses.

    Args:
        found: what the file has.
        load: pydantic's own part.
        minor: Kubernetes minor, or None if it is wrong itself.
        lines: the catalogue, by name.
        autoscaler: the choice of autoscaler, or None if it is wrong itself.
        sections: keys of the stack file that ask for an add-on, also where they are wrong.

    Raises:
        ValidationError: with every mistake; places are below `addons`.
    """
    if not isinstance(found, dict):
        return load(found)
    wrong: list[InitErrorDetails] = []
    addons: dict[str, AddonSettings] = {}
    for name, one in found.items():
        try:
            addons |= load({name: one})
        except ValidationError as error:
            wrong += [_raised_again(it) for it in error.errors()]
    wrong += _mistakes(addons, minor, lines)
    wrong += _not_chosen(addons, lines, autoscaler)
    wrong += _not_asked(addons, lines, sections)
    wrong += _handlers(addons, autoscaler)
    # Of one that is wrong itself, nobody knows whether it is meant to be installed.
    off = {name for name in found if name not in addons or not addons[name].enabled}
    there = [line for line in lines.values() if is_chosen(line, autoscaler, sections)]
    wrong += _conflicts([line for line in there if line.name not in off])
    if wrong:
        raise ValidationError.from_exception_data("addons", wrong)
    return addons


def _raised_again(error: ErrorDetails) -> InitErrorDetails:
    context = error.get("ctx", {})
    return InitErrorDetails(type=error["type"], loc=error["loc"], input=error["input"], ctx=context)


def _mistakes(
    addons: Mapping[str, AddonSettings], minor: str | None, lines: Mapping[str, Line]
) -> Iterator[InitErrorDetails]:
    off = {name for name, wanted in addons.items() if not wanted.enabled}
    for name, wanted in addons.items():
        line = lines.get(name)
        if line is None:
            yield _mistake_at((name,), _unknown_value(nearest(name, lines)), None)
            continue
        if name in off:
            users = [it.name for it in lines.values() if name in it.needs and it.name not in off]
            yield from _needs(line, users)
        yield from _values(line, wanted.values, minor)
        yield from _replaced(line, wanted)
        yield from _bound(line, wanted)


def _needs(line: Line, users: Sequence[str]) -> Iterator[InitErrorDetails]:
    """What keeps an add-on from being off, where others use it."""
    place = (line.name, "enabled")
    if not line.optional:
        needed = "true: the platform does not work without it"
        yield _mistake_at(place, expected(needed), False)
    elif users:
        need = "it needs" if len(users) == 1 else "they need"
        needed = f"true, or {' and '.join(users)} off too: {need} {line.name}"
        yield _mistake_at(place, expected(needed), False)


def _not_chosen(
    addons: Mapping[str, AddonSettings], lines: Mapping[str, Line], autoscaler: Autoscaler | None
) -> Iterator[InitErrorDetails]:
    """Add-ons that come with another autoscaler than the one that is chosen."""
    for name, wanted in addons.items():
        choice = lines[name].autoscaler if name in lines else None
        if autoscaler is not None and choice not in (None, autoscaler) and wanted.enabled:
            other = " and ".join(it.name for it in lines.values() if it.autoscaler == autoscaler)
            remedy = (
                f"false, or nodes.autoscaler: {choice} in place of {autoscaler}:"
                f" {name} excludes {other}"
            )
            yield _mistake_at((name, "enabled"), expected(remedy), True)


def _not_asked(
    addons: Mapping[str, AddonSettings], lines: Mapping[str, Line], sections: Collection[str]
) -> Iterator[InitErrorDetails]:
    """Add-ons that another key of the stack file asks for, which it has not."""
    for name, wanted in addons.items():
        key = lines[name].asked_by if name in lines else ""
        if key and key not in sections and wanted.enabled:
            remedy = (
                f"false, or eks-platform:{key} beside it, {{}} for its defaults: {name} is"
                " installed where the file has that"
            )
            yield _mistake_at((name, "enabled"), expected(remedy), True)


_TAG_ALONE = "checkTagBeforeDraining"


def _handlers(
    addons: Mapping[str, AddonSettings], autoscaler: Autoscaler | None
) -> Iterator[InitErrorDetails]:
    """Two handlers of interruptions that would drain the same nodes."""
    name = AWS_NODE_TERMINATION_HANDLER.name
    wanted = addons.get(name)
    if autoscaler == KARPENTER.name and wanted is not None and wanted.enabled:
        found = wanted.values.get(_TAG_ALONE, True)
        if found is not True:
            remedy = "true: Karpenter drains its own nodes, which do not carry the tag"
            yield _mistake_at((name, "values", _TAG_ALONE), expected(remedy), found)


def _conflicts(installed: Sequence[Line]) -> Iterator[InitErrorDetails]:
    """One mistake for each two that exclude each other, whichever of them says so."""
    for first, second in combinations(installed, 2):
        same_api = first.serves and first.serves == second.serves
        if second.name in first.conflicts or first.name in second.conflicts or same_api:
            kept, other = (first, second) if second.optional else (second, first)
            instead = f", or {kept.name} off" if kept.optional else ""
            why = f"serve {first.serves}, which one alone can" if same_api else "exclude each other"
            remedy = f"false{instead}: {other.name} and {kept.name} {why}"
            yield _mistake_at((other.name, "enabled"), expected(remedy), True)


def _values(
    line: Line, values: Mapping[str, object], minor: str | None
) -> Iterator[InitErrorDetails]:
    if not values:
        return
    if line.chart is None:
        nothing = expected("no values: it is not made of a chart")
        yield _mistake_at((line.name, "values"), nothing, values)
    elif minor is not None and minor in line.chart.versions:
        keys = chart_keys.keys_of(line.chart.name, line.chart.version(minor))
        for problem in chart_keys.problems(keys, values):
            place, right = (line.name, "values", *problem.path), problem.expected
            error = _unknown_value(right) if problem.unknown else expected(right)
            yield _mistake_at(place, error, problem.found)


def _replaced(line: Line, wanted: AddonSettings) -> Iterator[InitErrorDetails]:
    for index, path in enumerate(wanted.replace):
        if not isinstance(chart_keys.value_at(wanted.values, path), Mapping):
            there = expected("the path of a map that `values` has, such as operator.resources")
            yield _mistake_at((line.name, "replace", index), there, path)


_TIE = "{right}: {path} ties the add-on to its own cluster, and is the platform's"


def _bound(line: Line, wanted: AddonSettings) -> Iterator[InitErrorDetails]:
    """Values that the platform alone can say: neither others, nor none, nor a map without them."""
    mistakes: dict[tuple[str | int, ...], InitErrorDetails] = {}

    def refuse(place: tuple[str | int, ...], right: str, path: str, found: object) -> None:
        error = expected(_TIE.format(right=right, path=path))
        mistakes.setdefault(place, _mistake_at((line.name, *place), error, found))

    for path in line.bound:
        keys = chart_keys.parts(path)
        for index, replaced in enumerate(wanted.replace):
            above = chart_keys.parts(replaced)
            is_map = isinstance(chart_keys.value_inside(wanted.values, above), Mapping)
            if is_map and above == keys[: len(above)]:
                refuse(("replace", index), "another map", path, replaced)
        for depth, key in enumerate(keys):
            inside = chart_keys.value_inside(wanted.values, keys[:depth])
            if not isinstance(inside, Mapping) or key not in inside:
                break
            if depth == len(keys) - 1 or inside[key] is None:
                refuse(("values", *keys[: depth + 1]), "no such key", path, inside[key])
    for path in line.foreign:
        found = chart_keys.value_at(wanted.values, path)
        if found is not None:
            refuse(("values", *chart_keys.parts(path)), "no such key", path, found)
    yield from mistakes.values()


def _unknown_value(what: str) -> PydanticCustomError:
    return PydanticCustomError(UNKNOWN, "{what}", {"what": what, "beside": ""})


def _mistake_at(
    place: tuple[str | int, ...], error: PydanticCustomError, found: object
) -> InitErrorDetails:
    return InitErrorDetails(type=error, loc=place, input=found)
