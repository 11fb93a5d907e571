"""Makes the objects of charts whose programs run as real ones here, as long as they are recorded.

Charts are not rendered where the kubernetes stand-in records them. Where the real plugin installs
them, their objects are there, and nothing is made here.
"""

import base64
import hashlib
import json
import string
from collections.abc import Callable, Mapping
from typing import Any, cast

import yaml

from localcloud.cluster.addons import load, path_of
from localcloud.cluster.control_plane import MANIFESTS
from localcloud.cluster.controller import Controller
from localcloud.cluster.kube import Kube, Object
from localcloud.cluster.releases import InstalledReleases
from localcloud.cluster.services import CloudServices
from localcloud.cluster.spec import ClusterSpec
from localcloud.extras import DESCHEDULER, EXTRAS, METRICS_SERVER
from localcloud.releases import Object as Values
from localcloud.releases import Release
from localcloud.tools import catalogue

_REGISTRY = "registry.k8s.io"
_TLS = "/tmp/tls-certs"  # noqa: S108 - where the chart mounts it, in the pod


class ChartPrograms(Controller):
    """Follows the records of releases."""

    def __init__(
        self, spec: ClusterSpec, services: CloudServices, kube: Kube, releases: InstalledReleases
    ) -> None:
        super().__init__(f"chart programs {spec.name}", kube, [])
        self._charts = [extra.chart for extra in EXTRAS.values() if extra.name in services.extras]
        self._releases = releases
        self._made: dict[str, Release] = {}
        releases.add_listener(self.wake)

    def reconcile(self) -> None:
        """Makes what a release lacks, once for each revision; takes away what is left of one."""
        for chart in self._charts:
            release, made = self._releases.recorded(chart), self._made.get(chart)
            if release == made:
                continue
            if release is None:
                for item in reversed(objects_of(self._made[chart])):
                    self.kube.delete(path_of(item))
                del self._made[chart]
            else:
                for item in objects_of(release):
                    self.kube.apply(path_of(item), item)
                self._made[chart] = release


def objects_of(release: Release) -> list[Object]:
    """The objects of a release of a chart that is an extra."""
    values = _without_nulls(release.values)
    filling = {
        "namespace": release.namespace,
        "replicas": values.get("replicas") or 1,
        "priorityClassName": values.get("priorityClassName") or "system-cluster-critical",
        **{key: values.get(key) or [] for key in _LISTS},
        "resources": values.get("resources") or {},
        **_FILLINGS[release.chart_name](values),
    }
    text = (MANIFESTS / f"{release.chart_name}.yaml").read_text()
    # JSON is YAML, whatever a value holds.
    return load(string.Template(text).substitute({k: json.dumps(v) for k, v in filling.items()}))


def _without_nulls(values: Values) -> dict[str, Any]:
    """Values as a chart sees them: for Helm, null takes a default of the chart away."""
    return {
        key: _without_nulls(cast("Values", value)) if isinstance(value, Mapping) else value
        for key, value in values.items()
        if value is not None
    }


_LISTS = ("tolerations", "topologySpreadConstraints")


def _metrics_server(values: Values) -> Mapping[str, object]:
    tls, service = values.get("tls") or {}, values.get("apiService") or {}
    secret = (tls.get("existingSecret") or {}).get("name")
    port = values.get("containerPort") or 10250
    pair = (f"--tls-cert-file={_TLS}/tls.crt", f"--tls-private-key-file={_TLS}/tls.key")
    return {
        "image": f"{_REGISTRY}/metrics-server/metrics-server:{catalogue.METRICS_SERVER.version}",
        "port": port,
        "updateStrategy": values.get("updateStrategy") or {"type": "RollingUpdate"},
        "args": [
            f"--secure-port={port}",
            "--cert-dir=/tmp",
            "--kubelet-preferred-address-types=InternalIP,ExternalIP,Hostname",
            "--kubelet-use-node-status-port",
            "--metric-resolution=15s",
            *(pair if secret else ()),
            *(values.get("args") or []),
        ],
        "mounts": [{"name": "certs", "mountPath": _TLS}] if secret else [],
        "volumes": [{"name": "certs", "secret": {"secretName": secret}}] if secret else [],
        "authority": base64.b64encode((service.get("caBundle") or "").encode()).decode() or None,
        "insecure": service.get("insecureSkipTLSVerify", True),
    }


def _descheduler(values: Values) -> Mapping[str, object]:
    policy = {
        "apiVersion": values.get("deschedulerPolicyAPIVersion") or "descheduler/v1alpha2",
        "kind": "DeschedulerPolicy",
        **(values.get("deschedulerPolicy") or {}),
    }
    text = yaml.safe_dump(policy, sort_keys=False)
    election = values.get("leaderElection") or {}
    options: Mapping[str, object] = {"v": 3, **(values.get("cmdOptions") or {})}
    return {
        "image": f"{_REGISTRY}/descheduler/descheduler:{catalogue.DESCHEDULER.version}",
        "policy": text,
        "checksum": hashlib.sha256(text.encode()).hexdigest(),
        "args": [
            "--policy-config-file=/policy-dir/policy.yaml",
            f"--descheduling-interval={values.get('deschedulingInterval') or '5m'}",
            *(f"--{key}={value}" for key, value in options.items()),
            *(("--leader-elect=true",) if election.get("enabled") else ()),
        ],
    }


_FILLINGS: Mapping[str, Callable[[Values], Mapping[str, object]]] = {
    METRICS_SERVER.chart: _metrics_server,
    DESCHEDULER.chart: _descheduler,
}
