"""Add-ons that need or exclude each other, on a catalogue of the test's own."""

from collections.abc import Mapping

import pytest
from pydantic import TypeAdapter, ValidationError

from catalogue.addons import CATALOGUE, LINES, Line
from catalogue.entries import Entry
from settings.addons import AddonSettings, load_addons

LOAD = TypeAdapter(dict[str, AddonSettings]).validate_python


def line(
    name: str,
    *,
    needs: tuple[str, ...] = (),
    conflicts: tuple[str, ...] = (),
    optional: bool = True,
    serves: str = "",
) -> Line:
    entry = Entry(name, {})
    return Line(name, entry, needs=needs, conflicts=conflicts, optional=optional, serves=serves)


def mistakes(lines: list[Line], *off: str) -> Mapping[str, str]:
    """What is said of a file that switches some off, by key below `addons`."""
    file = {name: {"enabled": False} for name in off}
    try:
        load_addons(file, LOAD, "1.34", {it.name: it for it in lines})
    except ValidationError as error:
        places = [".".join(map(str, it["loc"])) for it in error.errors()]
        assert len(set(places)) == len(places)
        return {place: it["msg"] for place, it in zip(places, error.errors(), strict=True)}
    return {}


@pytest.mark.parametrize(
    "lines",
    [
        [line("kong", conflicts=("nginx",)), line("nginx")],
        [line("kong"), line("nginx", conflicts=("kong",))],
        [line("kong", conflicts=("nginx",)), line("nginx", conflicts=("kong",))],
    ],
    ids=["said by the first", "said by the second", "said by both"],
)
def test_two_that_exclude_each_other_are_one_mistake(lines: list[Line]) -> None:
    said = "false, or kong off: nginx and kong exclude each other"
    assert mistakes(lines) == {"nginx.enabled": said}
    assert mistakes(lines, "kong") == mistakes(lines, "nginx") == {}


def test_two_that_serve_one_aggregated_api_exclude_each_other() -> None:
    served = "external.metrics.k8s.io"
    lines = [line("keda", serves=served), line("adapter", serves=served), line("metrics")]
    said = f"false, or keda off: adapter and keda serve {served}, which one alone can"
    assert mistakes(lines) == {"adapter.enabled": said}
    assert mistakes(lines, "keda") == mistakes(lines, "adapter") == {}


@pytest.mark.parametrize("always", ["kong", "nginx"])
def test_the_one_that_may_be_off_gives_way(always: str) -> None:
    lines = [
        line("kong", conflicts=("nginx",), optional=always != "kong"),
        line("nginx", optional=always != "nginx"),
    ]
    (other,) = {"kong", "nginx"} - {always}
    said = f"false: {other} and {always} exclude each other"
    assert mistakes(lines) == {f"{other}.enabled": said}


def test_every_two_are_a_mistake_of_their_own() -> None:
    lines = [line("kong", conflicts=("nginx",)), line("nginx"), line("traefik")]
    lines.append(line("envoy", conflicts=("traefik",)))
    assert set(mistakes(lines)) == {"nginx.enabled", "envoy.enabled"}
    assert set(mistakes(lines, "nginx")) == {"envoy.enabled"}


def test_one_that_is_wrong_itself_is_in_nobodys_way() -> None:
    lines = {it.name: it for it in (line("kong", conflicts=("nginx",)), line("nginx"))}
    with pytest.raises(ValidationError) as raised:
        load_addons({"kong": {"enabled": "no"}}, LOAD, "1.34", lines)
    assert [it["loc"] for it in raised.value.errors()] == [("kong", "enabled")]


@pytest.mark.parametrize(
    ("users", "said"),
    [
        (["shop"], "true, or shop off too: it needs base"),
        (["shop", "web"], "true, or shop and web off too: they need base"),
    ],
)
def test_what_others_need_stays(users: list[str], said: str) -> None:
    lines = [line("base"), *(line(name, needs=("base",)) for name in users)]
    assert mistakes(lines, "base") == {"base.enabled": said}
    assert mistakes(lines, "base", *users) == {}


def said_of_values(name: str, values: object, *replace: str) -> Mapping[str, str]:
    """What is said of a file with these values for one add-on of the catalogue."""
    file = {name: {"values": values, "replace": list(replace)}}
    try:
        load_addons(file, LOAD, "1.36", autoscaler=LINES[name].autoscaler)
    except ValidationError as error:
        return {".".join(map(str, it["loc"])): it["msg"] for it in error.errors()}
    return {}


TIES = [
    ("cilium", "k8sServiceHost"),
    ("cilium", "k8sServicePort"),
    ("cilium", "k8sServiceHostRef"),
    ("aws-load-balancer-controller", "clusterName"),
    ("aws-load-balancer-controller", "region"),
    ("aws-load-balancer-controller", "vpcId"),
    ("aws-node-termination-handler", "queueURL"),
    ("aws-node-termination-handler", "awsRegion"),
    ("aws-node-termination-handler", "enableSqsTerminationDraining"),
    ("cluster-autoscaler", "autoDiscovery.clusterName"),
    ("cluster-autoscaler", "autoDiscovery.tags"),
    ("cluster-autoscaler", "autoscalingGroups"),
    ("cluster-autoscaler", "autoscalingGroupsnamePrefix"),
    ("cluster-autoscaler", "extraArgs.nodes"),
    ("cluster-autoscaler", "extraArgs.node-group-auto-discovery"),
    ("cluster-autoscaler", "awsRegion"),
    ("cluster-autoscaler", "cloudProvider"),
    ("karpenter", "settings.clusterName"),
    ("karpenter", "settings.clusterEndpoint"),
    ("karpenter", "settings.clusterCABundle"),
    ("karpenter", "settings.interruptionQueue"),
]


@pytest.mark.parametrize(("name", "path"), TIES)
def test_what_ties_an_add_on_to_its_cluster_is_the_platforms(name: str, path: str) -> None:
    """Another cluster's queue, name or endpoint would let a colour work on the other one."""
    value: object = "other"
    for key in reversed(path.split(".")):
        value = {key: value}
    said = said_of_values(name, value)[f"{name}.values.{path}"]
    assert said == f"no such key: {path} ties the add-on to its own cluster, and is the platform's"


def test_every_tie_of_the_catalogue_is_tried() -> None:
    assert sorted(TIES) == sorted(
        (it.name, path) for it in CATALOGUE for path in (*it.bound, *it.foreign)
    )


def test_it_is_not_taken_away_with_the_map_that_has_it() -> None:
    values = {"settings": {"batchIdleDuration": "2s", "featureGates": {"nodeRepair": True}}}
    tie = "settings.clusterName ties the add-on to its own cluster, and is the platform's"
    assert said_of_values("karpenter", {"settings": None}) == {
        "karpenter.values.settings": f"no such key: {tie}"
    }
    assert said_of_values("karpenter", values, "settings") == {
        "karpenter.replace.0": f"another map: {tie}"
    }
    assert said_of_values("karpenter", values, "settings.featureGates") == {}
    assert "another map" not in said_of_values("karpenter", {}, "settings")["karpenter.replace.0"]


def test_what_the_platform_leaves_out_may_be_left_out_and_its_map_be_replaced() -> None:
    flags = {"extraArgs": {"v": 5, "nodes": None}}
    assert said_of_values("cluster-autoscaler", flags, "extraArgs") == {}


def test_the_catalogue_names_only_add_ons_that_it_has_and_all_can_be_installed_together() -> None:
    assert {name for it in CATALOGUE for name in (*it.needs, *it.conflicts)} <= set(LINES)
    assert load_addons({}, LOAD, "1.34") == {}
