"""Metrics Server: what pods and nodes use, for autoscaling and ``kubectl top``."""

from collections.abc import Sequence

from catalogue import addons
from components.addon_stack.availability import (
    CLUSTER_CRITICAL,
    CRITICAL,
    REPLICAS,
    over_zones,
    resources,
)
from components.addon_stack.objects import tls_secret
from components.addon_stack.spec import SYSTEM_NAMESPACE, Addon, Made, Manifest, Phase, Site, Values
from components.certificates import authority, server

_NAME = "metrics-server"
_SECRET = "metrics-server-serving"  # noqa: S105 - a name
_SERVING = "serving"
_HOST = f"{_NAME}.{SYSTEM_NAMESPACE}.svc"
_PORT = 4443


def _before(_: Site, made: Made) -> Sequence[Manifest]:
    return (tls_secret(_SECRET, SYSTEM_NAMESPACE, made.certificates[_SERVING]),)


def _values(_: Site, made: Made) -> Values:
    return {
        "replicas": REPLICAS,
        # Not 10250, which is the kubelet's.
        "containerPort": _PORT,
        "tls": {"type": "existingSecret", "existingSecret": {"name": _SECRET, "lookup": False}},
        "apiService": {
            "create": True,
            "insecureSkipTLSVerify": False,
            "caBundle": made.certificates[_SERVING].authority,
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
        authority(_NAME),
        server(_SERVING, _HOST, f"{_NAME}.{SYSTEM_NAMESPACE}", _NAME),
    ),
    before=_before,
    values=_values,
    ports={_PORT: "aggregated API metrics.k8s.io"},
)
"""The metrics server; the API server verifies its certificate."""
