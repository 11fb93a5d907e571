"""From the engine's configuration to typed settings."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TypeVar, cast, get_args

from pydantic import BaseModel, ValidationError

from catalogue.addons import OVERPROVISIONING, SECTIONS, Autoscaler
from settings import keys, stack_file
from settings.colour import ColourSettings
from settings.explaining import explain, is_about_content
from settings.mistakes import Mistake, SettingsError, show
from settings.model import is_region
from settings.names import COLOURS, PROJECT, SHARED
from settings.shared import SharedSettings
from settings.tags import MAX_TAGS
from settings.unreadable import TOO_DEEP, readable

Model = TypeVar("Model", bound=BaseModel)


def load(
    stack: str, config: Mapping[str, str], secret_keys: Collection[str] = (), file: str = ""
) -> SharedSettings | ColourSettings:
    """Settings of a stack.

    Args:
        stack: stack name: shared, blue or green.
        config: the engine's configuration: full keys (``eks-platform:network``), values as
            text, structured ones as JSON.
        secret_keys: full keys whose values are secret, or hold something that is: they are not
            shown, and refused where they would end up in clear.
        file: the stack file, as far as it can be read: scalars that the engine has changed on the
            way are seen there alone.

    Raises:
        SettingsError: with every mistake at once.
    """
    if stack == SHARED:
        return load_shared(config, secret_keys, file)
    if stack in COLOURS:
        return load_colour(stack, config, secret_keys, file)
    known = ", ".join((SHARED, *COLOURS))
    raise SettingsError(stack, [Mistake("stack name", show(stack), f"one of {known}")])


def load_shared(
    config: Mapping[str, str], secret_keys: Collection[str] = (), file: str = ""
) -> SharedSettings:
    """Settings of the shared stack. Raises SettingsError."""
    given = _Given(SHARED, config, secret_keys, file)
    return _load(given, SharedSettings, _raw(config, SharedSettings))


def load_colour(
    colour: str, config: Mapping[str, str], secret_keys: Collection[str] = (), file: str = ""
) -> ColourSettings:
    """Settings of a colour's stack. Raises SettingsError."""
    raw = _raw(config, ColourSettings)
    raw |= {"pulumi:stack": colour, "pulumi:secretAddons": keys.ADDONS in secret_keys}
    return _load(_Given(colour, config, secret_keys, file), ColourSettings, raw)


@dataclass(frozen=True)
class _Given:
    """What `load` is given."""

    stack: str
    config: Mapping[str, str]
    secret_keys: Collection[str]
    file: str


def _load(given: _Given, model: type[Model], raw: dict[str, object]) -> Model:
    stack, config = given.stack, given.config
    secret = frozenset(key.removeprefix(f"{PROJECT}:") for key in given.secret_keys)
    raw, changed = readable(stack, raw, secret)
    changed += stack_file.file_mistakes(stack, given.file, config)
    changed += stack_file.value_mistakes(stack, raw, secret)
    mistakes = keys.unknown_key_mistakes(stack, model, config)
    mistakes += keys.secret_key_mistakes(stack, model, config, given.secret_keys)
    try:
        loaded = model.model_validate_json(json.dumps(raw), context=_context(raw))
    except ValidationError as errors:
        wrong = [e for e in errors.errors() if is_about_content(e)]
        mistakes += [explain(stack, model, e, secret=secret) for e in wrong]
    else:
        if not mistakes and not changed:
            return loaded
    raise SettingsError(stack, [*changed, *_apart(mistakes, changed)])


def _apart(mistakes: list[Mistake], said: list[Mistake]) -> list[Mistake]:
    """Mistakes at other places than those of which something is said already."""
    places = {it.path for it in said}
    return [it for it in mistakes if it.path not in places]


def _context(raw: Mapping[str, object]) -> dict[str, object]:
    """What the settings of one place must know of others."""
    region, tags, nodes = raw.get("aws:region"), raw.get("tags"), raw.get("nodes")
    choice = nodes.get("autoscaler") if isinstance(nodes, dict) else None
    return {
        "autoscaler": choice if choice in get_args(Autoscaler) else None,
        # What is there by default is as it was before any of it could be said.
        "reserve": "reserve" in raw and _is_on(raw.get("addons"), OVERPROVISIONING.name),
        "sections": frozenset(it for it in SECTIONS if raw.get(it) is not None),
        "region": region if is_region(region) else None,
        # More than there may be is a mistake of its own.
        "tags": min(len(cast("Mapping[str, object]", tags)), MAX_TAGS)
        if isinstance(tags, dict)
        else 0,
    }


def _is_on(addons: object, name: str) -> bool:
    """Whether an add-on is not switched off."""
    one = addons.get(name) if isinstance(addons, dict) else None
    return not isinstance(one, dict) or one.get("enabled") is not False


def _raw(config: Mapping[str, str], model: type[BaseModel]) -> dict[str, object]:
    """The keys that the model knows, with their values as JSON would have them."""
    kinds = {str(field.alias): field.annotation for field in model.model_fields.values()}
    known = keys.known_keys(model)
    raw: dict[str, object] = {}
    for key, value in config.items():
        namespace, _, name = key.partition(":")
        if namespace == PROJECT and name in known:
            raw[name] = _value(value, kinds[name])
        elif key == "aws:region":
            raw[key] = value
    return raw


def _value(text: str, kind: object) -> object:
    """A value as the stack file had it: the engine hands scalars over as text.

    Only a true or false and a map or list are turned back; `kind` is the annotation.
    """
    if kind is bool:
        return {"true": True, "false": False}.get(text, text)
    if text.lstrip().startswith(("{", "[")):
        try:
            return json.loads(text)
        except RecursionError:
            return TOO_DEEP
        except ValueError:
            return text
    return text
