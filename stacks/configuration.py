"""From the engine's configuration to the settings of the running stack."""

from pathlib import Path

import pulumi
from pulumi.runtime import config

import settings
from settings.mistakes import file_of


def load() -> settings.SharedSettings | settings.ColourSettings:
    """Settings of the stack that runs.

    Raises:
        pulumi.RunError: the settings are wrong; the message names every mistake.
    """
    values = {**config.get_config_env(), **config.CONFIG.get()}
    told = config.get_config_secret_keys_env()
    secret = [key for key in values if key in told or config.is_config_secret(key)]
    try:
        return settings.load(pulumi.get_stack(), values, secret, _file(pulumi.get_stack()))
    except settings.SettingsError as error:
        raise pulumi.RunError(str(error)) from None


def _file(stack: str) -> str:
    """The stack file, or nothing where the engine was given another (`--config-file`)."""
    try:
        return Path(file_of(stack)).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return ""
