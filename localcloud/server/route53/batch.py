"""One change batch of Route 53: its limits, and what it does to a zone, all of it or nothing."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias

from moto.route53.exceptions import Route53ClientError
from moto.route53.models import RecordSet

MAX_RECORDS = 1000
"""ResourceRecord elements of a batch; those of an UPSERT count twice, aliases have none."""

MAX_CHARACTERS = 32_000
"""Characters of all Value elements of a batch; those of an UPSERT count twice.

Both from https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/DNSLimitations.html"""

Change: TypeAlias = Mapping[str, Any]
"""``{"Action": …, "ResourceRecordSet": …}`` as boto3 has it."""

_Key: TypeAlias = tuple[str, str, str | None]

_ACTIONS = ("CREATE", "DELETE", "UPSERT")
_POLICY = ("Weight", "Region", "Failover", "GeoLocation", "MultiValueAnswer", "HealthCheckId")
_QUOTED_TYPES = ("TXT", "SPF")
_APEX_TYPES = ("NS", "SOA")


class InvalidChangeBatchError(Route53ClientError):
    """Route 53's InvalidChangeBatch, with every mistake of the batch."""

    def __init__(self, messages: Sequence[str]) -> None:
        super().__init__("InvalidChangeBatch", f"[{', '.join(messages)}]")


class _MistakeError(Exception):
    """What is wrong with one change."""


class InvalidInputError(Route53ClientError):
    """Route 53's InvalidInput."""

    def __init__(self, message: str) -> None:
        super().__init__("InvalidInput", message)


def measure(changes: Iterable[Change]) -> tuple[int, int]:
    """ResourceRecord elements and characters of values, as Route 53 counts them."""
    records = characters = 0
    for change in changes:
        factor = 2 if change["Action"] == "UPSERT" else 1
        values = _values(change["ResourceRecordSet"])
        records += factor * len(values)
        characters += factor * sum(len(value) for value in values)
    return records, characters


def apply(
    zone_name: str, records: Iterable[RecordSet], changes: Sequence[Change]
) -> list[RecordSet]:
    """The zone's record sets after the batch; `records` and their members stay as they are.

    Raises:
        InvalidChangeBatchError: a limit is passed, or a change does not fit what is there.
        InvalidInputError: a change is malformed.
    """
    _check_limits(changes)
    zone = absolute(zone_name)
    found = {_key(record.name, record.type, record.set_identifier): record for record in records}
    mistakes: list[str] = []
    touched: set[str] = set()
    for change in changes:
        _check_form(change)
        try:
            _make(zone, found, change)
        except _MistakeError as mistake:
            mistakes.append(str(mistake))
        touched.add(absolute(change["ResourceRecordSet"]["Name"]))
    mistakes += _cname_conflicts(zone, found, touched)
    if mistakes:
        raise InvalidChangeBatchError(mistakes)
    return list(found.values())


def absolute(name: str) -> str:
    """A name as Route 53 keeps it: lower case, with a final dot, a star as an octal escape."""
    return name.rstrip(".").lower().replace("*", "\\052") + "."


def _check_limits(changes: Sequence[Change]) -> None:
    if not changes:
        raise InvalidInputError("Invalid XML ; the change batch has no Change")
    records, characters = measure(changes)
    if records > MAX_RECORDS:
        raise InvalidChangeBatchError([f"Number of records limit of {MAX_RECORDS} exceeded."])
    if characters > MAX_CHARACTERS:
        raise InvalidChangeBatchError([f"Number of characters limit of {MAX_CHARACTERS} exceeded."])


def _check_form(change: Change) -> None:
    action, wanted = change["Action"], change["ResourceRecordSet"]
    if action not in _ACTIONS:
        raise InvalidInputError(f"Invalid XML ; '{action}' is none of {', '.join(_ACTIONS)}")
    alias = wanted.get("AliasTarget") is not None
    plain = wanted.get("TTL") is not None and bool(_values(wanted))
    if alias == plain:
        how_many = "more than one" if alias else "none"
        raise InvalidInputError(
            "Invalid request: Expected exactly one of [AliasTarget, all of [TTL, and"
            f" ResourceRecords], or TrafficPolicyInstanceId], but found {how_many} in Change with"
            f" [Action={action}, Name={wanted['Name']}, Type={wanted['Type']},"
            f" SetIdentifier={wanted.get('SetIdentifier', 'null')}]"
        )


