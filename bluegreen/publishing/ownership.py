"""ExternalDNS's TXT registry: which record set is whose.

Formats are those of v0.21 (`registry/mapper`, `registry/txt` and `endpoint/labels.go` of its
source): the owner of a record set stands in a TXT whose name is that of the record set with its
type before the first label. An alias A counts as ``cname``. A TXT of the record set's own name,
as older releases wrote it, counts for all types but AAAA.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

_HERITAGE = "external-dns"
_PAIR = 2
_KINDS = ("A", "AAAA", "CNAME", "NS", "MX", "PTR", "SRV", "NAPTR")

MANAGED_TYPES = ("A", "AAAA", "CNAME")
"""Record types that the DNS writers make and change; others of a name they never touch."""


@dataclass(frozen=True)
class RecordSet:
    """A record set as Route 53 lists it, its name and targets plain.

    Attributes:
        name: DNS name, lower case, no final dot, an asterisk as itself.
        type: record type.
        alias: whether it is an alias.
        values: host of an alias, or values.
        set_identifier: of one with a routing policy; empty for a simple one.
        ttl: seconds; 0 for an alias.
    """

    name: str
    type: str
    alias: bool
    values: tuple[str, ...]
    set_identifier: str = ""
    ttl: int = 0


@dataclass(frozen=True)
class Claim:
    """What a TXT of the registry says.

    Attributes:
        record: name of the TXT.
        owner: owner id; empty where it says none.
        resource: the object that asked for it, ``ingress/NAMESPACE/NAME``; or empty.
    """

    record: str
    owner: str
    resource: str


def labels_of(value: str) -> Mapping[str, str] | None:
    """Labels of a TXT's text; None where it is not ExternalDNS's: `NewLabelsFromStringPlain`."""
    pairs = [
        pair for token in value.strip('"').split(",") if len(pair := token.split("=")) == _PAIR
    ]
    heritages = [said for key, said in pairs if key == "heritage"]
    if not heritages or any(said != _HERITAGE for said in heritages):
        return None
    return {
        key.removeprefix(f"{_HERITAGE}/"): said
        for key, said in pairs
        if key != "heritage" and key.startswith(_HERITAGE)
    }


def txt_name(name: str, kind: str, *, alias: bool) -> str:
    """Name of the TXT that says whose a record set is."""
    said = "cname" if alias and kind == "A" else kind.lower()
    return f"{said}-{name}"


class Registry:
    """The claims of a zone.

    Args:
        sets: its record sets.
    """

    def __init__(self, sets: Iterable[RecordSet]) -> None:
        self._claims: dict[tuple[str, str, str], Claim] = {}
        for entry in sets:
            claim = claim_of(entry)
            if claim is not None:
                self._claims[*_record_of_txt(entry.name), entry.set_identifier] = claim

    def claim_on(self, entry: RecordSet) -> Claim | None:
        """The claim that decides whose a record set is; None where nothing says it."""
        kind = "CNAME" if entry.alias and entry.type == "A" else entry.type
        found = self._claims.get((entry.name, kind, entry.set_identifier))
        if found is None and entry.type != "AAAA":
            found = self._claims.get((entry.name, "", entry.set_identifier))
        return found


def claim_of(entry: RecordSet) -> Claim | None:
    """What a record set says, if it is a TXT of the registry."""
    labels = labels_of(entry.values[0]) if entry.type == "TXT" and entry.values else None
    if labels is None:
        return None
    return Claim(entry.name, labels.get("owner", ""), labels.get("resource", ""))


def _record_of_txt(txt: str) -> tuple[str, str]:
    """Name and type of the record set that a TXT speaks of; no type in the old format."""
    first, dash, rest = txt.partition("-")
    if dash and first.upper() in _KINDS:
        return rest, first.upper()
    return txt, ""
