"""Each rule fails for its own reason alone, and says what is wrong."""

from collections.abc import Mapping

import pytest

from bluegreen import rules
from bluegreen.finding import Finding, refused
from bluegreen.retirement_rules import before_retirement, still_named
from bluegreen.snapshot import (
    Addon,
    Balanced,
    EksView,
    KubeView,
    Lock,
    Node,
    Published,
    Record,
    RequestedName,
    Snapshot,
    StackState,
    TargetGroup,
    Workload,
)
from handover.assignment import NOBODY, Assignment
from handover.live_writer import LiveWriter, WriterReport
from tests.unit.bluegreen.snapshots import (
    api_records,
    balancer,
    host,
    kube,
    live_set,
    published,
    record,
    snapshot,
)


def failing(findings: list[Finding]) -> Mapping[str, tuple[str, ...]]:
    return {finding.rule: finding.details for finding in refused(findings)}


def kube_with(**changes: object) -> dict[str, object]:
    return {"kube": kube("green").model_copy(update=changes)}


def test_a_platform_at_rest_breaks_no_rule() -> None:
    assert failing(rules.before_switch(snapshot(), "green")) == {}
    assert failing(rules.invariants(snapshot())) == {}


def kubeconfigs(seen: Snapshot) -> Finding:
    (found,) = [it for it in rules.invariants(seen) if it.rule == "kubeconfigs"]
    assert found in rules.before_switch(seen, "green")
    return found


def made(created: str) -> dict[str, object]:
    return {"eks": EksView(status="ACTIVE", version="1.34", created=created)}


def test_kubeconfigs_of_before_the_younger_cluster_are_told_and_forbid_nothing() -> None:
    old, new = made("2026-05-01T08:00Z"), made("2026-11-29T14:05Z")
    for blue, green, younger in ((old, new, "green"), (new, old, "blue")):
        found = kubeconfigs(snapshot(blue=blue, green=green))
        (said,) = found.details
        since = f"2026-11-29T14:05Z, when {younger} was made,"
        assert said.startswith(f"one fetched before {since} does not trust {younger}: its contexts")
        assert found.verdict == "note"
        assert "eks-platform-kubeconfig" in found.remedy


def test_of_one_cluster_alone_every_kubeconfig_knows() -> None:
    assert kubeconfigs(snapshot(green={"cluster": None})).verdict == "pass"


def test_kubeconfigs_are_told_also_where_eks_does_not_say_when() -> None:
    (said,) = kubeconfigs(snapshot(blue={"eks": None}, green={"eks": None})).details
    assert said.startswith("one fetched before the younger cluster was made does not trust the")


BUSY = Lock(holder="ann@host (pid 7)", since="2026-01-01T00:00:00Z", dead=False)
LOCKED = StackState(name="blue", exists=True, resources=9, locks=(BUSY,))
DEAD = LOCKED.model_copy(update={"locks": (BUSY.model_copy(update={"dead": True}),)})
STRANGER = record("web.example.com", "203.0.113.7", owner=None)

