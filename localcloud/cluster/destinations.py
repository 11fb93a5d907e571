"""What stands for an address in a cluster's network: a process of a pod, a stand-in, or nothing.

Names of Services are addresses too: a program's way out is a proxy, which gets them as they are.
"""

import re
from collections.abc import Callable, Sequence
from typing import Protocol
from urllib.parse import quote

from kubernetes.client.exceptions import ApiException

from localcloud.cluster.egress import UnservedError
from localcloud.cluster.failures import one_line
from localcloud.cluster.kube import FAILURES, Object
from localcloud.cluster.unchecked_webhooks import UncheckedWebhooks

KUBELET_PORT = 10250
_SERVICE_NAME = re.compile(r"([a-z0-9-]+)\.([a-z0-9-]+)\.svc(?:\.cluster\.local)?\.?")
"""https://kubernetes.io/docs/concepts/services-networking/dns-pod-service/"""


class Processes(Protocol):
    """Which pods run as processes."""

    def port_of(self, pod_uid: str, port: int) -> int | None:
        """Loopback port on which a pod's process serves one of its ports, or None."""
        ...


class Listing(Protocol):
    """Lists objects, see `Kube.items`."""

    def items(self, path: str) -> list[Object]:
        """Objects of a collection."""
        ...


class Destinations:
    """Finds the loopback ports behind an address; asks the API server anew each time."""

    def __init__(
        self,
        kube: Listing,
        processes: Processes,
        unchecked: UncheckedWebhooks,
        kubelet_of: Callable[[Object], int | None] = lambda _: None,
    ) -> None:
        """`kubelet_of` gives the loopback port of a node's kubelet, or None."""
        self._kube = kube
        self._processes = processes
        self._unchecked = unchecked
        self._kubelet_of = kubelet_of

    def find(self, host: str, port: int) -> Sequence[int]:
        """The loopback ports: of a Service, one for each of its pods that is a process.

        Args:
            host: address of a Service, pod or node, name of a node, or a Service's name in the
                cluster's DNS, such as ``it.shop.svc``.
            port: as it is there.

        Raises:
            UnservedError: nobody serves that address.
        """
        try:
            return self._find(host, port)
        except ApiException as error:
            raise UnservedError(f"its API server answers {error.status}") from error
        except FAILURES as error:
            raise UnservedError(f"its API server does not answer ({one_line(error)})") from error

    def _find(self, host: str, port: int) -> Sequence[int]:
        service = self._service(host)
        if service is not None:
            return self._of_service(service, port)
        pods = self._kube.items(f"/api/v1/pods?fieldSelector=status.podIP%3D{quote(host)}")
        for pod in pods:
            local = self._processes.port_of(pod["metadata"]["uid"], port)
            if local is not None:
                return [local]
        nodes = [node for node in self._kube.items("/api/v1/nodes") if host in _addresses(node)]
        if nodes and port == _kubelet_port(nodes[0]):
            return [self._of_kubelet(nodes[0])]
        if pods:
            raise UnservedError(_simulated(pods))
        if nodes:
            raise UnservedError(f"nothing listens there on node {nodes[0]['metadata']['name']}")
        raise UnservedError("no Service, pod or node has this address")

    def _service(self, host: str) -> Object | None:
        """The Service with an address, or with a name as the cluster's DNS has it."""
        named = _SERVICE_NAME.fullmatch(host)
        if named:
            name, namespace = named.groups()
            path = f"/api/v1/namespaces/{namespace}/services?fieldSelector=metadata.name%3D{name}"
        else:
            path = f"/api/v1/services?fieldSelector=spec.clusterIP%3D{quote(host)}"
        return next(iter(self._kube.items(path)), None)

    def _of_kubelet(self, node: Object) -> int:
        local = self._kubelet_of(node)
        if local is None:
            name = node["metadata"]["name"]
            raise UnservedError(
                f"node {name} is simulated; its kubelet has neither logs nor exec nor metrics"
            )
        return local

    def _of_service(self, service: Object, port: int) -> Sequence[int]:
        meta, spec = service["metadata"], service["spec"]
        place = f"{meta['namespace']}/{meta['name']}"
        entry = next((it for it in spec.get("ports") or [] if it["port"] == port), None)
        if entry is None:
            raise UnservedError(f"Service {place} has no such port")
        pods = self._ready_pods(meta["namespace"], spec.get("selector") or {})
        found = [self._local_port(pod, entry.get("targetPort", port)) for pod in pods]
        if ports := [local for local in found if local is not None]:
            return ports
        if not pods:
            raise UnservedError(f"Service {place} has no ready pod")
        if self._unchecked.are_asked_for(service):
            return [self._unchecked.port_of(service, pods)]
        raise UnservedError(f"Service {place}: {_simulated(pods)}")

    def _local_port(self, pod: Object, target: int | str) -> int | None:
        port = _container_port(pod, target)
        return self._processes.port_of(pod["metadata"]["uid"], port) if port else None

    def _ready_pods(self, namespace: str, selector: dict[str, str]) -> list[Object]:
        if not selector:
            return []
        wanted = quote(",".join(f"{key}={value}" for key, value in selector.items()), safe="")
        path = f"/api/v1/namespaces/{namespace}/pods?labelSelector={wanted}"
        return [pod for pod in self._kube.items(path) if _is_ready(pod)]


def _container_port(pod: Object, target: int | str) -> int | None:
    """The number of a Service's target port in a pod."""
    if isinstance(target, int):
        return target
    ports = [port for c in pod["spec"]["containers"] for port in c.get("ports") or []]
    return next((port["containerPort"] for port in ports if port.get("name") == target), None)


def _is_ready(pod: Object) -> bool:
    if pod["metadata"].get("deletionTimestamp"):
        return False
    conditions = pod.get("status", {}).get("conditions") or []
    return any(it["type"] == "Ready" and it["status"] == "True" for it in conditions)


def _kubelet_port(node: Object) -> int:
    endpoint = node.get("status", {}).get("daemonEndpoints", {}).get("kubeletEndpoint", {})
    return int(endpoint.get("Port") or KUBELET_PORT)


def _addresses(node: Object) -> set[str]:
    listed = node.get("status", {}).get("addresses") or []
    return {node["metadata"]["name"], *(it["address"] for it in listed)}


def _simulated(pods: list[Object]) -> str:
    names = ", ".join(sorted(pod["metadata"]["name"] for pod in pods))
    return f"{names} {'is' if len(pods) == 1 else 'are'} simulated, no program runs there"
