"""Metrics Server: what pods and nodes use, for autoscaling and ``kubectl top``."""

from collections.abc import Sequence

from catalogue import addons
from components.addon_stack.addon import Addon, Phase, Prerequisites, Values
from components.addon_stack.availability import (
    CLUSTER_CRITICAL,
    CRITICAL,
    REPLICAS,
    over_zones,
    resources,
)
from components.addon_stack.manifest import SYSTEM_NAMESPACE, Manifest
from components.addon_stack.objects import tls_secret
from components.addon_stack.site import Site
from components.certificates import authority_certificate, server_certificate

_NAME = "metrics-server"
_SECRET = "metrics-server-serving"  # noqa: S105 - a name
_SERVING = "serving"
_HOST = f"{_NAME}.{SYSTEM_NAMESPACE}.svc"
_PORT = 4443


def _secrets(_: Site, prerequisites: Prerequisites) -> Sequence[Manifest]:
    return (tls_secret(_SECRET, SYSTEM_NAMESPACE, prerequisites.certificates[_SERVING]),)


def _values(_: Site, prerequisites: Prerequisites) -> Values:
    return {
        "replicas": REPLICAS,
        # Not 10250, which is the kubelet's.
        "containerPort": _PORT,
        "tls": {"type": "existingSecret", "existingSecret": {"name": _SECRET, "lookup": False}},
        "apiService": {
            "create": True,
            "insecureSkipTLSVerify": False,
            "caBundle": prerequisites.certificates[_SERVING].authority,
        },
        "priorityClassName": CLUSTER_CRITICAL,
        "podDisruptionBudget": {
            "enabled": True,
            "maxUnavailable": 1,
            "unhealthyPodEvictionPolicy": "AlwaysAllow",
        },
        "updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 1}},
        "topologySpreadConstraints": over_zones({"app.kubernetes.io/name": _NAME}),
        "tolerations": CRITICAL,
        "resources": resources("100m", "200Mi", "400Mi"),
    }


ADDON = Addon(
    line=addons.METRICS_SERVER,
    why="what pods and nodes use, for autoscaling and kubectl top",
    phase=Phase.SERVICES,
    certificates=(
        authority_certificate(_NAME),
        server_certificate(_SERVING, _HOST, f"{_NAME}.{SYSTEM_NAMESPACE}", _NAME),
    ),
    objects_before=_secrets,
    values=_values,
    ports={_PORT: "aggregated API metrics.k8s.io"},
)
"""The metrics server; the API server verifies its certificate."""
