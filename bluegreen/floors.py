"""Whether a raised floor still keeps pods that an autoscaler would end without it."""

from typing import Protocol

from bluegreen.scalable import Scalable
from bluegreen.world.kube import KubeError, Object
from kubernetes_client.errors import is_not_found

_AUTOSCALERS = "/apis/autoscaling/v2/namespaces/{namespace}/horizontalpodautoscalers/{name}"
_KEDA_FLOOR = "minReplicaCount"
_FEWER = ("TooFewReplicas", "ScaleDownLimit")


class Getter(Protocol):
    """Reads objects of a cluster."""

    def get(self, path: str) -> Object:
        """An object. Raises KubeError."""
        ...


def held_by(cluster: Getter, floor: Scalable) -> str:
    """Why a raised floor still keeps pods; empty where the autoscaler asks for as many itself.

    Its condition ScalingLimited says so, with the reason TooFewReplicas where it would ask for
    less: pkg/controller/podautoscaler/horizontal.go of Kubernetes. One that is gone keeps nothing.

    Args:
        cluster: reads it.
        floor: a HorizontalPodAutoscaler's, or a ScaledObject's.
    """
    try:
        found = cluster.get(floor.path)
        if floor.field == _KEDA_FLOOR:
            found = cluster.get(_path_of_kedas(found))
    except KubeError as error:
        return "" if is_not_found(error.__cause__) else f"not seen: {error}"
    conditions = {it["type"]: it for it in found.get("status", {}).get("conditions") or ()}
    if conditions.get("ScalingActive", {}).get("status") != "True":
        return "its autoscaler measures nothing"
    reason = conditions.get("ScalingLimited", {}).get("reason", _FEWER[0])
    return "its autoscaler asks for fewer by itself" if reason in _FEWER else ""


def _path_of_kedas(scaled: Object) -> str:
    """Of the HorizontalPodAutoscaler that KEDA keeps for a ScaledObject."""
    name = scaled["metadata"]["name"]
    name = scaled.get("status", {}).get("hpaName") or f"keda-hpa-{name}"
    return _AUTOSCALERS.format(namespace=scaled["metadata"]["namespace"], name=name)
