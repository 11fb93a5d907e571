"""Registrations of webhooks that come with a chart: complete, and once somebody answers."""

import socket
from collections.abc import Callable, Sequence
from typing import Protocol

from localcloud.cluster.egress import UnservedError
from localcloud.cluster.kube import Object

AUTHORITY = "localcloud.eks-platform/authority"
"""Annotation of a registration in a manifest: ``NAMESPACE/NAME`` of the Secret whose ``ca.crt`` is
the authority of its webhooks. The chart's program fills it, and would put it there later."""

_HTTPS = 443
_PATIENCE = 2.0


class Reading(Protocol):
    """Reads one object, see `Kube.get`."""

    def get(self, path: str) -> Object | None:
        """An object, or None when there is none."""
        ...


class ChartWebhooks:
    """Completes registrations."""

    def __init__(self, kube: Reading, find: Callable[[str, int], Sequence[int]]) -> None:
        """`find` gives the loopback ports behind an address, see `Destinations.find`."""
        self._kube = kube
        self._find = find

    def completed(self, item: Object) -> Object | None:
        """The object as it can be made now, or None while it must wait.

        Without the annotation, the chart's program gives it its authority later, and nobody waits.
        """
        annotations = item["metadata"].get("annotations") or {}
        if item["kind"] != "ValidatingWebhookConfiguration" or AUTHORITY not in annotations:
            return item
        authority = self._authority(item)
        clients = [it["clientConfig"] for it in item["webhooks"]]
        if authority is None or not all(self._answers(it["service"]) for it in clients):
            return None
        complete = [
            {**it, "clientConfig": {**it["clientConfig"], "caBundle": authority}}
            for it in item["webhooks"]
        ]
        return {**item, "webhooks": complete}

    def _authority(self, item: Object) -> str | None:
        namespace, _, name = item["metadata"]["annotations"][AUTHORITY].partition("/")
        found = self._kube.get(f"/api/v1/namespaces/{namespace}/secrets/{name}") or {}
        return (found.get("data") or {}).get("ca.crt") or None

    def _answers(self, service: Object) -> bool:
        path = f"/api/v1/namespaces/{service['namespace']}/services/{service['name']}"
        found = self._kube.get(path)
        if found is None:
            return False
        try:
            ports = self._find(found["spec"]["clusterIP"], service.get("port", _HTTPS))
        except UnservedError:
            return False
        return any(_listens(port) for port in ports)


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), _PATIENCE).close()
    except OSError:
        return False
    return True
