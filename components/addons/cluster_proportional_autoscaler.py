"""Cluster Proportional Autoscaler: as many reserve pods as the size of the cluster asks for."""

from dataclasses import dataclass
from math import ceil

from catalogue import addons
from components.addon_stack.addon import Addon, Phase, Prerequisites, Values
from components.addon_stack.availability import CLUSTER_CRITICAL, CRITICAL, HARDENED, resources
from components.addon_stack.site import Site
from components.addons.overprovisioning import NAME as RESERVE
from settings.reserve import Reserve


@dataclass(frozen=True, kw_only=True)
class Linear:
    """Its linear mode.

    Attributes:
        cores_per_replica: CPU cores of nodes for each replica.
        nodes_per_replica: nodes for each replica.
        minimum: fewest replicas.
        maximum: most replicas; None for any number.
    """

    cores_per_replica: float
    nodes_per_replica: float
    minimum: int = 1
    maximum: int | None = None

    def replicas(self, *, nodes: int, cores: float) -> int:
        """Replicas for a cluster of that size, as the autoscaler's controller counts them.

        Args:
            nodes: nodes that pods can be scheduled on.
            cores: CPU cores of those nodes.
        """
        wanted = max(ceil(cores / self.cores_per_replica), ceil(nodes / self.nodes_per_replica))
        if self.maximum is not None:
            wanted = min(wanted, self.maximum)
        return max(wanted, self.minimum)


def reserve_size(wanted: Reserve) -> Linear:
    """How many reserve pods a stack file asks for."""
    return Linear(
        cores_per_replica=wanted.cores_per_pod,
        nodes_per_replica=wanted.nodes_per_pod,
        minimum=wanted.least,
        maximum=wanted.most,
    )


RESERVE_SIZE = reserve_size(Reserve())
"""One reserve pod for every 20 cores or 6 nodes, whichever asks for more, and at least 6."""


def _values(site: Site, _: Prerequisites) -> Values:
    size = reserve_size(site.settings.reserve)
    return {
        "fullnameOverride": "overprovisioning-autoscaler",
        "replicaCount": 1,
        "options": {
            "namespace": RESERVE,
            "target": f"deployment/{RESERVE}",
            "logToStdErr": True,
            "pollPeriodSeconds": 10,
        },
        "config": {
            "linear": {
                "coresPerReplica": size.cores_per_replica,
                "nodesPerReplica": size.nodes_per_replica,
                "min": size.minimum,
                **({} if size.maximum is None else {"max": size.maximum}),
            }
        },
        "serviceAccount": {"create": True, "name": "overprovisioning-autoscaler"},
        "priorityClassName": CLUSTER_CRITICAL,
        "tolerations": CRITICAL,
        "resources": resources("20m", "32Mi", "64Mi"),
        "securityContext": HARDENED,
    }


ADDON = Addon(
    line=addons.CLUSTER_PROPORTIONAL_AUTOSCALER,
    why="as many reserve pods as the size of the cluster asks for",
    phase=Phase.SERVICES,
    # Its chart puts the account there and the rights in the target's: they must be one.
    namespace=RESERVE,
    values=_values,
)
"""One pod: without it the number of reserve pods stays, and no leader is elected among two."""
