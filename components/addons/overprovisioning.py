"""Overprovisioning: reserve pods that give way at once, so that a burst need not wait for nodes."""

from collections.abc import Sequence

from catalogue import addons, versions
from components.addon_stack.addon import Addon, Phase, Prerequisites
from components.addon_stack.availability import HARDENED
from components.addon_stack.manifest import Manifest
from components.addon_stack.site import Site
from components.user_data import SPOT_TAINT
from settings.names import LIFECYCLE_LABEL
from settings.reserve import Reserve

NAME = "overprovisioning"
"""Name of the Deployment, its namespace, its priority class and its pods' label ``app``."""

PRIORITY = -10
"""Below every other pod, and as low as the cluster autoscaler still makes nodes for."""

_LABELS = {"app": NAME}


def _objects(site: Site, _: Prerequisites) -> Sequence[Manifest]:
    return (
        Manifest(
            {
                "apiVersion": "scheduling.k8s.io/v1",
                "kind": "PriorityClass",
                "metadata": {"name": NAME},
                "value": PRIORITY,
                "globalDefault": False,
                "preemptionPolicy": "Never",
                "description": "Reserve pods: they give way to everything else.",
            }
        ),
        _deployment(versions.PAUSE.reference(site.kubernetes_version), site.settings.reserve),
    )


def _deployment(image: str, wanted: Reserve) -> Manifest:
    return Manifest(
        {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {
                "name": NAME,
                "namespace": NAME,
                "labels": _LABELS,
                # Reserve pods may wait for a node for ever: that is what makes new ones.
                "annotations": {"pulumi.com/skipAwait": "true"},
            },
            "spec": {
                # No `replicas`: the cluster-proportional autoscaler says how many.
                "selector": {"matchLabels": _LABELS},
                "template": {"metadata": {"labels": _LABELS}, "spec": _pod(image, wanted)},
            },
        }
    )


def _pod(image: str, wanted: Reserve) -> dict[str, object]:
    size = {"cpu": str(wanted.cpus), "memory": f"{wanted.memory_gib}Gi"}
    nodes = {"key": LIFECYCLE_LABEL, "operator": "In", "values": [wanted.capacity]}
    spot = {"key": SPOT_TAINT.key, "operator": "Exists", "effect": SPOT_TAINT.effect}
    return {
        "affinity": {
            "nodeAffinity": {
                "preferredDuringSchedulingIgnoredDuringExecution": [
                    {"weight": 1, "preference": {"matchExpressions": [nodes]}}
                ]
            },
            "podAntiAffinity": _apart(),
        },
        "nodeSelector": {LIFECYCLE_LABEL: wanted.capacity},
        "tolerations": [spot] if wanted.capacity == "spot" else [],
        "priorityClassName": NAME,
        "automountServiceAccountToken": False,
        # What pushes it aside starts at once.
        "terminationGracePeriodSeconds": 0,
        "containers": [
            {
                "name": "reserve-resources",
                "image": image,
                "resources": {"requests": size, "limits": size},
                "securityContext": HARDENED,
            }
        ],
    }


def _apart() -> dict[str, object]:
    """One reserve pod a node, spread over zones."""
    selector = {"matchExpressions": [{"key": "app", "operator": "In", "values": [NAME]}]}
    zone = {"labelSelector": selector, "topologyKey": "topology.kubernetes.io/zone"}
    return {
        "preferredDuringSchedulingIgnoredDuringExecution": [
            {"weight": 100, "podAffinityTerm": zone}
        ],
        "requiredDuringSchedulingIgnoredDuringExecution": [
            {"labelSelector": selector, "topologyKey": "kubernetes.io/hostname"}
        ],
    }


ADDON = Addon(
    line=addons.OVERPROVISIONING,
    why="reserve pods that give way at once to a burst",
    phase=Phase.SERVICES,
    namespace=NAME,
    owned_namespace={"pod-security.kubernetes.io/enforce": "restricted"},
    objects=_objects,
)
"""The reserve; how large it is, the cluster-proportional autoscaler says."""
