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

from localcloud.cluster import cluster_autoscaler_chart, karpenter_chart, keda_chart
from localcloud.cluster.addons import load, path_of
from localcloud.cluster.chart_webhooks import ChartWebhooks
from localcloud.cluster.control_plane import MANIFESTS
from localcloud.cluster.controller import Controller
from localcloud.cluster.kube import Kube, Object
from localcloud.cluster.releases import InstalledReleases
from localcloud.cluster.services import CloudServices
from localcloud.cluster.spec import ClusterSpec
from localcloud.extras import (
    CLUSTER_AUTOSCALER,
    DESCHEDULER,
    EXTERNAL_SECRETS,
    EXTRAS,
    KARPENTER,
    KEDA,
    METRICS_SERVER,
)
from localcloud.releases import Object as Values
from localcloud.releases import Release
from localcloud.tools import catalogue

_REGISTRY = "registry.k8s.io"
_HELM_POLICY = "helm.sh/resource-policy"
_TLS = "/tmp/tls-certs"  # noqa: S108 - where the chart mounts it, in the pod
_CERTIFICATES = "/tmp/certs"  # noqa: S108 - as above


class ChartPrograms(Controller):
    """Follows the records of releases."""

    def __init__(
        self,
        spec: ClusterSpec,
        services: CloudServices,
        kube: Kube,
        releases: InstalledReleases,
        webhooks: ChartWebhooks,
    ) -> None:
        super().__init__(f"chart programs {spec.name}", kube, [])
        self._charts = [
            chart
            for extra in EXTRAS.values()
            if extra.name in services.extras
            for chart in extra.charts
        ]
        self._releases = releases
        self._made: dict[str, Release] = {}
        self._unfinished: set[str] = set()
        self._webhooks = webhooks
        releases.add_listener(self.wake)

    def reconcile(self) -> None:
        """Makes what a release lacks, once for each revision; takes away what is left of one.

        A webhook is registered once it is answered: Helm waits for its pods, which are ready
        before their program here is, and the program's next objects would be refused.
        """
        for chart in self._charts:
            release, made = self._releases.recorded(chart), self._made.get(chart)
            if release is None and made is not None:
                self._take_away(made)
                del self._made[chart]
            elif release is not None and (release != made or chart in self._unfinished):
                self._unfinished.add(chart)
                self._made[chart] = release
                if self._make(release):
                    self._unfinished.remove(chart)

    def _make(self, release: Release) -> bool:
        """Whether that was all of it."""
        found = [self._webhooks.completed(item) for item in objects_of(release)]
        for item in (it for it in found if it is not None):
            self.kube.apply(path_of(item), item)
        return None not in found

    def _take_away(self, release: Release) -> None:
        for item in reversed(objects_of(release)):
            if not stays(item):
                self.kube.delete(path_of(item))


def objects_of(release: Release) -> list[Object]:
    """The objects of a release of a chart that is an extra, or has its kinds."""
    if release.chart_name == KARPENTER.kinds:
        return karpenter_chart.kinds()
    values = _without_nulls(release.values)
    filling = {
        "namespace": release.namespace,
        "replicas": values.get("replicas") or values.get("replicaCount") or 1,
        "priorityClassName": values.get("priorityClassName") or "system-cluster-critical",
        **{key: values.get(key) or [] for key in _LISTS},
        "resources": values.get("resources") or {},
        **_FILLINGS[release.chart_name](values, release.namespace),
    }
    text = (MANIFESTS / f"{release.chart_name}.yaml").read_text()
    # JSON is YAML, whatever a value holds.
    made = load(string.Template(text).substitute({k: json.dumps(v) for k, v in filling.items()}))
    own_kinds = keda_chart.kinds(values) if release.chart_name == KEDA.chart else []
    return [*own_kinds, *made]


def stays(item: Object) -> bool:
    """Whether Helm leaves it when its release goes."""
    return (item["metadata"].get("annotations") or {}).get(_HELM_POLICY) == "keep"


def _without_nulls(values: Values) -> dict[str, Any]:
    """Values as a chart sees them: for Helm, null takes a default of the chart away."""
    return {
        key: _without_nulls(cast("Values", value)) if isinstance(value, Mapping) else value
        for key, value in values.items()
        if value is not None
    }


_LISTS = ("tolerations", "topologySpreadConstraints")


def _metrics_server(values: Values, _namespace: str) -> Mapping[str, object]:
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


def _descheduler(values: Values, _namespace: str) -> Mapping[str, object]:
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


def _external_secrets(values: Values, namespace: str) -> Mapping[str, object]:
    name = "external-secrets-webhook"
    account = values.get("serviceAccount") or {}
    election = ("--enable-leader-election=true",) if values.get("leaderElect") else ()
    concurrent = values.get("concurrent") or 1
    return {
        "image": f"ghcr.io/external-secrets/external-secrets:{catalogue.EXTERNAL_SECRETS.version}",
        "accountAnnotations": account.get("annotations") or {},
        "secret": f"{namespace}/{name}",
        "args": [*election, f"--concurrent={concurrent}", "--metrics-addr=:8080"],
        "webhookArgs": [
            "webhook",
            "--port=10250",
            f"--dns-name={name}.{namespace}.svc",
            f"--cert-dir={_CERTIFICATES}",
            "--check-interval=5m",
            "--metrics-addr=:8080",
            "--healthz-addr=:8081",
        ],
        "certControllerArgs": [
            "certcontroller",
            "--crd-requeue-interval=5m",
            f"--service-name={name}",
            f"--service-namespace={namespace}",
            f"--secret-name={name}",
            f"--secret-namespace={namespace}",
            "--metrics-addr=:8080",
            "--healthz-addr=:8081",
            "--enable-partial-cache=true",
        ],
        "env": values.get("extraEnv") or [],
        "failurePolicy": (values.get("webhook") or {}).get("failurePolicy") or "Fail",
        **_part("webhook", values.get("webhook") or {}),
        **_part("certController", values.get("certController") or {}),
    }


def _part(name: str, values: Values) -> Mapping[str, object]:
    """What one Deployment of several has of its own, by names such as ``webhookReplicas``."""
    return {
        f"{name}Replicas": values.get("replicaCount") or 1,
        f"{name}PriorityClassName": values.get("priorityClassName") or "",
        f"{name}Tolerations": values.get("tolerations") or [],
        f"{name}TopologySpreadConstraints": values.get("topologySpreadConstraints") or [],
        f"{name}Resources": values.get("resources") or {},
    }


_FILLINGS: Mapping[str, Callable[[Values, str], Mapping[str, object]]] = {
    METRICS_SERVER.chart: _metrics_server,
    DESCHEDULER.chart: _descheduler,
    EXTERNAL_SECRETS.chart: _external_secrets,
    KARPENTER.chart: karpenter_chart.filling,
    CLUSTER_AUTOSCALER.chart: cluster_autoscaler_chart.filling,
    KEDA.chart: keda_chart.filling,
}
