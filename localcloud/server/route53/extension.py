"""Puts our change batches and our GetChange in the place of moto's.

moto makes the changes of a batch one by one, so a mistake leaves half of it; it lets a CREATE
replace, deletes without looking at values, takes almost any record set, and says INSYNC at once.
"""

import threading
from collections.abc import Callable, Iterable
from typing import Any, TypeAlias
from weakref import WeakKeyDictionary

from moto.core.responses import ActionResult
from moto.core.utils import utcnow
from moto.route53.exceptions import Route53ClientError
from moto.route53.models import FakeZone, RecordSet, Route53Backend
from moto.route53.responses import Route53

from localcloud.server.route53 import batch, names
from localcloud.server.route53.errors import DomainNameError, InvalidInputError
from localcloud.server.route53.propagation import Change, Propagation

_Method: TypeAlias = Callable[..., Any]
_Methods: TypeAlias = tuple[_Method, _Method, _Method, _Method]

PAGE = 300
"""Record sets of one page of ListResourceRecordSets, however many are asked for."""


class PriorRequestNotCompleteError(Route53ClientError):
    """A second change of a zone while the first is worked on."""

    def __init__(self) -> None:
        super().__init__(
            "PriorRequestNotComplete",
            "The request was rejected because Route 53 was still processing a prior request.",
        )


class NoSuchChangeError(Route53ClientError):
    """No change has that id."""

    def __init__(self, change_id: str) -> None:
        super().__init__("NoSuchChange", f"Could not find resource with ID: {change_id}")


def install(propagation: Propagation) -> Callable[[], None]:
    """Replaces the methods; gives what puts moto's own back."""
    before: _Methods = (
        Route53.change_resource_record_sets,
        Route53.get_change,
        Route53Backend.list_resource_record_sets,
        Route53Backend.create_hosted_zone,
    )
    locks: WeakKeyDictionary[FakeZone, threading.Lock] = WeakKeyDictionary()

    def change_resource_record_sets(self: Route53) -> ActionResult:
        zone = self.backend.get_hosted_zone(self._get_param("HostedZoneId"))
        changes: list[batch.Change] = self._get_param("ChangeBatch.Changes") or []
        lock = locks.setdefault(zone, threading.Lock())
        if not lock.acquire(blocking=False):
            raise PriorRequestNotCompleteError
        try:
            after = batch.apply(zone.name, zone.resource_id, zone.rrsets, changes)
            _check_health(self.backend, changes)
            change = propagation.submit(zone, after)
            zone.rrsets = after
        finally:
            lock.release()
        return ActionResult({"ChangeInfo": _info(change, propagation.status(change))})

    def get_change(self: Route53) -> ActionResult:
        change_id = str(self._get_param("Id"))
        found = propagation.find(change_id)
        if found is None:
            raise NoSuchChangeError(change_id)
        return ActionResult({"ChangeInfo": _info(*found)})

    def list_resource_record_sets(
        self: Route53Backend, zone_id: str, start_type: str, start_name: str, max_items: int
    ) -> tuple[list[RecordSet], str | None, str | None, bool]:
        start_name = start_name and _start(start_name)
        return before[2](self, zone_id, start_type, start_name, min(max_items, PAGE))

    def create_hosted_zone(self: Route53Backend, *args: object, **kwargs: object) -> FakeZone:
        zone: FakeZone = before[3](self, *args, **kwargs)
        for record in zone.rrsets:  # moto wraps the value of the SOA once too often
            record.records = [v["Value"] if isinstance(v, dict) else v for v in record.records]
        return zone

    def put(methods: _Methods) -> None:
        (
            Route53.change_resource_record_sets,
            Route53.get_change,
            Route53Backend.list_resource_record_sets,
            Route53Backend.create_hosted_zone,
        ) = methods

    put(
        (change_resource_record_sets, get_change, list_resource_record_sets, create_hosted_zone),
    )
    return lambda: put(before)


def _start(name: str) -> str:
    """Where a listing starts: https://github.com/sorah/acmesmith/pull/65."""
    try:
        return names.absolute(name)
    except DomainNameError as error:
        raise InvalidInputError(str(error)) from error


def _check_health(backend: Route53Backend, changes: Iterable[batch.Change]) -> None:
    """Raises moto's NoSuchHealthCheck."""
    for change in changes:
        health_check = change["ResourceRecordSet"].get("HealthCheckId")
        if health_check and change["Action"] != "DELETE":
            backend.get_health_check(health_check)


def _info(change: Change, status: str) -> dict[str, object]:
    submitted = change.submitted.replace(tzinfo=utcnow().tzinfo)
    return {"Id": f"/change/{change.id}", "Status": status, "SubmittedAt": submitted}
