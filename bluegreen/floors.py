"""Whether an autoscaler asks by itself for what its floor makes it keep."""

from typing import Protocol

from bluegreen.scalable import Scalable
from bluegreen.world.kube import KubeError, Object

_AUTOSCALERS = "/apis/autoscaling/v2/namespaces/{namespace}/horizontalpodautoscalers/{name}"
_KEDA_FLOOR = "minReplicaCount"


class Getter(Protocol):
    """Reads objects of a cluster."""

    def get(self, path: str) -> Object:
        """An object. Raises KubeError."""
        ...


def asks_itself(cluster: Getter, floor: Scalable) -> bool:
    """Whether a raised floor has become what the autoscaler would ask for without it, or less.

    Its condition ScalingLimited says so, with the reason TooFewReplicas where it would ask for
    less: pkg/controller/podautoscaler/horizontal.go of Kubernetes. One that has no metrics, or
    that cannot be read, does not ask.

    Args:
        cluster: reads it.
        floor: a HorizontalPodAutoscaler's, or a ScaledObject's.
    """
    try:
        found = cluster.get(floor.path)
        if floor.field == _KEDA_FLOOR:
            found = cluster.get(_path_of_kedas(found))
    except KubeError:
        return False
    conditions = {it["type"]: it for it in found.get("status", {}).get("conditions") or ()}
    active, limited = conditions.get("ScalingActive", {}), conditions.get("ScalingLimited", {})
    return (
        active.get("status") == "True"
        and bool(limited)
        and limited.get("reason") != "TooFewReplicas"
    )


def _path_of_kedas(scaled: Object) -> str:
    """Of the HorizontalPodAutoscaler that KEDA keeps for a ScaledObject."""
    name = scaled["metadata"]["name"]
    name = scaled.get("status", {}).get("hpaName") or f"keda-hpa-{name}"
    return _AUTOSCALERS.format(namespace=scaled["metadata"]["namespace"], name=name)
