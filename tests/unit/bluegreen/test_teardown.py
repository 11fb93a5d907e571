"""Emptying a colour before its stack goes."""

from collections.abc import Callable
from io import StringIO

import pytest
from rich.console import Console

import teardown
from bluegreen.report import Report
from bluegreen.teardown import ReportedTeardown, teardown_target
from bluegreen.updates import Patience
from teardown import GoneCluster, OwnZone, TeardownError
from tests.unit.bluegreen.snapshots import snapshot

NOWHERE = {
    "apiVersion": "v1",
    "kind": "Config",
    "clusters": [{"name": "c", "cluster": {"server": "https://127.0.0.1:1"}}],
    "users": [{"name": "u", "user": {"token": "t"}}],
    "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u"}}],
    "current-context": "x",
}


class Asked:
    """Stands for the steps of the package `teardown`."""

    def __init__(self) -> None:
        self.clusters: list[object] = []
        self.error: TeardownError | None = None

    def tear_down(
        self,
        target: teardown.Target,
        *,
        cluster: Callable[[teardown.Target], object],
        log: Callable[[str], None],
        **_: object,
    ) -> None:
        self.clusters.append(cluster(target))
        log("waiting for load balancer [web]")
        if self.error:
            raise self.error


@pytest.fixture
def asked() -> Asked:
    return Asked()


def emptying(asked: Asked) -> tuple[ReportedTeardown, StringIO]:
    said = StringIO()
    return ReportedTeardown(Report(Console(file=said)), Patience(), asked.tear_down), said


def test_the_target_is_the_colour_and_its_own_parts_of_both_zones() -> None:
    target = teardown_target(snapshot(), "blue", region="eu-west-1", kubeconfig=NOWHERE)
    assert (target.cluster_name, target.kubeconfig) == ("eks-blue", NOWHERE)
    assert sorted(target.zones, key=lambda zone: zone.zone_id) == [
        OwnZone(zone_id=zone_id, domain=f"eks-blue.{name}", owner_id=f"ingress-eks-blue.{name}")
        for zone_id, name in (("Z1", "example.com"), ("Z2", "example.internal"))
    ]


def test_without_zones_there_are_no_records() -> None:
    assert teardown_target(snapshot(shared={"zones": None}), "blue", region="").zones == ()


@pytest.mark.parametrize("config", [NOWHERE, None])
def test_a_cluster_that_is_being_deleted_need_not_answer(config: object, asked: Asked) -> None:
    target = teardown_target(snapshot(), "blue", region="eu-west-1", kubeconfig=config)
    it, said = emptying(asked)
    it.empty_cluster(target, begun=True)
    assert isinstance(asked.clusters[0], GoneCluster)
    assert "waiting for load balancer [web]" in said.getvalue()


def test_a_cluster_that_stands_and_does_not_answer_is_an_error(asked: Asked) -> None:
    target = teardown_target(snapshot(), "blue", region="eu-west-1", kubeconfig=NOWHERE)
    with pytest.raises(TeardownError, match="does not answer"):
        emptying(asked)[0].empty_cluster(target, begun=False)
    assert asked.clusters == []


def test_what_does_not_go_ends_the_command_with_its_reason(asked: Asked) -> None:
    asked.error = TeardownError("not gone within 900 s: load balancer web")
    target = teardown_target(snapshot(), "blue", region="eu-west-1")
    with pytest.raises(TeardownError, match="load balancer web"):
        emptying(asked)[0].empty_cluster(target, begun=True)
