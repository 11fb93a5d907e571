"""Whether a raised floor still keeps pods that an autoscaler would end without it."""

from typing import Protocol

from bluegreen.scalable import Scalable
from bluegreen.scaled_objects import FLOOR, path_of_its_own
from bluegreen.world.kube import KubeError, Object
from kubernetes_client.errors import is_not_found

_FEWER = ("TooFewReplicas", "ScaleDownLimit")


class Getter(Protocol):
    """Reads objects of a cluster."""

    def get(self, path: str) -> Object:
        """An object. Raises KubeError."""
        ...


def held_by(cluster: Getter, floor: Scalable) -> str:
    """Why a raised floor still keeps pods; empty where the autoscaler asks for as many itself.

    Its condition ScalingLimited says so, with the reason TooFewReplicas where it would ask for
    less: pkg/controller/podautoscaler/horizontal.go of Kubernetes. While AbleToScale is False the
    others are of earlier. One that is gone, or that somebody has changed, keeps nothing.

    Args:
        cluster: reads it.
        floor: a HorizontalPodAutoscaler's, or a ScaledObject's.
    """
    try:
        found = cluster.get(floor.path)
        if floor.set_to not in (None, found.get("spec", {}).get(floor.field)):
            return ""
        if floor.field == FLOOR:
            found = cluster.get(path_of_its_own(found))
    except KubeError as error:
        return "" if is_not_found(error.__cause__) else f"not seen: {error}"
    conditions = {it["type"]: it for it in found.get("status", {}).get("conditions") or ()}
    if conditions.get("AbleToScale", {}).get("status") == "False":
        return "its autoscaler cannot scale, and measures nothing meanwhile"
    if conditions.get("ScalingActive", {}).get("status") != "True":
        return "its autoscaler measures nothing"
    reason = conditions.get("ScalingLimited", {}).get("reason", _FEWER[0])
    return "its autoscaler asks for fewer by itself" if reason in _FEWER else ""