BEFORE: list[tuple[str, str, Snapshot]] = [
    ("stacks", "does not list green", snapshot(shared={"listed": ("blue",)})),
    ("stacks", "stack green has not come up", snapshot(green={"cluster": None})),
    ("locks", "blue: ann@host (pid 7)", snapshot(blue={"state": LOCKED})),
    ("api-server", "blue: refused", snapshot(blue={"kube": KubeView(error="refused")})),
    ("nodes", "node-2", snapshot(green=kube_with(nodes=(Node(name="node-2", ready=False),)))),
    ("nodes", "there is none", snapshot(green=kube_with(nodes=()))),
    (
        "workloads",
        "daemonset/kube-system/cilium: 1 of 3",
        snapshot(
            green=kube_with(
                workloads=(Workload(name="daemonset kube-system/cilium", wanted=3, available=1),)
            )
        ),
    ),
    (
        "add-ons",
        "coredns v1: DEGRADED",
        snapshot(
            green={
                "eks": EksView(
                    status="ACTIVE",
                    version="1.34",
                    addons=(Addon(name="coredns", version="v1", status="DEGRADED"),),
                )
            }
        ),
    ),
    ("add-ons", "EKS knows no such cluster", snapshot(green={"eks": None})),
    (
        "load-balancers",
        "web-green: provisioning",
        snapshot(balancers=[balancer("blue"), balancer("green", state="provisioning")]),
    ),
    (
        "load-balancers",
        "target group web: 1 healthy, 1 unhealthy",
        snapshot(
            balancers=[
                balancer(
                    "green",
                    groups=(TargetGroup(name="web", states={"healthy": 1, "unhealthy": 1}),),
                )
            ]
        ),
    ),
    (
        "load-balancers",
        "target group web: no targets",
        snapshot(balancers=[balancer("green", groups=(TargetGroup(name="web", states={}),))]),
    ),
    ("counterparts", "web.example.com", snapshot(green=kube_with(published=()))),
    (
        "counterparts",
        "web.example.com",
        snapshot(green=kube_with(published=())),
    ),
    (
        "foreign-records",
        "web.example.com A (no owner)",
        snapshot(records=[STRANGER, *api_records()]),
    ),
    (
        "foreign-records",
        "web.example.com A (owner ingress-eks-blue.example.com)",
        snapshot(
            records=[
                record("web.example.com", host("blue"), owner="ingress-eks-blue.example.com"),
                *api_records(),
            ]
        ),
    ),
    ("one-writer", "pod-1 on green", snapshot(green=kube_with(live_writers=("pod-1",)))),
]


@pytest.mark.parametrize(("rule", "says", "seen"), BEFORE)
def test_a_switch_is_refused_for_one_reason(rule: str, says: str, seen: Snapshot) -> None:
    found = failing(rules.before_switch(seen, "green"))
    # Where blue does not answer, nobody can say whether there is a way back.
    assert list(found) == [rule, *(["way-back"] if rule == "api-server" else [])]
    assert any(says in detail for detail in found[rule]), found


def test_a_dead_updates_lock_does_not_refuse() -> None:
    assert failing(rules.before_switch(snapshot(blue={"state": DEAD}), "green")) == {}


UNSEEN = StackState(name="blue", exists=True, pending=("creating web",), locks_read=False)


def test_where_locks_are_not_read_the_rule_says_that_nobody_looked() -> None:
    seen = snapshot(blue={"state": UNSEEN})
    for findings in (
        rules.before_switch(seen, "green"),
        before_retirement(seen, "blue", {}),
    ):
        (found,) = [finding for finding in findings if finding.rule == "locks"]
        assert found.verdict == "pass"
        assert "locks of this backend are not read" in found.says
        assert "Pulumi itself refuses a second one" in found.says
    (found,) = [it for it in rules.before_switch(snapshot(), "green") if it.rule == "locks"]
    assert found.says == "no update runs on any stack"


def test_what_may_be_under_way_is_not_called_interrupted_without_a_word() -> None:
    found = failing(rules.invariants(snapshot(blue={"state": UNSEEN})))
    said = "interrupted or being done now: this backend does not show whether an update runs"
    assert f"blue: creating web, {said}" in found["halfway"]


def test_what_a_running_update_is_doing_is_no_interruption() -> None:
    running = LOCKED.model_copy(update={"pending": ("creating web",)})
    assert failing(rules.invariants(snapshot(blue={"state": running}))) == {}
    killed = DEAD.model_copy(update={"pending": ("creating web",)})
    assert list(failing(rules.invariants(snapshot(blue={"state": killed})))) == ["halfway"]


