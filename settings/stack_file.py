"""Scalars of a stack file that are something else once the engine has read them.

The engine reads YAML 1.2 with remains of 1.1 (gopkg.in/yaml.v3, `resolve`): ``1.10`` is the number
1.1, ``0123`` is 83, a date a time in its own words. It hands that on, and writes it into the file
whenever it changes it (`pulumi stack init`, `pulumi config set`). So what was meant is seen in the
file alone, and only before.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from datetime import date

import yaml

from settings.explaining import path_of
from settings.mistakes import Mistake, file_of
from settings.places import Place

_INT = re.compile(r"[+-]?(?:0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO]?[0-7]+|0|[1-9][0-9]*)")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_CLOCK = r"\d{1,2}:\d{1,2}:\d{1,2}(?:\.\d+)?"
_TIME = re.compile(
    rf"(\d{{4}})-(\d{{1,2}})-(\d{{1,2}})(?:[Tt]{_CLOCK}(?:Z|[+-]\d\d:\d\d)| {_CLOCK})?"
)
_ENGINES_TIME = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)? [+-]\d{4} \S+")
_WORDS: Mapping[str, str] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), "nothing"),
    **dict.fromkeys(("true", "True", "TRUE"), "true"),
    **dict.fromkeys(("false", "False", "FALSE"), "false"),
}
_LARGEST, _SMALLEST = 2**64 - 1, -(2**63)
_STANDARD = "tag:yaml.org,2002:"
_KEPT_TAGS = {
    f"{_STANDARD}{it}" for it in ("bool", "int", "float", "null", "str", "timestamp", "merge")
}
_CIPHERTEXT = "secure"
_WHOLE = 1e21  # above it, numbers are written with an exponent


def file_mistakes(stack: str, text: str, config: Collection[str] | None = None) -> list[Mistake]:
    """Mistakes of a stack file's scalars that the engine would make something else of.

    Args:
        stack: stack name.
        text: the file. What is no YAML here is left to the engine, which says so itself.
        config: full keys of the engine's configuration; others of the file are not looked at.
            None: all are.
    """
    try:
        top = yaml.compose(text, Loader=yaml.SafeLoader)
        return [
            mistake
            for key, node in _entries(_child(top, "config"))
            if config is None or key.value in config
            for mistake in _mistakes(stack, (key.value,), node)
        ]
    except (yaml.YAMLError, RecursionError):
        return []


def value_mistakes(
    stack: str, raw: Mapping[str, object], secret: Collection[str] = ()
) -> list[Mistake]:
    """Mistakes of values that the engine has made something else of, where it can still be seen.

    Args:
        stack: stack name.
        raw: the values, by the keys of the settings.
        secret: keys whose values must not be shown.
    """
    found = ((key, it) for key, value in raw.items() for it in _changed(stack, (key,), value))
    return [replace(it, found="a secret time") if key in secret else it for key, it in found]


def read_as(text: str) -> str | None:
    """What the engine makes of a scalar without quotes; None if it stays as it is written.

    Numbers and dates alone: true, false and nothing are what they look like.
    """
    plain = text.replace("_", "")
    if _INT.fullmatch(plain):
        number = _int(plain)
        if number is not None:
            exact = str(number) if int(float(number)) == number else str(int(float(number)))
            return None if exact == text else exact
    if text[:1].isdecimal() or text[:1] in "+-.":
        if _is_time(text):
            return "a time"
        if _FLOAT.fullmatch(plain):
            number = float(plain)
            is_whole = number.is_integer() and abs(number) < _WHOLE
            exact = str(int(number)) if is_whole else repr(number)
            return None if exact == text else exact
    return None


def _int(plain: str) -> int | None:
    octal = re.fullmatch(r"([+-]?)0([0-7]+)", plain)
    number = int(f"{octal[1]}{octal[2]}", 8) if octal else int(plain, 0)
    return number if _SMALLEST <= number <= _LARGEST else None


def _is_time(text: str) -> bool:
    match = _TIME.fullmatch(text)
    if match is None:
        return False
    try:
        date(int(match[1]), int(match[2]), int(match[3]))
    except ValueError:
        return False
    return True


def _mistakes(stack: str, place: Place, node: yaml.Node) -> Iterator[Mistake]:
    if isinstance(node, yaml.ScalarNode):
        yield from _scalar(stack, place, node)
    elif isinstance(node, yaml.SequenceNode):
        for index, inner in enumerate(node.value):
            yield from _mistakes(stack, (*place, index), inner)
    for key, inner in _entries(node):
        if key.value == _CIPHERTEXT:
            continue
        if (read := _key_read_as(key)) is not None:
            found = f"the key {key.value or 'nothing'}, which YAML reads as {read}"
            yield Mistake(_path(stack, place), found, f'"{key.value}", in quotes')
        yield from _mistakes(stack, (*place, key.value), inner)


def _scalar(stack: str, place: Place, node: yaml.ScalarNode) -> Iterator[Mistake]:
    if node.tag not in _KEPT_TAGS:
        kind = node.tag.removeprefix(_STANDARD)
        yield Mistake(_path(stack, place), f"a value marked as !!{kind}", "a plain value")
    elif node.style is None and (read := read_as(node.value)) is not None:
        found = f"{node.value}, which YAML reads as {read}"
        instead = "" if read == "a time" else f", or {read} for a number"
        yield Mistake(_path(stack, place), found, f'"{node.value}" in quotes for text{instead}')


def _key_read_as(key: yaml.ScalarNode) -> str | None:
    if key.style is not None:
        return None
    read = _WORDS.get(key.value) or read_as(key.value)
    return None if read == key.value else read


def _changed(stack: str, place: Place, value: object) -> Iterator[Mistake]:
    if isinstance(value, str) and _ENGINES_TIME.fullmatch(value):
        yield Mistake(_path(stack, place), f'"{value}"', "text; put a date in quotes")
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _changed(stack, (*place, index), inner)
    elif isinstance(value, dict):
        for key, inner in value.items():
            if _ENGINES_TIME.fullmatch(str(key)):
                found = f'the key "{key}"'
                yield Mistake(_path(stack, place), found, "text; put a date in quotes")
            yield from _changed(stack, (*place, str(key)), inner)


def _child(node: yaml.Node | None, key: str) -> yaml.Node | None:
    return next((inner for name, inner in _entries(node) if name.value == key), None)


def _entries(node: yaml.Node | None) -> list[tuple[yaml.ScalarNode, yaml.Node]]:
    if not isinstance(node, yaml.MappingNode):
        return []
    return [(key, inner) for key, inner in node.value if isinstance(key, yaml.ScalarNode)]


def _path(stack: str, place: Place) -> str:
    return f"{file_of(stack)}: {path_of(place)}"
