"""Which keys a stack file may have at its top, and what was likely meant by others."""

import difflib
import re
from collections.abc import Collection, Iterable

from pydantic import BaseModel

from settings.colour import ColourSettings
from settings.mistakes import UNKNOWN_KEY, Mistake, did_you_mean, file_of, nearest
from settings.names import COLOURS, PROJECT, SHARED
from settings.shared import SharedSettings

_REGION = "aws:region"
_NAMESPACES = (PROJECT, "aws", "pulumi")
"""Ours, the AWS provider's and Pulumi's; of theirs only aws:region is also ours."""

CREDENTIALS = (
    "accessKey",
    "assumeRoles",
    "assumeRoleWithWebIdentity",
    "profile",
    "secretKey",
    "sharedConfigFiles",
    "sharedCredentialsFiles",
    "token",
)
"""Keys of the AWS provider that say who acts. Tokens for the clusters come from the environment,
so that these would have one identity make a cluster, and another one be refused by it."""

_SPREAD = ("defaultTags", "region")
"""Keys of the AWS provider that get into other resources."""

_WHO = (
    "a choice of credentials",
    "none in the file: the environment says who acts, such as AWS_PROFILE",
)


ADDONS = f"{PROJECT}:addons"
"""The only setting that may be secret: values of charts stay so in the state and in the cluster."""

_PLAIN = (
    "a secret value",
    "a plain one: AWS and the state would have it in clear; pulumi config set --plaintext",
)


def known_keys(model: type[BaseModel]) -> list[str]:
    """Keys of our namespace that a kind of stack knows, without the namespace."""
    aliases = (str(field.alias) for field in model.model_fields.values())
    return [alias for alias in aliases if ":" not in alias]


def unknown_key_mistakes(
    stack: str, model: type[BaseModel], config: Iterable[str]
) -> list[Mistake]:
    """Mistakes of keys that the stack file should not have.

    Args:
        stack: stack name.
        model: its settings.
        config: full keys of the engine's configuration.
    """
    own = known_keys(model)
    found = ((key, _judge(key, own)) for key in config)
    return [Mistake(f"{file_of(stack)}: {key}", *judged) for key, judged in found if judged]


def secret_key_mistakes(
    stack: str, model: type[BaseModel], config: Iterable[str], secret: Collection[str]
) -> list[Mistake]:
    """Mistakes of known keys that are secret, wholly or in part, and could not stay so.

    Args:
        stack: stack name.
        model: its settings.
        config: full keys of the engine's configuration.
        secret: those of them that are secret.
    """
    own = known_keys(model)
    found = [key for key in config if key in secret and not _judge(key, own)]
    return [Mistake(f"{file_of(stack)}: {key}", *_PLAIN) for key in found if not _stays_secret(key)]


def _stays_secret(key: str) -> bool:
    """Whether a value goes only where it is encrypted."""
    namespace, _, name = key.partition(":")
    # The engine encrypts a provider's configuration; of the rest of it nothing gets further.
    return key == ADDONS or (namespace == "aws" and name not in _SPREAD)


def _judge(key: str, own: list[str]) -> tuple[str, str] | None:
    """What a key is and what is expected instead; None if it is right."""
    namespace, _, name = key.partition(":")
    if namespace == PROJECT:
        return None if name in own else _judge_name(name, own)
    if namespace == "pulumi" or (namespace == "aws" and name not in (*own, *CREDENTIALS)):
        return None
    return _judge_foreign(namespace, name, own)


def _judge_foreign(namespace: str, name: str, own: list[str]) -> tuple[str, str]:
    if name in own:
        return UNKNOWN_KEY, did_you_mean(f"{PROJECT}:{name}")
    if name == "region":
        return UNKNOWN_KEY, did_you_mean(_REGION)
    likely = _closest(namespace, _NAMESPACES)
    if not likely:
        return "an unknown namespace", f"one of {', '.join(_NAMESPACES)}"
    if likely == "aws" and name in CREDENTIALS:
        return _WHO
    meant = (_closest(name, own) or name) if likely == PROJECT else name
    return "an unknown namespace", did_you_mean(f"{likely}:{meant}")


def _judge_name(name: str, own: list[str]) -> tuple[str, str]:
    head = re.split(r"[.\[]", name)[0]
    if head != name and head in own:
        inside = f"it inside {PROJECT}:{head}; pulumi config set needs --path for that"
        return "a path as a key", inside
    if name == "region":
        return UNKNOWN_KEY, did_you_mean(_REGION)
    if name in known_keys(SharedSettings):
        return "a key of the shared stack", f"it in {file_of(SHARED)}"
    if name in known_keys(ColourSettings):
        return "a key of the colours' stacks", f"it in {' and '.join(map(file_of, COLOURS))}"
    return UNKNOWN_KEY, nearest(name, own)


def _closest(word: str, known: Iterable[str]) -> str:
    return next(iter(difflib.get_close_matches(word, known, n=1)), "")