def test_a_live_writer_that_a_begun_switch_has_just_started_does_not_take_it_back() -> None:
    starting = Workload(name="deployment a/live", wanted=1, available=0, live_writer=True)
    other = starting.model_copy(update={"live_writer": False})
    begun = {"configured": NOBODY}
    for workload, shared, refuses in (
        (starting, begun, False),
        (other, begun, True),
        (starting, {}, True),
    ):
        seen = snapshot(shared=shared, green=kube_with(workloads=(workload,)))
        assert ("workloads" in failing(rules.before_switch(seen, "green"))) is refuses


def test_a_name_is_waived_by_name_alone() -> None:
    lost = snapshot(
        green=kube_with(published=(), asked=()),
        records=[
            *live_set("web.example.com", host("blue")),
            *live_set("old.example.com", host("blue")),
            *api_records(),
        ],
    )
    nothing = "web.example.com: nothing on green asks for it"
    assert failing(rules.before_switch(lost, "green", waived=["old.example.com"])) == {
        "counterparts": (nothing,)
    }
    findings = rules.before_switch(lost, "green", waived=["old.example.com", "web.example.com"])
    assert failing(findings) == {}
    (waived,) = [finding for finding in findings if finding.verdict == "waived"]
    assert waived.details == ("old.example.com: nothing on green asks for it", nothing)


SICK: list[tuple[str, str, Snapshot]] = [
    (
        "nodes",
        "node-2",
        snapshot(
            green=kube_with(
                nodes=(Node(name="node-1", ready=True), Node(name="node-2", ready=False))
            )
        ),
    ),
    (
        "workloads",
        "deployment/kube-system/overprovisioning",
        snapshot(
            green=kube_with(
                workloads=(
                    Workload(
                        name="deployment kube-system/overprovisioning", wanted=6, available=1
                    ),
                )
            )
        ),
    ),
    (
        "load-balancers",
        "web-green",
        snapshot(balancers=[balancer("blue"), balancer("green", state="provisioning")]),
    ),
    ("foreign-records", "web.example.com", snapshot(records=[STRANGER, *api_records()])),
    ("delegated", "web.example.com", snapshot(records=[
        *live_set("web.example.com", host("blue")),
        record("web.example.com", "ns.example.org", kind="NS", owner=None),
        *api_records(),
    ])),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "name", "seen"), SICK)
def test_what_is_the_operators_choice_is_waived_by_its_name(
    rule: str, name: str, seen: Snapshot
) -> None:
    assert list(failing(rules.before_switch(seen, "green"))) == [rule]
    findings = rules.before_switch(seen, "green", waived=[name])
    assert failing(findings) == {}
    assert [it.rule for it in findings if it.verdict == "waived"] == [rule]


def test_drift_and_changes_are_waived_by_stack_and_name() -> None:
    drift, unapplied = {"blue": ["update live"]}, {"shared": ["update txt"]}
    assert len(failing(rules.no_pending_changes(drift, unapplied))) == 2
    assert failing(rules.no_pending_changes(drift, unapplied, ["blue/live", "shared/txt"])) == {}


def test_of_a_colour_that_was_not_seen_nothing_is_said_and_no_advice_given() -> None:
    seen = snapshot(green={"kube": KubeView(error="403 Forbidden")})
    findings = {it.rule: it for it in rules.before_switch(seen, "green")}
    for rule in ("nodes", "workloads", "counterparts"):
        assert (findings[rule].verdict, findings[rule].remedy) == ("unseen", "")
    assert findings["counterparts"].details == ("green: 403 Forbidden",)


def test_reserve_that_gives_way_and_nodes_that_come_and_go_are_no_ill_health() -> None:
    coming = Node(name="node-2", ready=False, passing=True)
    staying = Node(name="node-1", ready=True)
    for changes in (
        {"workloads": (Workload(name="deployment a/b", wanted=6, available=1, reserve=True),)},
        {"nodes": (staying, coming)},
        {
            "nodes": (staying, coming),
            "workloads": (
                Workload(name="daemonset a/b", wanted=2, available=1),
                Workload(name="deployment a/c", wanted=2, available=1),
            ),
        },
    ):
        assert failing(rules.before_switch(snapshot(green=kube_with(**changes)), "green")) == {}


