"""Stands in for the AWS Load Balancer Controller: an ELB for each Ingress and Service.

It acts while a release of the controller's chart is recorded, as the real one would run; see
`InstalledReleases` for clusters without any release. It makes load balancers with the real
controller's tags, security groups, target groups and finalizers, registers ready pods, and writes
the host name into the status. `localcloud.server.balancers` serves them.
"""

from typing import TYPE_CHECKING

from localcloud.cluster.balancers import Balancers, Targets
from localcloud.cluster.controller import Controller
from localcloud.cluster.kube import Kube, Object
from localcloud.cluster.releases import InstalledReleases
from localcloud.cluster.spec import ClusterSpec
from localcloud.cluster.wanted_balancers import Backend, Wanted, describe

if TYPE_CHECKING:
    from localcloud.aws import AwsClients

CHART = "aws-load-balancer-controller"

_INGRESSES = "/apis/networking.k8s.io/v1/ingresses"
_SERVICES = "/api/v1/services"
_SLICES = "/apis/discovery.k8s.io/v1/endpointslices"
_SERVICE_OF = "kubernetes.io/service-name"


class LoadBalancerController(Controller):
    """Gives load balancers and takes them away again."""

    def __init__(
        self, spec: ClusterSpec, aws: "AwsClients", kube: Kube, releases: InstalledReleases
    ) -> None:
        super().__init__(f"elb {spec.name}", kube, [_INGRESSES, _SERVICES, _SLICES])
        self._balancers = Balancers(spec, aws)
        self._releases = releases
        self._done: dict[str, tuple[Wanted, Targets]] = {}
        releases.add_listener(self.wake)

    def reconcile(self) -> None:
        """Looks at every Ingress and Service, if the controller is installed."""
        if self._releases.none_yet() or self._releases.of_chart(CHART) is not None:
            self.each([*self.objects_of(_INGRESSES), *self.objects_of(_SERVICES)], self._reconcile)

    def _reconcile(self, item: Object) -> None:
        meta = item["metadata"]
        wanted = describe(item)
        if wanted is None:
            return
        held = wanted.finalizer in meta.get("finalizers", [])
        if meta.get("deletionTimestamp"):
            if held:
                self._balancers.delete(wanted)
                self._done.pop(meta["uid"], None)
                self._set_finalizers(wanted, item, add=False)
            return
        targets = {backend: self._ready(wanted, backend) for backend in wanted.backends}
        before = self._done.get(meta["uid"])
        if before == (wanted, targets):
            return
        if not held:
            self._set_finalizers(wanted, item, add=True)
        unchanged = before is not None and before[0] == wanted
        host = self._balancers.ensure(wanted, targets, only_targets=unchanged)
        balancers = item.get("status", {}).get("loadBalancer", {}).get("ingress") or []
        if [entry.get("hostname") for entry in balancers] != [host]:
            status = {"loadBalancer": {"ingress": [{"hostname": host}]}}
            self.kube.patch(f"{wanted.path}/status", {"status": status})
        self._done[meta["uid"]] = (wanted, targets)

    def _set_finalizers(self, wanted: Wanted, item: Object, *, add: bool) -> None:
        others = [f for f in item["metadata"].get("finalizers", []) if f != wanted.finalizer]
        wished = [*others, wanted.finalizer] if add else others
        self.kube.patch(wanted.path, {"metadata": {"finalizers": wished}})

    def _ready(self, wanted: Wanted, backend: Backend) -> frozenset[tuple[str, int]]:
        """Addresses and ports of the ready pods behind a service's port."""
        name = self._port_name(wanted.namespace, backend)
        found: set[tuple[str, int]] = set()
        for piece in self.objects_of(_SLICES):
            meta = piece["metadata"]
            labels = meta.get("labels") or {}
            place = meta["namespace"], labels.get(_SERVICE_OF)
            if place != (wanted.namespace, backend.service) or name is None:
                continue
            ports = [p["port"] for p in piece.get("ports") or [] if (p.get("name") or "") == name]
            for endpoint in piece.get("endpoints") or []:
                if endpoint.get("conditions", {}).get("ready") is not False:
                    found |= {(ip, port) for ip in endpoint["addresses"] for port in ports}
        return frozenset(found)

    def _port_name(self, namespace: str, backend: Backend) -> str | None:
        """Name of a service's port, often empty; None when there is no such port."""
        for service in self.objects_of(_SERVICES):
            meta = service["metadata"]
            if (meta["namespace"], meta["name"]) == (namespace, backend.service):
                for port in service["spec"].get("ports") or []:
                    if backend.port in (port["port"], port.get("name")):
                        return str(port.get("name") or "")
        return None
