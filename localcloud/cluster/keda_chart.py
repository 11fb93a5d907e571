"""What KEDA's chart makes of its values: how its pods run, and its kinds."""

from collections.abc import Mapping, Sequence

from localcloud.cluster.addons import load
from localcloud.cluster.kube import Object
from localcloud.releases import Object as Values
from localcloud.tools.catalogue import KEDA
from localcloud.tools.module_files import folder_of

_REGISTRY = "ghcr.io"
_OPERATOR = "keda-operator"
_WEBHOOKS = "keda-admission-webhooks"
_OPERATOR_PORT = 9666

_DEFAULTS: Mapping[str, Values] = {
    "http": {"timeout": 3000, "minTlsVersion": "TLS12", "tlsCipherList": ""},
    "service": {
        "portHttps": 443,
        "portHttpsTarget": 6443,
        "minTlsVersion": "TLS13",
        "tlsCipherList": "",
    },
    "certificates": {"secretName": "kedaorg-certs", "mountPath": "/certs"},
}
"""The chart's own values, of those that its programs are told."""


def kinds(values: Values) -> list[Object]:
    """Definitions of KEDA's kinds, as the pinned release has them, unless its values want none.

    Raises:
        ToolError: they cannot be fetched.
    """
    crds = _part(values, "crds")
    if crds.get("install") is False:
        return []
    folder = folder_of(KEDA.group, KEDA.module) / "config" / "crd" / "bases"
    found = [item for file in sorted(folder.glob("*.yaml")) for item in load(file.read_text())]
    more = _part(crds, "additionalAnnotations")
    return [_annotated(item, more) for item in found]


def _annotated(item: Object, more: Values) -> Object:
    metadata = item["metadata"]
    annotations = {**(metadata.get("annotations") or {}), **more}
    return {**item, "metadata": {**metadata, "annotations": annotations}}


def filling(values: Values, namespace: str) -> Mapping[str, object]:
    """What the manifest of the chart lacks, for values of its release in a namespace."""
    name = _part(values, "operator").get("name") or _OPERATOR
    webhooks = _part(values, "webhooks")
    webhooks_name = webhooks.get("name") or _WEBHOOKS
    settings = {key: {**own, **_part(values, key)} for key, own in _DEFAULTS.items()}
    certificates = settings["certificates"]
    # Whole numbers come as others where a provider hands them on.
    https, port = (int(settings["service"][key]) for key in ("portHttps", "portHttpsTarget"))
    accounts = _part(values, "serviceAccount")
    names = {
        "operator": name,
        "metricServer": f"{name}-metrics-apiserver",
        "webhooks": webhooks_name,
    }
    return {
        **{f"{part}Name": it for part, it in names.items()},
        **_images(values),
        **{f"{part}Account": _account(accounts, part) for part in names},
        "operatorAccountAnnotations": _part(_part(accounts, "operator"), "annotations"),
        "certificates": certificates["secretName"],
        "certificatesPath": certificates["mountPath"],
        "httpsPort": https,
        "port": port,
        "failurePolicy": webhooks.get("failurePolicy") or "Ignore",
        "env": [
            *_variables(settings),
            {"name": "OPERATOR_NAME", "value": name},
            *_restricted(values, "operator"),
            *(values.get("env") or []),
        ],
        "metricServerEnv": [
            *_variables(settings),
            *_restricted(values, "metricServer"),
            *(values.get("env") or []),
        ],
        "args": [
            "--leader-elect",
            *_logging(values, "operator"),
            *(f"--{key}={value}" for key, value in _certificates(settings, names).items()),
            f"--k8s-cluster-name={values.get('clusterName') or 'kubernetes-default'}",
            "--enable-prometheus-metrics="
            + _word(_part(_part(values, "prometheus"), "operator").get("enabled", False)),
        ],
        "metricServerArgs": [
            "--port=8080",
            f"--secure-port={port}",
            f"--metrics-service-address={name}.{namespace}.svc.cluster.local:{_OPERATOR_PORT}",
            *_metric_server(values, certificates["mountPath"]),
        ],
        "webhooksArgs": [
            *_logging(values, "webhooks"),
            f"--cert-dir={certificates['mountPath']}",
            "--health-probe-bind-address=:8081",
            "--metrics-bind-address=:8080",
        ],
        **_placing(values),
    }


