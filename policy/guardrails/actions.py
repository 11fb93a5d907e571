"""What patterns of actions stand for, told by the list of all actions of AWS."""

from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

from guardrails.wildcards import compiled, is_wild, like

_LIST = Path(__file__).parent / "reference" / "actions.txt"
_WHOLE = 0.9
"""Share of a service's actions from which on a pattern stands for the service."""
_FEWEST = 5
"""Of a service with fewer actions any pattern is all: only one without a word counts."""


@cache
def known() -> Mapping[str, tuple[str, ...]]:
    """Actions by service: of ``ec2`` those from ``ec2:AcceptAddressTransfer`` on."""
    found: dict[str, tuple[str, ...]] = {}
    for line in _LIST.read_text(encoding="utf-8").splitlines():
        service, *names = line.split()
        found[service] = tuple(f"{service}:{name}" for name in names)
    return found


def expanded(pattern: str) -> frozenset[str]:
    """Actions that a pattern allows; the pattern itself where no known one is meant."""
    found = [action for service in services(pattern) for action in _matching(pattern, service)]
    return frozenset(found) or frozenset({pattern})


def whole_services(patterns: Iterable[str]) -> Mapping[str, str]:
    """Services of which patterns together allow all or nearly all, each with one that does.

    What is named without a wildcard stands for itself: all of a service, one by one, is a list
    that does not grow.
    """
    wild = tuple(it for it in patterns if is_wild(it))
    wordless = {_service(it): it for it in wild if _is_wordless(it)}
    found: dict[str, str] = {}
    for service in {name for it in wild for name in services(it)}:
        covering = [it for it in wild if service in services(it)]
        actions = known()[service]
        covered = {action for it in covering for action in _matching(it, service)}
        if len(actions) >= _FEWEST and len(covered) >= _WHOLE * len(actions):
            found[service] = max(covering, key=lambda it: len(_matching(it, service)))
    return wordless | found


def _service(pattern: str) -> str:
    return pattern.partition(":")[0].lower()


def _is_wordless(pattern: str) -> bool:
    """Whether a pattern names no action at all: ``*``, ``iam:?*``."""
    service, colon, name = pattern.partition(":")
    return not (name if colon else service).strip("*?")


@cache
def services(pattern: str) -> tuple[str, ...]:
    """Services that a pattern reaches into."""
    service, colon, _ = pattern.lower().partition(":")
    if not is_wild(service):
        return (service,) if colon and service in known() else ()
    # Without a colon the text goes on: `**` and `ec2*` are also patterns of whole actions.
    head = service if colon else f"{service}*"
    return tuple(name for name in known() if like(head, name) or _matching(pattern, name))


@cache
def _matching(pattern: str, service: str) -> tuple[str, ...]:
    matched = compiled((pattern,), any_case=True)
    return tuple(action for action in known()[service] if matched.fullmatch(action))
