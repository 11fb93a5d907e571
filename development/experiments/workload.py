"""The service whose pods are added and taken away, and what measures them."""

import base64
import time
from collections.abc import Callable

from development.experiments.demand import Service
from development.experiments.metrics_api import GROUP, VERSION
from development.experiments.pace import RESOLUTION_SECONDS, Pace
from development.experiments.platform import METRICS_IMAGE, ExperimentError, Platform
from development.experiments.policies import Policy
from development.experiments.scaling import AUTOSCALER, NAME, NAMESPACE
from localcloud.cluster.kube import Kube, Object
from settings.names import LIFECYCLE_LABEL

PODS = f"/api/v1/namespaces/{NAMESPACE}/pods?labelSelector=app%3Dweb"
RESERVE = "/apis/apps/v1/namespaces/overprovisioning/deployments/overprovisioning"

_DEPLOYMENTS = f"/apis/apps/v1/namespaces/{NAMESPACE}/deployments"
_CORE = f"/api/v1/namespaces/{NAMESPACE}"
_RBAC = "/apis/rbac.authorization.k8s.io/v1"
_METRICS = "metrics-api"
_PORT = 8443
_IMAGE = "registry.example.org/web:v1"


def apply(platform: Platform, policy: Policy, pace: Pace, load: float) -> None:
    """Makes the service with as many pods as a load asks for, and its metrics."""
    kube, service = platform.kube, Service()
    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}}
    kube.apply(f"/api/v1/namespaces/{NAMESPACE}", namespace)
    say_load(kube, load)
    _apply_metrics(platform, pace)
    kube.apply(f"{_DEPLOYMENTS}/{NAME}", deployment(service, policy, service.pods(load)))


def say_load(kube: Kube, load: float) -> None:
    """Writes the requests a second where the metrics API reads them."""
    kube.apply(
        f"{_CORE}/configmaps/load",
        _object("v1", "ConfigMap", "load", data={"requests": f"{load:.3f}"}),
    )


def wait_until(what: str, holds: Callable[[], bool], seconds: float) -> None:
    """Asks again and again. Raises ExperimentError once the time is over."""
    end = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > end:
            raise ExperimentError(f"no {what} within {seconds:.0f} s")
        time.sleep(0.5)


def is_measured(kube: Kube) -> bool:
    """Whether the autoscaler has seen a measure of the service's pods."""
    status = (kube.get(AUTOSCALER) or {}).get("status", {})
    return bool(status.get("currentMetrics"))


def reserve_runs(kube: Kube, policy: Policy) -> bool:
    """Whether as many pause pods are ready as there are at least."""
    if policy.reserve is None:
        return True
    status = (kube.get(RESERVE) or {}).get("status", {})
    return status.get("readyReplicas", 0) >= policy.reserve.least


def deployment(service: Service, policy: Policy, replicas: int) -> Object:
    """The service's Deployment; it may use as much CPU as it requests."""
    size = {"cpu": f"{service.millicores}m", "memory": "512Mi"}
    container = {"name": "web", "image": _IMAGE, "resources": {"requests": size, "limits": size}}
    pod: Object = {"containers": [container]}
    if policy.spot:
        wish = {"key": LIFECYCLE_LABEL, "operator": "In", "values": ["spot"]}
        preferred = [{"weight": 100, "preference": {"matchExpressions": [wish]}}]
        pod["affinity"] = {
            "nodeAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": preferred}
        }
        pod["tolerations"] = [{"key": "spot", "operator": "Exists", "effect": "NoSchedule"}]
    labels = {"app": "web"}
    template = {"metadata": {"labels": labels}, "spec": pod}
    spec = {"replicas": replicas, "selector": {"matchLabels": labels}, "template": template}
    return _object("apps/v1", "Deployment", "web", spec=spec)


def _apply_metrics(platform: Platform, pace: Pace) -> None:
    host = f"{_METRICS}.{NAMESPACE}.svc"
    pair = platform.authority.issue(_METRICS, hosts=[host])
    arguments = [
        f"--port=$(PORT_{_PORT})",
        f"--certificate={pair.certificate}",
        f"--key={pair.key}",
        f"--namespace={NAMESPACE}",
        f"--window={pace.real(RESOLUTION_SECONDS):g}",
    ]
    rules = [{"apiGroups": [""], "resources": ["pods", "configmaps"], "verbs": ["get", "list"]}]
    labels = {"app": _METRICS}
    container = {"name": "api", "image": METRICS_IMAGE, "args": arguments}
    pod = {"serviceAccountName": _METRICS, "containers": [container]}
    account = {"kind": "ServiceAccount", "name": _METRICS, "namespace": NAMESPACE}
    role = {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": _METRICS}
    certificate = platform.authority.certificate_pem.encode()
    for path, item in (
        (f"{_CORE}/serviceaccounts", _object("v1", "ServiceAccount", _METRICS)),
        (
            f"{_RBAC}/namespaces/{NAMESPACE}/roles",
            _object("rbac.authorization.k8s.io/v1", "Role", _METRICS, rules=rules),
        ),
        (
            f"{_RBAC}/namespaces/{NAMESPACE}/rolebindings",
            _object(
                "rbac.authorization.k8s.io/v1",
                "RoleBinding",
                _METRICS,
                roleRef=role,
                subjects=[account],
            ),
        ),
        (
            f"{_CORE}/services",
            _object(
                "v1",
                "Service",
                _METRICS,
                spec={"selector": labels, "ports": [{"port": 443, "targetPort": _PORT}]},
            ),
        ),
        (
            _DEPLOYMENTS,
            _object(
                "apps/v1",
                "Deployment",
                _METRICS,
                spec={
                    "replicas": 1,
                    "selector": {"matchLabels": labels},
                    "template": {"metadata": {"labels": labels}, "spec": pod},
                },
            ),
        ),
        (
            "/apis/apiregistration.k8s.io/v1/apiservices",
            _object(
                "apiregistration.k8s.io/v1",
                "APIService",
                f"{VERSION}.{GROUP}",
                spec={
                    "group": GROUP,
                    "version": VERSION,
                    "groupPriorityMinimum": 100,
                    "versionPriority": 100,
                    "service": {"name": _METRICS, "namespace": NAMESPACE},
                    "caBundle": base64.b64encode(certificate).decode(),
                },
            ),
        ),
    ):
        platform.kube.apply(f"{path}/{item['metadata']['name']}", item)


def _object(version: str, kind: str, name: str, **parts: object) -> Object:
    return {"apiVersion": version, "kind": kind, "metadata": {"name": name}, **parts}
