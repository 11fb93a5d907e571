"""The settings of stack files, read as they lie there: a stack need not exist."""

import json
from collections.abc import Collection, Mapping
from datetime import date
from pathlib import Path
from typing import cast

import yaml

import settings
from bluegreen.preflight.wanted import Wanted
from settings.colour import ColourSettings
from settings.mistakes import SettingsError, file_of
from settings.names import COLOURS, SHARED, Colour
from settings.shared import SharedSettings

_SECRET = "secure"  # noqa: S105 - the key of a secret value in a stack file


def read(folder: Path, colours: Collection[Colour] | None = None) -> Wanted:
    """What the stack files of a project want.

    Args:
        folder: folder of the project.
        colours: colours to look at; None: those that have a file.
    """
    if colours is None:
        colours = [it for it in COLOURS if (folder / file_of(it)).is_file()]
    mistakes: list[str] = []
    found: dict[str, SharedSettings | ColourSettings] = {}
    for stack in (SHARED, *colours):
        try:
            text = (folder / file_of(stack)).read_text(encoding="utf-8")
            # With the text: what the engine would make of a scalar is seen there alone.
            found[stack] = settings.load(stack, *_config(text), text)
        except SettingsError as error:
            mistakes += map(str, error.mistakes)
        except (OSError, UnicodeError, yaml.YAMLError, RecursionError, ValueError) as error:
            mistakes.append(f"{file_of(stack)} cannot be read: {error or type(error).__name__}")
    shared = found.pop(SHARED, None)
    return Wanted(
        shared=shared if isinstance(shared, SharedSettings) else None,
        colours={it: cast("ColourSettings", found[it]) for it in colours if it in found},
        mistakes=tuple(mistakes),
    )


def _config(text: str) -> tuple[Mapping[str, str], Collection[str]]:
    """Configuration as the engine hands it over, and the keys that hold a secret."""
    content: object = yaml.safe_load(text)
    config = _map(_map(content).get("config"))
    secret = [str(key) for key, value in config.items() if _is_secret(value)]
    plain = {str(key): _plain(value) for key, value in config.items()}
    return {k: v if isinstance(v, str) else json.dumps(v) for k, v in plain.items()}, secret


def _map(value: object) -> Mapping[object, object]:
    """A map; one that is left out is empty."""
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise ValueError("a map, with a map at its key config, belongs there")
    return cast("Mapping[object, object]", value)


def _is_secret(value: object) -> bool:
    if isinstance(value, dict):
        values = cast("Mapping[object, object]", value)
        return list(values) == [_SECRET] or any(map(_is_secret, values.values()))
    return isinstance(value, list) and any(map(_is_secret, cast("list[object]", value)))


def _plain(value: object) -> object:
    """A value without what is secret in it: what that says, only the engine can tell."""
    if isinstance(value, dict):
        values = cast("Mapping[object, object]", value)
        return {k: _plain(v) for k, v in values.items() if not _names_secret(v)}
    if isinstance(value, list):
        return [_plain(it) for it in cast("list[object]", value) if not _names_secret(it)]
    return str(value) if isinstance(value, date) else value


def _names_secret(value: object) -> bool:
    return isinstance(value, dict) and list(cast("Mapping[object, object]", value)) == [_SECRET]
