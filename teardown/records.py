"""Which records of a zone are a colour's own: pure functions."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from teardown.target import OwnZone

if TYPE_CHECKING:
    from mypy_boto3_route53.type_defs import ResourceRecordSetOutputTypeDef

_TYPES = ("A", "AAAA", "CNAME")
_PREFIXES = tuple(f"{kind.lower()}-" for kind in _TYPES)


def own_records(
    records: "Sequence[ResourceRecordSetOutputTypeDef]", zone: OwnZone
) -> "list[ResourceRecordSetOutputTypeDef]":
    """The records that the colour's own DNS writer made, and the TXT records that say so.

    ExternalDNS keeps, beside the record of a name, a TXT record that says whose it is, its name
    with the record's type before the first label: ``cname-web.eks-blue.devinfra.fr``. A record
    belongs to the colour if it lies in its domain and its TXT record names its owner id.

    Args:
        records: all records of the hosted zone.
        zone: the colour's part of it.
    """
    inside = [record for record in records if _is_inside(record["Name"], zone.domain)]
    proofs = [record for record in inside if _is_proof(record, zone.owner_id)]
    names = {name for proof in proofs for name in _names(proof["Name"])}
    owned = [it for it in inside if it["Type"] in _TYPES and _plain(it["Name"]) in names]
    return [*owned, *proofs]


def _is_inside(name: str, domain: str) -> bool:
    return _plain(name).endswith(f".{domain.lower()}")


def _plain(name: str) -> str:
    return name.rstrip(".").lower()


def _is_proof(record: "ResourceRecordSetOutputTypeDef", owner: str) -> bool:
    if record["Type"] != "TXT":
        return False
    texts = (value["Value"].strip('"') for value in record.get("ResourceRecords", ()))
    return any(
        {"heritage=external-dns", f"external-dns/owner={owner}"} <= set(text.split(","))
        for text in texts
    )


def _names(proof: str) -> Iterator[str]:
    """Names that a TXT record may speak of."""
    name = _plain(proof)
    for prefix in _PREFIXES:
        if name.startswith(prefix):
            yield name.removeprefix(prefix)
