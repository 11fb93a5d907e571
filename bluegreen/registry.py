"""Record sets with their owners, and what objects ask for, as snapshots have them."""

import re
from collections.abc import Iterable, Sequence

from bluegreen.publishing.desired import Desired, desired, is_simple
from bluegreen.publishing.endpoint import Endpoint
from bluegreen.publishing.ownership import MANAGED_TYPES, RecordSet, Registry, claim_of
from bluegreen.publishing.sources import (
    SourceKind,
    as_map,
    balancer_hosts,
    is_balanced,
    source_of,
)
from bluegreen.snapshot import Balanced, Published, Record, RequestedName, ZoneKind
from handover.writers import Writer

_OCTAL = re.compile(r"\\([0-7]{3})")


def unescaped(name: str) -> str:
    """A name in lower case, without final dot and Route 53's octal escapes."""
    return _OCTAL.sub(lambda found: chr(int(found[1], 8)), name).rstrip(".").lower()


def plain_host(host: str) -> str:
    """As `unescaped`, and without ``dualstack.``: a load balancer's own host name."""
    return unescaped(host).removeprefix("dualstack.")


def records(zone: ZoneKind, sets: Sequence[RecordSet]) -> list[Record]:
    """Record sets with their owners; TXTs of the registry are told with what they say."""
    registry = Registry(sets)
    return [_record(zone, entry, registry) for entry in sets]


def published(
    writer: Writer, ingresses: Iterable[object], services: Iterable[object]
) -> tuple[list[Published], list[RequestedName]]:
    """What a writer wants to write for a cluster's objects, and the names they ask for.

    Args:
        writer: whose annotation, zone and domain count.
        ingresses: objects as the API server gives them.
        services: likewise.
    """
    found: Desired = desired(writer, ingresses, services)
    zone: ZoneKind = writer.visibility
    return (
        sorted((_published(zone, it) for it in found.endpoints), key=lambda it: (it.name, it.type)),
        [
            RequestedName(zone=zone, name=it.name, source=it.source, why_not=it.why_not)
            for it in sorted(found.asked, key=lambda it: (it.name, it.source))
        ],
    )


def balanced(ingresses: Iterable[object], services: Iterable[object]) -> list[Balanced]:
    """What has a load balancer, whether a name is asked for or not.

    Args:
        ingresses: objects as the API server gives them. One that is being deleted is left out: it
            may still say its host when its load balancer has gone.
        services: likewise; only those of type LoadBalancer have a load balancer.
    """
    sources: tuple[tuple[SourceKind, Iterable[object]], ...] = (
        ("ingress", ingresses),
        ("service", filter(is_balanced, services)),
    )
    return [
        Balanced(source=source_of(kind, item), hosts=tuple(map(plain_host, hosts)))
        for kind, items in sources
        for item in items
        if (hosts := balancer_hosts(item))
        and "deletionTimestamp" not in as_map(as_map(item)["metadata"])
    ]


def _record(zone: ZoneKind, entry: RecordSet, registry: Registry) -> Record:
    managed = entry.type in MANAGED_TYPES
    claim = registry.claim_on(entry) if managed else claim_of(entry)
    hosts = entry.alias or entry.type == "CNAME"
    return Record(
        zone=zone,
        name=entry.name,
        type=entry.type,
        targets=tuple(plain_host(value) if hosts else value for value in entry.values),
        alias=entry.alias,
        ttl=entry.ttl,
        set_identifier=entry.set_identifier,
        owner=claim.owner or None if claim and managed else None,
        owner_records=(claim.record,) if claim and managed else (),
        claims=claim.owner if claim and not managed else None,
    )


def _published(zone: ZoneKind, endpoint: Endpoint) -> Published:
    return Published(
        zone=zone,
        name=endpoint.name.lower(),
        type=endpoint.type,
        hosts=tuple(map(plain_host, endpoint.targets)),
        alias=endpoint.alias,
        ttl=endpoint.ttl,
        set_identifier=endpoint.set_identifier,
        simple=is_simple(endpoint),
        own_target=endpoint.own_target,
        resource=endpoint.resource,
        sources=tuple(sorted(endpoint.sources)),
    )
