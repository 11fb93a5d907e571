"""Pulumi's backend, and whoever encrypts the secrets of its stacks."""

import os
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from bluegreen.preflight.account import State
from bluegreen.preflight.looks import Look, Unseen
from bluegreen.world import bucket, encryption
from bluegreen.world.stacks import Stacks
from settings.names import SHARED

_PASSPHRASES = ("PULUMI_CONFIG_PASSPHRASE", "PULUMI_CONFIG_PASSPHRASE_FILE")
_PROBE = b"bluegreen preflight"


def look_at_state(folder: Path, stacks: Stacks) -> Look[State]:
    """Whether the backend answers, and the stacks' secrets can be encrypted.

    Raises:
        OperatorError: the backend does not answer, or a stack file cannot be read.
    """
    backend = stacks.answering_backend()
    provider = encryption.secrets_provider_of(folder, SHARED) or ""
    said = _why_not(provider)
    if isinstance(said, Unseen):
        return said
    return State(backend, provider, said, _versioned(backend))


def _why_not(provider: str) -> Look[str]:
    """Why a provider cannot encrypt; empty if it can."""
    kind = urlsplit(provider).scheme
    if kind == "awskms":
        return _kms(provider)
    if provider == "passphrase":
        given = any(name in os.environ for name in _PASSPHRASES)
        return "" if given else f"neither {' nor '.join(_PASSPHRASES)} is set"
    return Unseen(f"{kind}: not asked by this command") if kind else ""


def _kms(provider: str) -> str:
    """Encrypts a word, as the engine does: https://gocloud.dev/howto/secrets/#aws."""
    url = urlsplit(provider)
    options = dict(parse_qsl(url.query))
    session = boto3.Session(
        profile_name=options.get("profile") or options.get("awssdk_profile"),
        region_name=options.get("region"),
    )
    try:
        session.client("kms").encrypt(KeyId=(url.netloc + url.path).lstrip("/"), Plaintext=_PROBE)
    except (BotoCoreError, ClientError) as error:
        return str(error)
    return ""


def _versioned(backend: str) -> bool | None:
    url = urlsplit(backend)
    if url.scheme != "s3":
        return None
    try:
        client = bucket.s3_client(dict(parse_qsl(url.query)))
        return client.get_bucket_versioning(Bucket=url.netloc).get("Status") == "Enabled"
    except (BotoCoreError, ClientError, ValueError):
        return None  # worth knowing, and not worth a right of its own
