"""Values that exclude each other: overrides over what add-ons and their charts really have."""

import pytest

from catalogue import chart_keys
from catalogue.addons import LINES
from components import addons
from components.addon_stack.addon import Values
from components.addon_stack.chart_values import values_of
from components.addon_stack.conflicts import conflicts
from components.refused_overrides import planned_prerequisites, refused_overrides
from tests.unit.components.addons.addon_cluster import planned_site, settings
from tests.unit.pulumi_harness import Checks, run

CHARTS = {name: line.chart for name, line in LINES.items() if line.chart}
RECREATE: Values = {"type": "Recreate"}


def refused(addon: str, values: Values, *, secret: bool = False) -> list[str]:
    """Where values of a stack file are refused, and what is found there."""
    lines: list[str] = []

    def program(_: Checks) -> None:
        wanted = settings(overrides={addon: values}, secret=secret)
        for it in refused_overrides(planned_site(wanted)):
            assert it.addon == addon
            assert it.conflict.expected
            lines.append(f"{'.'.join(it.conflict.path)}: {it.conflict.found}")

    run(program)
    return lines


def laid_out(addon: str) -> Values:
    """The platform's own values of an add-on."""
    said: dict[str, object] = {}

    def program(_: Checks) -> None:
        site, made = planned_site(settings()), addons.load()[addon]
        said.update(values_of(made, site, planned_prerequisites(made)))

    run(program)
    return said


@pytest.mark.parametrize("addon", CHARTS)
def test_what_the_platform_itself_says_excludes_nothing(addon: str) -> None:
    chart = CHARTS[addon]
    assert chart
    keys = chart_keys.keys_of(chart.name, chart.version("1.34"))
    assert conflicts(addon, keys, laid_out(addon)) == []


BOTH = "type: Recreate beside rollingUpdate"
BUDGET = "minAvailable beside maxUnavailable"


@pytest.mark.parametrize(
    ("addon", "key"),
    [
        ("aws-load-balancer-controller", "updateStrategy"),
        ("aws-node-termination-handler", "strategy"),
        ("cluster-autoscaler", "updateStrategy"),
        ("metrics-server", "updateStrategy"),
        ("linkerd", "deploymentStrategy"),
    ],
)
def test_recreate_leaves_no_rolling_update(addon: str, key: str) -> None:
    assert refused(addon, {key: RECREATE}) == [f"{key}: {BOTH}"]
    assert refused(addon, {key: RECREATE}, secret=True) == [f"{key}: {BOTH}"]
    assert refused(addon, {key: {**RECREATE, "rollingUpdate": None}}) == []


def test_a_rolling_update_of_the_chart_alone_counts_too() -> None:
    assert refused("cilium", {"operator": {"updateStrategy": RECREATE}}) == [
        f"operator.updateStrategy: {BOTH}"
    ]


@pytest.mark.parametrize(
    ("addon", "path"),
    [
        ("aws-load-balancer-controller", "podDisruptionBudget"),
        ("aws-node-termination-handler", "podDisruptionBudget"),
        ("cilium", "operator.podDisruptionBudget"),
        ("cilium", "hubble.relay.podDisruptionBudget"),
        ("cluster-autoscaler", "podDisruptionBudget"),
        ("external-secrets", "podDisruptionBudget"),
        ("external-secrets", "webhook.podDisruptionBudget"),
        ("linkerd", "controller.podDisruptionBudget"),
        ("metrics-server", "podDisruptionBudget"),
    ],
)
def test_a_budget_has_one_bound(addon: str, path: str) -> None:
    def at(budget: Values) -> Values:
        for key in reversed(path.split(".")):
            budget = {key: budget}
        return budget

    assert refused(addon, at({"minAvailable": 1})) == [f"{path}: {BUDGET}"]
    assert refused(addon, at({"minAvailable": 1, "maxUnavailable": None})) == []


@pytest.mark.parametrize("part", [None, "webhook", "certController"])
def test_the_budgets_of_external_secrets_have_not_the_charts_bound(part: str | None) -> None:
    said = laid_out("external-secrets")
    budget = chart_keys.value_at(
        said, f"{part}.podDisruptionBudget" if part else "podDisruptionBudget"
    )
    assert budget == {"enabled": True, "minAvailable": None, "maxUnavailable": 1}


@pytest.mark.parametrize(
    ("addon", "values", "found"),
    [
        (
            "metrics-server",
            {"livenessProbe": {"exec": {"command": ["true"]}}},
            "livenessProbe: exec beside httpGet",
        ),
        (
            "external-secrets",
            {"livenessProbe": {"spec": {"tcpSocket": {"port": 1}}}},
            "livenessProbe.spec: httpGet beside tcpSocket",
        ),
        (
            "fluentd",
            {"updateStrategy": {"rollingUpdate": {"maxSurge": 1}}},
            "updateStrategy.rollingUpdate: maxSurge beside maxUnavailable",
        ),
        (
            "cluster-autoscaler",
            {"updateStrategy": {"rollingUpdate": {"maxSurge": 0}}},
            "updateStrategy.rollingUpdate: maxSurge and maxUnavailable both 0",
        ),
        ("fluentd", {"updateStrategy": RECREATE}, "updateStrategy: another type"),
        (
            "metrics-server",
            {"updateStrategy": {"type": "OnDelete"}},
            "updateStrategy: another type",
        ),
        (
            "descheduler",
            {"resources": {"requests": {"memory": "1Gi"}}},
            "resources: a request of memory above its limit",
        ),
        (
            "descheduler",
            {"resources": {"limits": {"memory": "64Mi"}}},
            "resources: a request of memory above its limit",
        ),
        (
            "cluster-autoscaler",
            {"containerSecurityContext": {"privileged": True}},
            "containerSecurityContext: privileged: true beside allowPrivilegeEscalation: false",
        ),
        (
            "cluster-autoscaler",
            {"containerSecurityContext": {"runAsUser": 0}},
            "containerSecurityContext: runAsUser: 0 beside runAsNonRoot: true",
        ),
        (
            "aws-load-balancer-controller",
            {"autoscaling": {"minReplicas": 3, "maxReplicas": 2}},
            "autoscaling: minReplicas above maxReplicas",
        ),
    ],
)
def test_what_else_excludes_each_other(addon: str, values: Values, found: str) -> None:
    assert refused(addon, values) == [found]


@pytest.mark.parametrize(
    ("addon", "values"),
    [
        ("fluentd", {"updateStrategy": {"type": "OnDelete"}}),
        ("fluentd", {"updateStrategy": {"rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}}}),
        ("descheduler", {"resources": {"requests": {"memory": "1Gi"}, "limits": {"memory": None}}}),
        ("descheduler", {"resources": {"requests": {"cpu": "2"}}}),
        ("metrics-server", {"livenessProbe": {"exec": {"command": ["true"]}, "httpGet": None}}),
    ],
)
def test_what_kubernetes_takes(addon: str, values: Values) -> None:
    assert refused(addon, values) == []
