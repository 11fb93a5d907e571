"""What the platform's own pods have in common, so that they stay up, as charts' values."""

from collections.abc import Mapping

CLUSTER_CRITICAL = "system-cluster-critical"
"""Priority of what the cluster needs: it pushes applications aside."""

NODE_CRITICAL = "system-node-critical"
"""Priority of what every node needs."""

REPLICAS = 2
"""Pods of what should not stop with one node."""

ONE_DOWN: Mapping[str, object] = {"maxUnavailable": 1}
"""Disruption budget of two or more pods: a drain takes one at a time, and never waits for ever."""

SURGE: Mapping[str, object] = {
    "type": "RollingUpdate",
    "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0},
}
"""Update strategy: the new pod first."""

EVERYWHERE: tuple[Mapping[str, object], ...] = ({"operator": "Exists"},)
"""Tolerations of what runs on every node, spot and starting ones among them."""

CRITICAL: tuple[Mapping[str, object], ...] = ({"key": "CriticalAddonsOnly", "operator": "Exists"},)
"""Tolerations of add-ons: groups may be kept for them."""


def over_zones(labels: Mapping[str, str]) -> list[Mapping[str, object]]:
    """Spreads pods over zones, as far as there are nodes.

    Args:
        labels: labels that the pods have and no others.
    """
    return [
        {
            "maxSkew": 1,
            "topologyKey": "topology.kubernetes.io/zone",
            "whenUnsatisfiable": "ScheduleAnyway",
            "labelSelector": {"matchLabels": dict(labels)},
        }
    ]


def resources(cpu: str, memory: str, limit: str) -> Mapping[str, object]:
    """Requests, and a limit of memory alone: one of CPU would only slow a pod down.

    Args:
        cpu: requested CPU, for example ``100m``.
        memory: requested memory, for example ``128Mi``.
        limit: most memory.
    """
    return {"requests": {"cpu": cpu, "memory": memory}, "limits": {"memory": limit}}


def resources_without_cpu_limit(cpu: str, memory: str, limit: str) -> Mapping[str, object]:
    """The same where the chart itself limits CPU: null takes its limit away.

    Not for other charts: Helm hands a null on where it takes nothing away.

    Args:
        cpu: requested CPU, for example ``100m``.
        memory: requested memory, for example ``128Mi``.
        limit: most memory.
    """
    return {
        "requests": {"cpu": cpu, "memory": memory},
        "limits": {"cpu": None, "memory": limit},
    }


HARDENED: Mapping[str, object] = {
    "allowPrivilegeEscalation": False,
    "readOnlyRootFilesystem": True,
    "runAsNonRoot": True,
    "runAsUser": 65534,
    "capabilities": {"drop": ["ALL"]},
    "seccompProfile": {"type": "RuntimeDefault"},
}
"""Security context of a container that needs nothing of its node."""
