"""A cluster's API server, as plain JSON: the official client's classes carry no types."""

import math
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol, TypeAlias, cast

from kubernetes.utils.quantity import parse_quantity

from bluegreen import registry
from bluegreen.scalable import MANAGER
from bluegreen.snapshot import KubeView, Node, Workload
from bluegreen.world.asked_once import AskedOnce
from handover.writers import Writer
from kubernetes_client.connection import connect
from kubernetes_client.errors import REQUEST_TIMEOUT, failures_as, is_not_found
from settings.names import LIFECYCLE_LABEL

Object: TypeAlias = Mapping[str, Any]
"""An object as the API server gives it."""

INGRESSES = "/apis/networking.k8s.io/v1/ingresses"
SERVICES = "/api/v1/services"

_ACCESS_REVIEWS = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
_PRIORITY_CLASSES = "/apis/scheduling.k8s.io/v1/priorityclasses"
_JOINING = timedelta(minutes=15)  # an instance's start, its image and the network's pods
_INSTANCE_TYPE = "node.kubernetes.io/instance-type"
_KARPENTER_CAPACITY = "karpenter.sh/capacity-type"
_GIB = 1024**3
_LONG_AGO = "1970-01-01T00:00:00Z"
_GOING = ("ToBeDeletedByClusterAutoscaler", "aws-node-termination-handler/")
"""Beginnings of the taints that Cluster Autoscaler and the termination handler give a node that
goes."""


class KubeError(Exception):
    """The API server did not answer, or refused."""


class Cluster(Protocol):
    """What is asked of a cluster. Everything raises KubeError."""

    def get(self, path: str) -> Object:
        """An object or list."""
        ...

    def items(self, path: str) -> Sequence[Object]:
        """Objects of a list."""
        ...

    def text(self, path: str) -> str:
        """What is no JSON, such as metrics."""
        ...

    def delete(self, path: str) -> None:
        """Deletes an object; one that is gone is as good."""
        ...


Connect = Callable[[object], Cluster]
"""Gives the cluster of a kubeconfig. Raises KubeError."""


class ApiServerClient:
    """The `Cluster` behind a real API server.

    Args:
        kubeconfig: kubeconfig as an object, as a colour's stack exports it.

    Raises:
        KubeError: the kubeconfig is unusable, or its credentials cannot be had.
    """

    def __init__(self, kubeconfig: object) -> None:
        if not isinstance(kubeconfig, Mapping):
            raise KubeError("its kubeconfig is no object")
        with failures_as(KubeError):
            self._client = connect(kubeconfig)

    def get(self, path: str) -> Object:
        """An object or list. Raises KubeError."""
        return self._call("GET", path)

    def items(self, path: str) -> Sequence[Object]:
        """Objects of a list. Raises KubeError."""
        return self.get(path)["items"]

    def text(self, path: str) -> str:
        """What is no JSON, such as metrics. Raises KubeError."""
        call = cast("Callable[..., str]", self._client.call_api)
        with failures_as(KubeError):
            return call(
                path,
                "GET",
                header_params={"Accept": "text/plain"},
                auth_settings=["BearerToken"],
                response_types_map={200: "str"},
                _return_http_data_only=True,
                _request_timeout=REQUEST_TIMEOUT,
            )

    def delete(self, path: str) -> None:
        """Deletes an object; one that is gone is as good. Raises KubeError."""
        try:
            self._call("DELETE", path)
        except KubeError as error:
            if not is_not_found(error.__cause__):
                raise

    def patch(self, path: str, change: Object) -> Object:
        """Merges a change into an object. Raises KubeError."""
        return self._call("PATCH", path, change, "application/merge-patch+json")

    def may_patch(self, path: str) -> bool:
        """Whether the caller may do that. Raises KubeError.

        Args:
            path: ``/apis/GROUP/VERSION/namespaces/NAMESPACE/RESOURCE/NAME``.
        """
        _, _, group, _, _, namespace, resource, name = path.split("/")
        attributes = {
            "verb": "patch", "group": group, "namespace": namespace, "resource": resource,
            "name": name,
        }  # fmt: skip
        review = {
            "apiVersion": "authorization.k8s.io/v1",
            "kind": "SelfSubjectAccessReview",
            "spec": {"resourceAttributes": attributes},
        }
        said = self._call("POST", _ACCESS_REVIEWS, review, "application/json")
        return bool(said["status"]["allowed"])

    def _call(
        self, method: str, path: str, body: Object | None = None, content_type: str = ""
    ) -> Object:
        call = cast("Callable[..., Object]", self._client.call_api)
        sent = {"Content-Type": content_type} if content_type else {}
        with failures_as(KubeError):
            return call(
                path,
                method,
                header_params={"Accept": "application/json", **sent},
                query_params=[("fieldManager", MANAGER)] if method == "PATCH" else [],
                body=body,
                auth_settings=["BearerToken"],
                response_types_map=dict.fromkeys((200, 201, 202), "object"),
                _return_http_data_only=True,
                _request_timeout=REQUEST_TIMEOUT,
            )


