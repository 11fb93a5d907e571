"""The record sets that one DNS writer wants, of all objects of its cluster."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache

from bluegreen.publishing.aliases import adjust_endpoints, is_canonical
from bluegreen.publishing.endpoint import ALIAS, Endpoint
from bluegreen.publishing.sources import AnnotatedObject, annotated_objects, merge_endpoints
from handover.filters import decode_name, filter_arguments
from handover.name_annotation import MAX_NAME, PREFIX, TXT_PREFIX
from handover.writers import Writer

_SIMPLE = (ALIAS, "aws/evaluate-target-health")
"""Properties that leave a record set a simple one."""

_INCLUDED = "--regex-domain-filter="
_EXCLUDED = "--regex-domain-exclusion="


@dataclass(frozen=True)
class RequestedName:
    """A name that an object's annotation asks for.

    Attributes:
        name: full name, lower case.
        source: the object, ``KIND/NAMESPACE/NAME``.
        why_not: why the writer does not write it, in words; empty where it does, once there is a
            load balancer.
    """

    name: str
    source: str
    why_not: str = ""


@dataclass(frozen=True)
class Desired:
    """What a writer is asked for.

    Attributes:
        endpoints: record sets that it wants, several for one name and type where objects differ.
        asked: names that objects ask for, written or not.
    """

    endpoints: tuple[Endpoint, ...]
    asked: tuple[RequestedName, ...]


def desired(writer: Writer, ingresses: Iterable[object], services: Iterable[object]) -> Desired:
    """What a writer makes of a cluster's objects, whatever its zone holds.

    Args:
        writer: whose annotation, zone and filters count.
        ingresses: objects as the API server gives them.
        services: likewise.
    """
    objects = annotated_objects(writer, ingresses, services)
    found: list[Endpoint] = []
    for kind in ("service", "ingress"):
        of_kind = [it for asked in objects if asked.kind == kind for it in asked.endpoints()]
        found += merge_endpoints(kind, of_kind)
    written = [it for it in adjust_endpoints(_distinct(found)) if _passes(writer, it.name)]
    return Desired(tuple(written), tuple(_requested_names(writer, objects)))


def is_simple(endpoint: Endpoint) -> bool:
    """Whether it is a record set without routing policy, and led by its targets alone.

    Others are refused at admission: names move between colours as simple record sets.
    """
    forced = endpoint.alias and not is_canonical(endpoint.targets[0])
    special = endpoint.set_identifier or any(key not in _SIMPLE for key in endpoint.properties)
    return not special and not forced and not endpoint.mixed


def _distinct(endpoints: Iterable[Endpoint]) -> list[Endpoint]:
    """Valid ones, each once; those of Services come first: `dedupSource`."""
    found: dict[tuple[str, str, str, tuple[str, ...]], Endpoint] = {}
    for endpoint in endpoints:
        key = (endpoint.type, endpoint.name, endpoint.set_identifier, endpoint.targets)
        found.setdefault(key, endpoint)
    return list(found.values())


def _passes(writer: Writer, name: str) -> bool:
    """Whether a writer's filters let a name through: `DomainFilter.Match`."""
    included, excluded = _patterns(tuple(filter_arguments(writer)))
    compared = decode_name(name.lower() if name.isascii() else name)
    return bool(included.search(compared)) and not (excluded and excluded.search(compared))


@cache
def _patterns(arguments: Sequence[str]) -> tuple[re.Pattern[str], re.Pattern[str] | None]:
    # `$` of RE2 is the very end, that of Python also stands before a last line break.
    said = dict.fromkeys((_INCLUDED, _EXCLUDED), "")
    for argument in arguments:
        for option in said:
            if argument.startswith(option):
                said[option] = argument.removeprefix(option).replace("$", r"\Z")
    excluded = said[_EXCLUDED]
    return re.compile(said[_INCLUDED]), re.compile(excluded) if excluded else None


def _requested_names(writer: Writer, objects: Iterable[AnnotatedObject]) -> Iterable[RequestedName]:
    for item in objects:
        for name in item.names:
            yield RequestedName(name.lower(), item.source, _why_not(writer, item, name))


def _why_not(writer: Writer, item: AnnotatedObject, name: str) -> str:
    if any(".".join(("", name.lower())).endswith(f".{d}") for d in writer.foreign_domains):
        return "it lies in a domain that others write"
    if not _passes(writer, name):
        return f"{writer.annotation} holds relative names alone, see docs/names.md"
    if len(TXT_PREFIX) + len(name) > MAX_NAME:
        return f"it has more than {MAX_NAME - len(TXT_PREFIX)} characters"
    if item.set_identifier or any(key not in _SIMPLE for key in item.properties):
        return f"it asks for more than a simple record set, by annotations {PREFIX}…"
    return ""


__all__ = ["Desired", "RequestedName", "desired", "is_simple"]
