"""Stands in for Cilium's operator: lets pods onto nodes once Cilium is installed.

Nodes join with a taint that keeps pods off until the network is there. Cilium's own pods are not
made here, so the taint goes as soon as a release of the chart is recorded; without one it stays.
"""

from localcloud.cluster.controller import Controller
from localcloud.cluster.kube import Kube, Object
from localcloud.cluster.releases import InstalledReleases
from localcloud.cluster.spec import ClusterSpec

CHART = "cilium"
TAINT = "node.cilium.io/agent-not-ready"
"""The chart's default for ``agentNotReadyTaintKey``."""

_NODES = "/api/v1/nodes"


class CiliumOperator(Controller):
    """Takes the taint off nodes."""

    def __init__(self, spec: ClusterSpec, kube: Kube, releases: InstalledReleases) -> None:
        super().__init__(f"cilium {spec.name}", kube, [_NODES])
        self._releases = releases
        self._taint = TAINT
        releases.add_listener(self.wake)

    def reconcile(self) -> None:
        """Looks at every node."""
        release = self._releases.of_chart(CHART)
        if release is None:
            return
        operator = release.values.get("operator") or {}
        if operator.get("removeNodeTaints") is False:
            return
        self._taint = str(release.values.get("agentNotReadyTaintKey") or TAINT)
        self.each(self.objects_of(_NODES), self._free)

    def _free(self, node: Object) -> None:
        taints = node["spec"].get("taints") or []
        left = [taint for taint in taints if taint["key"] != self._taint]
        if len(left) < len(taints):
            meta = node["metadata"]
            # Others write taints, too: a node that has changed since is refused and seen again.
            body = {
                "metadata": {"resourceVersion": meta["resourceVersion"]},
                "spec": {"taints": left or None},
            }
            self.kube.patch(f"{_NODES}/{meta['name']}", body)
