"""Where a scraper finds metrics: said only if asked for, and where add-ons serve them."""

from collections.abc import Mapping
from functools import cache

import pytest

from catalogue import chart_keys
from catalogue.addons import DEFAULT_AUTOSCALER, LINES, Autoscaler
from components.addons import load
from tests.unit.components.addons.addon_cluster import KEDA
from tests.unit.components.addons.deployed import RELEASE, deploy, deployed
from tests.unit.pulumi_harness import Plain, Ran

DEPLOYMENT = "kubernetes:apps/v1:Deployment"
DAEMON_SET = "kubernetes:apps/v1:DaemonSet"
PODS = {
    "cluster-autoscaler": {"": "8085"},
    "karpenter": {"": "8080"},
    "external-secrets": {"": "8080", "webhook": "8080", "certController": "8080"},
    "fluentd": {"": "24231"},
    "keda": {"keda": "8080", "metricsAdapter": "8080", "webhooks": "8080"},
}
"""Ports of metrics by chart, and by the part of its values."""


@cache
def scraped(autoscaler: Autoscaler = DEFAULT_AUTOSCALER, *, asked: bool = False) -> Ran:
    return deploy(scraped=True, live=True, autoscaler=autoscaler, keda=KEDA if asked else None)


def values(ran: Ran, addon: str) -> Plain:
    return ran.only(RELEASE, addon).inputs["values"]


def said(annotations: Mapping[str, str]) -> str:
    assert annotations["prometheus.io/scrape"] == "true"
    assert annotations["prometheus.io/path"] == "/metrics"
    return annotations["prometheus.io/port"]


@pytest.mark.parametrize("addon", PODS)
def test_pods_of_charts_say_their_port(addon: str) -> None:
    choice = LINES[addon].autoscaler or DEFAULT_AUTOSCALER
    found = values(scraped(choice, asked=bool(LINES[addon].asked_by)), addon)
    for part, port in PODS[addon].items():
        assert said(annotations(found, part)) == port


def annotations(found: Plain, part: str) -> Plain:
    """Those of a part's pods; keda has the parts below the annotations."""
    if part in found.get("podAnnotations", {}):
        return found["podAnnotations"][part]
    return (found[part] if part else found)["podAnnotations"]


def test_parts_keep_their_other_values() -> None:
    plain, more = values(deployed(), "external-secrets"), values(scraped(), "external-secrets")
    assert more["webhook"].items() > plain["webhook"].items()


def test_the_agents_of_cilium_serve_theirs() -> None:
    assert values(scraped(), "cilium")["prometheus"] == {"enabled": True}


def test_writers_and_the_dns_caches_say_their_port() -> None:
    writers = [it for it in scraped().of_type(DEPLOYMENT) if "external-dns" in it.name]
    assert len(writers) == 4
    for writer in writers:
        pod = writer.inputs["spec"]["template"]["metadata"]["annotations"]
        assert said(pod) == "7979"
        assert ("eks-platform.io/live-names" in pod) is ("live-" in writer.name)
    cache_ = scraped().only(DAEMON_SET)
    assert said(cache_.inputs["spec"]["template"]["metadata"]["annotations"]) == "9253"


@pytest.mark.parametrize("addon", [name for name, it in load().items() if it.scrape_values])
def test_the_chart_knows_what_is_said_more(addon: str) -> None:
    chart = LINES[addon].chart
    assert chart is not None
    keys = chart_keys.keys_of(chart.name, chart.version("1.34"))
    assert chart_keys.problems(keys, load()[addon].scrape_values) == []


def test_ports_are_open_where_namespaces_are_isolated() -> None:
    for name, it in load().items():
        if it.owned_namespace is not None and it.scrape_values:
            ports = {int(port) for port in PODS[name].values()}
            assert ports <= it.cluster_ports.keys()


def test_nothing_is_said_unless_it_is_asked_for() -> None:
    for it in deployed().resources:
        assert "prometheus.io/" not in str(it.inputs)