@pytest.mark.parametrize(
    ("rule", "changes"),
    [
        ("nodes", {"nodes": (Node(name="node-2", ready=False, passing=True),)}),
        (
            "workloads",
            {
                "nodes": (Node(name="a", ready=True), Node(name="b", ready=False, passing=True)),
                "workloads": (Workload(name="daemonset a/b", wanted=3, available=1),),
            },
        ),
        (
            "workloads",
            {
                "nodes": (Node(name="a", ready=True), Node(name="b", ready=False, passing=True)),
                "workloads": (Workload(name="deployment a/b", wanted=1, available=0),),
            },
        ),
    ],
)
def test_more_than_what_comes_and_goes_is_ill_health(rule: str, changes: dict[str, object]) -> None:
    seen = snapshot(green=kube_with(**changes))
    assert list(failing(rules.before_switch(seen, "green"))) == [rule]


def test_a_cluster_that_does_not_answer_is_not_fine() -> None:
    seen = snapshot(green={"kube": KubeView(error="403 Forbidden")})
    (found,) = [it for it in rules.invariants(seen) if it.rule == "seen"]
    assert (found.verdict, found.details, found.remedy) == ("unseen", ("green: 403 Forbidden",), "")
    assert refused([found]) == [found]


def both_kinds(**of_green: object) -> Snapshot:
    """Blue has an address for the name, green an alias."""
    address = Published(
        zone="public",
        name="web.example.com",
        hosts=("192.0.2.1",),
        alias=False,
        resource="service/sample/web",
        sources=("service/sample/web",),
    )
    blue = kube("blue").model_copy(update={"published": (address,)})
    standing = record("web.example.com", "192.0.2.1").model_copy(
        update={"alias": False, "owner_records": ("a-web.example.com",)}
    )
    return snapshot(
        blue={"kube": blue}, green=kube_with(**of_green), records=[standing, *api_records()]
    )


def test_a_name_that_could_not_be_taken_back_is_refused_before_it_moves() -> None:
    found = failing(rules.before_switch(both_kinds(), "green"))
    assert found == {
        "way-back": (
            (
                "web.example.com: blue has A for it, which leaves AAAA as it is: the DNS writers"
                " never change a record's type"
            ),
        )
    }
    assert failing(rules.before_switch(both_kinds(), "green", waived=["web.example.com"])) == {}


def test_what_is_worth_knowing_of_names_is_noted_and_forbids_nothing() -> None:
    own = tuple(
        it.model_copy(update={"own_target": True})
        for it in published("cdn.example.com", "d1.cloudfront.net")
    )
    two = tuple(
        it.model_copy(update={"sources": ("ingress/other/web",)})
        for it in published("web.example.com", host("green", "other"))
    )
    wrong = RequestedName(
        zone="public", name="w b.example.com", source="ingress/a/b", why_not="no name"
    )
    seen = snapshot(
        green=kube_with(
            published=(*kube("green").published, *own, *two), asked=(*kube("green").asked, wrong)
        )
    )
    findings = rules.before_switch(seen, "green")
    assert failing(findings) == {}
    notes = {it.rule: it.details for it in findings if it.verdict == "note"}
    assert notes.pop("kubeconfigs")
    assert notes == {
        "own-targets": ("cdn.example.com -> d1.cloudfront.net",),
        "ignored-names": ("green: w b.example.com, ingress/a/b: no name",),
        "shared-names": ("green: web.example.com: ingress/other/web, ingress/sample/web",),
    }


def test_every_reason_is_given_at_once() -> None:
    seen = snapshot(
        blue={"state": LOCKED}, green=kube_with(published=(), nodes=(), live_writers=("pod-1",))
    )
    assert set(failing(rules.before_switch(seen, "green"))) == {
        "locks",
        "counterparts",
        "nodes",
        "one-writer",
    }


