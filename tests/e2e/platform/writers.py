"""Who writes live names at this moment, by the processes that run."""

import re
from collections.abc import Sequence

import psutil

from tests.e2e.platform.running import COLOURS, Platform


def writing(platform: Platform, name: str | None = None) -> set[str]:
    """Colours for which a process runs that writes live names.

    Args:
        platform: where to look.
        name: the live name that it would write; None for any.
    """
    return {
        colour
        for colour, arguments in live_writers(platform)
        if name is None or writes(arguments, name)
    }


def live_writers(platform: Platform) -> list[tuple[str, Sequence[str]]]:
    """Colour and arguments of each process that writes live names."""
    found: list[tuple[str, Sequence[str]]] = []
    for process in psutil.Process(platform.cloud.pid).children(recursive=True):
        try:
            arguments = process.cmdline()
            live = any(word.startswith("--txt-owner-id=ingress.") for word in arguments)
            where = process.environ().get("KUBECONFIG", "") if live else ""
        except psutil.Error:
            continue
        found += [(colour, arguments) for colour in COLOURS if f"eks-{colour}" in where]
    return found


def writes(arguments: Sequence[str], name: str) -> bool:
    """Whether an ExternalDNS with these arguments would write a live name."""
    told = [argument.partition("=")[::2] for argument in arguments]
    filters = [value for key, value in told if key == "--domain-filter"]
    included = [value for key, value in told if key == "--regex-domain-filter"]
    excluded = [value for key, value in told if key == "--regex-domain-exclusion"]
    if any(re.search(value, name) for value in excluded):
        return False
    return any(name.endswith(f".{value}") for value in filters) or any(
        re.search(value, name) for value in included
    )