class ClusterReader:
    """Looks at one API server again and again.

    Its client is kept, so that the token of one look serves the next ones: each costs a start of
    ``aws``, and the client gets a new one by itself when it has expired.

    Args:
        connect: makes the client.
    """

    def __init__(self, connect: Connect = ApiServerClient) -> None:
        self._connect = connect
        self._kubeconfig: object = None
        self._kube: Cluster | None = None
        self._looked: AskedOnce | None = None

    def client(self, kubeconfig: object) -> Cluster:
        """The client of a kubeconfig, the same as long as that is the same. Raises KubeError."""
        if self._kube is None or self._kubeconfig != kubeconfig:
            self._kubeconfig, self._kube = kubeconfig, self._connect(kubeconfig)
            self._looked = None
        return self._kube

    def last_look(self, kubeconfig: object) -> Cluster:
        """The cluster as `read` saw it last: what it listed is not asked for again.

        Raises as `client`.
        """
        cluster = self.client(kubeconfig)
        self._looked = self._looked or AskedOnce(cluster)
        return self._looked

    def read(
        self,
        kubeconfig: object,
        writers: Sequence[Writer],
        own: Sequence[Writer],
        namespaces: Collection[str],
    ) -> KubeView:
        """What the API server answers; a view with an error where it does not.

        Args:
            kubeconfig: of the cluster.
            writers: its live DNS writers.
            own: the writers of its own names.
            namespaces: where the platform's own workloads are.
        """
        try:
            self._looked = AskedOnce(self.client(kubeconfig))
            return _read_cluster(self._looked, writers, own, namespaces)
        except KubeError as error:
            # A refused token must not be kept.
            self._kube = None
            return KubeView(error=str(error))


def _read_cluster(
    kube: Cluster,
    writers: Sequence[Writer],
    own: Sequence[Writer],
    namespaces: Collection[str],
) -> KubeView:
    ingresses, services = kube.items(INGRESSES), kube.items(SERVICES)
    apps = ",".join(writer.name for writer in writers)
    selector = f"labelSelector=app%20in%20({apps})"
    pods = kube.items(f"/api/v1/namespaces/kube-system/pods?{selector}") if writers else ()
    now = datetime.now(UTC)
    workloads = _workloads(kube, namespaces, {writer.name for writer in writers})
    names = [registry.published(writer, ingresses, services) for writer in writers]
    return KubeView(
        version=kube.get("/version")["gitVersion"],
        nodes=tuple(_node(item, now) for item in kube.items("/api/v1/nodes")),
        workloads=tuple(workloads),
        live_writers=tuple(pod["metadata"]["name"] for pod in pods),
        published=tuple(it for published, _ in names for it in published),
        asked=tuple(it for _, asked in names for it in asked),
        own=tuple(it for w in own for it in registry.published(w, ingresses, services)[1]),
        balanced=tuple(registry.balanced(ingresses, services)),
    )


def _node(item: Object, now: datetime) -> Node:
    meta, conditions = item["metadata"], item.get("status", {}).get("conditions") or ()
    ready = any(c["type"] == "Ready" and c["status"] == "True" for c in conditions)
    labels = meta.get("labels", {})
    spot = any(labels.get(it) == "spot" for it in (LIFECYCLE_LABEL, _KARPENTER_CAPACITY))
    going = "deletionTimestamp" in meta or any(
        taint["key"].startswith(_GOING) for taint in item.get("spec", {}).get("taints") or ()
    )
    created = datetime.fromisoformat(meta.get("creationTimestamp", _LONG_AGO))
    joining = now - created < _JOINING
    return Node(
        name=meta["name"],
        ready=ready,
        passing=spot or going or joining,
        kind=labels.get(_INSTANCE_TYPE, ""),
        spot=spot,
        disk_gib=_disk_gib(item),
    )


def _disk_gib(node: Object) -> int | None:
    """Root volume of a node: its file system is a little smaller than the whole GiB of the disk."""
    said = node.get("status", {}).get("capacity", {}).get("ephemeral-storage")
    return None if said is None else math.ceil(parse_quantity(said) / _GIB)


def _workloads(
    kube: Cluster, namespaces: Collection[str], writers: Collection[str]
) -> Iterator[Workload]:
    classes = kube.items(_PRIORITY_CLASSES) if namespaces else ()
    reserve = {it["metadata"]["name"] for it in classes if it["value"] < 0}
    for namespace in sorted(namespaces):
        for item in kube.items(f"/apis/apps/v1/namespaces/{namespace}/deployments"):
            status = item.get("status", {})
            wanted = item["spec"].get("replicas", 1)
            found = _workload("deployment", item, wanted, status.get("availableReplicas", 0))
            pod = item["spec"].get("template", {}).get("spec", {})
            yield found.model_copy(
                update={
                    "live_writer": item["metadata"]["name"] in writers,
                    "reserve": pod.get("priorityClassName") in reserve,
                }
            )
        for item in kube.items(f"/apis/apps/v1/namespaces/{namespace}/daemonsets"):
            status = item.get("status", {})
            wanted = status.get("desiredNumberScheduled", 0)
            yield _workload("daemonset", item, wanted, status.get("numberAvailable", 0))


def _workload(kind: str, item: Object, wanted: int, available: int) -> Workload:
    meta = item["metadata"]
    return Workload(
        name=f"{kind} {meta['namespace']}/{meta['name']}", wanted=wanted, available=available
    )
