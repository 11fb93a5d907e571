"""Every container of the platform's own asks for CPU and memory, and none has a limit of CPU.

Charts are not rendered here: `CONTAINERS` says where the templates of each take resources from,
and what its ``values.yaml`` has there by default.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache

import pytest

from catalogue.addons import LINES
from catalogue.chart_keys import dotted, keys_of, parts
from catalogue.entries import Chart
from catalogue.minors import KUBERNETES_VERSIONS
from components.addon_stack.chart_values import merged, values_of
from components.addons import load
from components.refused_overrides import planned_prerequisites
from tests.unit.components.addons.addon_cluster import planned_site, settings
from tests.unit.components.addons.deployed import deploy
from tests.unit.pulumi_harness import Checks, Plain, Ran, run

WORKLOADS = ("kubernetes:apps/v1:Deployment", "kubernetes:apps/v1:DaemonSet")


@dataclass(frozen=True)
class Taken:
    """Where a chart takes the resources of its containers from.

    Attributes:
        path: the value.
        containers: the containers that get them.
        default: what the chart has there.
        shape: ``linkerd`` writes amounts its own way, ``{cpu: {request, limit}}``.
    """

    path: str
    containers: tuple[str, ...]
    default: Mapping[str, object] = field(default_factory=dict[str, object])
    shape: str = "kubernetes"


def _linkerd(path: str, *containers: str) -> Taken:
    empty = {"limit": "", "request": ""}
    return Taken(path, containers, {"cpu": empty, "memory": empty}, shape="linkerd")


CONTAINERS: Mapping[str, tuple[Taken, ...]] = {
    "cilium": (
        Taken("resources", ("cilium-agent",)),
        Taken(
            "initResources",
            # mount-cgroup has a value of its own, and takes this one where that is empty.
            (
                "config",
                "mount-cgroup",
                "apply-sysctl-overwrites",
                "mount-bpf-fs",
                "clean-cilium-state",
            ),
        ),
        Taken(
            "cni.resources",
            ("install-cni-binaries",),
            {"requests": {"cpu": "100m", "memory": "10Mi"}, "limits": {"cpu": 1, "memory": "1Gi"}},
        ),
        Taken("envoy.resources", ("cilium-envoy",)),
        Taken("operator.resources", ("cilium-operator",)),
        Taken("hubble.relay.resources", ("hubble-relay",)),
        Taken("certgen.resources", ("certgen",)),
    ),
    "linkerd-crds": (),
    "linkerd": (
        # The proxy's own init container takes what the proxy has.
        _linkerd("proxy.resources", "linkerd-proxy", "linkerd-init"),
        _linkerd("destinationResources", "destination"),
        _linkerd("identityResources", "identity"),
        _linkerd("proxyInjectorResources", "proxy-injector"),
        _linkerd("spValidatorResources", "sp-validator"),
        _linkerd("policyController.resources", "policy"),
    ),
    "external-secrets": (
        Taken("resources", ("external-secrets",)),
        Taken("webhook.resources", ("webhook",)),
        Taken("certController.resources", ("cert-controller",)),
    ),
    "aws-load-balancer-controller": (Taken("resources", ("aws-load-balancer-controller",)),),
    "aws-node-termination-handler": (Taken("resources", ("aws-node-termination-handler",)),),
    "cluster-autoscaler": (Taken("resources", ("aws-cluster-autoscaler",)),),
    "karpenter-crd": (),
    "karpenter": (Taken("controller.resources", ("controller",)),),
    "cluster-proportional-autoscaler": (Taken("resources", ("cluster-proportional-autoscaler",)),),
    "descheduler": (
        Taken(
            "resources",
            ("descheduler",),
            {
                "requests": {"cpu": "500m", "memory": "256Mi"},
                "limits": {"cpu": "500m", "memory": "256Mi"},
            },
        ),
    ),
    "metrics-server": (
        Taken(
            "resources",
            ("metrics-server",),
            {"requests": {"cpu": "100m", "memory": "200Mi"}},
        ),
    ),
    "fluentd": (Taken("resources", ("fluentd",)),),
    "keda": tuple(
        Taken(
            f"resources.{part}",
            (container,),
            {
                "requests": {"cpu": "100m", "memory": "100Mi"},
                "limits": {"cpu": 1, "memory": "1000Mi"},
            },
        )
        for part, container in (
            ("operator", "keda-operator"),
            ("metricServer", "keda-operator-metrics-apiserver"),
            ("webhooks", "keda-admission-webhooks"),
        )
    ),
}
"""What each chart runs with the platform's values, by add-on."""

NOT_RUN: Mapping[str, Mapping[str, str]] = {
    "cilium": {
        "encryption.ztunnel.resources": "encryption.enabled",
        "hubble.ui.backend.resources": "hubble.ui.enabled",
        "hubble.ui.frontend.resources": "hubble.ui.enabled",
        "nodeinit.resources": "nodeinit.enabled",
        "preflight.resources": "preflight.enabled",
        "clustermesh.mcsapi.corednsAutoConfigure.resources": "clustermesh.mcsapi.enabled",
        "clustermesh.apiserver.etcd.resources": "clustermesh.useAPIServer",
        "clustermesh.apiserver.etcd.init.resources": "clustermesh.useAPIServer",
        "clustermesh.apiserver.kvstoremesh.resources": "clustermesh.useAPIServer",
        "clustermesh.apiserver.resources": "clustermesh.useAPIServer",
        # That one container then takes initResources.
        "cgroup.autoMount.resources": "cgroup.autoMount.resources",
        **{
            f"authentication.mutual.spire.install.{part}.resources": (
                "authentication.mutual.spire.enabled"
            )
            for part in ("agent", "server")
        },
        "monitor.resources": "monitor.enabled",
    },
    # It is a job, off by `disableHeartBeat`, as test_values has it.
    "linkerd": {"heartbeatResources": "heartbeatResources"},
    "metrics-server": {"addonResizer.resources": "addonResizer.enabled"},
}
"""Containers that a chart runs only with a value that it has not by default, nor from here."""

