"""Option values that the command line's library does not know."""

import difflib
import re
from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

import typer

from eks_platform_contract.names import COLOURS, SHARED, Colour

if TYPE_CHECKING:
    from bluegreen.world.resolver import Server

RESOLVER_VARIABLE = "BLUEGREEN_RESOLVER"
"""Environment variable of ``--resolver``; several are parted by blanks."""

NOTIFY_VARIABLE = "BLUEGREEN_NOTIFY"
"""Environment variable of ``--notify``; several addresses are parted by blanks."""

DURATION_HELP = "Such as 90s, 15m or 1h."

STACKS = (SHARED, *COLOURS)
"""Names of the stacks."""

_FEWEST_LABELS = 2
_LABEL = re.compile(r"\*|[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")

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


def parse_colour(text: str) -> Colour:
    """A colour.

    Raises:
        typer.BadParameter: it is none; says which one may have been meant.
    """
    named: dict[str, Colour] = {colour: colour for colour in COLOURS}
    found = named.get(text)
    if found is None:
        raise typer.BadParameter(_not_one_of(text, "colour", COLOURS))
    return found


def parse_stack(text: str) -> str:
    """Name of a stack. Raises typer.BadParameter as `parse_colour`."""
    if text not in STACKS:
        raise typer.BadParameter(_not_one_of(text, "stack", STACKS))
    return text


def parse_name(text: str) -> str:
    """A live name, as Route 53 has it: lower case, without a final dot.

    Raises:
        typer.BadParameter: no DNS name is written so.
    """
    name = text.lower().rstrip(".")
    labels = name.split(".")
    if len(labels) < _FEWEST_LABELS or not all(map(_LABEL.fullmatch, labels)):
        raise typer.BadParameter(f"{text!r} is no full DNS name, such as web.example.com")
    return name


def _not_one_of(text: str, what: str, known: Sequence[str]) -> str:
    near = difflib.get_close_matches(text.lower(), known, n=1)
    meant = f". Did you mean {near[0]}?" if near else ""
    return f"{text!r} is no {what}: expected {', '.join(known[:-1])} or {known[-1]}{meant}"


def parse_resolver(text: str) -> "Server":
    """A name server. Raises typer.BadParameter."""
    from bluegreen.world import resolver  # noqa: PLC0415 - slow to import, and rarely given

    try:
        return resolver.parse_server(text)
    except resolver.ResolverError as error:
        raise typer.BadParameter(str(error), param_hint="--resolver") from None
