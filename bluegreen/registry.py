"""ExternalDNS's TXT registry and the names it derives from objects, as pure functions.

Formats are those of v0.21 (`registry/mapper` and `registry/txt` of its source): the owner of a
record set stands in a TXT whose name is that of the record set with its type before the first
label. An alias A counts as ``cname``. A TXT of the record set's own name, as older releases
wrote it, counts for all types but AAAA.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from bluegreen.snapshot import ADDRESS_TYPES, Balanced, Published, Record, ZoneKind
from components.addons.dns_writer import Writer

_OWNER = re.compile(r"external-dns/owner=([^,\"]+)")
_HERITAGE = "heritage=external-dns"
_OCTAL = re.compile(r"\\([0-7]{3})")


@dataclass(frozen=True)
class RecordSet:
    """A record set as Route 53 lists it, its name and targets plain.

    Attributes:
        name: DNS name.
        type: record type.
        alias: whether it is an alias.
        values: host of an alias, or values.
    """

    name: str
    type: str
    alias: bool
    values: tuple[str, ...]


def plain(name: str) -> str:
    """A name in lower case, without final dot, ``dualstack.`` and Route 53's octal escapes."""
    unescaped = _OCTAL.sub(lambda found: chr(int(found[1], 8)), name)
    return unescaped.rstrip(".").lower().removeprefix("dualstack.")


def records(zone: ZoneKind, sets: Sequence[RecordSet]) -> list[Record]:
    """Record sets with their owners; TXTs of the registry are told with what they speak of."""
    owners = {entry.name: owner for entry in sets if (owner := _owner(entry))}
    found: list[Record] = []
    for entry in sets:
        said = [name for name in _registry_names(entry) if name in owners]
        hosts = entry.alias or entry.type == "CNAME"
        found.append(
            Record(
                zone=zone,
                name=entry.name,
                type=entry.type,
                targets=tuple(plain(v) if hosts else v for v in entry.values),
                owner=owners[said[0]] if said else None,
                owner_records=tuple(said),
            )
        )
    return found


def published(
    writer: Writer, ingresses: Iterable[Mapping[str, object]], services: Iterable[object]
) -> list[Published]:
    """Names that a writer would publish for a cluster's objects.

    Args:
        writer: whose annotation, zone and domain count.
        ingresses: objects as the API server gives them.
        services: likewise; only those of type LoadBalancer have a load balancer.
    """
    found: dict[str, tuple[set[str], set[str]]] = {}
    for kind, objects in (("ingress", ingresses), ("service", services)):
        for item in objects:
            meta = _map(item).get("metadata")
            asked = _map(_map(meta).get("annotations")).get(writer.annotation)
            if asked is None or (kind == "service" and not _is_balanced(item)):
                continue
            source = _source(kind, item)
            for name in _names(writer, str(asked)):
                hosts, sources = found.setdefault(name, (set(), set()))
                hosts.update(_hosts(item))
                sources.add(source)
    return [
        Published(
            zone=writer.visibility,
            name=name,
            hosts=tuple(sorted(hosts)),
            sources=tuple(sorted(sources)),
        )
        for name, (hosts, sources) in sorted(found.items())
    ]


def balanced(ingresses: Iterable[object], services: Iterable[object]) -> list[Balanced]:
    """What has a load balancer, whether a name is asked for or not.

    Args:
        ingresses: objects as the API server gives them. One that is being deleted is left out: it
            may still say its host when its load balancer has gone.
        services: likewise; only those of type LoadBalancer have a load balancer.
    """
    asking = [("ingress", item) for item in ingresses]
    asking += [("service", item) for item in services if _is_balanced(item)]
    return [
        Balanced(source=_source(kind, item), hosts=tuple(hosts))
        for kind, item in asking
        if (hosts := _hosts(item)) and "deletionTimestamp" not in _map(_map(item)["metadata"])
    ]


def _source(kind: str, item: object) -> str:
    meta = _map(_map(item)["metadata"])
    return f"{kind}/{meta['namespace']}/{meta['name']}"


def _owner(entry: RecordSet) -> str | None:
    if entry.type != "TXT":
        return None
    for value in entry.values:
        found = _OWNER.search(value) if _HERITAGE in value else None
        if found:
            return found[1]
    return None


def _registry_names(entry: RecordSet) -> list[str]:
    """Names of the TXTs that may speak of a record set, the decisive one first."""
    if entry.type not in ADDRESS_TYPES:
        return []
    kind = "cname" if entry.alias and entry.type == "A" else entry.type.lower()
    old = [] if entry.type == "AAAA" else [entry.name]
    return [f"{kind}-{entry.name}", *old]


def _names(writer: Writer, asked: str) -> list[str]:
    """What the template makes of an annotation: commas part names, other zones are dropped."""
    wanted = [plain(part.strip()) for part in f"{asked}.{writer.domain}".split(",")]
    return [
        name
        for name in wanted
        if _within(name, writer.zone.name)
        and not any(_within(name, domain) for domain in writer.foreign_domains)
    ]


def _within(name: str, domain: str) -> bool:
    return name == domain or name.endswith(f".{domain}")


def _is_balanced(item: object) -> bool:
    return _map(_map(item).get("spec")).get("type") == "LoadBalancer"


def _hosts(item: object) -> list[str]:
    balancer = _map(_map(_map(item).get("status")).get("loadBalancer"))
    entries = balancer.get("ingress")
    found: list[str] = []
    for entry in entries if isinstance(entries, list) else []:
        host = _map(entry).get("hostname") or _map(entry).get("ip")
        if host:
            found.append(plain(str(host)))
    return found


def _map(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}
