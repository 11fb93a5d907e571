"""A stack's exported state, and its changes as pending creates are settled: pure functions."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from bluegreen.recovery.candidate import Candidate
from bluegreen.world.content import STACK_TYPE, UNREAD, Deployment, pending_entries

Entry: TypeAlias = Mapping[str, Any]
"""A resource in it."""

CREATING = "creating"
_PROVIDERS = "pulumi:providers:"


@dataclass(frozen=True)
class Operation:
    """An operation that was interrupted.

    Attributes:
        kind: the engine's word: creating, updating, deleting, reading, importing.
        entry: the resource as it was to become.
    """

    kind: str
    entry: Entry

    @property
    def urn(self) -> str:
        """Its URN."""
        return str(self.entry["urn"])

    @property
    def token(self) -> str:
        """Its Pulumi type."""
        return str(self.entry["type"])

    @property
    def inputs(self) -> Mapping[str, Any]:
        """What was wanted."""
        return self.entry.get("inputs") or {}

    def __str__(self) -> str:
        return f"{self.token} {self.urn.rsplit('::', 1)[-1]}"


def pending_operations(deployment: Deployment) -> list[Operation]:
    """What was interrupted, each resource once."""
    found = (Operation(kind, entry) for kind, entry in pending_entries(deployment))
    return list({it.urn: it for it in found}.values())


def known_ids(deployment: Deployment, token: str) -> frozenset[str]:
    """Ids of the resources of a type that the state holds."""
    return frozenset(
        str(it["id"])
        for it in deployment.get("resources") or ()
        # With pendingReplacement it has been deleted, and what replaces it may have its name.
        if it["type"] == token and it.get("id") and not it.get("pendingReplacement")
    )


def without_pending(
    deployment: Deployment, made: Mapping[str, Candidate], again: Collection[str]
) -> dict[str, Any]:
    """The state with nothing pending, as an import leaves it in any case.

    What is still to be read from the world is marked so.

    Args:
        deployment: the state.
        made: URN of a pending create → what it made.
        again: URNs of other resources to be read.
    """
    wanted = {it.urn: it.entry for it in pending_operations(deployment)}
    new = {urn: _adopted_entry(wanted[urn], found) for urn, found in made.items()}
    resources: list[Entry] = []
    for entry in deployment.get("resources") or ():
        resources += _replace_entry(entry, new, again)
    kept = {key: value for key, value in deployment.items() if key != "pending_operations"}
    return {**kept, "resources": [*resources, *new.values()]}


def _replace_entry(entry: Entry, new: dict[str, Entry], again: Collection[str]) -> Iterator[Entry]:
    """What takes the place of a resource; what replaces it is taken out of the new ones.

    There, as others that depend on it follow.
    """
    if entry["urn"] in new and not entry.get("delete"):
        yield new.pop(entry["urn"])
        if not entry.get("pendingReplacement"):
            yield {**entry, "delete": True}
    elif entry["urn"] in again and _can_be_read(entry):
        yield {**entry, **UNREAD}
    else:
        yield entry


def _adopted_entry(entry: Entry, found: Candidate) -> Entry:
    # With the inputs as outputs a refresh only reads anew. Without any it would be an import,
    # which loses what cannot be read back, and that may mean a replacement.
    inputs = entry.get("inputs") or {}
    return {**entry, "id": found.id, "outputs": {**inputs, **found.outputs}, **UNREAD}


def can_be_read(deployment: Deployment, urn: str) -> bool:
    """Whether the state has a resource that a refresh reads from the world."""
    return any(it["urn"] == urn and _can_be_read(it) for it in deployment.get("resources") or ())


def _can_be_read(entry: Entry) -> bool:
    if str(entry["type"]).startswith(_PROVIDERS):
        return False
    return bool(entry.get("custom")) and not entry.get("pendingReplacement")


def providers(deployment: Deployment) -> Iterator[tuple[str, Entry]]:
    """Providers of the state: reference, as resources name it, and resource."""
    for entry in deployment.get("resources") or ():
        if str(entry["type"]).startswith(_PROVIDERS):
            yield f"{entry['urn']}::{entry.get('id', '')}", entry


def stack_urn(deployment: Deployment) -> str:
    """URN of the stack itself; every resource has it above it."""
    return next(it["urn"] for it in deployment["resources"] if it["type"] == STACK_TYPE)
