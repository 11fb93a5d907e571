"""Empties a cluster and a zone before a colour's stack is destroyed.

`Teardown` is all that a retirement needs of it, so that another way of emptying a cluster can
take its place.
"""

import time
from collections.abc import Sequence
from typing import Protocol

from bluegreen import rules
from bluegreen.errors import OperatorError
from bluegreen.report import Report
from bluegreen.snapshot import Record, Snapshot, live_owners
from bluegreen.updates import Patience
from bluegreen.world import balancers, route53
from bluegreen.world.aws import Aws
from bluegreen.world.kube import INGRESSES, SERVICES, Kube, KubeError, Object
from settings.names import Colour, cluster_name


class TeardownError(OperatorError):
    """Something did not go; the message names it."""


class Teardown(Protocol):
    """What a retirement removes besides the stack."""

    def load_balancers(self, colour: Colour, kubeconfig: object) -> None:
        """Removes Ingresses and LoadBalancer Services, and waits for their load balancers to go.

        Args:
            colour: colour of the cluster.
            kubeconfig: its kubeconfig, or None where its API server is gone.

        Raises:
            TeardownError: something is left at the deadline.
        """
        ...

    def records(self, snapshot: Snapshot, colour: Colour) -> int:
        """Removes records that the colour's own DNS writers own, and their TXTs; returns how many.

        Never touches a live name.
        """
        ...


class PlainTeardown:
    """The `Teardown` that asks the API server, ELB and Route 53 directly."""

    def __init__(self, aws: Aws, report: Report, patience: Patience) -> None:
        self._aws = aws
        self._report = report
        self._patience = patience

    def load_balancers(self, colour: Colour, kubeconfig: object) -> None:
        """See `Teardown`."""
        with self._report.step(f"remove load balancers of {colour}") as show:
            end = time.monotonic() + self._patience.balancers_seconds
            while True:
                left = self._left(colour, kubeconfig)
                if not left:
                    return
                if time.monotonic() > end:
                    raise TeardownError(f"still there: {', '.join(left)}")
                show(f"{len(left)} are left")
                time.sleep(self._patience.pause_seconds)

    def records(self, snapshot: Snapshot, colour: Colour) -> int:
        """See `Teardown`."""
        zones = snapshot.shared.zones
        if zones is None:
            return 0
        deleted = 0
        for kind, zone_id in route53.zone_ids(zones).items():
            owned = [r for r in removable(snapshot, colour) if r.zone == kind]
            if owned:
                deleted += route53.delete_owned(self._aws.route53, zone_id, owned)
        return deleted

    def _left(self, colour: Colour, kubeconfig: object) -> list[str]:
        """Deletes what is not being deleted yet; what is left, in words."""
        left: list[str] = []
        if kubeconfig is not None:
            try:
                left = _delete_balanced(Kube(kubeconfig))
            except KubeError as error:
                raise TeardownError(
                    f"the API server of {colour} cannot be asked: {error}. Its load balancers"
                    " would be left behind"
                ) from error
        listed = balancers.balancers(self._aws.elbv2)
        return left + [b.name for b in listed if b.cluster == cluster_name(colour)]


def removable(snapshot: Snapshot, colour: Colour) -> list[Record]:
    """Record sets of a colour's own DNS writers; never one of a live name or an API record."""
    own = rules.own_owners(snapshot, colour)
    zones = snapshot.shared.zones
    live = frozenset(live_owners(zones).values()) if zones else frozenset[str]()
    return [
        record
        for record in snapshot.records
        if record.zone != "api" and record.owner in own and record.owner not in live
    ]


def owned(snapshot: Snapshot, colour: Colour) -> int:
    """How many record sets a colour's own DNS writers own, TXTs included."""
    records = removable(snapshot, colour)
    sets = {(record.zone, record.name, record.type) for record in records}
    return len(sets | {(r.zone, name, "TXT") for r in records for name in r.owner_records})


def _delete_balanced(kube: Kube) -> list[str]:
    """Deletes Ingresses and LoadBalancer Services; returns those that are still there."""
    left: list[str] = []
    for kind, path, items in (
        ("ingresses", "/apis/networking.k8s.io/v1", kube.items(INGRESSES)),
        ("services", "/api/v1", _balanced(kube.items(SERVICES))),
    ):
        for item in items:
            meta = item["metadata"]
            left.append(f"{kind} {meta['namespace']}/{meta['name']}")
            if not meta.get("deletionTimestamp"):
                kube.delete(f"{path}/namespaces/{meta['namespace']}/{kind}/{meta['name']}")
    return left


def _balanced(services: Sequence[Object]) -> list[Object]:
    return [item for item in services if item["spec"].get("type") == "LoadBalancer"]
