"""Which nodes go, and what keeps the others."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localcloud.cluster_autoscaler.fitting import Snapshot
from localcloud.cluster_autoscaler.objects import MIRROR, Budget, Pod
from localcloud.cluster_autoscaler.scale_down import (
    DISABLED,
    SAFE,
    SAFE_VOLUMES,
    Verdict,
    blocking,
    examine,
    utilization,
)
from localcloud.cluster_autoscaler.selectors import label_selector
from tests.unit.cluster_autoscaler.making import node, options, pod, running

LOCAL = frozenset({"cache"})
WEB = label_selector({"matchLabels": {"app": "web"}})


def budget(allowed: int) -> Budget:
    return Budget("kube-system", WEB, allowed)


def examined(there: Snapshot, *flags: str, recent: frozenset[str] = frozenset()) -> Verdict:
    return examine(there.nodes, there, (), options(*flags), recent)


def names(verdict: Verdict) -> list[str]:
    return [it.node.name for it in verdict.removable]


def test_a_node_below_half_whose_pods_fit_elsewhere_may_go() -> None:
    moving = running("n1", "1")
    there = Snapshot([node("n1"), node("n2")], [moving, running("n2", "3")])
    found = examined(there)
    assert names(found) == ["n1"]
    assert found.removable[0].moving == (moving,)
    assert found.keeping == {"n2": "its utilization is 0.75"}
    # It was thought, not done.
    assert there.pods_on("n1") == [moving]


def test_pods_of_nodes_that_go_need_room_one_after_the_other() -> None:
    """Of three nodes at a quarter, two go to the last one; no pod is thought to be lost."""
    nodes = [node(f"n{it}", cpu=4) for it in range(3)]
    there = Snapshot(nodes, [running(it.name, "1.5") for it in nodes])
    found = examined(there)
    assert len(names(found)) == 1
    assert len(found.tried) == 2
    kept = next(iter(found.tried))
    assert "no place elsewhere" in found.keeping[kept]


@given(st.lists(st.lists(st.integers(1, 10), max_size=4), min_size=1, max_size=6))
def test_every_pod_of_nodes_that_go_fits_on_those_that_stay(loads: list[list[int]]) -> None:
    nodes = [node(f"n{it}", cpu=4) for it in range(len(loads))]
    pods = [
        running(it.name, str(Decimal(tenths) / 10))
        for it, load in zip(nodes, loads, strict=True)
        for tenths in load
    ]
    there = Snapshot(nodes, pods)
    gone = names(examined(there))
    staying = [it for it in nodes if it.name not in gone]
    asked = sum((it.requests["cpu"] for it in pods), start=Decimal(0))
    assert asked <= 4 * len(staying)
    assert not pods or staying


def test_empty_nodes_come_first_and_what_belongs_to_a_node_does_not_count() -> None:
    of_nodes = [
        running("n2", "0.5", owner="DaemonSet"),
        running("n2", "0.5", annotations={MIRROR: "x"}, owner=""),
    ]
    there = Snapshot([node("n1"), node("n2"), node("n3")], [running("n1"), *of_nodes])
    found = examined(there)
    assert names(found)[:2] == ["n2", "n3"]
    assert found.removable[0].moving == ()


@pytest.mark.parametrize(
    ("flag", "used"),
    [
        ("--ignore-daemonsets-utilization=false", Decimal("0.75")),
        ("--ignore-daemonsets-utilization=true", Decimal("0.25")),
    ],
)
def test_daemons_count_as_the_flags_say(flag: str, used: Decimal) -> None:
    pods = [running("n1", "1"), running("n1", "2", owner="DaemonSet")]
    assert utilization(node(), pods, options(flag)) == used


def test_the_larger_of_both_resources_counts() -> None:
    pods = [running("n1", "1", memory=12 * 1024**3)]
    assert utilization(node(cpu=4, memory=16), pods, options()) == Decimal("0.75")


SYSTEM = pod(namespace="kube-system")


@pytest.mark.parametrize(
    ("it", "flags", "said"),
    [
        (pod(), (), ""),
        (pod(annotations={SAFE: "false"}), (), "safe-to-evict=false"),
        (pod(owner=""), (), "no controller"),
        (pod(owner="", annotations={SAFE: "true"}), (), ""),
        (pod(owner="Rollout"), (), "is of a Rollout"),
        (pod(owner="Rollout"), ("--skip-nodes-with-custom-controller-pods=false",), ""),
        (pod(local_volumes=LOCAL), (), "local storage: cache"),
        (pod(local_volumes=LOCAL, annotations={SAFE_VOLUMES: "tmp, cache"}), (), ""),
        (pod(local_volumes=LOCAL, annotations={SAFE: "true"}), (), ""),
        (pod(local_volumes=LOCAL), ("--skip-nodes-with-local-storage=false",), ""),
        (SYSTEM, (), "of the system"),
        (SYSTEM, ("--skip-nodes-with-system-pods=false",), ""),
        (pod(owner="DaemonSet", local_volumes=LOCAL), (), ""),
        (pod(owner="", phase="Succeeded"), (), ""),
        (pod(owner="", deleting=True), (), ""),
    ],
)
def test_a_pod_keeps_its_node_as_the_flags_and_its_annotations_say(
    it: Pod, flags: tuple[str, ...], said: str
) -> None:
    found = blocking(it, (), options(*flags))
    assert (said in found) if said else not found


@pytest.mark.parametrize("allowed", [0, 1])
def test_a_budget_frees_a_system_pod_while_it_has_room(allowed: int) -> None:
    found = blocking(SYSTEM, (budget(allowed),), options())
    assert ("budget" in found) == (allowed == 0)
    # safe-to-evict is no leave to break a budget.
    said = replace(SYSTEM, annotations={SAFE: "true"})
    assert bool(blocking(said, (budget(allowed),), options())) == (allowed == 0)


def test_a_node_that_says_so_stays_and_one_tried_in_vain_is_not_tried_at_once() -> None:
    there = Snapshot([replace(node("n1"), annotations={DISABLED: "true"}), node("n2")])
    found = examined(there, recent=frozenset({"n2"}))
    assert names(found) == []
    assert found.keeping == {"n1": f"it says {DISABLED}=true", "n2": "tried a short time ago"}
    assert found.tried == frozenset()


def test_a_pod_that_is_not_simulated_keeps_its_node() -> None:
    there = Snapshot([node("n1"), node("n2")], [running("n1", unsimulated=("resourceClaims",))])
    assert names(examined(there)) == ["n2"]


def test_the_threshold_is_a_flag() -> None:
    there = Snapshot([node("n1"), node("n2")], [running("n1", "1"), running("n2", "1")])
    assert names(examined(there, "--scale-down-utilization-threshold=0.2")) == []
