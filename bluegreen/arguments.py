"""Option values that the command line's library does not know."""

import re
from datetime import timedelta

import typer

from bluegreen.world import resolver
from bluegreen.world.resolver import ResolverError, Server

RESOLVER_VARIABLE = "BLUEGREEN_RESOLVER"
"""Environment variable of ``--resolver``; several are parted by blanks."""

DURATION_HELP = "Such as 90s, 15m or 1h."

_SECONDS = {"s": 1, "m": 60, "h": 3600}


def parse_duration(text: str) -> timedelta:
    """A duration such as ``90s``, ``15m`` or ``1h``.

    Raises:
        typer.BadParameter: it is none.
    """
    found = re.fullmatch(r"(\d+)([smh])", text)
    if found is None:
        raise typer.BadParameter(f"{text!r} is no duration: expected 90s, 15m, 1h or the like")
    return timedelta(seconds=int(found[1]) * _SECONDS[found[2]])


def parse_resolver(text: str) -> Server:
    """A name server. Raises typer.BadParameter."""
    try:
        return resolver.parse_server(text)
    except ResolverError as error:
        raise typer.BadParameter(str(error), param_hint="--resolver") from None
