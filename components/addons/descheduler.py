"""Descheduler: evicts pods that would be placed better now."""

from catalogue import addons
from components.addon_stack.addon import Addon, Phase, Prerequisites, Values
from components.addon_stack.availability import (
    CLUSTER_CRITICAL,
    CRITICAL,
    REPLICAS,
    over_zones,
    resources_without_cpu_limit,
)
from components.addon_stack.site import Site

_PROFILE = {
    "name": "default",
    "pluginConfig": [
        {
            "name": "DefaultEvictor",
            "args": {
                "nodeFit": True,
                "minReplicas": 2,
                "minPodAge": "5m",
                "podProtections": {"extraEnabled": ["PodsWithPVC"]},
            },
        },
        {"name": "RemovePodsViolatingTopologySpreadConstraint"},
        {
            "name": "RemovePodsViolatingNodeTaints",
            # A node that starts or drains is another one's business.
            "args": {"includedTaints": ["spot"]},
        },
        {
            "name": "RemovePodsViolatingNodeAffinity",
            "args": {"nodeAffinityType": ["requiredDuringSchedulingIgnoredDuringExecution"]},
        },
    ],
    "plugins": {
        # No LowNodeUtilization: it fills the nodes that the cluster autoscaler empties.
        "balance": {"enabled": ["RemovePodsViolatingTopologySpreadConstraint"]},
        "deschedule": {
            "enabled": ["RemovePodsViolatingNodeTaints", "RemovePodsViolatingNodeAffinity"]
        },
    },
}


def _values(_: Site, __: Prerequisites) -> Values:
    return {
        "kind": "Deployment",
        "replicas": REPLICAS,
        "leaderElection": {"enabled": True},
        "deschedulingInterval": "5m",
        "deschedulerPolicyAPIVersion": "descheduler/v1alpha2",
        "deschedulerPolicy": {
            "maxNoOfPodsToEvictPerNode": 5,
            "maxNoOfPodsToEvictPerNamespace": 10,
            "profiles": [_PROFILE],
        },
        "priorityClassName": CLUSTER_CRITICAL,
        "topologySpreadConstraints": over_zones({"app.kubernetes.io/name": "descheduler"}),
        "tolerations": CRITICAL,
        "resources": resources_without_cpu_limit("100m", "128Mi", "256Mi"),
    }


ADDON = Addon(
    line=addons.DESCHEDULER,
    why="evicts pods that would be placed better now",
    phase=Phase.SERVICES,
    values=_values,
)
"""The descheduler. Its chart has no disruption budget; a leader is elected among two."""
