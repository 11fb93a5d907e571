"""Ways of scaling, each put together of parts."""

from collections.abc import Collection, Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from catalogue.addons import LINES
from development.experiments.pace import Pace
from localcloud import extras

Pods: TypeAlias = Literal["cpu", "requests"]
"""By what pods are added: their CPU (HorizontalPodAutoscaler); requests and a schedule (KEDA)."""

Nodes: TypeAlias = Literal["groups", "karpenter"]
"""Who adds nodes: Cluster Autoscaler to groups, or Karpenter."""

Content: TypeAlias = dict[str, Any]
"""A stack file."""

GROUP = "apps"
"""Node group of the service, where Cluster Autoscaler adds nodes."""


@dataclass(frozen=True)
class Reserve:
    """Pause pods that keep room, one a node.

    Attributes:
        cpus: of each.
        least: fewest of them.
        nodes_per_pod: nodes of the cluster for each.
        cores_per_pod: cores of the cluster's nodes for each; whichever asks for more.
    """

    cpus: int = 1
    least: int = 6
    nodes_per_pod: int = 6
    cores_per_pod: int = 20

    def pods(self, nodes: int, cores: int) -> int:
        """How many a cluster of that size has: the linear rule of the proportional autoscaler."""
        return max(self.least, -(-nodes // self.nodes_per_pod), -(-cores // self.cores_per_pod))


@dataclass(frozen=True)
class Policy:
    """A way of scaling.

    Attributes:
        key: letter or word that names it.
        title: what it is, in words.
        pods: who adds pods, by what.
        nodes: who adds nodes.
        spot: whether the service's pods prefer spot nodes.
        reserve: pause pods, or None.
    """

    key: str
    title: str
    pods: Pods
    nodes: Nodes
    spot: bool
    reserve: Reserve | None

    @property
    def extras(self) -> tuple[str, ...]:
        """Real programs that the local cloud must run for it."""
        return tuple(_EXTRAS[part] for part in (self.nodes, self.pods) if part in _EXTRAS)


_EXTRAS: Mapping[str, str] = {
    "groups": "cluster-autoscaler",
    "karpenter": "karpenter",
    "requests": "keda",
}

_ARTICLE = Reserve()
_PACKED = Reserve(cpus=3, least=2, nodes_per_pod=18, cores_per_pod=60)
"""As many cores as the article's, on a third of the nodes; the most that a group's nodes take."""
_BUFFER = Reserve(cpus=4, least=2, nodes_per_pod=100, cores_per_pod=1000)

POLICIES: Mapping[str, Policy] = {
    it.key: it
    for it in (
        Policy(
            "A",
            "the article's: CPU, group autoscaler, pause pods",
            "cpu",
            "groups",
            False,
            _ARTICLE,
        ),
        Policy("B", "A with KEDA on requests and cron", "requests", "groups", False, _ARTICLE),
        Policy("C", "B with Karpenter", "requests", "karpenter", False, _ARTICLE),
        Policy("D", "C with spot first and a buffer", "requests", "karpenter", True, _BUFFER),
        Policy("A-karpenter", "A with Karpenter", "cpu", "karpenter", False, _ARTICLE),
        Policy(
            "A-karpenter-spot",
            "A with Karpenter, spot first and a buffer",
            "cpu",
            "karpenter",
            True,
            _BUFFER,
        ),
        Policy("A-packed", "A with its pause pods on fewer nodes", "cpu", "groups", False, _PACKED),
        Policy(
            "B-packed",
            "B with its pause pods on fewer nodes",
            "requests",
            "groups",
            False,
            _PACKED,
        ),
        Policy("A-spot", "A-packed on spot nodes", "cpu", "groups", True, _PACKED),
        Policy("C-buffer", "D without spot", "requests", "karpenter", False, _BUFFER),
    )
}
"""Those of the issue; two that change the nodes alone, and four that tell its parts apart.
A-spot is what the shipped stack files have, for a service that tolerates spot."""


class PartMissingError(Exception):
    """A policy needs what the local cloud does not have; the message says what."""


def refuse_if_missing(policy: Policy) -> None:
    """Says no to a policy of which a part cannot run. Raises PartMissingError."""
    missing = [name for name in policy.extras if name not in extras.EXTRAS]
    if missing:
        have = [key for key, it in POLICIES.items() if set(it.extras) <= extras.EXTRAS.keys()]
        raise PartMissingError(
            f"policy {policy.key} needs {' and '.join(missing)}, which this local cloud does not"
            f" run; it can compare {', '.join(have)}"
        )


def stack_file(shipped: Content, policy: Policy, pace: Pace, keep: Collection[str] = ()) -> Content:
    """The colour's stack file for a policy: the shipped one with its nodes and add-ons alone.

    Args:
        shipped: content of the file in the project.
        policy: what scales.
        pace: how much shorter time is.
        keep: add-ons that stay beside those of the policy.
    """
    content = deepcopy(shipped)
    config = content["config"]
    wanted = _addons(policy, pace)
    off = [it.name for it in LINES.values() if it.optional and it.name not in (*wanted, *keep)]
    groups: Content = {"on-demand": {**config["eks-platform:nodeGroups"]["on-demand"], "max": 3}}
    if policy.nodes == "groups":
        spot = config["eks-platform:nodeGroups"]["spot"]["instanceTypes"]
        groups[GROUP] = {
            "capacity": "spot" if policy.spot else "on-demand",
            # All as large; of one type alone spot would run out at once.
            "instanceTypes": spot if policy.spot else spot[:1],
            "min": 1,
            "max": 40,
        }
    config["eks-platform:nodeGroups"] = groups
    config["eks-platform:nodes"] = _nodes(policy)
    config["eks-platform:addons"] = {**{name: {"enabled": False} for name in off}, **wanted}
    if policy.pods == "requests":
        config["eks-platform:keda"] = {}
    if policy.reserve is not None:
        config["eks-platform:reserve"] = {
            "cpus": policy.reserve.cpus,
            "capacity": "spot" if policy.spot else "on-demand",
            "least": policy.reserve.least,
            "nodesPerPod": policy.reserve.nodes_per_pod,
            "coresPerPod": policy.reserve.cores_per_pod,
        }
    return content


def _nodes(policy: Policy) -> Content:
    name = "karpenter" if policy.nodes == "karpenter" else "cluster-autoscaler"
    return {"autoscaler": name}


def _addons(policy: Policy, pace: Pace) -> Content:
    """Those that a policy needs, with the windows that their values hold."""
    found: Content = {}
    if policy.nodes == "groups":
        found["cluster-autoscaler"] = {"values": {"extraArgs": dict(pace.cluster_autoscaler)}}
    else:
        found["karpenter"] = {
            "values": {
                "settings": dict(pace.karpenter),
                # An election counts in real seconds: a busy machine loses one for nothing.
                "replicas": 1,
                "controller": {"env": [{"name": "DISABLE_LEADER_ELECTION", "value": "true"}]},
            }
        }
        found["karpenter-crd"] = {}
    if policy.pods == "requests":
        one: Content = {"replicaCount": 1}
        found["keda"] = {"values": {"operator": one, "metricsServer": one, "webhooks": one}}
    if policy.reserve is not None:
        found["overprovisioning"] = {}
    return found
