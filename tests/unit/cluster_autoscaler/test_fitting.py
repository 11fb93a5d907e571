"""Where pods fit, filter by filter."""

from dataclasses import replace
from decimal import Decimal

import pytest

from localcloud.cluster_autoscaler.fitting import Snapshot
from localcloud.cluster_autoscaler.objects import Node, PodTerm, Spread, Taint, Toleration
from localcloud.cluster_autoscaler.selectors import Requirement, label_selector
from tests.unit.cluster_autoscaler.making import SPOT, TOLERATES_SPOT, node, pod, running

ZONE = "topology.kubernetes.io/zone"
HOST = "kubernetes.io/hostname"
WEB = label_selector({"matchLabels": {"app": "web"}})


def zoned(name: str, zone: str) -> Node:
    return node(name, labels={HOST: name, ZONE: zone})


def test_a_node_has_room_for_what_its_pods_leave() -> None:
    there = Snapshot([node(cpu=4)], [running("n1", "3")])
    assert there.find(pod("1")) == "n1"
    assert there.why_not(pod("1.001"), "n1") == "Insufficient cpu"
    assert there.why_not(pod("0", memory=64 * 1024**3), "n1") == "Insufficient memory"
    gpu = pod("0", requests={"nvidia.com/gpu": Decimal(1)})
    assert there.why_not(gpu, "n1") == "Insufficient nvidia.com/gpu"


def test_finished_pods_need_no_room() -> None:
    there = Snapshot([node(cpu=4)], [replace(running("n1", "4"), phase="Succeeded")])
    assert there.find(pod("4")) == "n1"


@pytest.mark.parametrize(
    ("toleration", "fits"),
    [
        (Toleration("spot", "Exists"), True),
        (Toleration("", "Exists"), True),
        (Toleration("spot", "Equal", "true"), True),
        (Toleration("spot", "Equal", "true", "NoSchedule"), True),
        (Toleration("spot", "Equal", "true", "NoExecute"), False),
        (Toleration("spot", "Equal", "false"), False),
        (Toleration("other", "Exists"), False),
    ],
)
def test_a_taint_keeps_pods_off_that_do_not_tolerate_it(
    toleration: Toleration, *, fits: bool
) -> None:
    there = Snapshot([node(taints=(SPOT,))])
    assert there.why_not(pod(), "n1") == "node(s) had untolerated taint {spot: true}"
    assert (there.find(pod(tolerations=(toleration,))) == "n1") == fits


def test_a_soft_taint_keeps_nobody_off_and_a_cordon_everybody() -> None:
    soft = Snapshot([node(taints=(Taint("a", "", "PreferNoSchedule"),))])
    assert soft.find(pod()) == "n1"
    assert Snapshot([node(cordoned=True)]).find(pod(tolerations=TOLERATES_SPOT)) is None


@pytest.mark.parametrize(
    ("requirement", "fits"),
    [
        (Requirement(ZONE, "In", ("eu-west-1a", "eu-west-1b")), True),
        (Requirement(ZONE, "In", ("eu-west-1b",)), False),
        (Requirement(ZONE, "NotIn", ("eu-west-1b",)), True),
        (Requirement("other", "NotIn", ("x",)), True),
        (Requirement("other", "Exists"), False),
        (Requirement("other", "DoesNotExist"), True),
        (Requirement("size", "Gt", ("3",)), True),
        (Requirement("size", "Lt", ("4",)), False),
        (Requirement("other", "Gt", ("3",)), False),
        (Requirement("metadata.name", "In", ("n1",)), True),
    ],
)
def test_selectors_and_required_affinity_choose_nodes(
    requirement: Requirement, *, fits: bool
) -> None:
    there = Snapshot([node(labels={ZONE: "eu-west-1a", "size": "4"})])
    assert (there.find(pod(selector=(requirement,))) is not None) == fits
    assert (there.find(pod(places=(((requirement,),),))) is not None) == fits
    # A volume and an affinity must both be met; of terms, one.
    never = (Requirement("never", "Exists"),)
    assert (there.find(pod(places=((never, (requirement,)),))) is not None) == fits
    assert there.find(pod(places=(((requirement,),), (never,)))) is None


def test_ports_of_hosts_are_taken_once() -> None:
    web = frozenset({("TCP", 80)})
    there = Snapshot([node()], [running("n1", host_ports=web)])
    assert there.find(pod(host_ports=web)) is None
    assert there.find(pod(host_ports=frozenset({("UDP", 80)}))) == "n1"


def test_pods_that_must_be_apart_are() -> None:
    term = PodTerm(HOST, frozenset({"ns"}), WEB)
    there = Snapshot([node("n1"), node("n2")], [running("n1")])
    assert there.find(pod(apart=(term,))) == "n2"
    # It holds for those that come later, too, whatever they say.
    kept = Snapshot([node("n1"), node("n2")], [running("n1", apart=(term,))])
    assert kept.find(pod()) == "n2"
    assert kept.find(pod(labels={"app": "other"})) == "n1"
    assert kept.find(pod(namespace="elsewhere")) == "n1"


def test_pods_that_must_be_together_are_and_the_first_of_them_may_begin() -> None:
    term = PodTerm(ZONE, frozenset({"ns"}), WEB)
    nodes = [zoned("n1", "a"), zoned("n2", "b")]
    there = Snapshot(nodes, [running("n2")])
    assert there.find(pod(near=(term,))) == "n2"
    empty = Snapshot(nodes)
    assert empty.find(pod(near=(term,))) == "n1"
    assert empty.find(pod(near=(term,), labels={"app": "other"})) is None


def test_pods_are_spread_evenly() -> None:
    spread = (Spread(ZONE, 1, 1, WEB),)
    nodes = [zoned("n1", "a"), zoned("n2", "b")]
    there = Snapshot(nodes, [running("n1")])
    assert there.find(pod(spread=spread)) == "n2"
    assert there.find(pod(spread=(Spread(ZONE, 2, 1, WEB),))) == "n1"
    assert there.why_not(pod(spread=(Spread("rack", 1, 1, WEB),)), "n1").endswith(
        "(missing required label)"
    )
    # With fewer places than there should be, the emptiest counts as one without any.
    assert (
        Snapshot([nodes[0]], [running("n1")]).find(pod(spread=(Spread(ZONE, 1, 2, WEB),))) is None
    )