def test_drift_and_changes_that_were_not_applied_are_named() -> None:
    found = failing(rules.no_pending_changes({"shared": ["delete txt"]}, {"blue": ["update spot"]}))
    assert found == {"drift": ("shared: delete txt",), "unapplied": ("blue: update spot",)}
    assert failing(rules.no_pending_changes({"shared": []}, {"blue": []})) == {}


ALWAYS: list[tuple[str, str, Snapshot]] = [
    (
        "api-records",
        "CNAME names blue, TXT eks-green",
        snapshot(records=api_records(txt='"eks-green"')),
    ),
    (
        "api-records",
        "both name green",
        snapshot(records=api_records("green.eks.amazonaws.com", '"eks-green"')),
    ),
    ("api-records", "TXT nothing", snapshot(records=api_records()[:1])),
    ("api-records", "both name nothing", snapshot(records=[])),
    (
        "dangling",
        "web.example.com A -> gone.elb.amazonaws.com",
        snapshot(records=[record("web.example.com", "gone.elb.amazonaws.com"), *api_records()]),
    ),
    (
        "halfway",
        "shared: creating txt",
        snapshot(shared={"state": StackState(name="shared", pending=("creating txt",))}),
    ),
    (
        "halfway",
        (
            "by the shared stack, nobody writes live names;"
            " on blue there still run live-external-dns-public-1"
        ),
        snapshot(
            shared={
                "configured": NOBODY,
                "live_writer": LiveWriter(term=3, unconfirmed=("blue",)),
            }
        ),
    ),
    (
        "halfway",
        "by the shared stack, blue writes live names",
        snapshot(shared={"configured": NOBODY}),
    ),
]


@pytest.mark.parametrize(("rule", "says", "seen"), ALWAYS)
def test_a_rule_that_always_holds_is_seen_broken(rule: str, says: str, seen: Snapshot) -> None:
    found = failing(rules.invariants(seen))
    assert list(found) == [rule]
    assert any(says in detail for detail in found[rule]), found


GONE = [
    "k8s-web-0a1b2c3d4e-1234567890.eu-west-1.elb.amazonaws.com",  # application
    "internal-k8s-web-0a1b2c3d4e-1234567890.eu-west-1.elb.amazonaws.com",
    "dualstack.k8s-web-0a1b2c3d4e-1234567890.eu-west-1.elb.amazonaws.com",
    "k8s-web-0a1b2c3d4e-0123456789abcdef.elb.eu-west-1.amazonaws.com",  # network
    "a0123456789abcdef0123456789abcde-1234567890.eu-west-1.elb.amazonaws.com",  # classic
    "internal-a0123456789abcdef01-1234567890.eu-west-1.elb.amazonaws.com",
    "k8s-web-0a1b2c3d4e-1234567890.cn-north-1.elb.amazonaws.com.cn",
    "k8s-web-0a1b2c3d4e-0123456789abcdef.elb.cn-northwest-1.amazonaws.com.cn",
]


@pytest.mark.parametrize("gone", GONE)
def test_a_live_name_of_any_load_balancer_that_is_gone_dangles(gone: str) -> None:
    seen = snapshot(records=[record("web.example.com", gone), *api_records()])
    assert failing(rules.invariants(seen)) == {"dangling": (f"web.example.com A -> {gone}",)}


@pytest.mark.parametrize(
    "elsewhere",
    [
        "192.0.2.1",
        "d111111abcdef8.cloudfront.net",
        "elb.amazonaws.com.example.org",
        "web.s3.eu-west-1.amazonaws.com",
        "shelb.eu-west-1.amazonaws.com",
    ],
)
def test_a_live_name_that_leads_to_no_load_balancer_does_not_dangle(elsewhere: str) -> None:
    seen = snapshot(records=[record("web.example.com", elsewhere), *api_records()])
    assert failing(rules.invariants(seen)) == {}


def test_a_colour_that_is_stopping_is_no_second_writer() -> None:
    stopping = snapshot(shared={"live_writer": LiveWriter(term=3, unconfirmed=("blue",))})
    assert "one-writer" not in failing(rules.invariants(stopping))


