"""A hosted zone, while a batch changes what it holds."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from moto.route53.models import RecordSet

from localcloud.server.route53 import names
from localcloud.server.route53.entries import Entry, Key, of_moto, to_moto


class Zone:
    """A hosted zone and its record sets; those it was made of stay as they are.

    Attributes:
        name: as Route 53 keeps it.
        id: for example ``Z32O12XQLNTSW2``.
    """

    def __init__(self, name: str, zone_id: str, records: Iterable[RecordSet]) -> None:
        self.name = names.absolute(name)
        self.id = zone_id
        self._names: dict[str, dict[Key, RecordSet]] = {}
        for record in records:
            key = (names.absolute(record.name), str(record.type), record.set_identifier or "")
            self._names.setdefault(key[0], {})[key] = record

    def entries_of(self, name: str) -> list[Entry]:
        """Record sets of one name."""
        return [of_moto(record) for record in self._names.get(name, {}).values()]

    def find(self, key: Key) -> Entry | None:
        """One record set, or None."""
        record = self._names.get(key[0], {}).get(key)
        return of_moto(record) if record else None

    def group(self, entry: Entry) -> Sequence[Entry]:
        """All other record sets of an entry's name and type."""
        return [
            other
            for other in self.entries_of(entry.name)
            if other.type == entry.type and other.identifier != entry.identifier
        ]

    def put(self, entry: Entry, asked: Mapping[str, Any]) -> None:
        """Makes an entry, or replaces it."""
        self._names.setdefault(entry.name, {})[entry.key] = to_moto(entry, asked)

    def drop(self, entry: Entry) -> None:
        """Deletes an entry."""
        del self._names[entry.name][entry.key]

    def records(self) -> list[RecordSet]:
        """All record sets, as moto keeps them."""
        return [record for found in self._names.values() for record in found.values()]
