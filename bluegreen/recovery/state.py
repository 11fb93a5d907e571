"""A stack's exported state, and its changes as pending creates are settled: pure functions."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from bluegreen.recovery.candidate import Candidate
from bluegreen.world.content import Deployment

Entry: TypeAlias = Mapping[str, Any]
"""A resource in it."""

CREATING = "creating"


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


def pending(deployment: Deployment) -> list[Operation]:
    """What was interrupted, each resource once."""
    found = (
        Operation(it["type"], it["resource"]) for it in deployment.get("pending_operations") or ()
    )
    return list({it.urn: it for it in found}.values())


def known_ids(deployment: Deployment, token: str) -> frozenset[str]:
    """Ids of the resources of a type that the state holds."""
    resources: Sequence[Entry] = deployment.get("resources") or ()
    return frozenset(str(it["id"]) for it in resources if it["type"] == token and it.get("id"))


def with_adopted(deployment: Deployment, adopted: Mapping[str, Candidate]) -> dict[str, Any]:
    """The state with resources of what pending creates made; they stay pending.

    Args:
        deployment: the state.
        adopted: URN of a pending create → what it made.
    """
    operations: Sequence[Mapping[str, Any]] = deployment.get("pending_operations") or ()
    # Once each: an update that failed in between may have left it twice.
    made = {it["resource"]["urn"]: it["resource"] for it in operations}
    new = [_made(made[urn], found) for urn, found in adopted.items()]
    kept = [_stepped_aside(it, adopted) for it in deployment.get("resources") or ()]
    return {**deployment, "resources": [*(it for it in kept if it is not None), *new]}


def without_creates(deployment: Deployment) -> dict[str, Any]:
    """The state without pending creates."""
    operations: Sequence[Mapping[str, Any]] = deployment.get("pending_operations") or ()
    return {**deployment, "pending_operations": [it for it in operations if it["type"] != CREATING]}


def holds(deployment: Deployment, urn: str) -> bool:
    """Whether the state has a resource."""
    return any(it["urn"] == urn for it in deployment.get("resources") or ())


def _made(entry: Entry, found: Candidate) -> dict[str, Any]:
    # With the inputs as outputs a refresh only reads anew. Without any it would be an import,
    # which loses what cannot be read back, and that may mean a replacement.
    inputs = entry.get("inputs") or {}
    return {**entry, "id": found.id, "outputs": {**inputs, **found.outputs}}


def _stepped_aside(entry: Entry, replaced: Collection[str]) -> Entry | None:
    """What becomes of a resource of which a replacement was being made."""
    if entry["urn"] not in replaced or entry.get("delete"):
        return entry
    # With pendingReplacement it has been deleted already.
    return None if entry.get("pendingReplacement") else {**entry, "delete": True}


def providers(deployment: Deployment) -> Iterator[tuple[str, Entry]]:
    """Providers of the state: reference, as resources name it, and resource."""
    for entry in deployment.get("resources") or ():
        if str(entry["type"]).startswith("pulumi:providers:"):
            yield f"{entry['urn']}::{entry.get('id', '')}", entry
