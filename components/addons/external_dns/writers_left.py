"""Asks a cluster which live DNS writers are left, by the Kubernetes client."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from kubernetes import client

from components.addons.external_dns.probe import ProbeError
from handover.live_names import NAMES_ANNOTATION, LiveNames
from kubernetes_client.connection import connect
from kubernetes_client.errors import REQUEST_TIMEOUT, failures_as

NAMESPACE = "kube-system"

Object: TypeAlias = Any
"""An object of the Kubernetes client, which has no types."""


def remaining(kubeconfig: object, wanted: Mapping[str, LiveNames]) -> Collection[str]:
    """The `Probe` that asks the cluster itself.

    Looks at Deployments first, then replica sets, then pods: once a controller has acted on
    "none wanted", or on new names, nothing above it can make pods of before, so what is empty
    stays empty.
    """
    if not isinstance(kubeconfig, Mapping):
        raise ProbeError("its kubeconfig is no object")
    with failures_as(ProbeError), connect(kubeconfig) as connection:
        return tuple(_writers_left(connection, wanted))


def _writers_left(connection: client.ApiClient, wanted: Mapping[str, LiveNames]) -> Iterator[str]:
    selector = f"app in ({', '.join(wanted)})"

    def may_stay(app: object, template: Object) -> bool:
        names = wanted.get(str(app))
        annotations = template.metadata.annotations or {}
        return names is not None and names.any and annotations.get(NAMES_ANNOTATION) == str(names)

    def listed(call: Callable[..., Object]) -> Sequence[Object]:
        answer = call(NAMESPACE, label_selector=selector, _request_timeout=REQUEST_TIMEOUT)
        return answer.items

    apps, core = client.AppsV1Api(connection), client.CoreV1Api(connection)
    for item in listed(apps.list_namespaced_deployment):
        if not (
            _at_rest(item) or (_is_observed(item) and may_stay(_app(item), item.spec.template))
        ):
            yield f"deployment {item.metadata.name}"
    for item in listed(apps.list_namespaced_replica_set):
        if not (_at_rest(item) or may_stay(_app(item), item.spec.template)):
            yield f"replica set {item.metadata.name}"
    for item in listed(core.list_namespaced_pod):
        if not may_stay(_app(item), item):
            yield f"pod {item.metadata.name}"


def _app(item: Object) -> object:
    return (item.metadata.labels or {}).get("app")


def _at_rest(item: Object) -> bool:
    """Whether no pods are wanted, the controller knows it, and it counts none."""
    return item.spec.replicas == 0 and _is_observed(item) and not item.status.replicas


def _is_observed(item: Object) -> bool:
    """Whether its controller has acted on its latest change."""
    return (item.status.observed_generation or 0) >= item.metadata.generation
