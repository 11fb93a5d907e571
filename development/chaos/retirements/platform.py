"""The platform of interrupted retirements: two small colours with Karpenter and nodes of it."""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import yaml

from development.chaos.platform import Platform, PlatformError, shrink
from development.chaos.retirements.plan import OTHER
from development.chaos.watching import kube
from localcloud import lifecycle
from localcloud.cluster.kube import FAILURES, Object
from localcloud.extras import KARPENTER
from localcloud.fair_clock import FairClock
from localcloud.server_settings import ServerSettings
from localcloud.state import StateFolder
from settings.names import COLOURS, Colour, cluster_name

POOLS = "/apis/karpenter.sh/v1/nodepools"
CLAIMS = "/apis/karpenter.sh/v1/nodeclaims"

_NAMESPACE = "scaled"
_DEPLOYMENTS = f"/apis/apps/v1/namespaces/{_NAMESPACE}/deployments"
_PODS = f"/api/v1/namespaces/{_NAMESPACE}/pods"
_REPLICAS = 2
_CPU = "2500m"
"""More than a node of the system's groups has."""

_NODE_START_SECONDS = 2.0
_DRAIN_MINUTES = 2  # the least that the settings allow
_CONSOLIDATE_MINUTES = 1440
"""No node goes by itself while the other colour is looked at."""

_PATIENCE = 300.0
_PAUSE = 0.5


class Collections(Protocol):
    """An API server, as far as its collections are read."""

    def items(self, path: str) -> list[Object]:
        """Objects of a collection; may raise what `FAILURES` names."""
        ...


def start(folder: Path) -> Platform:
    """Brings the colour up that stays, with nodes of Karpenter; nothing of the other one.

    Raises:
        PlatformError: a step failed.
        localcloud.lifecycle.CloudError: the local cloud did not start.
        localcloud.tools.progress.ToolError: a program cannot be had.
    """
    state = StateFolder(folder)
    settings = ServerSettings(extras=(KARPENTER.name,), node_start_seconds=_NODE_START_SECONDS)
    platform = Platform(state, lifecycle.start(state, (0, 0, 0), settings=settings))
    for colour in COLOURS:
        path = state.project / f"Pulumi.{colour}.yaml"
        content = yaml.safe_load(path.read_text())
        path.write_text(yaml.safe_dump(with_karpenter(content), sort_keys=False))
    bring_up(platform, OTHER)
    return platform


def with_karpenter(content: dict[str, Any]) -> dict[str, Any]:
    """A colour's stack file, made smaller, and with Karpenter for its autoscaler."""
    small = shrink(content)
    config = dict(small["config"])
    off = config["eks-platform:addons"]
    config["eks-platform:addons"] = {
        name: it for name, it in off.items() if not name.startswith(KARPENTER.chart)
    }
    config["eks-platform:nodes"] = {
        "autoscaler": KARPENTER.name,
        "karpenter": {
            "drainMinutes": _DRAIN_MINUTES,
            "consolidateAfterMinutes": _CONSOLIDATE_MINUTES,
        },
    }
    return {**small, "config": config}


def bring_up(platform: Platform, colour: Colour) -> None:
    """A colour, and pods that Karpenter launches nodes for, of both pools; waits for them.

    Raises:
        PlatformError: a step failed, or the pods do not run in time.
    """
    platform.run_checked("bluegreen", "bootstrap", "--colour", colour)
    cluster = cluster_name(colour)
    platform.run_checked("aws", "eks", "update-kubeconfig", "--name", cluster, "--alias", colour)
    deploy(platform, colour, "web", "shop")
    clock = FairClock()
    while not all_run(platform, colour):
        if clock.seconds > _PATIENCE:
            raise PlatformError(f"the pods of {colour} do not run: see `kubectl get nodeclaims`")
        time.sleep(_PAUSE)


def deploy(platform: Platform, colour: Colour, on_demand: str, spot: str | None = None) -> None:
    """Deploys pods that need a node each, on demand and, if it is named, of spot.

    Raises:
        PlatformError: kubectl refused.
    """
    objects: list[dict[str, Any]] = [
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": _NAMESPACE}},
        _deployment(on_demand, spot=False),
    ]
    if spot is not None:
        objects.append(_deployment(spot, spot=True))
    manifest = platform.state.root / f"{on_demand}.yaml"
    manifest.write_text(yaml.safe_dump_all(objects))
    apply = ("apply", "--server-side", "-f", str(manifest))
    platform.run_checked("kubectl", "--context", colour, *apply)


def _deployment(name: str, *, spot: bool) -> dict[str, Any]:
    labels = {"app": name}
    apart = {"labelSelector": {"matchLabels": labels}, "topologyKey": "kubernetes.io/hostname"}
    pod: dict[str, Any] = {
        "containers": [
            {
                "name": "app",
                "image": "registry.example.org/app:v1",
                "resources": {"requests": {"cpu": _CPU, "memory": "256Mi"}},
            }
        ],
        "affinity": {
            "podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [apart]}
        },
    }
    if spot:
        pod["nodeSelector"] = {"node.kubernetes.io/lifecycle": "spot"}
        pod["tolerations"] = [{"key": "spot", "operator": "Exists"}]
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "namespace": _NAMESPACE},
        "spec": {
            "replicas": _REPLICAS,
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": pod},
        },
    }


def all_run(platform: Platform, colour: Colour) -> bool:
    """Whether every pod of the deployments is ready."""
    found = kube(platform, colour).items(_DEPLOYMENTS)
    return bool(found) and all(
        it.get("status", {}).get("readyReplicas", 0) == it["spec"]["replicas"] for it in found
    )


def read_names(cluster: Collections, path: str) -> Sequence[str] | None:
    """Names of the objects of a collection; None where it cannot be seen."""
    try:
        return sorted(it["metadata"]["name"] for it in cluster.items(path))
    except FAILURES:
        return None


def nodes_of(platform: Platform, colour: Colour) -> Sequence[str]:
    """Nodes that run the pods, and the claims of the colour's Karpenter."""
    cluster = kube(platform, colour)
    pods = [f"pod on {it['spec'].get('nodeName')}" for it in cluster.items(_PODS)]
    return sorted([*pods, *(f"NodeClaim {it}" for it in read_names(cluster, CLAIMS) or ())])