def at_rest_on_green() -> dict[str, object]:
    return {
        "configured": Assignment(active="green"),
        "live_writer": LiveWriter(colour="green", term=4),
    }


def idle_blue(**changes: object) -> dict[str, object]:
    quiet = kube("blue").model_copy(update={"live_writers": ()})
    return {
        "report": WriterReport(running=False, term=3, names="no name"),
        "kube": quiet,
        **changes,
    }


BUSY_BALANCER = {"web-blue": "web-blue at 12:00"}


def test_an_idle_colour_may_be_retired() -> None:
    own = record("web.eks-blue.example.com", host("blue"), owner="ingress-eks-blue.example.com")
    seen = snapshot(
        shared=at_rest_on_green(),
        blue=idle_blue(),
        records=[*live_set("web.example.com", host("green")), own],
    )
    assert failing(before_retirement(seen, "blue", {})) == {}
    assert failing(before_retirement(seen, "blue", BUSY_BALANCER)) == {
        "traffic": ("web-blue at 12:00",)
    }


def test_traffic_is_accepted_by_the_load_balancers_name_alone() -> None:
    seen = snapshot(shared=at_rest_on_green(), blue=idle_blue(), records=[])
    heard = {**BUSY_BALANCER, "shop-blue": "shop-blue at 12:01"}
    assert failing(before_retirement(seen, "blue", heard, ["web-blue"])) == {
        "traffic": ("shop-blue at 12:01",)
    }
    findings = before_retirement(seen, "blue", heard, ["web-blue", "shop-blue"])
    assert failing(findings) == {}
    (waived,) = [finding for finding in findings if finding.verdict == "waived"]
    assert (waived.rule, waived.details) == ("traffic", tuple(heard.values()))


CLASSIC = "a0123456789abcdef0123456789abcde-1234567890.eu-west-1.elb.amazonaws.com"
PLAIN = Balanced(source="service/sample/plain", hosts=(CLASSIC,))
WATCHED = Balanced(source="ingress/sample/web", hosts=(host("blue"),))
WITHOUT_HOST = Balanced(source="service/sample/waiting", hosts=())
SAID = f"service/sample/plain -> {CLASSIC}"


def test_a_new_colour_whose_name_leads_where_nobody_watches_does_not_become_active() -> None:
    names = tuple(
        name.model_copy(update={"sources": (PLAIN.source,)})
        for name in published("web.example.com", CLASSIC)
    )
    seen = snapshot(green=kube_with(published=names, balanced=(PLAIN,)))
    (finding,) = refused(rules.before_switch(seen, "green"))
    assert (finding.rule, finding.details) == ("unwatched", (SAID,))
    assert "loadBalancerClass: service.k8s.aws/nlb" in finding.remedy


def test_what_publishes_no_live_name_does_not_hinder_a_switch() -> None:
    seen = snapshot(green=kube_with(balanced=(PLAIN, WITHOUT_HOST)))
    assert failing(rules.before_switch(seen, "green")) == {}


def test_of_a_new_colour_that_is_not_seen_no_load_balancer_is_said_to_be_watched() -> None:
    seen = snapshot(green={"kube": KubeView(error="403 Forbidden")})
    (found,) = (it for it in rules.before_switch(seen, "green") if it.rule == "unwatched")
    assert (found.verdict, found.details, found.remedy) == ("unseen", ("403 Forbidden",), "")


def blue_with(*balanced: Balanced) -> Snapshot:
    quiet = idle_blue(
        kube=kube("blue").model_copy(update={"live_writers": (), "balanced": balanced})
    )
    return snapshot(shared=at_rest_on_green(), blue=quiet, records=[])


