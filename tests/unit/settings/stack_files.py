"""Right stack files, changed here and there, as the engine hands them over."""

import json
from collections.abc import Mapping
from typing import Any, Final, TypeAlias

import settings
from catalogue.minors import KUBERNETES_VERSIONS

Value: TypeAlias = Any
"""A value of a stack file; tests look into it by key."""
Changes: TypeAlias = Mapping[str, Value]
"""What to put into a right file's `config`: maps are merged, all else replaces."""

MINORS: Final = ", ".join(f'"{minor}"' for minor in KUBERNETES_VERSIONS)
"""Those of the catalogue, as messages list them."""

GONE: Final = "GONE"
"""As a value, takes the key away."""

RIGHT: Mapping[str, Changes] = {
    "shared": {
        "aws:region": "eu-west-1",
        "eks-platform:zones": {
            "public": {"name": "devinfra.fr", "create": True},
            "private": {"name": "devinfra.local"},
            "api": {"name": "devinfra.info"},
        },
        "eks-platform:humanRoles": {"trustedAccountIds": ["123456789012"]},
        "eks-platform:colours": ["blue"],
    },
    "blue": {
        "aws:region": "eu-west-1",
        "eks-platform:kubernetesVersion": "1.34",
        "eks-platform:nodeGroups": {
            "base": {
                "capacity": "on-demand",
                "instanceTypes": ["m7i.large"],
                "min": 3,
                "max": 9,
            },
            "spot": {
                "capacity": "spot",
                "instanceTypes": ["m7i.large", "m7a.large"],
                "min": 1,
                "max": 20,
            },
        },
    },
}


def config_of(stack: str, changes: Changes) -> dict[str, str]:
    """Configuration of a right stack file with changes: full keys, values as text."""
    file = _merged(RIGHT["shared" if stack == "shared" else "blue"], changes)
    return {key: as_text(value) for key, value in file.items()}


def as_text(value: Value) -> str:
    """A top-level value as the engine gives it to the program: nothing becomes empty text."""
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value)


def load(stack: str, changes: Changes) -> settings.SharedSettings | settings.ColourSettings:
    """Settings of a right stack file with changes. Raises SettingsError."""
    return settings.load(stack, config_of(stack, changes))


def mistakes(stack: str, changes: Changes) -> list[str]:
    """What is said about a right stack file with changes."""
    try:
        load(stack, changes)
    except settings.SettingsError as error:
        return list(map(str, error.mistakes))
    return []


def _merged(right: Changes, changes: Changes) -> dict[str, Value]:
    merged = dict(right) | {
        key: _merged(right[key], value)
        if isinstance(value, Mapping) and isinstance(right.get(key), Mapping)
        else value
        for key, value in changes.items()
    }
    return {key: value for key, value in merged.items() if value != GONE}
