"""The cluster's side, by the Kubernetes client.

A module of its own, imported when a cluster is asked: the client's hundreds of modules would be a
fifth of the time that the program takes to start, and most of its runs delete nothing.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, TypeAlias

from kubernetes import client
from kubernetes.client.exceptions import ApiException

from kubernetes_client.connection import connect
from kubernetes_client.errors import REQUEST_TIMEOUT, failures_as, is_not_found
from teardown.cluster import Item, Pool, Volume
from teardown.deadline import TeardownError

_DRIVER = "ebs.csi.aws.com"
_GATEWAYS = ("gateway.networking.k8s.io", "v1", "gateways")
"""Group, version and plural of the Gateways that the load balancer controller reads."""

_CLUSTER_WIDE: Mapping[str, tuple[str, str, str]] = {
    "NodePool": ("karpenter.sh", "v1", "nodepools"),
    "NodeClaim": ("karpenter.sh", "v1", "nodeclaims"),
    "EC2NodeClass": ("karpenter.k8s.aws", "v1", "ec2nodeclasses"),
}
"""Group, version and plural of Karpenter's kinds, by kind."""

_UNITS: Mapping[str, int] = {"h": 3600, "m": 60, "s": 1}

Object: TypeAlias = Any
"""An object of the Kubernetes client, which has no types."""


class KubernetesApi:
    """The `ClusterApi` of a real cluster.

    Args:
        kubeconfig: kubeconfig as an object.

    Raises:
        TeardownError: the kubeconfig cannot be used.
    """

    def __init__(self, kubeconfig: Mapping[str, Any]) -> None:
        with _teardown_errors():
            self._api = connect(kubeconfig)
        self._core, self._apps = client.CoreV1Api(self._api), client.AppsV1Api(self._api)
        self._batch = client.BatchV1Api(self._api)
        self._networking = client.NetworkingV1Api(self._api)
        self._custom = client.CustomObjectsApi(self._api)

    def balanced(self) -> Sequence[Item]:
        """Ingresses, Gateways, and Services of type LoadBalancer."""
        services = _list_all(self._core.list_service_for_all_namespaces)
        return [
            *(
                _item("Ingress", it)
                for it in _list_all(self._networking.list_ingress_for_all_namespaces)
            ),
            # Before Services: a controller may make a Service for a Gateway, and make it again.
            *self._gateways(),
            *(_item("Service", it) for it in services if it.spec.type == "LoadBalancer"),
        ]

    def _gateways(self) -> Sequence[Item]:
        """None where the kind is not installed."""
        named = [it["metadata"] for it in self._list_custom(_GATEWAYS) or ()]
        return [Item("Gateway", it["namespace"], it["name"]) for it in named]

    def _list_custom(self, kind: tuple[str, str, str]) -> Sequence[Object] | None:
        """None where the kind is not installed."""
        with _teardown_errors():
            try:
                found: Object = self._custom.list_cluster_custom_object(
                    *kind, _request_timeout=REQUEST_TIMEOUT
                )
            except ApiException as error:
                if not is_not_found(error):
                    raise
                return None
        return found["items"]

    def may_make_nodes(self) -> bool:
        """Whether Karpenter's kinds are installed."""
        return self._list_custom(_CLUSTER_WIDE["NodePool"]) is not None

    def node_pools(self) -> Sequence[Pool]:
        """NodePools."""
        return [
            Pool(_cluster_wide("NodePool", it), _grace(it))
            for it in self._list_custom(_CLUSTER_WIDE["NodePool"]) or ()
        ]

    def node_claims(self) -> Sequence[Item]:
        """NodeClaims: each is a node of a pool, until its instance is gone."""
        found = self._list_custom(_CLUSTER_WIDE["NodeClaim"]) or ()
        return [_cluster_wide("NodeClaim", it) for it in found]

    def node_classes(self) -> Sequence[Item]:
        """EC2NodeClasses: each goes with its launch templates."""
        found = self._list_custom(_CLUSTER_WIDE["EC2NodeClass"]) or ()
        return [_cluster_wide("EC2NodeClass", it) for it in found]

    def claims(self) -> Sequence[Item]:
        """PersistentVolumeClaims."""
        found = _list_all(self._core.list_persistent_volume_claim_for_all_namespaces)
        return [_item("PersistentVolumeClaim", it) for it in found]

    def claim_users(self) -> Sequence[Item]:
        """What makes the pods that mount claims, and would make them again."""
        sets = {
            _item("ReplicaSet", it): it
            for it in _list_all(self._apps.list_replica_set_for_all_namespaces)
        }
        jobs = {_item("Job", it): it for it in _list_all(self._batch.list_job_for_all_namespaces)}
        found: list[Item] = []
        for pod in _list_all(self._core.list_pod_for_all_namespaces):
            if any(volume.persistent_volume_claim for volume in pod.spec.volumes or ()):
                found.append(_outermost_owner(_item("Pod", pod), pod, sets | jobs))
        return sorted(set(found))

    def volumes(self) -> Sequence[Volume]:
        """PersistentVolumes that are deleted with their claims."""
        return [
            Volume(it.metadata.name, _volume_id(it))
            for it in _list_all(self._core.list_persistent_volume)
            if it.spec.persistent_volume_reclaim_policy == "Delete"
        ]

    def delete(self, item: Item) -> None:
        """Asks for an object's deletion; it may be gone already."""
        calls: Mapping[str, Callable[..., Object]] = {
            "CronJob": self._batch.delete_namespaced_cron_job,
            "DaemonSet": self._apps.delete_namespaced_daemon_set,
            "Deployment": self._apps.delete_namespaced_deployment,
            "Gateway": self._delete_gateway,
            "Ingress": self._networking.delete_namespaced_ingress,
            "Job": self._batch.delete_namespaced_job,
            "PersistentVolumeClaim": self._core.delete_namespaced_persistent_volume_claim,
            "Pod": self._core.delete_namespaced_pod,
            "ReplicaSet": self._apps.delete_namespaced_replica_set,
            "Service": self._core.delete_namespaced_service,
            "StatefulSet": self._apps.delete_namespaced_stateful_set,
        }
        with _teardown_errors():
            try:
                if item.kind in _CLUSTER_WIDE:
                    # A pool then stays until its last node is gone.
                    self._custom.delete_cluster_custom_object(
                        *_CLUSTER_WIDE[item.kind],
                        item.name,
                        propagation_policy="Foreground",
                        _request_timeout=REQUEST_TIMEOUT,
                    )
                else:
                    calls[item.kind](
                        item.name,
                        item.namespace,
                        propagation_policy="Background",
                        _request_timeout=REQUEST_TIMEOUT,
                    )
            except ApiException as error:
                if not is_not_found(error):
                    raise

    def _delete_gateway(self, name: str, namespace: str, **more: Object) -> Object:
        group, version, plural = _GATEWAYS
        return self._custom.delete_namespaced_custom_object(
            group, version, namespace, plural, name, **more
        )


