"""Where release files are downloaded from: their own hosts, a mirror, or nowhere."""

import os
from urllib.parse import urlsplit

from localcloud.tools.progress import ToolError

VARIABLE = "EKS_PLATFORM_TOOLS_MIRROR"
"""Environment variable: the address of a mirror, or `OFF`; unset, files come from their hosts."""

OFF = "off"
"""Value with which nothing is downloaded and every tool is built."""


def is_off() -> bool:
    """Whether nothing may be downloaded."""
    return os.environ.get(VARIABLE) == OFF


def address(url: str) -> str:
    """Where to ask for the pinned `url`: itself, or its host and path below the mirror.

    Raises:
        ToolError: the mirror is no http or https address.
    """
    base = os.environ.get(VARIABLE, "").rstrip("/")
    if not base:
        return url
    parts = urlsplit(base)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query:
        raise ToolError(
            f"{VARIABLE} is {shown(base)!r}, which is no http or https address of a folder; "
            f"correct it, or let it be {OFF!r} to build every tool."
        )
    return f"{base}/{url.removeprefix('https://')}"


def shown(url: str) -> str:
    """The address without a user's name and password, for messages."""
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.rsplit("@", 1)[-1]).geturl()
