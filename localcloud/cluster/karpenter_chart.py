"""What Karpenter's two charts make of their values: how its pods run, and its kinds."""

from collections.abc import Mapping, Sequence

from localcloud.cluster.addons import load
from localcloud.cluster.kube import Object
from localcloud.releases import Object as Values
from localcloud.tools.catalogue import KARPENTER
from localcloud.tools.module_files import folder_of

_SETTINGS: Mapping[str, tuple[str, str]] = {
    "batchMaxDuration": ("BATCH_MAX_DURATION", "10s"),
    "batchIdleDuration": ("BATCH_IDLE_DURATION", "1s"),
    "preferencePolicy": ("PREFERENCE_POLICY", "Respect"),
    "minValuesPolicy": ("MIN_VALUES_POLICY", "Strict"),
    "clusterCABundle": ("CLUSTER_CA_BUNDLE", ""),
    "clusterName": ("CLUSTER_NAME", ""),
    "clusterEndpoint": ("CLUSTER_ENDPOINT", ""),
    "isolatedVPC": ("ISOLATED_VPC", ""),
    "eksControlPlane": ("EKS_CONTROL_PLANE", ""),
    "vmMemoryOverheadPercent": ("VM_MEMORY_OVERHEAD_PERCENT", "0.075"),
    "interruptionQueue": ("INTERRUPTION_QUEUE", ""),
    "enableZonalShift": ("ENABLE_ZONAL_SHIFT", ""),
    "reservedENIs": ("RESERVED_ENIS", "0"),
    "ignoreDRARequests": ("IGNORE_DRA_REQUESTS", "true"),
    "disableClusterStateObservability": ("DISABLE_CLUSTER_STATE_OBSERVABILITY", ""),
    "disableDryRun": ("DISABLE_DRY_RUN", ""),
    "amiRefreshInterval": ("AMI_REFRESH_INTERVAL", "1m"),
    "subnetRefreshInterval": ("SUBNET_REFRESH_INTERVAL", "1m"),
}
"""Each setting's variable and default; what is empty or false sets none."""

_GATES: Mapping[str, bool] = {
    "reservedCapacity": True,
    "spotToSpotConsolidation": False,
    "nodeRepair": False,
    "nodeOverlay": False,
    "staticCapacity": False,
    "capacityBuffer": False,
}


def filling(values: Values, namespace: str) -> Mapping[str, object]:
    """What the manifest of the chart lacks, for values of its release in a namespace."""
    del namespace  # it says its own
    budget, controller = _part(values, "podDisruptionBudget"), _part(values, "controller")
    image = _part(controller, "image")
    digest = image.get("digest")
    return {
        "image": f"public.ecr.aws/karpenter/controller:{image.get('tag') or KARPENTER.version}"
        + (f"@{digest}" if digest else ""),
        "accountAnnotations": _part(_part(values, "serviceAccount"), "annotations"),
        "podAnnotations": _part(values, "podAnnotations"),
        "dnsPolicy": values.get("dnsPolicy") or "ClusterFirst",
        "budgetName": budget.get("name") or "karpenter",
        "maxUnavailable": budget.get("maxUnavailable", 1),
        "resources": _part(controller, "resources"),
        "env": [*_variables(values), *(controller.get("env") or [])],
    }


def kinds() -> list[Object]:
    """Definitions of Karpenter's kinds, as the pinned release has them.

    Raises:
        ToolError: they cannot be fetched.
    """
    folder = folder_of(KARPENTER.group, KARPENTER.module) / "pkg" / "apis" / "crds"
    return [item for file in sorted(folder.glob("*.yaml")) for item in load(file.read_text())]


def _variables(values: Values) -> Sequence[Object]:
    settings = _part(values, "settings")
    gates = {**_GATES, **_part(settings, "featureGates")}
    said = {
        "LOG_LEVEL": str(values.get("logLevel") or "info"),
        "METRICS_PORT": "8080",
        "HEALTH_PROBE_PORT": "8081",
        "FEATURE_GATES": ",".join(f"{it[0].upper()}{it[1:]}={_word(gates[it])}" for it in gates),
        **{name: _word(settings.get(it, other)) for it, (name, other) in _SETTINGS.items()},
    }
    namespace = {"fieldRef": {"fieldPath": "metadata.namespace"}}
    return [
        {"name": "SYSTEM_NAMESPACE", "valueFrom": namespace},
        *({"name": it, "value": word} for it, word in said.items() if word not in ("", "false")),
    ]


def _part(values: Values, name: str) -> Values:
    return values.get(name) or {}


def _word(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
