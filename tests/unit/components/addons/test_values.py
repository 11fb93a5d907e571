"""Values of charts: known to the chart, of the right kind, pinned, and highly available."""

import re
from collections.abc import Iterator, Mapping

import hypothesis
import pulumi
import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalogue import chart_keys
from catalogue import versions as catalogue
from catalogue.addons import LINES
from catalogue.chart_archives import Pin
from catalogue.entries import Chart
from catalogue.minors import KUBERNETES_VERSIONS
from components import addons
from components.addon_stack.addon import Phase, Prerequisites, Values
from components.addon_stack.chart_place import ChartPlace
from components.addon_stack.chart_values import merged, values_of
from components.node_security_group import CONTROL_PLANE_PORTS
from components.user_data import NETWORK_TAINT
from settings.addons import AddonSettings
from tests.unit.components.addons.addon_cluster import planned_site, settings
from tests.unit.components.addons.deployed import RELEASE, deploy, deployed, with_addon
from tests.unit.pulumi_harness import Checks, Plain, Ran, Registered, run

CHARTS: Mapping[str, Chart] = {name: line.chart for name, line in LINES.items() if line.chart}
ONE_POD = {
    # No leader is elected among its pods, or it is none of its charts' values.
    "cluster-proportional-autoscaler",
}
EVERY_NODE = {"fluentd"}
NOTHING_RUNS = {"karpenter-crd", "linkerd-crds"}
CHARTS_OF_MINORS = [(name, minor) for name, chart in CHARTS.items() for minor in chart.versions]


def release(addon: str, minor: str = "1.34") -> Registered:
    return with_addon(addon, minor).only(RELEASE, addon)


def values(addon: str, minor: str = "1.34") -> Plain:
    return whole(release(addon, minor).inputs["values"])


