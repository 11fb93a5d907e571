"""Where in a zone a record set may stand, and beside which others."""

from collections.abc import Collection, Iterator

from localcloud.server.route53 import names
from localcloud.server.route53.entries import Entry
from localcloud.server.route53.zone import Zone

_AT_APEX = {
    "NS": "A HostedZone must contain at least one NS record for the zone itself.",
    "SOA": "A HostedZone must contain exactly one SOA record.",
}
"""Seen in https://github.com/airbnb/zonify/issues/1 and in clients that work around both."""


def mistakes(zone: Zone, entry: Entry) -> Iterator[str]:
    """Why an entry cannot stand where it wants to.

    Wording of CNAMEs: https://github.com/ansible-collections/amazon.aws/issues/2694,
    https://github.com/kubernetes-sigs/external-dns/issues/2863.
    """
    yield from outside(zone, entry)
    label = f"RRSet of type {entry.type} with DNS name {entry.name} is not permitted"
    if entry.type == "SOA" and entry.name != zone.name:
        yield _AT_APEX["SOA"]
    if entry.type == "NS" and names.is_wildcard(entry.name):
        yield f"{label} as the * wildcard cannot be used with that type"
    others = {other.type for other in zone.entries_of(entry.name)} - {entry.type}
    if entry.type == "CNAME" and entry.name == zone.name:
        yield f"{label} at apex in zone {zone.name}"
    elif entry.type == "CNAME" and others:
        yield (
            f"{label} as it conflicts with other records with the same DNS name in zone {zone.name}"
        )
    elif "CNAME" in others:
        yield (
            f"{label} because a conflicting RRSet of type CNAME with the same DNS name already"
            f" exists in zone {zone.name}"
        )


def outside(zone: Zone, entry: Entry) -> Iterator[str]:
    """Whether an entry's name is none of the zone's: then, what Route 53 says."""
    if not names.lies_in(entry.name, zone.name):
        yield f"RRSet with DNS name {entry.name} is not permitted in zone {zone.name}"


def missing(zone: Zone, before: Collection[str]) -> Iterator[str]:
    """What a batch took away that no zone can be without.

    Args:
        zone: after the batch.
        before: types at its apex before it.
    """
    left = {entry.type for entry in zone.entries_of(zone.name)}
    for kind, words in _AT_APEX.items():
        if kind in before and kind not in left:
            yield words
