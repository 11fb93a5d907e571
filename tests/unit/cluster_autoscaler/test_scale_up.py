"""How many nodes of which group."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from localcloud.cluster_autoscaler.expanders import (
    Option,
    PrioritiesError,
    choose,
    read_priorities,
)
from localcloud.cluster_autoscaler.fitting import Snapshot
from localcloud.cluster_autoscaler.groups import Group, Template
from localcloud.cluster_autoscaler.objects import Pod, PodTerm
from localcloud.cluster_autoscaler.scale_up import (
    Plan,
    are_similar,
    estimate,
    is_pending,
    left_over,
    plan,
)
from localcloud.cluster_autoscaler.selectors import label_selector
from tests.unit.cluster_autoscaler.making import (
    NOW,
    SPOT,
    TOLERATES_SPOT,
    after,
    group,
    node,
    pod,
    running,
    template,
)


def first(options: Sequence[Option]) -> Option:
    return options[0]


def planned(
    pods: Sequence[Pod],
    *groups: tuple[Group, Template],
    closed: Mapping[str, str] | None = None,
    there: Snapshot | None = None,
    balance: bool = False,
    most: int | None = None,
) -> Plan:
    return plan(
        pods,
        {it.name: (it, like) for it, like in groups},
        closed or {},
        there or Snapshot(),
        first,
        balance=balance,
        most=most,
    )


@given(st.lists(st.integers(1, 40), max_size=30), st.integers(0, 12))
def test_an_estimate_holds_its_pods_wastes_no_node_and_keeps_the_limit(
    tenths: list[int], most: int
) -> None:
    pods = [pod(str(Decimal(it) / 10)) for it in tenths]
    like = template(cpu=4)
    number, placed = estimate(pods, like, Snapshot(), most)
    assert number <= most
    asked = sum((it.requests["cpu"] for it in placed), start=Decimal(0))
    assert asked <= 4 * number
    if len(placed) == len(pods):
        least = math.ceil(asked / 4)
        assert least <= number <= least * 2
    if number < most:
        assert len(placed) == len(pods)
    # No two of its nodes could be one.
    assert number <= 1 or asked > 2 * (number - 1)


@given(st.lists(st.integers(1, 45), max_size=20), st.integers(0, 5), st.integers(0, 5))
def test_a_group_never_grows_beyond_its_most_nor_for_nothing(
    tenths: list[int], target: int, most: int
) -> None:
    grown = group(target=target, maximum=max(target, most))
    found = planned([pod(str(Decimal(it) / 10)) for it in tenths], (grown, template(cpu=4)))
    for growth in found.growths:
        assert grown.target < growth.to <= grown.maximum
    assert bool(found.growths) == bool(found.helped)
    told = {it.uid for it in found.helped} | set(found.refusals)
    fits = [it for it in tenths if it <= 40]
    if not fits or not grown.room:
        assert found.growths == ()
        assert len(told) == len(tenths)


def test_pods_that_must_be_apart_get_a_node_each() -> None:
    term = PodTerm(
        "kubernetes.io/hostname", frozenset({"ns"}), label_selector({"matchLabels": {"app": "web"}})
    )
    number, placed = estimate(
        [pod("0.1", apart=(term,)) for _ in range(3)], template(), Snapshot(), 9
    )
    assert (number, len(placed)) == (3, 3)


def test_a_pod_that_no_group_helps_says_why_for_each() -> None:
    spot = (group("spot"), template(taints=(SPOT,)))
    full = (group("full", target=10), template())
    small = (group("small"), template(cpu=1))
    resting = (group("resting"), template())
    odd, plain = pod("2", unsimulated=("resourceClaims",)), pod("2")
    found = planned([plain, odd], spot, full, small, resting, closed={"resting": "in backoff"})
    assert found.growths == ()
    assert found.refusals[plain.uid] == {
        "spot": "node(s) had untolerated taint {spot: true}",
        "full": "max node group size reached",
        "small": "Insufficient cpu",
        "resting": "in backoff",
    }
    assert "does not simulate resourceClaims" in found.refusals[odd.uid]["spot"]


def test_only_pods_that_wait_for_a_node_ask_for_one() -> None:
    def asks(it: Pod, *, delay: int = 0) -> bool:
        return is_pending(it, -10, NOW, timedelta(seconds=delay))

    assert asks(pod())
    # The reserve has just the cutoff.
    assert asks(pod(priority=-10))
    assert not asks(pod(priority=-11))
    assert not asks(pod(unschedulable=False))
    assert not asks(pod(deleting=True))
    assert not asks(pod(owner="DaemonSet"))
    young = pod(created=after(seconds=-5))
    assert asks(young)
    assert not asks(young, delay=10)


def test_pods_that_fit_on_what_is_there_ask_for_nothing_the_important_ones_first() -> None:
    there = Snapshot([node(cpu=2)])
    important, other = pod("2", priority=5), pod("2")
    assert left_over([other, important], there) == [other]
    assert there.used("n1")["cpu"] == 2


def test_nodes_are_shared_with_groups_that_are_alike() -> None:
    pods = [pod("4") for _ in range(4)]
    a, b = group("a", target=2), group("b", target=1)
    other = (group("other"), template(cpu=8))
    found = planned(pods, (a, template()), (b, template()), other, balance=True)
    assert {it.group.name: it.to for it in found.growths} == {"a": 4, "b": 3}
    alone = planned(pods, (a, template()), (b, template()), other)
    assert {it.group.name: it.to for it in alone.growths} == {"a": 6}
    # One that may not grow, or has no room, is passed over.
    closed = planned(pods, (a, template()), (b, template()), closed={"b": "x"}, balance=True)
    assert {it.group.name: it.to for it in closed.growths} == {"a": 6}
    full = planned(pods, (a, template()), (replace(b, maximum=2), template()), balance=True)
    assert {it.group.name: it.to for it in full.growths} == {"a": 5, "b": 2}


def test_groups_are_alike_whose_nodes_differ_in_place_and_name_alone() -> None:
    one = template("a", labels={"topology.kubernetes.io/zone": "a", "team": "x"})
    assert are_similar(one, template("b", labels={"topology.kubernetes.io/zone": "b", "team": "x"}))
    assert not are_similar(one, template("b", labels={"team": "y"}))
    assert are_similar(one, template("b", labels={"team": "y"}), frozenset({"team"}))
    assert not are_similar(one, template("b", cpu=8, labels={"team": "x"}))


def test_there_are_never_more_nodes_than_the_most_in_all() -> None:
    found = planned([pod("4") for _ in range(4)], (group(), template()), most=1)
    assert [it.to for it in found.growths] == [1]
    assert planned([pod("4")], (group(), template()), most=0).growths == ()


def option(name: str, number: int = 1, pods: int = 1, cpu: int = 4) -> Option:
    return Option(group(name), template(cpu=cpu), number, tuple(pod("1") for _ in range(pods)))


@pytest.mark.parametrize(
    ("expanders", "chosen"),
    [
        (("priority",), "eks-blue-spot"),
        (("least-waste",), "eks-blue-small"),
        (("most-pods",), "eks-blue-many"),
        (("least-nodes", "least-waste"), "eks-blue-small"),
        (("random",), "eks-blue-spot"),
    ],
)
def test_each_expander_chooses_by_its_own(expanders: tuple[str, ...], chosen: str) -> None:
    options = [
        option("eks-blue-spot"),
        option("eks-blue-small", cpu=2),
        option("eks-blue-many", number=3, pods=3, cpu=8),
    ]
    written = read_priorities(yaml.safe_dump({10: [".*"], 50: [r"^eks\-blue\-spot$"]}))
    assert choose(options, expanders, written, first).group.name == chosen


def test_groups_without_a_priority_are_passed_over_while_any_has_one() -> None:
    options = [option("other"), option("low"), option("high")]
    written = {1: ["low"], 2: ["high", "none"]}
    assert choose(options, ("priority",), written, first).group.name == "high"
    assert choose(options[:2], ("priority",), written, first).group.name == "low"
    assert choose(options[:1], ("priority",), written, first).group.name == "other"
    # Without its ConfigMap, or with a bad one, it chooses nothing.
    assert choose(options, ("priority",), None, first).group.name == "other"


def test_equals_are_drawn() -> None:
    options = [option("a"), option("b")]
    assert {choose(options, ("random",), None).group.name for _ in range(60)} == {"a", "b"}


@pytest.mark.parametrize("text", [None, "", "spot: [a]", "1: a", "1: ['(']", "[", "- a"])
def test_priorities_that_are_none_are_an_error(text: str | None) -> None:
    with pytest.raises(PrioritiesError, match="cluster-autoscaler-priority-expander"):
        read_priorities(text)


def test_a_pod_for_tolerating_nodes_gets_them() -> None:
    found = planned(
        [pod(tolerations=TOLERATES_SPOT)],
        (group("plain", target=10), template()),
        (group("spot"), template(taints=(SPOT,))),
        there=Snapshot([node(cpu=1)], [running("n1", "1")]),
    )
    assert [(it.group.name, it.to) for it in found.growths] == [("spot", 1)]