def _certificates(settings: Mapping[str, Values], names: Mapping[str, str]) -> Mapping[str, str]:
    """How the operator keeps the certificates of all three."""
    return {
        "enable-webhook-patching": "true",
        "enable-cert-rotation": "true",
        "cert-dir": settings["certificates"]["mountPath"],
        "cert-secret-name": settings["certificates"]["secretName"],
        "operator-service-name": names["operator"],
        "metrics-server-service-name": names["metricServer"],
        "webhooks-service-name": names["webhooks"],
        "k8s-cluster-domain": "cluster.local",
    }


def _metric_server(values: Values, path: str) -> Sequence[str]:
    logging = _part(_part(values, "logging"), "metricServer")
    return [
        f"--client-ca-file={path}/ca.crt",
        f"--tls-cert-file={path}/tls.crt",
        f"--tls-private-key-file={path}/tls.key",
        f"--cert-dir={path}",
        f"--zap-log-level={logging.get('zapLevel') or 'info'}",
        f"--zap-encoder={logging.get('zapEncoder') or 'console'}",
    ]


def _images(values: Values) -> Mapping[str, str]:
    """The three images, by the part that runs them."""
    given = _part(values, "image")
    repositories = {
        "operator": ("keda", "kedacore/keda"),
        "metricServer": ("metricsApiServer", "kedacore/keda-metrics-apiserver"),
        "webhooks": ("webhooks", "kedacore/keda-admission-webhooks"),
    }
    found: dict[str, str] = {}
    for part, (key, repository) in repositories.items():
        image = _part(given, key)
        place = f"{image.get('registry') or _REGISTRY}/{image.get('repository') or repository}"
        tag = image.get("tag") or KEDA.version.removeprefix("v")
        found[f"{part}Image"] = f"{place}:{tag}"
    return found


def _placing(values: Values) -> Mapping[str, object]:
    """How many pods each part has, and where: the chart spells its second part in two ways."""
    replicas = {"operator": "operator", "metricServer": "metricsServer", "webhooks": "webhooks"}
    spread = _part(values, "topologySpreadConstraints")
    found: dict[str, object] = {}
    for part, key in replicas.items():
        found[f"{part}Replicas"] = _part(values, key).get("replicaCount") or 1
        found[f"{part}Spread"] = spread.get(key) or []
        found[f"{part}Resources"] = _part(_part(values, "resources"), part)
        budget = _part(_part(values, "podDisruptionBudget"), part)
        found[f"{part}MaxUnavailable"] = budget.get("maxUnavailable", 1)
    return found


def _account(accounts: Values, part: str) -> str:
    own = {"operator": "keda-operator", "metricServer": "keda-metrics-server"}
    return _part(accounts, part).get("name") or own.get(part, "keda-webhook")


def _variables(settings: Mapping[str, Values]) -> list[Object]:
    http, service = settings["http"], settings["service"]
    fields = {"POD_NAME": "metadata.name", "POD_NAMESPACE": "metadata.namespace"}
    said = {
        "WATCH_NAMESPACE": "",
        "KEDA_HTTP_DEFAULT_TIMEOUT": str(int(http["timeout"])),
        "KEDA_HTTP_MIN_TLS_VERSION": http["minTlsVersion"],
        "KEDA_HTTP_TLS_CIPHER_LIST": http["tlsCipherList"],
        "KEDA_SERVICE_MIN_TLS_VERSION": service["minTlsVersion"],
        "KEDA_SERVICE_TLS_CIPHER_LIST": service["tlsCipherList"],
    }
    return [
        *(
            {"name": name, "valueFrom": {"fieldRef": {"fieldPath": path}}}
            for name, path in fields.items()
        ),
        *({"name": name, "value": value} for name, value in said.items()),
    ]


def _restricted(values: Values, part: str) -> list[Object]:
    restrict = _part(_part(_part(values, "permissions"), part), "restrict")
    if restrict.get("secret") is not True:
        return []
    return [{"name": "KEDA_RESTRICT_SECRET_ACCESS", "value": "true"}]


def _logging(values: Values, part: str) -> list[str]:
    wanted = _part(_part(values, "logging"), part)
    return [
        f"--zap-log-level={wanted.get('level') or 'info'}",
        f"--zap-encoder={wanted.get('format') or 'console'}",
        f"--zap-time-encoding={wanted.get('timeEncoding') or 'rfc3339'}",
    ]


def _part(values: Values, name: str) -> Values:
    return values.get(name) or {}


def _word(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