CHARTS: Mapping[str, Chart] = {name: line.chart for name, line in LINES.items() if line.chart}


@cache
def values(addon: str, minor: str) -> Plain:
    """Values as the program has them: on their way to the mocks of the engine nulls are lost."""
    said: dict[str, object] = {}

    def program(_: Checks) -> None:
        loaded, site = load()[addon], planned_site(settings(minor=minor))
        said.update(values_of(loaded, site, planned_prerequisites(loaded)))

    run(program)
    return said


def inside(value: Plain, path: str) -> Plain:
    for part in parts(path):
        value = value.get(part, {}) if isinstance(value, Mapping) else {}
    return value


def without_nulls(value: Plain) -> Plain:
    """What Helm leaves of values in which null takes a default away."""
    if not isinstance(value, Mapping):
        return value
    return {key: without_nulls(inner) for key, inner in value.items() if inner is not None}


def seen(taken: Taken, said: Plain) -> Plain:
    """Resources of a container as Kubernetes gets them."""
    found = without_nulls(merged(taken.default, inside(said, taken.path)))
    if taken.shape == "kubernetes":
        return found
    return {
        group: {name: amounts[kind] for name, amounts in found.items() if amounts.get(kind)}
        for group, kind in (("requests", "request"), ("limits", "limit"))
    }


def lacking(container: str, resources: Plain) -> Iterator[str]:
    requests, limits = resources.get("requests") or {}, resources.get("limits") or {}
    yield from (
        f"{container}: no request of {it}" for it in ("cpu", "memory") if not requests.get(it)
    )
    if not limits.get("memory"):
        yield f"{container}: no limit of memory"
    if "cpu" in limits:
        yield f"{container}: CPU limited to {limits['cpu']}"


def test_every_chart_is_looked_at() -> None:
    assert set(CONTAINERS) == set(CHARTS)


@pytest.mark.parametrize(
    ("addon", "minor"),
    [(name, minor) for name, chart in CHARTS.items() for minor in chart.versions],
)
def test_containers_of_charts_ask_for_cpu_and_memory_and_may_use_all_cpu(
    addon: str, minor: str
) -> None:
    said = values(addon, minor)
    wrong = [
        it
        for taken in CONTAINERS[addon]
        for name in taken.containers
        for it in lacking(name, seen(taken, said))
    ]
    assert wrong == []


@pytest.mark.parametrize("addon", CHARTS)
def test_no_value_for_resources_is_overlooked(addon: str) -> None:
    # A chart that is raised may run more: what is new in its values is looked at then.
    for minor in CHARTS[addon].versions:
        keys = keys_of(CHARTS[addon].name, CHARTS[addon].version(minor))
        found = {
            dotted(it)
            for it in keys.paths()
            if it[-1].lower().endswith("resources") and keys_kind(addon, it) != "list"
        }
        known = {it.path for it in CONTAINERS[addon]} | NOT_RUN.get(addon, {}).keys()
        above = {it.rpartition(".")[0] for it in known}  # a map of the parts' resources
        assert found - known - above == set()


def keys_kind(addon: str, path: tuple[str, ...]) -> str:
    keys = keys_of(CHARTS[addon].name, CHARTS[addon].version(KUBERNETES_VERSIONS[0]))
    for part in path:
        keys = keys.inside[part]
    return keys.kind


@pytest.mark.parametrize("addon", NOT_RUN)
def test_what_a_chart_does_not_run_is_not_switched_on(addon: str) -> None:
    for switch in NOT_RUN[addon].values():
        assert not inside(values(addon, "1.34"), switch)


def test_a_null_stands_only_where_the_chart_has_a_default() -> None:
    # Helm hands on a null that takes nothing away, and the API server gets it.
    for addon, takes in CONTAINERS.items():
        for taken in takes:
            for path in nulls(inside(values(addon, "1.34"), taken.path)):
                assert inside(taken.default, ".".join(path)), (addon, taken.path, path)


def nulls(value: Plain, at: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    if value is None:
        yield at
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            yield from nulls(inner, (*at, str(key)))


def test_pods_that_the_program_makes_itself_do_too() -> None:
    found = list(own_containers(deploy(live=True)))
    assert len(found) >= 6  # four writers, the DNS caches, the reserve
    assert [it for name, resources in found for it in lacking(name, resources)] == [
        # Its limit is what it asks for, so that it takes exactly the room that it keeps free.
        "reserve-resources: CPU limited to 1"
    ]


def own_containers(ran: Ran) -> Iterator[tuple[str, Plain]]:
    for kind in WORKLOADS:
        for made in ran.of_type(kind):
            pod = made.inputs["spec"]["template"]["spec"]
            for container in (*pod.get("initContainers", ()), *pod["containers"]):
                yield container["name"], container.get("resources") or {}
