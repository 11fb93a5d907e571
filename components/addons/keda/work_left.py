"""Asks a cluster which live work is left, by the Kubernetes client."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any, TypeAlias

from kubernetes import client
from kubernetes.client.exceptions import ApiException

from components.addons.external_dns.probe import ProbeError
from handover.live_work import KEDA_API, PAUSES, SELECTOR
from kubernetes_client.connection import connect
from kubernetes_client.errors import REQUEST_TIMEOUT, failures_as

_OVER = ("Failed", "Succeeded")
_NOT_FOUND = 404

Object: TypeAlias = Any
"""An object of the Kubernetes client, which has no types."""


def remaining(kubeconfig: object) -> Collection[str]:
    """What would still take live work: what scales and is not paused, then pods.

    A pod that is ending counts as gone: it has been told to, and finishes what it has begun.

    Args:
        kubeconfig: kubeconfig as an object.

    Raises:
        ProbeError: the cluster could not be asked.
    """
    if not isinstance(kubeconfig, Mapping):
        raise ProbeError("its kubeconfig is no object")
    with failures_as(ProbeError), connect(kubeconfig) as connection:
        return (*_scaling(connection), *_pods(connection))


def _scaling(connection: client.ApiClient) -> Iterator[str]:
    api = client.CustomObjectsApi(connection)
    for plural, (annotation, value) in PAUSES.items():
        for item in _listed(api, plural):
            metadata = item["metadata"]
            if (metadata.get("annotations") or {}).get(annotation) != value:
                yield f"{item['kind']} {metadata['namespace']}/{metadata['name']}, not paused"


def _listed(api: client.CustomObjectsApi, plural: str) -> list[Object]:
    try:
        found: Object = api.list_cluster_custom_object(
            *KEDA_API, plural, label_selector=SELECTOR, _request_timeout=REQUEST_TIMEOUT
        )
    except ApiException as error:
        if error.status == _NOT_FOUND:  # the kind is not there, so nothing is of it
            return []
        raise
    return found["items"]


def _pods(connection: client.ApiClient) -> Iterator[str]:
    found: Object = client.CoreV1Api(connection).list_pod_for_all_namespaces(
        label_selector=SELECTOR, _request_timeout=REQUEST_TIMEOUT
    )
    for pod in found.items:
        if pod.metadata.deletion_timestamp is None and pod.status.phase not in _OVER:
            yield f"pod {pod.metadata.namespace}/{pod.metadata.name}"