def whole(value: Plain) -> Plain:
    """A value whose numbers are whole again: on their way to the engine all are floats."""
    if isinstance(value, Mapping):
        return {key: whole(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [whole(inner) for inner in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


@pytest.mark.parametrize(("addon", "minor"), CHARTS_OF_MINORS)
def test_the_chart_knows_every_value_and_its_kind(addon: str, minor: str) -> None:
    chart = CHARTS[addon]
    keys = chart_keys.keys_of(chart.name, chart.version(minor))
    assert chart_keys.problems(keys, values(addon, minor)) == []


@pytest.mark.parametrize(("addon", "minor"), CHARTS_OF_MINORS)
def test_a_release_is_of_the_pinned_chart(addon: str, minor: str) -> None:
    chart, made = CHARTS[addon], release(addon, minor).inputs
    assert made["version"] == chart.version(minor)
    assert made["name"] == addon
    assert made["namespace"] == addons.load()[addon].namespace
    if chart.repository.startswith("oci://"):
        assert made["chart"] == f"{chart.repository}/{chart.name}"
        assert not made.get("repositoryOpts")
    else:
        assert made["chart"] == chart.name
        assert made["repositoryOpts"] == {"repo": chart.repository}


@pytest.mark.parametrize("addon", CHARTS)
def test_a_kept_chart_is_named_by_its_path_alone(addon: str) -> None:
    chart = CHARTS[addon]
    pin = Pin(chart, chart.version("1.34"))
    kept = ChartPlace("./charts")
    assert kept.reference(pin) == f"./charts/{chart.name}-{pin.version}.tgz"
    assert kept.repository(pin) is None


@pytest.mark.parametrize("addon", CHARTS)
def test_only_what_comes_before_nodes_is_not_waited_for(addon: str) -> None:
    waits = addons.load()[addon].phase is not Phase.NETWORK
    made = release(addon).inputs
    assert (made["atomic"], made["cleanupOnFail"], made["skipAwait"]) == (waits, waits, not waits)


def test_the_autoscalers_image_follows_the_minor() -> None:
    tags = [values("cluster-autoscaler", minor)["image"]["tag"] for minor in KUBERNETES_VERSIONS]
    assert [tag.rpartition(".")[0] for tag in tags] == [f"v{it}" for it in KUBERNETES_VERSIONS]


def test_no_image_floats() -> None:
    images = list(texts(deployed(), "image"))
    assert len(images) >= 3
    for image in images:
        name, _, tag = image.rpartition(":")
        assert "/" in name
        assert any(sign.isdigit() for sign in tag)
    assert values("fluentd")["image"]["tag"] == catalogue.FLUENTD_IMAGE.pin("1.34")


def texts(ran: Ran, key: str) -> Iterator[str]:
    def inside(value: Plain) -> Iterator[str]:
        if isinstance(value, Mapping):
            for name, inner in value.items():
                if name == key and isinstance(inner, str):
                    yield inner
                yield from inside(inner)
        elif isinstance(value, list):
            for inner in value:
                yield from inside(inner)

    for resource in ran.resources:
        if resource.type in ("kubernetes:apps/v1:Deployment", "kubernetes:apps/v1:DaemonSet"):
            yield from inside(resource.inputs)


@pytest.mark.parametrize("addon", [a for a in CHARTS if a not in NOTHING_RUNS])
def test_what_runs_has_a_priority_and_says_what_it_takes(addon: str) -> None:
    said = values(addon)
    assert said["priorityClassName"].startswith("system-")
    parts = (
        [said[key] for key in said if key.endswith("Resources")]
        if addon == "linkerd"
        else list(said["resources"].values())
        if addon == "keda"
        else [said["controller"]["resources"] if addon == "karpenter" else said["resources"]]
    )
    assert parts
    for part in parts:
        if addon == "linkerd":
            assert part["cpu"]["request"]
            assert part["memory"]["request"]
            assert part["memory"]["limit"]
        else:
            assert set(part["requests"]) == {"cpu", "memory"}
            assert part["limits"]["memory"]


@pytest.mark.parametrize(
    "addon",
    [
        a
        for a in CHARTS
        if a not in ONE_POD | EVERY_NODE | NOTHING_RUNS | {"cilium", "keda", "linkerd"}
    ],
)
def test_deployments_have_two_pods_spread_over_zones(addon: str) -> None:
    said = values(addon)
    assert said.get("replicas", said.get("replicaCount", 2)) == 2
    (spread,) = said["topologySpreadConstraints"]
    assert spread["topologyKey"] == "topology.kubernetes.io/zone"
    assert spread["labelSelector"]["matchLabels"]
    if addon != "descheduler":  # its chart knows no budget
        assert said["podDisruptionBudget"]["maxUnavailable"] == 1


def test_each_part_of_keda_is_highly_available() -> None:
    said = values("keda")
    for part, labels, budget in (
        ("operator", "keda-operator", "operator"),
        ("metricsServer", "keda-operator-metrics-apiserver", "metricServer"),
        ("webhooks", "keda-admission-webhooks", "webhooks"),
    ):
        assert said[part]["replicaCount"] == 2
        (spread,) = said["topologySpreadConstraints"][part]
        assert spread["topologyKey"] == "topology.kubernetes.io/zone"
        assert spread["labelSelector"]["matchLabels"] == {"app": labels}
        assert said["podDisruptionBudget"][budget] == {"maxUnavailable": 1}


def test_linkerd_and_ciliums_operator_are_highly_available_too() -> None:
    linkerd = values("linkerd")
    assert linkerd["controllerReplicas"] == 2
    assert linkerd["enablePodAntiAffinity"] is True
    assert linkerd["enablePodDisruptionBudget"] is True
    operator = values("cilium")["operator"]
    assert operator["replicas"] == 2
    assert operator["podDisruptionBudget"] == {"enabled": True, "maxUnavailable": 1}


def test_what_runs_on_every_node_tolerates_every_taint() -> None:
    assert values("cilium")["tolerations"] == [{"operator": "Exists"}]
    assert values("fluentd")["tolerations"] == [{"operator": "Exists"}]
    daemon = deployed().only("kubernetes:apps/v1:DaemonSet").inputs["spec"]["template"]["spec"]
    assert daemon["tolerations"] == [{"operator": "Exists"}]


def test_the_control_plane_reaches_every_webhook_and_nothing_else() -> None:
    asked = {port for addon in addons.load().values() for port in addon.ports}
    of_others = {443}
    assert asked | of_others == set(CONTROL_PLANE_PORTS)
    assert values("metrics-server")["containerPort"] == 4443


def test_webhooks_never_stand_in_the_way_of_other_add_ons() -> None:
    assert values("aws-load-balancer-controller")["enableServiceMutatorWebhook"] is False
    owned = deployed().of_type("kubernetes:core/v1:Namespace")
    assert {it.inputs["metadata"]["name"] for it in owned} == {
        "external-secrets",
        "linkerd",
        "logging",
        "overprovisioning",
    }
    for namespace in owned:
        labels = namespace.inputs["metadata"]["labels"]
        assert labels["config.linkerd.io/admission-webhooks"] == "disabled"


def test_certificates_are_verified_and_never_made_at_render() -> None:
    linkerd = values("linkerd")
    for webhook in ("proxyInjector", "profileValidator", "policyValidator"):
        assert linkerd[webhook]["externalSecret"] is True
    assert linkerd["disableHeartBeat"] is True
    assert set(values("aws-load-balancer-controller")["webhookTLS"]) == {"caCert", "cert", "key"}
    metrics = values("metrics-server")
    assert metrics["tls"]["type"] == "existingSecret"
    assert metrics["apiService"]["insecureSkipTLSVerify"] is False
    assert values("cilium")["hubble"]["tls"]["auto"]["method"] == "cronJob"


def test_cilium_replaces_kube_proxy_and_takes_addresses_of_private_subnets() -> None:
    said = values("cilium")
    assert said["kubeProxyReplacement"] == "true"
    assert not said["k8sServiceHost"].startswith("https")
    assert said["localRedirectPolicies"] == {"enabled": True}
    assert said["eni"]["nodeSpec"]["subnetIDs"] == ["subnet-1", "subnet-2", "subnet-3"]
    assert said["eni"]["awsReleaseExcessIPs"] is False  # cilium/cilium#47910
    assert said["eni"]["iamRole"] == "arn:aws:mock:eu-west-1:123456789012:cilium"


def test_spot_groups_grow_first() -> None:
    said = values("cluster-autoscaler")
    assert said["extraArgs"]["expander"].split(",")[0] == "priority"
    assert said["expanderPriorities"] == {"50": ["^eks\\-blue\\-spot$"], "10": [".*"]}


def test_a_node_whose_network_is_not_up_yet_counts_as_starting() -> None:
    # The flag takes the key alone; with a value it would match no taint.
    startup = values("cluster-autoscaler")["extraArgs"]["startup-taint"]
    assert startup == NETWORK_TAINT.key == "node.cilium.io/agent-not-ready"


def test_values_of_the_stack_file_go_over_those_of_the_add_on() -> None:
    changed = {"extraArgs": {"scale-down-unneeded-time": "5m"}, "tolerations": []}
    ran = deploy(overrides={"cluster-autoscaler": changed})
    said = ran.only(RELEASE, "cluster-autoscaler").inputs["values"]
    own = values("cluster-autoscaler")
    assert said["extraArgs"] == own["extraArgs"] | changed["extraArgs"]
    assert said["tolerations"] == []
    assert said["rbac"] == own["rbac"]


def test_secret_values_of_the_stack_file_stay_secret_in_the_release() -> None:
    changed = {"fluentd": {"env": [{"name": "TOKEN", "value": "hunter2"}]}}
    plain, ran = (deploy(overrides=changed, secret=secret) for secret in (False, True))
    assert _secret_releases(ran) == _secret_releases(plain) | {"fluentd"}
    both = [it.only(RELEASE, "fluentd").inputs["values"] for it in (plain, ran)]
    assert both[0] == both[1]
    assert both[1]["env"] == changed["fluentd"]["env"]


def _secret_releases(ran: Ran) -> set[str]:
    return {it.name for it in ran.of_type(RELEASE) if "values" in it.secret_inputs}


def test_fluentd_joins_the_pieces_of_lines_that_containerd_cuts() -> None:
    files = values("fluentd")["fileConfigs"]
    written = next(it for it in files["01_sources.conf"].splitlines() if "expression" in it)
    # Ruby writes named groups without the P.
    pattern = re.compile(written.split("/", 1)[1].rsplit("/", 1)[0].replace("(?<", "(?P<"))
    found = pattern.fullmatch("2026-11-29T10:00:00.1+00:00 stderr P text with / and spaces")
    assert found
    assert found.groupdict() == {
        "time": "2026-11-29T10:00:00.1+00:00",
        "stream": "stderr",
        "pipe": "stderr",
        "part": "P",
        "log": "text with / and spaces",
    }
    joins, writes = files["04_outputs.conf"].split("<label @WRITE>")
    settings = dict(line.split(None, 1) for line in joins.splitlines() if line.startswith("    "))
    assert settings["@type"] == "relabel"  # after the filter, nothing is written but through it
    assert (settings["partial_cri_logtag_key"], settings["timeout_label"]) == ("part", "@WRITE")
    assert settings["separator"] == '""'
    (most,) = (int(it.split()[1]) for it in writes.splitlines() if "max_message_length" in it)
    assert most * 4 + 26 <= 1024 * 1024


def test_fluentd_writes_to_its_log_group_whatever_variables_it_is_given() -> None:
    variables = [{"name": "RUBYOPT", "value": "-W0"}]
    ran = deploy(overrides={"fluentd": {"env": variables}})
    said = ran.only(RELEASE, "fluentd").inputs["values"]
    assert said["env"] == variables
    groups = [it.inputs["name"] for it in ran.of_type("aws:cloudwatch/logGroup:LogGroup")]
    assert "/eks/eks-blue/pods" in groups
    assert 'log_group_name "/eks/eks-blue/pods"' in said["fileConfigs"]["04_outputs.conf"]
    assert 'region "eu-west-1"' in said["fileConfigs"]["04_outputs.conf"]


HIDDEN = "hidden"
VALUES = st.recursive(
    st.integers() | st.text(max_size=3) | st.lists(st.integers(), max_size=2),
    lambda inner: st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=6,
)
MAPS = st.dictionaries(st.sampled_from("abc"), VALUES, max_size=3)


@hypothesis.settings(max_examples=50, deadline=None)
@given(MAPS, MAPS)
def test_only_what_is_laid_over_is_secret(below: Values, above: Values) -> None:
    def visible(value: Plain) -> Plain:
        """A value with HIDDEN in place of each secret."""
        if isinstance(value, pulumi.Output):
            return HIDDEN
        return {k: visible(it) for k, it in value.items()} if isinstance(value, dict) else value

    def blanked(value: Plain, known: Plain) -> Plain:
        if isinstance(value, dict) and isinstance(known, dict):
            return {key: blanked(it, known.get(key)) for key, it in value.items()}
        return HIDDEN

    def program(checks: Checks) -> None:
        made = merged(below, above, secret=True)
        assert visible(made) == merged(below, blanked(above, below))
        checks.check(pulumi.Output.from_input(made), lambda it: it == merged(below, above), "all")

    run(program)


def test_merging_leaves_both_sides_as_they_are() -> None:
    below: dict[str, object] = {"a": {"b": 1, "c": 2}, "d": [1]}
    above: dict[str, object] = {"a": {"b": 3}, "d": [2], "e": 4}
    assert merged(below, above) == {"a": {"b": 3, "c": 2}, "d": [2], "e": 4}
    assert below == {"a": {"b": 1, "c": 2}, "d": [1]}


def test_null_reaches_helm_which_takes_the_charts_default_away() -> None:
    below: dict[str, object] = {"a": {"b": 1, "c": 2}}
    above: dict[str, object] = {"a": {"b": None}, "d": None}
    assert merged(below, above) == {"a": {"b": None, "c": 2}, "d": None}
    assert merged(below, above, secret=True) == {"a": {"b": None, "c": 2}, "d": None}


def overridden(values: Values, *replace: str) -> Plain:
    cilium = AddonSettings(values=dict(values), replace=replace)
    wanted = settings().model_copy(update={"addons": {"cilium": cilium}})
    said: dict[str, object] = {}

    def program(_: Checks) -> None:
        said.update(values_of(addons.load()["cilium"], planned_site(wanted), Prerequisites()))

    run(program)
    return said


def test_a_map_that_replaces_leaves_nothing_of_the_platforms_and_the_charts() -> None:
    strategy = {"operator": {"updateStrategy": {"type": "Recreate"}, "resources": {"requests": {}}}}
    made = overridden(strategy, "operator.updateStrategy", "operator.resources")["operator"]
    assert made["updateStrategy"] == {"type": "Recreate", "rollingUpdate": None}
    assert made["resources"] == {"requests": {"cpu": None, "memory": None}, "limits": None}
    assert made["replicas"] == 2
