"""Endpoints of Ingresses and Services: `source/ingress.go` and `source/service.go`.

Under the arguments that the writers have (handover/writers.py): the template alone
gives names, and of Services only those of type LoadBalancer count.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from bluegreen.publishing.endpoint import (
    KINDS,
    UNCONFIGURED_TTL,
    Endpoint,
    Kind,
    kind_of,
)
from handover.name_annotation import MAX_LABEL, PREFIX
from handover.writers import Writer

SourceKind = Literal["ingress", "service"]

_PROVIDERS = (
    "aws-",
    "scw-",
    "webhook-",
    "coredns-",
    "cloudflare-",
    "azure-",
    "alias",
    "record-type",
)
_MORE = tuple(f"{PREFIX}{key}" for key in _PROVIDERS)
_CONTROLLER = "dns-controller"
_SPACES = (
    "\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000"
)
"""What Go takes for a space; Python's own idea of one is wider."""

_MAX_TTL = 2**31 - 1
_DURATION = re.compile(r"([0-9]*\.?[0-9]+)(ns|us|µs|μs|ms|s|m|h)")
_SECONDS = {
    "ns": 1e-9, "us": 1e-6, "µs": 1e-6, "μs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0,
}  # fmt: skip


@dataclass(frozen=True)
class AnnotatedObject:
    """An object that carries a writer's annotation, and that the writer looks at.

    Attributes:
        kind: ingress or service.
        source: ``KIND/NAMESPACE/NAME``.
        names: full names that the template makes of the annotation, right or wrong.
        targets: what they lead to; empty while there is no load balancer.
        own_target: whether an annotation says the targets.
        ttl: seconds; 0 where nothing says it.
        set_identifier: annotation of that name, or empty.
        properties: other annotations that AWS knows.
        more: whether it has annotations of any DNS provider, AWS's included.
    """

    kind: SourceKind
    source: str
    names: tuple[str, ...]
    targets: tuple[str, ...]
    own_target: bool
    ttl: int
    set_identifier: str
    properties: Mapping[str, str]
    more: bool

    def endpoints(self) -> Iterator[Endpoint]:
        """One for each name and kind of target: `EndpointsForHostname`."""
        by_kind: dict[Kind, list[str]] = {kind: [] for kind in KINDS}
        for target in self.targets:
            by_kind[kind_of(target)].append(target)
        mixed = self.more and sum(map(bool, by_kind.values())) > 1
        for name in self.names:
            if any(len(label.encode()) > MAX_LABEL for label in name.split(".")):
                continue
            for kind, targets in by_kind.items():
                if targets:
                    found = self._endpoint(name.removesuffix("."), kind, targets)
                    yield replace(found, mixed=mixed)

    def _endpoint(self, name: str, kind: Kind, targets: Sequence[str]) -> Endpoint:
        return Endpoint(
            name=name,
            type=kind,
            targets=tuple(target.removesuffix(".") for target in targets),
            resource=self.source,
            sources=frozenset({self.source}),
            ttl=self.ttl,
            set_identifier=self.set_identifier,
            properties=self.properties,
            own_target=self.own_target,
        )


def annotated_objects(
    writer: Writer, ingresses: Iterable[object], services: Iterable[object]
) -> list[AnnotatedObject]:
    """Objects that ask a writer for names, Services first, as the writer lists them.

    Args:
        writer: whose annotation and domain count.
        ingresses: objects as the API server gives them.
        services: likewise.
    """
    found = [_annotated_object(writer, "service", item) for item in services if is_balanced(item)]
    found += [_annotated_object(writer, "ingress", item) for item in ingresses]
    return [item for item in found if item is not None]


def is_balanced(service: object) -> bool:
    """Whether a Service has, or will have, a load balancer."""
    return as_map(as_map(service).get("spec")).get("type") == "LoadBalancer"


def source_of(kind: SourceKind, item: object) -> str:
    """``KIND/NAMESPACE/NAME`` of an object."""
    meta = as_map(as_map(item)["metadata"])
    return f"{kind}/{meta['namespace']}/{meta['name']}"


def balancer_hosts(item: object) -> list[str]:
    """Addresses and host names in an object's status, as they stand there."""
    balancer = as_map(as_map(as_map(item).get("status")).get("loadBalancer"))
    entries = balancer.get("ingress")
    found: list[str] = []
    for entry in entries if isinstance(entries, list) else []:
        found += [str(as_map(entry)[key]) for key in ("ip", "hostname") if as_map(entry).get(key)]
    return found


