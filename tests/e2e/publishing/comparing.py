"""Compares what the real ExternalDNS wrote with what the model says."""

from collections.abc import Mapping, Sequence

from bluegreen.publishing.desired import desired
from bluegreen.publishing.ownership import RecordSet, claim_of
from bluegreen.publishing.reconciliation import Outcome, Reconciliation
from handover.writers import Writer
from tests.e2e.publishing.lab import Lab

Key = tuple[str, str, str]
Plain = tuple[bool, frozenset[str]]


def predicted(lab: Lab, writer: Writer, namespace: str) -> Outcome:
    """The zone after a pass of a writer over a namespace, by the model."""
    ingresses, services = (lab.items(namespace, kind) for kind in ("Ingress", "Service"))
    wanted = desired(writer, ingresses, services)
    return Reconciliation(writer.owner_id, lab.sets(writer.zone), wanted.endpoints).run()


def plain(sets: Sequence[RecordSet], but: frozenset[str]) -> Mapping[Key, Plain]:
    """Record sets without what ExternalDNS leaves to chance: TTLs, and which of several objects
    an ownership record names.

    Args:
        sets: record sets.
        but: names to leave out, with their ownership records.
    """
    return {
        (entry.name, entry.type, entry.set_identifier): (entry.alias, _values(entry))
        for entry in sets
        if not any(entry.name == name or entry.name.endswith(f"-{name}") for name in but)
    }


def _values(entry: RecordSet) -> frozenset[str]:
    claim = claim_of(entry)
    if claim is not None:
        return frozenset({f"owner={claim.owner}"})
    return frozenset(value.lower() for value in entry.values)
