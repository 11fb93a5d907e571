"""Reads what serves on a cluster."""

from collections.abc import Sequence

from bluegreen import scaled_objects
from bluegreen.load import ClusterLoad, Objects, load_of
from bluegreen.snapshot import KubeView
from bluegreen.world.kube import INGRESSES, SERVICES, Cluster, KubeError, Object
from kubernetes_client.errors import is_not_found

_DEPLOYMENTS = "/apis/apps/v1/deployments"
_STATEFUL_SETS = "/apis/apps/v1/statefulsets"
_AUTOSCALERS = "/apis/autoscaling/v2/horizontalpodautoscalers"
_PODS = "/api/v1/pods"
_NODES = "/api/v1/nodes"


def read_load(cluster: Cluster, view: KubeView) -> ClusterLoad:
    """What serves on a cluster; a load that was not seen where it cannot be asked.

    Args:
        cluster: the cluster.
        view: what it publishes.
    """
    try:
        objects = Objects(
            ingresses=cluster.items(INGRESSES),
            services=cluster.items(SERVICES),
            deployments=cluster.items(_DEPLOYMENTS),
            stateful_sets=cluster.items(_STATEFUL_SETS),
            autoscalers=cluster.items(_AUTOSCALERS),
            scaled_objects=_items_of_keda(cluster),
            pods=cluster.items(_PODS),
            nodes=cluster.items(_NODES),
        )
    except KubeError as error:
        return ClusterLoad(not_seen=str(error))
    return load_of(objects, view)


def _items_of_keda(cluster: Cluster) -> Sequence[Object]:
    """None where the cluster has no such kind. Raises KubeError."""
    try:
        return cluster.items(scaled_objects.PATH)
    except KubeError as error:
        if is_not_found(error.__cause__):
            return ()
        raise