def _make(zone: str, found: dict[_Key, RecordSet], change: Change) -> None:
    """Makes one change in `found`. Raises _MistakeError."""
    wanted: Mapping[str, Any] = change["ResourceRecordSet"]
    name = absolute(wanted["Name"])
    if name != zone and not name.endswith(f".{zone}"):
        raise _MistakeError(f"RRSet with DNS name {name} is not permitted in zone {zone}")
    key = _key(name, wanted["Type"], wanted.get("SetIdentifier"))
    label = f"resource record set [name='{name}', type='{wanted['Type']}']"
    current = found.get(key)
    if change["Action"] == "DELETE":
        if current is None:
            raise _MistakeError(f"Tried to delete {label} but it was not found")
        if not _is_same(current, wanted):
            raise _MistakeError(
                f"Tried to delete {label} but the values provided do not match the current values"
            )
        if name == zone and wanted["Type"] in _APEX_TYPES:
            raise _MistakeError(f"A HostedZone must contain its own {wanted['Type']} record.")
        del found[key]
        return
    if change["Action"] == "CREATE" and current is not None:
        raise _MistakeError(f"Tried to create {label} but it already exists")
    _check_quotes(wanted)
    made: Any = RecordSet({**wanted, "Name": name, "ResourceRecords": _values(wanted)})
    found[key] = made  # moto's metaclass hides the type


def _check_quotes(wanted: Mapping[str, Any]) -> None:
    if wanted["Type"] not in _QUOTED_TYPES:
        return
    for value in _values(wanted):
        if not value.startswith('"'):
            raise _MistakeError(
                "Invalid Resource Record: 'FATAL problem: InvalidCharacterString (Value should be"
                f" enclosed in quotation marks) encountered with '{value}''"
            )


def _cname_conflicts(
    zone: str, found: Mapping[_Key, RecordSet], touched: set[str]
) -> Iterable[str]:
    kinds: dict[str, set[str]] = {}
    for name, kind, _ in found:
        if name in touched:
            kinds.setdefault(name, set()).add(kind)
    for name, present in kinds.items():
        if "CNAME" not in present:
            continue
        label = f"RRSet of type CNAME with DNS name {name} is not permitted"
        if name == zone:
            yield f"{label} at apex in zone {zone}"
        elif len(present) > 1:
            yield (
                f"{label} as it conflicts with other records with the same DNS name in zone {zone}"
            )


def _is_same(current: RecordSet, wanted: Mapping[str, Any]) -> bool:
    has: dict[str, Any] = {
        "Weight": current.weight,
        "Region": current.region,
        "Failover": current.failover,
        "GeoLocation": current.geo_location,
        "MultiValueAnswer": current.multi_value_answer,
        "HealthCheckId": current.health_check_id,
    }
    if any(str(has[key] or "") != str(wanted.get(key) or "") for key in _POLICY):
        return False
    alias = wanted.get("AliasTarget")
    if alias is not None or current.alias_target:
        return _alias(alias) == _alias(current.alias_target)
    same_values = sorted(map(str, current.records or [])) == sorted(_values(wanted))
    return same_values and str(current.ttl) == str(wanted.get("TTL"))


def _alias(target: Mapping[str, Any] | None) -> tuple[str, str, str] | None:
    if not target:
        return None
    return (
        absolute(str(target["DNSName"])),
        str(target["HostedZoneId"]),
        str(target.get("EvaluateTargetHealth", False)).lower(),
    )


def _values(record: Mapping[str, Any]) -> list[str]:
    return [str(entry["Value"]) for entry in record.get("ResourceRecords") or []]


def _key(name: str, kind: str | None, identifier: str | None) -> _Key:
    return absolute(name), kind or "", identifier
