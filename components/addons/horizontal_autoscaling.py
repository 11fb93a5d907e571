"""HorizontalPodAutoscalers of what the platform itself runs and one pod cannot always carry."""

from collections.abc import Sequence
from dataclasses import dataclass

from catalogue import addons
from components.addon_stack.addon import Addon, Phase, Prerequisites
from components.addon_stack.availability import REPLICAS
from components.addon_stack.manifest import Manifest
from components.addon_stack.site import Site

_CPU, _MEMORY = 70, 80  # percent of what is requested
_QUIET_SECONDS = 300


@dataclass(frozen=True)
class Target:
    """A Deployment that more pods make faster.

    Attributes:
        addon: add-on that it belongs to.
        namespace: its namespace.
        name: its name.
        most: most pods.
    """

    addon: str
    namespace: str
    name: str
    most: int


TARGETS = (
    Target("linkerd", "linkerd", "linkerd-destination", 6),
    Target("linkerd", "linkerd", "linkerd-proxy-injector", 4),
    Target("external-secrets", "external-secrets", "external-secrets-webhook", 4),
)
"""What is not elected and keeps no state: the others have one pod at work, or scale with nodes."""


def _objects(site: Site, _: Prerequisites) -> Sequence[Manifest]:
    version = addons.HORIZONTAL_AUTOSCALING.entry.version(site.kubernetes_version)
    return [_autoscaler(target, version) for target in TARGETS if target.addon in site.enabled]


def _autoscaler(target: Target, version: str) -> Manifest:
    metrics = [
        {
            "type": "Resource",
            "resource": {
                "name": name,
                "target": {"type": "Utilization", "averageUtilization": percent},
            },
        }
        for name, percent in (("cpu", _CPU), ("memory", _MEMORY))
    ]
    return Manifest(
        {
            "apiVersion": f"autoscaling/{version}",
            "kind": "HorizontalPodAutoscaler",
            "metadata": {"name": target.name, "namespace": target.namespace},
            "spec": {
                "scaleTargetRef": {
                    "apiVersion": "apps/v1",
                    "kind": "Deployment",
                    "name": target.name,
                },
                "minReplicas": REPLICAS,
                "maxReplicas": target.most,
                "metrics": metrics,
                "behavior": {"scaleDown": {"stabilizationWindowSeconds": _QUIET_SECONDS}},
            },
        }
    )


ADDON = Addon(
    line=addons.HORIZONTAL_AUTOSCALING,
    why="more pods of the platform's own Deployments under load",
    phase=Phase.SERVICES,
    after=tuple(dict.fromkeys(target.addon for target in TARGETS)),
    objects=_objects,
)
"""The platform's own autoscalers, by CPU and memory."""
