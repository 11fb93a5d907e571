"""JSON Schemas of the stack files, so that editors complete and check them.

They are draft-07, which every editor knows, and say what one place of a file may hold. What
depends on two places (a colour that is active but not listed) only `settings.load` can say.
"""

import json
from collections.abc import Mapping
from typing import TypeAlias

from pydantic import BaseModel

from eks_platform_contract.described import Described
from settings.colour import ColourSettings
from settings.keys import CREDENTIALS
from settings.names import COLOURS, PROJECT, SHARED
from settings.shared import SharedSettings

Json: TypeAlias = "Mapping[str, Json] | list[Json] | str | int | float | bool | None"
Schema: TypeAlias = dict[str, Json]

MODELS: Mapping[str, type[BaseModel]] = {
    "shared.schema.json": SharedSettings,
    "colour.schema.json": ColourSettings,
}
"""Each schema's file name and the settings it describes."""

_STACK_FILES = {
    "shared.schema.json": f"Pulumi.{SHARED}.yaml",
    "colour.schema.json": " and ".join(f"Pulumi.{colour}.yaml" for colour in COLOURS),
}
_PULUMI_KEYS: Schema = {
    "secretsprovider": {"type": "string", "description": "What encrypts the stack's secrets."},
    "encryptedkey": {"type": "string", "description": "Data key, encrypted by the provider."},
    "encryptionsalt": {"type": "string", "description": "Salt of the passphrase provider."},
    "environment": {"description": "Pulumi ESC environments to import."},
}
_NOT_IN_FILE = "pulumi:"
_EXISTING = "existing"
_BRANCHES = ("own", _EXISTING)  # of a part of the platform that may be there already
_FOREIGN = f"^(?:pulumi:|aws:(?!(?:{'|'.join(CREDENTIALS)})$))"


def build(name: str) -> Schema:
    """Schema of whole stack files.

    Args:
        name: a key of `MODELS`.
    """
    model = MODELS[name].model_json_schema(
        ref_template="#/definitions/{model}", schema_generator=Described
    )
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": _STACK_FILES[name],
        "type": "object",
        "properties": {"config": _config(model), **_PULUMI_KEYS},
        "required": ["config"],
        "additionalProperties": False,
        "definitions": {
            kind: _draft7(inner) for kind, inner in sorted(model.get("$defs", {}).items())
        },
    }


def render(name: str) -> str:
    """Schema as its file holds it."""
    return json.dumps(build(name), indent=2, ensure_ascii=False) + "\n"


def _config(model: Schema) -> Schema:
    properties = model["properties"]
    required = model["required"]
    assert isinstance(properties, dict)  # noqa: S101 - pydantic's own form
    assert isinstance(required, list)  # noqa: S101
    return {
        "type": "object",
        "description": model["description"],
        "properties": {
            _full(key): _draft7(inner)
            for key, inner in properties.items()
            if not key.startswith(_NOT_IN_FILE)
        },
        "patternProperties": {_FOREIGN: True},
        "required": [_full(str(key)) for key in required if not str(key).startswith(_NOT_IN_FILE)],
        "additionalProperties": False,
    }


def _full(key: str) -> str:
    return key if ":" in key else f"{PROJECT}:{key}"


def _draft7(schema: Json) -> Json:
    """A schema of pydantic's without what draft-07 does not know or nobody wants to read."""
    if not isinstance(schema, Mapping):
        return schema
    plain: Schema = {
        key: _keyword(key, value)
        for key, value in schema.items()
        if key != "title" and (key, value) != ("default", None)
    }
    if "patternProperties" in plain:
        plain.setdefault("additionalProperties", False)
    if isinstance(branches := plain.get("oneOf"), list) and len(branches) == len(_BRANCHES):
        del plain["oneOf"]
        plain |= _by_existing(branches)
    if "$ref" in plain and len(plain) > 1:  # draft-07 ignores what stands beside a reference
        plain["allOf"] = [{"$ref": plain.pop("$ref")}]
    return _without_null(plain)


def _by_existing(branches: list[Json]) -> Schema:
    """The branch that is meant, by the key that tells them apart: an editor speaks of it alone.

    As ``oneOf``, a mistake in either is told as "matches none of these".
    """
    own, existing = branches
    return {
        # Else no editor would offer the key.
        "properties": {_EXISTING: {"description": "What was made elsewhere, and is looked up."}},
        "if": {"required": [_EXISTING]},
        "then": existing,
        "else": own,
    }


def _keyword(key: str, value: Json) -> Json:
    if key == "description":
        return " ".join(str(value).split())
    if key in ("properties", "patternProperties") and isinstance(value, Mapping):
        return {name: _draft7(inner) for name, inner in value.items()}
    if key in ("anyOf", "oneOf", "allOf") and isinstance(value, list):
        return [_draft7(inner) for inner in value]
    if key in ("items", "additionalProperties", "propertyNames"):
        return _draft7(value)
    if key == "default" and isinstance(value, Mapping):
        return {name: inner for name, inner in value.items() if inner is not None}
    return value


def _without_null(schema: Schema) -> Schema:
    """Optional keys are left out of the file; nothing in it is null."""
    choices = schema.get("anyOf")
    if not isinstance(choices, list):
        return schema
    kept = [choice for choice in choices if choice != {"type": "null"}]
    rest = {key: value for key, value in schema.items() if key != "anyOf"}
    if len(kept) == 1 and isinstance(kept[0], Mapping):
        return {**kept[0], **rest}
    return {**rest, "anyOf": kept}
