"""The order of add-ons as data, as resources, and as a drawing."""

from pathlib import Path

import pytest

from catalogue.addons import CATALOGUE, LINES, Line
from catalogue.entries import Chart
from components import addons
from components.addon_stack import order
from components.addon_stack.addon import Addon, Phase
from components.addon_stack.order import OrderError
from tests.unit.components.addons.deployed import (
    INSTALLATION,
    PROFILE,
    RELEASE,
    deploy,
    deployed,
    with_addon,
)
from tests.unit.components.eks_answer import CLUSTER
from tests.unit.pulumi_harness import Ran, Registered

PAGES = Path(__file__).parents[4] / "docs" / "addons"
MARKER = "kubernetes:core/v1:ConfigMap"


def addon(
    name: str,
    phase: Phase = Phase.SERVICES,
    after: tuple[str, ...] = (),
    needs: tuple[str, ...] = (),
) -> Addon:
    line = Line(name, Chart("c", {}, ""), needs=needs)
    return Addon(line=line, why="", phase=phase, after=after)


def test_every_line_has_its_add_on_and_the_order_has_no_circle() -> None:
    every = addons.load()
    assert list(every) == [line.name for line in CATALOGUE]
    made = [it.name for it in order.ordered(every, every)]
    assert sorted(made) == sorted(every)
    for name, addon_ in every.items():
        for other in (*addon_.line.needs, *addon_.after):
            assert made.index(other) < made.index(name)


def test_a_circle_is_named() -> None:
    circle = {"a": addon("a", after=("b",)), "b": addon("b", after=("a",))}
    with pytest.raises(OrderError, match=r"wait for each other: (a → b → a|b → a → b)"):
        order.ordered(circle, circle)


def test_waiting_for_a_later_phase_or_a_stranger_is_refused() -> None:
    early = {"a": addon("a", Phase.BASE, ("b",)), "b": addon("b")}
    with pytest.raises(OrderError, match=r"a \(base\) waits for b \(services\)"):
        order.ordered(early, early)
    with pytest.raises(OrderError, match=r"a waits for x, which no catalogue has"):
        order.predecessors({"a": addon("a", needs=("x",))}, {"a"})


def test_what_is_off_is_waited_for_by_nobody() -> None:
    two = {"a": addon("a"), "b": addon("b", after=("a",))}
    assert order.predecessors(two, {"b"}) == {"b": ()}


def test_cilium_comes_before_the_nodes_and_waits_for_none() -> None:
    ran = deployed()
    assert not ran.only(RELEASE, "cilium").waits_for(ran.only(PROFILE))


def test_everything_else_comes_after_the_nodes_and_coredns() -> None:
    ran = deployed()
    dns = ran.only("aws:eks/addon:Addon", "coredns")
    assert dns.waits_for(ran.only(PROFILE))
    for made in ran.of_type(RELEASE):
        assert made.name == "cilium" or made.waits_for(dns) or waits(made, dns)


def waits(made: Registered, other: Registered, ran: Ran | None = None) -> bool:
    """Whether it waits for another, directly or through what it waits for."""
    by_urn = {it.urn: it for it in (ran or deployed()).resources}
    seen, todo = set[str](), [made]
    while todo:
        for urn in todo.pop().dependencies:
            if urn == other.urn:
                return True
            if urn not in seen:
                seen.add(urn)
                todo.append(by_urn[urn])
    return False


@pytest.mark.parametrize("late", [line.name for line in CATALOGUE])
def test_load_balancers_and_records_are_made_early_and_so_go_late(late: str) -> None:
    ran = with_addon(late)
    if addons.load()[late].phase is not Phase.SERVICES:
        return
    inside = [it for it in ran.resources if it.parent == ran.only(INSTALLATION, late).urn]
    in_cluster = [it for it in inside if it.type.startswith("kubernetes:")]
    assert in_cluster
    controller = ran.only(RELEASE, "aws-load-balancer-controller")
    writers = [it for it in ran.of_type("kubernetes:apps/v1:Deployment") if "dns" in it.name]
    assert len(writers) == 4
    for made in in_cluster:
        assert all(waits(made, first, ran) for first in (controller, *writers))


