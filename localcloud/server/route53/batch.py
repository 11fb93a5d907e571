"""One change batch of Route 53: its limits, and what it does to a zone, all of it or nothing.

Changes are judged one after the other, each by what those before it leave: a CREATE that only a
later DELETE would make room for is refused, as by the real one
(https://github.com/kubernetes-sigs/external-dns/issues/1411).
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from moto.route53.models import RecordSet

from localcloud.server.route53 import alias, entries, form, placement, routing, schema, values
from localcloud.server.route53.entries import Entry, Key
from localcloud.server.route53.errors import DomainNameError, InvalidChangeBatchError
from localcloud.server.route53.zone import Zone

MAX_RECORDS = 1000
"""ResourceRecord elements of a batch; those of an UPSERT count twice, aliases have none."""

MAX_CHARACTERS = 32_000
"""Characters of all Value elements of a batch; those of an UPSERT count twice.

Both from https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/DNSLimitations.html"""

Change: TypeAlias = Mapping[str, Any]
"""``{"Action": …, "ResourceRecordSet": …}`` as boto3 has it."""


def measure(changes: Iterable[Change]) -> tuple[int, int]:
    """ResourceRecord elements and characters of values, as Route 53 counts them."""
    records = characters = 0
    for change in changes:
        factor = 2 if change["Action"] == "UPSERT" else 1
        found = entries.values_of(change["ResourceRecordSet"])
        records += factor * len(found)
        characters += factor * sum(len(value) for value in found)
    return records, characters


def apply(
    zone_name: str, zone_id: str, records: Sequence[RecordSet], changes: Sequence[Change]
) -> list[RecordSet]:
    """The zone's record sets after the batch; `records` and their members stay as they are.

    Raises:
        InvalidChangeBatchError: a limit is passed, or a change does not fit what is there.
        InvalidInputError: a change is malformed.
    """
    schema.check(changes)
    _check_limits(changes)
    for change in changes:
        form.check(change)
    zone = Zone(zone_name, zone_id, records)
    at_apex = {entry.type for entry in zone.entries_of(zone.name)}
    done: dict[Key, list[str]] = {}
    mistakes = [words for change in changes for words in _make(zone, done, change)]
    mistakes += placement.missing(zone, at_apex)
    if mistakes:
        raise InvalidChangeBatchError(mistakes)
    return zone.records()


def _check_limits(changes: Sequence[Change]) -> None:
    records, characters = measure(changes)
    if records > MAX_RECORDS:
        raise InvalidChangeBatchError([f"Number of records limit of {MAX_RECORDS} exceeded."])
    if characters > MAX_CHARACTERS:
        raise InvalidChangeBatchError([f"Number of characters limit of {MAX_CHARACTERS} exceeded."])


def _make(zone: Zone, done: dict[Key, list[str]], change: Change) -> Sequence[str]:
    """Makes one change, unless something is wrong with it: gives what is."""
    asked: Mapping[str, Any] = change["ResourceRecordSet"]
    try:
        entry = entries.read(asked)
    except DomainNameError as error:
        return [str(error)]
    action: str = change["Action"]
    earlier = done.setdefault(entry.key, [])
    earlier.append(action)
    if len(earlier) > 1 and (earlier[:-1] != ["DELETE"] or action == "DELETE"):
        # https://github.com/schwamster/serverless-certificate-creator/issues/28
        words = "The request contains an invalid set of changes for a resource record set"
        return [f"{words} '{entry.type} {entry.name}'"]
    mistakes = [*_MISTAKES[action](zone, entry)]
    if mistakes:
        return mistakes
    if action == "DELETE":
        zone.drop(entry)
    else:
        zone.put(entry, asked)
    return []


def _create_mistakes(zone: Zone, entry: Entry) -> Iterator[str]:
    if zone.find(entry.key) is not None:
        yield f"Tried to create {entry.label} but it already exists"
    yield from _upsert_mistakes(zone, entry)


def _delete_mistakes(zone: Zone, entry: Entry) -> Iterator[str]:
    yield from placement.outside(zone, entry)
    current, tried = zone.find(entry.key), f"Tried to delete {entry.label} but"
    if current is None:
        yield f"{tried} it was not found"
    elif not current.says_the_same(entry):
        yield f"{tried} the values provided do not match the current values"


def _upsert_mistakes(zone: Zone, entry: Entry) -> Iterator[str]:
    if entry.alias is None:
        yield from values.mistakes(entry)
    else:
        yield from alias.mistakes(zone, entry, entry.alias)
    yield from placement.mistakes(zone, entry)
    yield from routing.mistakes(zone, entry)


_MISTAKES: Mapping[str, Callable[[Zone, Entry], Iterator[str]]] = {
    "CREATE": _create_mistakes,
    "DELETE": _delete_mistakes,
    "UPSERT": _upsert_mistakes,
}
