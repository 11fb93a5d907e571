"""Who encrypts the secrets of a stack, as the stack files have it."""

from pathlib import Path

import yaml

from bluegreen.errors import OperatorError
from settings.names import SHARED

_PASSPHRASE = "passphrase"  # noqa: S105 - a kind of provider
_OF_THE_BACKEND = ("", "default", _PASSPHRASE)
"""What a stack file may name where a passphrase is meant: a salt beside it says so."""


def secrets_provider_of(folder: Path, stack: str) -> str | None:
    """What ``pulumi stack init --secrets-provider`` is to be told.

    A stack file outlives its stack. Told another provider than it names, the CLI makes a new key
    and removes the old one from the file, and with it goes whatever the file holds encrypted.

    Args:
        folder: folder of the stack files.
        stack: stack that is to be made.

    Returns:
        The provider of the stack's own file, else the shared stack's; None leaves it to the CLI.

    Raises:
        OperatorError: a stack file is no YAML.
    """
    return _named(folder, stack) or _named(folder, SHARED)


def _named(folder: Path, stack: str) -> str | None:
    path = folder / f"Pulumi.{stack}.yaml"
    try:
        content = yaml.safe_load(path.read_text())
    except FileNotFoundError:
        return None
    except yaml.YAMLError as error:
        raise OperatorError(f"{path} cannot be read: {error}") from error
    said = content or {}
    provider = str(said.get("secretsprovider") or "")
    if said.get("encryptionsalt") and provider in _OF_THE_BACKEND:
        return _PASSPHRASE
    return provider or None