@pytest.mark.parametrize(
    ("first", "then"),
    [
        ("linkerd-crds", "linkerd"),
        ("linkerd", "horizontal-autoscaling"),
        ("metrics-server", "horizontal-autoscaling"),
        ("overprovisioning", "cluster-proportional-autoscaler"),
    ],
)
def test_what_an_add_on_needs_is_made_before_it(first: str, then: str) -> None:
    ran = deployed()
    before = [it for it in ran.resources if it.parent == ran.only(INSTALLATION, first).urn]
    after = [it for it in ran.resources if it.parent == ran.only(INSTALLATION, then).urn]
    for made in after:
        if made.type.startswith("kubernetes:"):
            assert all(waits(made, it) for it in before if it.type.startswith("kubernetes:"))


def test_the_writers_of_records_and_what_makes_load_balancers_do_not_wait_for_each_other() -> None:
    ran = deployed()
    controller = ran.only(RELEASE, "aws-load-balancer-controller")
    writers = [it for it in ran.of_type("kubernetes:apps/v1:Deployment") if "dns" in it.name]
    assert not any(waits(it, controller) or waits(controller, it) for it in writers)


def test_neighbours_of_one_kind_do_not_wait_for_each_other() -> None:
    ran = deployed()
    for kind in ("kubernetes:core/v1:Secret", "kubernetes:autoscaling/v2:HorizontalPodAutoscaler"):
        made = [it for it in ran.of_type(kind) if it.name.startswith(("linkerd", "horizontal"))]
        assert len(made) > 1
        assert not any(one.waits_for(other) for one in made for other in made)
        last = ran.only(MARKER, "teardown")
        assert all(waits(last, it) for it in made)


def test_stores_come_after_the_webhook_that_checks_them() -> None:
    ran = deployed()
    stores = ran.of_type("kubernetes:external-secrets.io/v1:ClusterSecretStore")
    services = {it.inputs["spec"]["provider"]["aws"]["service"] for it in stores}
    assert services == {"SecretsManager", "ParameterStore"}
    assert all(waits(store, ran.only(RELEASE, "external-secrets")) for store in stores)


def test_the_marker_comes_after_everything_in_the_cluster() -> None:
    ran = deployed()
    marker = ran.only(MARKER, "teardown")
    for made in ran.resources:
        if made.type == RELEASE and made.name != "cilium":
            assert waits(marker, made)


def test_what_is_switched_off_is_not_made() -> None:
    off = frozenset({"descheduler", "linkerd", "linkerd-crds", "external-secrets"})
    ran = deploy(disabled=off)
    made = {it.name for it in ran.of_type(INSTALLATION)}
    assert made == {it.name for it in deployed().of_type(INSTALLATION)} - off
    # Nothing is left to scale, so nothing is made of it.
    assert ran.of_type("kubernetes:autoscaling/v2:HorizontalPodAutoscaler") == []


def test_a_preview_shows_all_that_an_update_makes() -> None:
    previewed = deploy(preview=True)
    assert {(r.type, r.name) for r in previewed.resources} == {
        (r.type, r.name) for r in deployed().resources
    }


def test_two_runs_are_the_same() -> None:
    again = deploy()
    assert registered(again) == registered(deployed())


def registered(ran: Ran) -> dict[str, object]:
    # The cluster's inputs hold a resource, which is another object each time.
    return {
        it.urn: (it.inputs, sorted(it.dependencies)) for it in ran.resources if it.type != CLUSTER
    }


@pytest.mark.parametrize("name", LINES)
def test_every_add_on_has_a_page(name: str) -> None:
    page = PAGES / f"{name}.md"
    text = page.read_text(encoding="utf-8")
    assert text.startswith(f"# {name}\n")
    for heading in ("## What", "## Versions", "## IAM", "## Override", "## Traps"):
        assert heading in text, heading
    entry = LINES[name].entry
    for minor in entry.versions:
        assert minor in text
        assert entry.version(minor) in text
