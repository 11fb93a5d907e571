"""KEDA: as many pods as queues, requests, metrics or the time of day ask for."""

from collections.abc import Iterator, Mapping, Sequence

from catalogue import addons
from components.addon_stack.addon import Addon, Phase, Prerequisites, Values
from components.addon_stack.availability import (
    CLUSTER_CRITICAL,
    CRITICAL,
    ONE_DOWN,
    REPLICAS,
    over_zones,
    resources_without_cpu_limit,
)
from components.addon_stack.manifest import Manifest
from components.addon_stack.scraping import scrape_annotations
from components.addon_stack.site import Site
from components.addons.keda import live_work
from components.iam_policy import Statement

NAME = "keda"
"""Its name, and its namespace."""

_OPERATOR = "keda-operator"
_APPS: Mapping[str, str] = {
    "operator": _OPERATOR,
    "metricsServer": f"{_OPERATOR}-metrics-apiserver",
    "webhooks": "keda-admission-webhooks",
}
"""Label ``app`` of each Deployment's pods, by its key in the values."""

# Not 6443, as the control plane reaches aggregated APIs on this port.
_API, _WEBHOOKS, _OPERATOR_PORT, _METRICS = 4443, 9443, 9666, 8080


def _statements(site: Site) -> Sequence[Statement]:
    return tuple(_reading(site))


def _reading(site: Site) -> Iterator[Statement]:
    wanted = site.settings.keda
    if wanted is None:
        return
    if wanted.queues:
        yield Statement(
            actions=["sqs:GetQueueAttributes"],
            resources=[site.arn("sqs", name) for name in wanted.queues],
        )
    if wanted.cloudwatch:
        yield Statement(
            actions=["cloudwatch:GetMetricData"],
            resources=["*"],
            reason="classic metrics have no resources; GetMetricData knows datasets of OTLP alone",
        )


def _values(site: Site, prerequisites: Prerequisites) -> Values:
    return {
        "clusterName": site.cluster_name,
        "image": {"pullPolicy": "IfNotPresent"},
        # With KEDA itself its kinds would go, and with them what applications made of them;
        # those would wait for ever for an operator that is gone.
        "crds": {"install": True, "additionalAnnotations": {"helm.sh/resource-policy": "keep"}},
        "operator": {"name": _OPERATOR, "replicaCount": REPLICAS},
        "metricsServer": {"replicaCount": REPLICAS},
        # Ignored while none of its pods is there: nothing that scales should wait for it.
        "webhooks": {"replicaCount": REPLICAS, "failurePolicy": "Ignore"},
        "serviceAccount": {
            "operator": {
                "create": True,
                "name": _OPERATOR,
                "annotations": _role(site, prerequisites),
            }
        },
        "service": {"portHttpsTarget": _API},
        "rbac": {
            "create": True,
            # Who may edit in a namespace may say there what scales.
            "aggregateToDefaultRoles": True,
            # Else it may read every kind there is, Secrets too.
            "enabledCustomScaledRefKinds": False,
        },
        "permissions": {
            "operator": {"restrict": {"secret": True}},
            "metricServer": {"restrict": {"secret": True}},
        },
        "priorityClassName": CLUSTER_CRITICAL,
        "podDisruptionBudget": {
            "operator": ONE_DOWN,
            "metricServer": ONE_DOWN,
            "webhooks": ONE_DOWN,
        },
        "topologySpreadConstraints": {
            part: over_zones({"app": label}) for part, label in _APPS.items()
        },
        "tolerations": CRITICAL,
        "resources": {
            "operator": resources_without_cpu_limit("100m", "128Mi", "512Mi"),
            "metricServer": resources_without_cpu_limit("50m", "64Mi", "256Mi"),
            "webhooks": resources_without_cpu_limit("20m", "64Mi", "128Mi"),
        },
    }


def _objects(site: Site, _: Prerequisites) -> Sequence[Manifest]:
    return live_work.manifests(site, NAME)


def _role(site: Site, prerequisites: Prerequisites) -> Values:
    """None where it reads nothing of AWS."""
    if not _statements(site):
        return {}
    return {"eks.amazonaws.com/role-arn": prerequisites.role_arn}


_SCRAPED = scrape_annotations(_METRICS)

ADDON = Addon(
    line=addons.KEDA,
    why="as many pods as queues, requests or the time of day ask for",
    phase=Phase.SERVICES,
    # A pod that is asked for by a metric of the platform's own needs no other order.
    after=("metrics-server",),
    namespace=NAME,
    owned_namespace={"pod-security.kubernetes.io/enforce": "restricted"},
    service_account=_OPERATOR,
    statements=_statements,
    values=_values,
    objects=_objects,
    scrape_values={
        "prometheus": {"operator": {"enabled": True}, "metricServer": {"enabled": True}},
        "podAnnotations": {"keda": _SCRAPED, "metricsAdapter": _SCRAPED, "webhooks": _SCRAPED},
    },
    ports={_API: "aggregated API external.metrics.k8s.io", _WEBHOOKS: "webhook of its kinds"},
    cluster_ports={
        _OPERATOR_PORT: "metrics of queues and the like, from the operator to its API server",
        _METRICS: "metrics",
    },
)
"""The operator, the server of its metrics, the webhook, and what keeps live work to one colour."""
