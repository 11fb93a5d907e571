"""Record sets with types: as a request asks for them, and as moto keeps them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias, get_args

from moto.route53.models import RecordSet

from localcloud.server.route53 import names

Key: TypeAlias = tuple[str, str, str]
"""Name, type and set identifier, which may be empty: no two record sets of a zone share them."""

PolicyKind: TypeAlias = Literal["Weight", "Region", "Failover", "GeoLocation", "MultiValueAnswer"]
POLICY_KINDS: tuple[PolicyKind, ...] = get_args(PolicyKind)


@dataclass(frozen=True)
class Policy:
    """How Route 53 chooses among record sets of one name and type.

    Attributes:
        kind: the element that says so.
        value: what it says, for example ``PRIMARY``; of a place, its codes.
    """

    kind: PolicyKind
    value: str


@dataclass(frozen=True)
class Alias:
    """A target instead of values.

    Attributes:
        zone_id: of the hosted zone that the target lies in.
        target: as Route 53 keeps names.
        evaluates_health: whether the target's health counts.
    """

    zone_id: str
    target: str
    evaluates_health: bool


@dataclass(frozen=True)
class Entry:
    """One record set.

    Attributes:
        name: as Route 53 keeps it.
        type: for example ``A``.
        identifier: the set identifier, or empty.
        policy: None for a simple record set.
        ttl: seconds; None for an alias.
        values: none for an alias.
        alias: None for one with values.
        health_check: id, or empty.
    """

    name: str
    type: str
    identifier: str
    policy: Policy | None
    ttl: int | None
    values: tuple[str, ...]
    alias: Alias | None
    health_check: str

    @property
    def key(self) -> Key:
        """See `Key`."""
        return self.name, self.type, self.identifier

    @property
    def label(self) -> str:
        """How Route 53 names it where it is or is not."""
        identifier = f", set-identifier='{self.identifier}'" if self.identifier else ""
        return f"resource record set [name='{self.name}', type='{self.type}'{identifier}]"

    @property
    def title(self) -> str:
        """How Route 53 names it among others of its name and type."""
        identifier = f", SetIdentifier {self.identifier}" if self.identifier else ""
        return f"RRSet with DNS name {self.name}, type {self.type}{identifier}"

    def says_the_same(self, other: "Entry") -> bool:
        """Whether both are the same, in whatever order their values are."""
        return self._sorted() == other._sorted()

    def _sorted(self) -> "Entry":
        return replace(self, values=tuple(sorted(self.values)))


def read(asked: Mapping[str, Any]) -> Entry:
    """The ResourceRecordSet element of a well-formed request.

    Raises:
        DomainNameError: its name, or that of its alias's target, is none.
    """
    ttl = asked.get("TTL")
    return Entry(
        name=names.absolute(asked["Name"]),
        type=asked["Type"],
        identifier=asked.get("SetIdentifier") or "",
        policy=_policy(asked),
        ttl=None if ttl is None else int(ttl),
        values=values_of(asked),
        alias=_alias(asked.get("AliasTarget")),
        health_check=asked.get("HealthCheckId") or "",
    )


def of_moto(record: RecordSet) -> Entry:
    """A record set that is there."""
    return read(
        {
            "Name": record.name,
            "Type": record.type,
            "SetIdentifier": record.set_identifier,
            "Weight": record.weight,
            "Region": record.region,
            "Failover": record.failover,
            "GeoLocation": record.geo_location,
            "MultiValueAnswer": record.multi_value_answer,
            "TTL": record.ttl,
            "ResourceRecords": record.resource_records,
            "AliasTarget": record.alias_target,
            "HealthCheckId": record.health_check_id,
        }
    )


def to_moto(entry: Entry, asked: Mapping[str, Any]) -> RecordSet:
    """What moto keeps of a record set, with names as Route 53 gives them back."""
    target = entry.alias and {**asked["AliasTarget"], "DNSName": entry.alias.target}
    made: Any = RecordSet(
        {**asked, "Name": entry.name, "ResourceRecords": [*entry.values], "AliasTarget": target}
    )
    return made  # moto's metaclass hides the type


def values_of(asked: Mapping[str, Any]) -> tuple[str, ...]:
    """Values of a ResourceRecordSet element, in its order."""
    return tuple(str(entry["Value"]) for entry in asked.get("ResourceRecords") or ())


def _policy(asked: Mapping[str, Any]) -> Policy | None:
    for kind in POLICY_KINDS:
        value = asked.get(kind)
        if value is None or value is False:
            continue
        if isinstance(value, dict):
            return Policy(kind, ", ".join(f"{part} = {code}" for part, code in _places(value)))
        return Policy(kind, str(value))
    return None


def _places(location: Mapping[str, str | None]) -> list[tuple[str, str]]:
    parts = ("Continent", "Country", "Subdivision")
    return [(part.lower(), code) for part in parts if (code := location.get(f"{part}Code"))]


def _alias(target: Mapping[str, Any] | None) -> Alias | None:
    if not target:
        return None
    health = str(target.get("EvaluateTargetHealth", False)).lower() == "true"
    return Alias(target["HostedZoneId"], names.absolute(target["DNSName"]), health)
