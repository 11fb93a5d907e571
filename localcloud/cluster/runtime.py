"""One cluster: its control plane and the controllers around it."""

import threading
from collections.abc import Callable, Mapping

from localcloud.cluster.addons import Addons, load, path_of
from localcloud.cluster.chart_programs import ChartPrograms
from localcloud.cluster.chart_webhooks import ChartWebhooks
from localcloud.cluster.cilium import CiliumOperator
from localcloud.cluster.control_plane import MANIFESTS, ControlPlane
from localcloud.cluster.destinations import Destinations
from localcloud.cluster.egress import Egress
from localcloud.cluster.job_processes import JobProcesses
from localcloud.cluster.kube import Kube, Object
from localcloud.cluster.kubelets import Kubelets
from localcloud.cluster.load_balancers import LoadBalancerController
from localcloud.cluster.nodes import NodeController
from localcloud.cluster.pod_processes import PodProcesses
from localcloud.cluster.releases import InstalledReleases
from localcloud.cluster.services import CloudServices
from localcloud.cluster.spec import ClusterEndpoint, ClusterSpec
from localcloud.cluster.unchecked_webhooks import UncheckedWebhooks
from localcloud.cluster.volumes import VolumeController


class LocalClusterRuntime:
    """Runs one cluster; see `localcloud.cluster.spec.ClusterRuntime`.

    Attributes:
        plane: its control plane.
    """

    def __init__(
        self, spec: ClusterSpec, services: CloudServices, is_node_role: Callable[[str], bool]
    ) -> None:
        self._spec = spec
        self.plane = ControlPlane(spec, services)
        self._kube = Kube(self.plane.connection)
        self._addons = Addons(spec, self._kube)
        self._lock = threading.Lock()
        self._stopped = False
        self._egress = Egress(spec.name, self.plane.folder)
        processes = PodProcesses(
            spec,
            services,
            self._kube,
            self.plane.connection,
            proxy_url=self._egress.proxy_url,
        )
        self._unchecked = UncheckedWebhooks(self._kube, everywhere=services.unchecked_webhooks)
        port = self.plane.kwok_port
        self._kubelets = Kubelets(spec.name, self.plane.authority, port) if port else None
        self._destinations = Destinations(
            self._kube,
            processes,
            self._unchecked,
            self._kubelets.port_of if self._kubelets else _none,
        )
        releases = InstalledReleases(self._kube)
        self._controllers = (
            releases,
            NodeController(
                spec,
                services,
                self._kube,
                self.plane.authority.certificate_pem,
                is_node_role,
            ),
            LoadBalancerController(spec, services.aws, self._kube, releases),
            CiliumOperator(spec, self._kube, releases),
            VolumeController(spec, services.aws, self._kube),
            ChartPrograms(
                spec,
                services,
                self._kube,
                releases,
                ChartWebhooks(self._kube, self._destinations.find),
            ),
            processes,
            JobProcesses(
                spec,
                services,
                self._kube,
                self.plane.connection,
                proxy_url=self._egress.proxy_url,
            ),
        )

    def start(self) -> ClusterEndpoint:
        """Starts everything; returns once the API server is ready. Raises ProcessError."""
        if self._kubelets:
            self._kubelets.start()
        self._egress.start(self._destinations.find)
        self.plane.start()
        for item in load((MANIFESTS / "access-policies.yaml").read_text()):
            self._kube.apply(path_of(item), item)
        for controller in self._controllers:
            controller.start()
        return ClusterEndpoint(self.plane.connection.port, self.plane.authority.certificate_pem)

    def stop(self) -> None:
        """Ends the controllers, then the control plane."""
        with self._lock:
            if self._stopped:
                return
            self._stopped = True
        for controller in reversed(self._controllers):
            controller.stop()
        self._egress.stop()
        self._unchecked.stop()
        if self._kubelets:
            self._kubelets.stop()
        self.plane.stop()

    def apply_addon(
        self,
        name: str,
        version: str,
        service_account_role_arn: str | None,
        configuration: Mapping[str, object],
    ) -> None:
        """Installs or changes an add-on's objects. Raises LookupError, ConfigurationError."""
        self._addons.apply(name, version, service_account_role_arn, configuration)

    def addon_problem(self, name: str) -> str | None:
        """What keeps an add-on from being ACTIVE, or None."""
        return self._addons.problem(name)

    def remove_addon(self, name: str) -> None:
        """Removes an add-on's objects."""
        self._addons.remove(name)

    def aws_auth(self) -> Mapping[str, str]:
        """Data of the ConfigMap aws-auth."""
        found = self._kube.get("/api/v1/namespaces/kube-system/configmaps/aws-auth")
        return (found or {}).get("data") or {}

    def service_account_keys(self) -> str:
        """PEM of the public key of service account tokens."""
        return self.plane.service_account_keys


def _none(_node: Object) -> None:
    return None
