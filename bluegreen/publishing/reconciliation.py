"""What one pass of a DNS writer makes of its zone: `plan` and `registry/txt` of ExternalDNS.

Under the policy upsert-only, so nothing is deleted; and with Route 53's refusals, as a change
that is refused never happens, however often it is tried.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from bluegreen.publishing.desired import is_simple
from bluegreen.publishing.endpoint import KINDS, Endpoint, least
from bluegreen.publishing.ownership import (
    MANAGED_TYPES,
    RecordSet,
    Registry,
    claim_of,
    txt_name,
)
from handover.name_annotation import MAX_LABEL, MAX_NAME

_DEFAULT_TTL = 300

_Row = tuple[str, str]
_Key = tuple[str, str, str]


@dataclass(frozen=True)
class Outcome:
    """A zone after a pass.

    Attributes:
        sets: its record sets.
        refused: names that Route 53 does not take → why.
        left: names of which the writer leaves a record set as it is, as it is not its own → why.
        unclear: names of which nobody can say what becomes of them → why.
    """

    sets: tuple[RecordSet, ...]
    refused: Mapping[str, str]
    left: Mapping[str, str]
    unclear: Mapping[str, str]


@dataclass(frozen=True)
class _Change:
    made: RecordSet
    txt: RecordSet
    creates: bool
    replaced: RecordSet | None = None


class Reconciliation:
    """One pass of a writer.

    Args:
        owner: its TXT owner id.
        sets: record sets of its zone.
        endpoints: record sets that it wants, none that its filters keep out.
    """

    def __init__(
        self, owner: str, sets: Iterable[RecordSet], endpoints: Iterable[Endpoint]
    ) -> None:
        self._owner = owner
        self._sets = {_key(entry): entry for entry in sets}
        self._by_name: dict[str, set[_Key]] = {}
        for key in self._sets:
            self._by_name.setdefault(key[0], set()).add(key)
        self._registry = Registry(self._sets.values())
        self._wanted: dict[_Row, list[Endpoint]] = {}
        for endpoint in endpoints:
            row = (endpoint.name.lower(), endpoint.set_identifier)
            self._wanted.setdefault(row, []).append(endpoint)
        self._refused: dict[str, str] = {}
        self._left: dict[str, str] = {}

    def run(self) -> Outcome:
        """The zone afterwards."""
        rows = self._wanted.items()
        unclear = self._special() | self._contested()
        for (name, identifier), wanted in sorted(rows, key=lambda item: item[0]):
            if name not in unclear:
                self._apply(name, self._changes(name, identifier, wanted))
        return Outcome(tuple(self._sets.values()), self._refused, self._left, unclear)

    def _special(self) -> dict[str, str]:
        why = "its annotations ask for more than a simple record set"
        rows = self._wanted.items()
        return {name: why for (name, _), wanted in rows if not all(map(is_simple, wanted))}

    def _contested(self) -> dict[str, str]:
        """Names whose record sets cannot stand beside each other, and none of which stands yet.

        ExternalDNS makes them in no order, and the first one wins: a CNAME ``cname-shop`` and the
        ownership record of ``shop``, which has the same name.
        """
        found: dict[str, str] = {}
        cnames = {
            name
            for (name, _), wanted in self._wanted.items()
            if "CNAME" in _by_kind(wanted) and not self._stands(name, "CNAME", "TXT")
        }
        for (name, _), wanted in self._wanted.items():
            for endpoint in wanted:
                txt = txt_name(name, endpoint.type, alias=endpoint.alias)
                if txt in cnames:
                    why = f"the CNAME {txt} and the ownership record of {name} have one name"
                    found |= {name: why, txt: why}
        return found

    def _stands(self, name: str, *kinds: str) -> bool:
        return any((name, kind, "") in self._sets for kind in kinds)

    def _changes(self, name: str, identifier: str, wanted: Sequence[Endpoint]) -> list[_Change]:
        current = {
            kind: self._sets[name, kind, identifier]
            for kind in MANAGED_TYPES
            if (name, kind, identifier) in self._sets
        }
        foreign = [entry for entry in current.values() if not self._owns(entry)]
        if foreign:
            self._left[name] = ", ".join(self._describe_owner(entry) for entry in foreign)
        found: list[_Change] = []
        for kind, candidates in _by_kind(wanted).items():
            known = current.get(kind)
            if known is None:
                if not foreign:
                    found.append(self._change(least(candidates), None))
            elif self._owns(known):
                claim = self._registry.claim_on(known)
                best = _update(candidates, claim.resource if claim else "")
                if self._differs(best, known):
                    found.append(self._change(best, known))
        return found

    def _change(self, endpoint: Endpoint, known: RecordSet | None) -> _Change:
        made = RecordSet(
            name=endpoint.name.lower(),
            type=endpoint.type,
            alias=endpoint.alias,
            values=endpoint.targets[:1] if endpoint.alias else endpoint.targets,
            set_identifier=endpoint.set_identifier,
            ttl=0 if endpoint.alias else endpoint.ttl or _DEFAULT_TTL,
        )
        said = f'"heritage=external-dns,external-dns/owner={self._owner},'
        txt = RecordSet(
            name=txt_name(made.name, made.type, alias=made.alias),
            type="TXT",
            alias=False,
            values=(f'{said}external-dns/resource={endpoint.resource}"',),
            set_identifier=made.set_identifier,
            ttl=_DEFAULT_TTL,
        )
        switched = known is not None and known.type == "A" and known.alias != made.alias
        return _Change(made, txt, creates=known is None, replaced=known if switched else None)

    def _differs(self, endpoint: Endpoint, known: RecordSet) -> bool:
        """Whether targets, kind or a TTL that is asked for are others, or its TXT is missing."""
        wanted = endpoint.targets[:1] if endpoint.alias else endpoint.targets
        ttl = bool(endpoint.ttl) and endpoint.ttl != known.ttl
        same = sorted(map(str.lower, wanted)) == sorted(map(str.lower, known.values))
        txt = txt_name(known.name, known.type, alias=known.alias)
        missing = (txt, "TXT", known.set_identifier) not in self._sets
        return not same or ttl or endpoint.alias != known.alias or missing

    def _apply(self, name: str, changes: Sequence[_Change]) -> None:
        """Makes the changes of a name, all or none, as Route 53 takes them."""
        written: dict[_Key, RecordSet] = {}
        mistakes: list[str] = []
        for change in changes:
            before = self._sets.get(_key(change.txt))
            if change.creates and before is not None:
                # A TXT of the registry is left as it is; any other one is in the way.
                if claim_of(before) is None:
                    mistakes.append(f"a TXT {change.txt.name} stands there, which says no owner")
            else:
                written[_key(change.txt)] = change.txt
            written[_key(change.made)] = change.made
            mistakes += _mistakes(change)
        # A zone has thousands of names: those of this change alone are looked at.
        names = {name, *(change.txt.name for change in changes)}
        beside = {key for it in names for key in self._by_name.get(it, ())}
        mistakes += _conflicts(beside | set(written))
        if mistakes:
            self._refused[name] = "; ".join(dict.fromkeys(mistakes))
        else:
            self._sets |= written
            for key in written:
                self._by_name.setdefault(key[0], set()).add(key)

    def _owns(self, entry: RecordSet) -> bool:
        claim = self._registry.claim_on(entry)
        return claim is not None and claim.owner == self._owner

    def _describe_owner(self, entry: RecordSet) -> str:
        claim = self._registry.claim_on(entry)
        said = f"owner {claim.owner}, by {claim.record}" if claim and claim.owner else "no owner"
        return f"{entry.type} ({said})"


def _by_kind(wanted: Iterable[Endpoint]) -> dict[str, list[Endpoint]]:
    """Candidates by type; CNAMEs give way to others: `ResolveRecordTypes`."""
    found: dict[str, list[Endpoint]] = {}
    for kind in KINDS:
        of_kind = [endpoint for endpoint in wanted if endpoint.type == kind]
        if of_kind:
            found[kind] = of_kind
    if len(found) > 1:
        found.pop("CNAME", None)
    return found


def _update(candidates: Sequence[Endpoint], resource: str) -> Endpoint:
    """The candidate of the object that has the name already, else the least: `ResolveUpdate`."""
    ordered = list(candidates)
    while ordered:
        first = least(ordered)
        if first.resource == resource:
            return first
        ordered.remove(first)
    return least(candidates)


def _mistakes(change: _Change) -> list[str]:
    """What Route 53 refuses of a record set by itself."""
    made = change.made
    found: list[str] = []
    if max(len(made.name), len(change.txt.name)) > MAX_NAME:
        found.append("its name, or that of its ownership record, is too long")
    if made.type == "CNAME" and len(made.values) > 1:
        found.append(f"a CNAME has one target, not {len(made.values)}")
    if made.type == "CNAME" and not all(map(_is_domain, made.values)):
        found.append(f"a CNAME leads to a host name, not to {', '.join(made.values)}")
    return found


def _is_domain(host: str) -> bool:
    labels = host.split(".")
    return (
        host.isascii() and len(host) < MAX_NAME and all(0 < len(it) <= MAX_LABEL for it in labels)
    )


def _conflicts(keys: Iterable[_Key]) -> list[str]:
    kinds: dict[str, set[str]] = {}
    for name, kind, _ in keys:
        kinds.setdefault(name, set()).add(kind)
    return [
        f"a CNAME {name} stands alone, not beside {', '.join(sorted(found - {'CNAME'}))}"
        for name, found in sorted(kinds.items())
        if "CNAME" in found and len(found) > 1
    ]


def _key(entry: RecordSet) -> _Key:
    return entry.name, entry.type, entry.set_identifier
