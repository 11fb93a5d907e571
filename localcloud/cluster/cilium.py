"""Stands in for Cilium's operator: lets pods onto nodes once Cilium is installed.

Nodes join with a taint that keeps pods off until the network is there. Cilium's own pods are not
made here, so the taint goes as soon as a release of the chart is recorded; without one it stays.
With the real kubernetes plugin the real chart is installed, which leaves its kinds to the operator:
the one that the platform uses is then made here.
"""

from pathlib import Path

from kubernetes.client.exceptions import ApiException

from localcloud.cluster.addons import load
from localcloud.cluster.controller import Controller
from localcloud.cluster.kube import CONFLICT, Kube, Object
from localcloud.cluster.releases import InstalledReleases
from localcloud.cluster.spec import ClusterSpec

CHART = "cilium"
TAINT = "node.cilium.io/agent-not-ready"
"""The chart's default for ``agentNotReadyTaintKey``."""

CHARTS = Path(__file__).parents[1] / "plugins" / "kubernetes" / "charts"
"""Kinds that the kubernetes stand-in makes of charts."""

_NODES = "/api/v1/nodes"
_KINDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
_TRIES = 5


class CiliumOperator(Controller):
    """Takes the taint off nodes."""

    def __init__(self, spec: ClusterSpec, kube: Kube, releases: InstalledReleases) -> None:
        super().__init__(f"cilium {spec.name}", kube, [_NODES])
        self._releases = releases
        self._taint = TAINT
        self._has_kinds = False
        releases.add_listener(self.wake)

    def reconcile(self) -> None:
        """Looks at every node."""
        release = self._releases.of_chart(CHART)
        if release is None:
            return
        self._make_kinds()
        operator = release.values.get("operator") or {}
        if operator.get("removeNodeTaints") is False:
            return
        self._taint = str(release.values.get("agentNotReadyTaintKey") or TAINT)
        self.each(self.objects_of(_NODES), self._free)

    def _make_kinds(self) -> None:
        """Makes the operator's kind where the chart did not: the real one leaves it to it."""
        if self._has_kinds:
            return
        for kind in load((CHARTS / "cilium.yaml").read_text()):
            path = f"{_KINDS}/{kind['metadata']['name']}"
            if self.kube.get(path) is None:
                self.kube.apply(path, kind)
        self._has_kinds = True

    def _free(self, node: Object) -> None:
        if self._left(node) is None:
            return
        path = f"{_NODES}/{node['metadata']['name']}"
        for last in range(_TRIES - 1, -1, -1):
            # The informer lags behind a node that starts and is written to by many.
            now = self.kube.get(path)
            left = None if now is None else self._left(now)
            if now is None or left is None:
                return
            # Others write taints, too: the API server refuses it for a node that changed since.
            version = {"resourceVersion": now["metadata"]["resourceVersion"]}
            try:
                self.kube.patch(path, {"metadata": version, "spec": {"taints": left or None}})
            except ApiException as error:
                if error.status != CONFLICT or not last:
                    raise
            else:
                return

    def _left(self, node: Object) -> list[Object] | None:
        """Its taints without ours, or None if it has not ours."""
        taints: list[Object] = node["spec"].get("taints") or []
        left = [taint for taint in taints if taint["key"] != self._taint]
        return left if len(left) < len(taints) else None
