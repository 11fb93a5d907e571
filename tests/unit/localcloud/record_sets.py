"""Changes of record sets in few words, and what Route 53 says of them."""

from collections.abc import Sequence
from typing import Any, TypeAlias

from moto.route53.models import RecordSet

from localcloud.server.route53 import batch
from localcloud.server.route53.errors import InvalidChangeBatchError, InvalidInputError

ZONE, ZONE_ID = "example.com.", "Z0000000000000EXAMPLE"
WWW, OTHER = "www.example.com.", "other.example.com."
ALB_ZONE, NLB_ZONE = "Z32O12XQLNTSW2", "Z2IFOLAFXWLO4F"
ALB, NLB = "lb-1.eu-west-1.elb.amazonaws.com", "lb-1.elb.eu-west-1.amazonaws.com"

Change: TypeAlias = dict[str, Any]
Fields: TypeAlias = dict[str, Any]

SIMPLE: Fields = {}
WEIGHTED: Fields = {"Weight": 1}
LATENCY: Fields = {"Region": "eu-west-1"}
PRIMARY: Fields = {"Failover": "PRIMARY", "HealthCheckId": "c0ffee"}
SECONDARY: Fields = {"Failover": "SECONDARY"}
FRANCE: Fields = {"GeoLocation": {"CountryCode": "FR"}}
MULTIVALUE: Fields = {"MultiValueAnswer": True}


def create(name: str, kind: str, *values: str, ttl: int | None = 60, **more: Any) -> Change:  # noqa: ANN401
    """A new record set."""
    entry: Fields = {"Name": name, "Type": kind, **more}
    if ttl is not None:
        entry["TTL"] = ttl
    if values:
        entry["ResourceRecords"] = [{"Value": value} for value in values]
    return {"Action": "CREATE", "ResourceRecordSet": entry}


def upsert(name: str, kind: str, *values: str, **more: Any) -> Change:  # noqa: ANN401
    """A record set, new or not."""
    return {**create(name, kind, *values, **more), "Action": "UPSERT"}


def delete(name: str, kind: str, *values: str, **more: Any) -> Change:  # noqa: ANN401
    """A record set that goes."""
    return {**create(name, kind, *values, **more), "Action": "DELETE"}


def an_address(identifier: str, **more: Any) -> Change:  # noqa: ANN401
    """One of several sets of addresses of `WWW`."""
    return create(WWW, "A", "192.0.2.1", SetIdentifier=identifier, **more)


def an_alias(name: str, kind: str, target: str, zone_id: str = ZONE_ID, **more: Any) -> Change:  # noqa: ANN401
    """A new alias."""
    alias = {"HostedZoneId": zone_id, "DNSName": target, "EvaluateTargetHealth": True}
    return create(name, kind, ttl=None, AliasTarget=alias, **more)


def apply_changes(*changes: Change, on: Sequence[RecordSet] = ()) -> list[RecordSet]:
    """Record sets of a zone after a batch; none changes nothing."""
    return batch.apply(ZONE, ZONE_ID, on, changes) if changes else [*on]


def refusal(*changes: Change, on: Sequence[RecordSet] = ()) -> str:
    """Why a batch is refused; empty if it is not."""
    try:
        batch.apply(ZONE, ZONE_ID, on, changes)
    except (InvalidChangeBatchError, InvalidInputError) as error:
        return f"{error.code}: {error.message}"
    return ""


def invalid_batch(*mistakes: str) -> str:
    """The refusal with these mistakes."""
    return f"InvalidChangeBatch: [{', '.join(mistakes)}]"


def fatal(code: str, meaning: str, found: str) -> str:
    """What Route 53 says of a text that it cannot read."""
    return f"FATAL problem: {code} ({meaning}) encountered with '{found}'"


def empty_label(name: str) -> str:
    """See `fatal`."""
    return fatal("DomainLabelEmpty", "Domain label is empty", name)


def unsupported(character: str) -> str:
    """See `fatal`."""
    return fatal("UnsupportedCharacter", "Value contains unsupported characters", character)