def test_a_colour_with_a_load_balancer_that_nobody_watches_is_not_retired_unless_accepted() -> None:
    seen = blue_with(PLAIN, WATCHED, WITHOUT_HOST)
    assert failing(before_retirement(seen, "blue", {})) == {"unwatched": (SAID,)}
    findings = before_retirement(seen, "blue", {}, [PLAIN.source])
    assert failing(findings) == {}
    assert [it.details for it in findings if it.verdict == "waived"] == [(SAID,)]


def test_a_load_balancer_of_the_other_colour_is_not_watched_for_this_one() -> None:
    strange = Balanced(source="service/sample/strange", hosts=(host("green"),))
    assert list(failing(before_retirement(blue_with(strange), "blue", {}))) == ["unwatched"]


def test_a_record_of_a_load_balancer_that_nobody_watches_names_its_colour() -> None:
    by_hand = record("by-hand.example.com", CLASSIC, kind="CNAME", owner=None)
    seen = blue_with(PLAIN).model_copy(update={"records": (by_hand,)})
    assert still_named(seen, "blue") == [f"by-hand.example.com CNAME -> {CLASSIC}"]


@pytest.mark.parametrize("leaving", [False, True])
def test_a_colour_that_is_not_seen_is_not_retired_unless_its_destroy_has_begun(
    leaving: bool,
) -> None:
    silent = idle_blue(kube=KubeView(error="no route"), leaving=leaving)
    seen = snapshot(shared=at_rest_on_green(), blue=silent, records=[])
    unknown = "which objects of blue have one: no route"
    expected = {} if leaving else {"unwatched": (unknown,), "api-server": ("no route",)}
    assert failing(before_retirement(seen, "blue", {})) == expected


def test_the_active_colour_is_never_retired() -> None:
    found = failing(before_retirement(snapshot(records=[]), "blue", {}))
    assert "shared names it" in found["idle"]


@pytest.mark.parametrize(
    "named",
    [
        record("web.example.com", host("blue")),
        record("by-hand.example.com", host("blue"), owner=None),
        record("web.eks-green.example.com", host("blue"), owner="ingress-eks-green.example.com"),
    ],
)
def test_a_colour_that_a_record_names_is_not_retired(named: Record) -> None:
    seen = snapshot(shared=at_rest_on_green(), blue=idle_blue(), records=[named])
    assert list(failing(before_retirement(seen, "blue", {}))) == ["named"]


def test_nothing_at_all_breaks_no_rule_but_cannot_switch() -> None:
    nothing = snapshot(
        shared={
            "state": StackState(name="shared"),
            "live_writer": None,
            "zones": None,
            "listed": (),
            "configured": NOBODY,
        },
        blue={"cluster": None, "kube": None, "eks": None, "report": None},
        green={"cluster": None, "kube": None, "eks": None, "report": None},
        records=[],
        balancers=[],
    )
    assert failing(rules.invariants(nothing)) == {}
    assert "stacks" in failing(rules.before_switch(nothing, "green"))


def test_an_empty_platform_has_no_api_server_that_answers() -> None:
    gone = {"cluster": None, "kube": None, "eks": None}
    found = rules.before_switch(snapshot(blue=gone, green=gone), "green")
    (api,) = [finding for finding in found if finding.rule == "api-server"]
    assert (api.verdict, api.details) == ("unseen", ("green: there is no cluster",))


def test_the_colour_that_is_left_may_be_absent() -> None:
    gone = {"cluster": None, "kube": None, "eks": None}
    found = rules.before_switch(snapshot(blue=gone), "green")
    assert [it.verdict for it in found if it.rule == "api-server"] == ["pass"]


def test_a_switch_that_stands_halfway_says_what_was_not_seen() -> None:
    seen = snapshot(
        shared={"configured": NOBODY, "live_writer": LiveWriter(term=3, unconfirmed=("blue",))},
        blue={"kube": KubeView(error="no route")},
    )
    (found,) = [it for it in rules.invariants(seen) if it.rule == "halfway"]
    assert found.details == (
        "by the shared stack, nobody writes live names; what runs on blue was not seen",
    )