def merge_endpoints(kind: SourceKind, endpoints: Iterable[Endpoint]) -> list[Endpoint]:
    """Endpoints of one kind of object, those of one name put together: `MergeEndpoints`."""
    found = _merge_services(endpoints) if kind == "service" else list(endpoints)
    by_key: dict[tuple[str, str, str, int, str], Endpoint] = {}
    for endpoint in found:
        # Two CNAMEs are never put together: one name has one of them.
        target = endpoint.targets[0] if endpoint.type == "CNAME" else ""
        key = (endpoint.name, endpoint.type, endpoint.set_identifier, endpoint.ttl, target)
        known = by_key.get(key)
        by_key[key] = _join_endpoints(known, endpoint) if known else endpoint
    return [replace(it, targets=tuple(sorted(set(it.targets)))) for it in by_key.values()]


def as_map(value: object) -> Mapping[str, object]:
    """A JSON object, or an empty one where it is something else."""
    return value if isinstance(value, Mapping) else {}


def _annotated_object(writer: Writer, kind: SourceKind, item: object) -> AnnotatedObject | None:
    meta = as_map(as_map(item)["metadata"])
    annotations = {key: str(value) for key, value in as_map(meta.get("annotations")).items()}
    asked = annotations.get(writer.annotation)
    controller = annotations.get(f"{PREFIX}controller", _CONTROLLER)
    if asked is None or controller != _CONTROLLER:
        return None
    own = _own_targets(annotations)
    return AnnotatedObject(
        kind=kind,
        source=source_of(kind, item),
        names=names_from_template(writer, asked),
        targets=tuple(own or _balancer_targets(kind, item)),
        own_target=bool(own),
        ttl=_ttl(annotations.get(f"{PREFIX}ttl", "")),
        set_identifier=annotations.get(f"{PREFIX}set-identifier", ""),
        properties=_properties(annotations),
        more=any(key.startswith(_MORE) for key in annotations),
    )


def names_from_template(writer: Writer, asked: str) -> tuple[str, ...]:
    """What the template makes of an annotation: full names, each once, sorted."""
    whole = f"{asked.replace(',', f'.{writer.domain},')}.{writer.domain}"
    names = (part.strip(_SPACES).removesuffix(".") for part in whole.split(","))
    return tuple(sorted({name for name in names if name}))


def _balancer_targets(kind: SourceKind, item: object) -> list[str]:
    external = as_map(as_map(item).get("spec")).get("externalIPs")
    if kind == "service" and isinstance(external, list) and external:
        return [str(address) for address in external]
    return balancer_hosts(item)


def _own_targets(annotations: Mapping[str, str]) -> list[str]:
    said = annotations.get(f"{PREFIX}target", "")
    if not said:
        return []
    parts = said.replace(" ", "").strip().split(",")
    return [part.removesuffix(".") for part in parts]


def _properties(annotations: Mapping[str, str]) -> dict[str, str]:
    found = {
        f"aws/{key.removeprefix(f'{PREFIX}aws-')}": value
        for key, value in annotations.items()
        if key.startswith(f"{PREFIX}aws-")
    }
    if annotations.get(f"{PREFIX}alias") == "true":
        found["alias"] = "true"
    if f"{PREFIX}record-type" in annotations:
        found["record-type"] = annotations[f"{PREFIX}record-type"]
    return found


def _ttl(said: str) -> int:
    """Seconds of a number or a Go duration; 0 where it is neither."""
    sign, plain = (-1 if said.startswith("-") else 1), said.removeprefix("-").removeprefix("+")
    if plain.isascii() and plain.isdigit():
        seconds = int(plain)
    elif plain and not _DURATION.sub("", plain):
        seconds = int(sum(float(n) * _SECONDS[unit] for n, unit in _DURATION.findall(plain)))
    else:
        return UNCONFIGURED_TTL
    return seconds if 1 <= sign * seconds <= _MAX_TTL else UNCONFIGURED_TTL


def _merge_services(endpoints: Iterable[Endpoint]) -> list[Endpoint]:
    """Those of Services, addresses of one name put together whatever their TTL."""
    by_key: dict[tuple[str, str, str], list[Endpoint]] = {}
    for endpoint in sorted(endpoints, key=lambda it: it.resource):
        key = (endpoint.name, endpoint.type, endpoint.set_identifier)
        known = by_key.setdefault(key, [])
        if known and endpoint.type != "CNAME":
            known[0] = _join_endpoints(known[0], endpoint)
        else:
            known.append(endpoint)
    return [endpoint for known in by_key.values() for endpoint in known]


def _join_endpoints(first: Endpoint, second: Endpoint) -> Endpoint:
    return replace(
        first,
        targets=(*first.targets, *second.targets),
        sources=first.sources | second.sources,
        own_target=first.own_target and second.own_target,
    )