def _list_all(call: Callable[..., Object]) -> Sequence[Object]:
    with _teardown_errors():
        return call(_request_timeout=REQUEST_TIMEOUT).items


def _teardown_errors() -> AbstractContextManager[None]:
    return failures_as(
        lambda failure: TeardownError(
            f"the cluster does not answer ({failure}); run the command again"
        )
    )


def _item(kind: str, it: Object) -> Item:
    return Item(kind, it.metadata.namespace, it.metadata.name)


def _cluster_wide(kind: str, it: Object) -> Item:
    return Item(kind, "", it["metadata"]["name"])


def _grace(pool: Object) -> float | None:
    """Seconds of a pool's ``terminationGracePeriod``, a duration such as ``1h30m``."""
    said = pool["spec"]["template"]["spec"].get("terminationGracePeriod")
    if said is None:
        return None
    parts: list[tuple[str, str]] = re.findall(r"(\d+(?:\.\d+)?)(h|m|s)", said)
    return sum(float(number) * _UNITS[unit] for number, unit in parts)


_KNOWN_OWNERS = ("CronJob", "DaemonSet", "Deployment", "Job", "ReplicaSet", "StatefulSet")


def _outermost_owner(item: Item, it: Object, known: Mapping[Item, Object]) -> Item:
    """The outermost object that owns `it`, as far as its kind is one of Kubernetes' own."""
    for owner in it.metadata.owner_references or ():
        if owner.controller and owner.kind in _KNOWN_OWNERS:
            above = Item(owner.kind, item.namespace, owner.name)
            return _outermost_owner(above, known[above], known) if above in known else above
    return item


def _volume_id(it: Object) -> str:
    csi = it.spec.csi
    return str(csi.volume_handle) if csi and csi.driver == _DRIVER else ""
