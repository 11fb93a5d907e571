"""What a terminal of 100 columns shows."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from rich.console import Console, RenderableType

from bluegreen import rules
from bluegreen.drain import Drained, TrafficReading
from bluegreen.finding import judged
from bluegreen.render import findings, status, traffic
from bluegreen.snapshot import LoadBalancer, Lock, Node, StackState, Workload
from bluegreen.switch import Plan
from bluegreen.switch_state import switch_state_of
from bluegreen.world.metrics import MINUTE, Traffic
from handover.assignment import Assignment
from handover.steps import canary_assignment, steps_to
from tests.unit.bluegreen.snapshots import balancer, colour_view, kube, snapshot

NOW = datetime(2030, 1, 1, 12, 0, tzinfo=UTC)
LONG = "k8s-sample-webprivate-0123456789-and-more"  # ELB takes 32 characters


def shown(what: RenderableType) -> str:
    console = Console(width=100, force_terminal=False)
    with console.capture() as captured:
        console.print(what, crop=False)  # as the command prints a plan
    return captured.get()


def reading(
    window: int,
    heard: Sequence[str] = (),
    named: Sequence[str] = (),
    unwatched: Sequence[str] = (),
) -> TrafficReading:
    balancers: tuple[LoadBalancer, ...] = (balancer("blue"), balancer("blue", LONG[:27]))
    fading: Traffic = {NOW - MINUTE * ago: 2.0 * ago for ago in range(2, 12)}
    drained = Drained(
        colour="blue",
        window_minutes=window,
        heard={name: NOW.isoformat() for name in heard},
        named=tuple(named),
        unwatched=tuple(unwatched),
    )
    since = NOW - timedelta(minutes=window + 2)
    return TrafficReading(drained, balancers, {balancers[0].name: fading}, since, NOW)


@pytest.mark.parametrize("window", [1, 15, 60, 24 * 60])
def test_a_plot_of_any_window_shows_the_last_minutes_whole(window: int) -> None:
    text = shown(traffic.traffic_table(reading(window)))
    (plot,) = [line for line in text.splitlines() if line.startswith("│ web-blue")]
    bars = plot.split("│")[2].strip()
    assert "…" not in text
    assert 3 <= len(bars) <= 31
    assert set(bars) <= set("·▁▂▃▄▅▆▇█")
    if window <= 15:
        assert bars.endswith("··")


def test_a_bar_is_the_sum_of_its_minutes() -> None:
    since = NOW - timedelta(minutes=62)
    each: Traffic = {NOW: 1.0, NOW - MINUTE: 2.0, NOW - MINUTE * 2: 4.0, NOW - MINUTE * 3: 8.0}
    bars = traffic.bars(each, since, NOW)
    assert bars[-2:] == [8.0, 7.0]
    assert sum(bars) == 15.0


@pytest.mark.parametrize(
    ("heard", "named", "said"),
    [
        ((), (), "Drained: nothing came for 15 min."),
        (("web-blue",), (), "Not drained: 1 of 2 load balancers had traffic"),
        ((), ("lone.example.com A -> host",), "Not drained: nothing came for 15 min, but records"),
    ],
)
def test_the_verdict_says_what_is_missing(
    heard: Sequence[str], named: Sequence[str], said: str
) -> None:
    assert said in shown(traffic.traffic_table(reading(15, heard, named)))


def test_what_cannot_be_watched_is_named_with_a_remedy_and_nothing_is_called_drained() -> None:
    text = shown(
        traffic.traffic_table(reading(15, unwatched=["service/sample/plain -> classic.elb"]))
    )
    assert "service/sample/plain -> classic.elb" in text
    assert "--ignore-traffic" in text
    assert "Not drained: nothing came to what can be watched, but not all can be." in text


def test_commands_of_a_plan_are_whole_lines() -> None:
    stand = switch_state_of(snapshot())
    names = [f"{'shop' * 12}{number}.example.com" for number in range(2)]
    target = canary_assignment(stand.configured, "green", names)
    steps = tuple(steps_to(stand, target))
    plan = Plan(
        to="green",
        only=tuple(names),
        configured=stand.configured,
        target=target,
        before=stand.configured,
        steps=steps,
        findings=(),
        begun=False,
        names=tuple(names),
        left=tuple(names),
    )
    lines = [line.strip() for line in shown(findings.plan(plan)).splitlines()]
    for command in (it for told in findings.commands(steps, stand.configured) for it in told):
        assert command in lines


def test_status_names_pods_and_load_balancers_in_full_and_marks_broken_rules() -> None:
    pods = tuple(f"live-external-dns-{it}-5745684475-v99tt" for it in ("private", "public"))
    seen = snapshot(
        shared={"configured": Assignment(active="green")},
        blue={"kube": kube("blue").model_copy(update={"live_writers": pods})},
        green={"state": colour_view("green").state},
    )
    text = shown(
        status.status(seen, rules.invariants(seen), {"blue": reading(60), "green": reading(60)})
    )
    assert "…" not in text
    words = "".join(part.strip() for line in text.splitlines() for part in line.split("│")[2:3])
    assert all(pod in words for pod in pods)
    assert "FAIL │ halfway" in text


def test_status_shows_the_add_ons_of_both_colours() -> None:
    seen = snapshot(
        blue={"addons": {"linkerd": "2025.7.1", "cilium": "1.18.4"}},
        green={"addons": {"cilium": "1.19.0"}},
    )
    lines = shown(status.status(seen, [], {})).splitlines()
    first = next(i for i, line in enumerate(lines) if "add-on " in line) + 2
    rows = [[cell.strip() for cell in line.split("│")[1:4]] for line in lines[first : first + 4]]
    assert [row for row in rows if len(row) == 3] == [
        ["cilium", "1.18.4", "1.19.0"],
        ["linkerd", "2025.7.1", ""],
        ["coredns (EKS)", "v1", "v1"],
    ]


def test_status_names_what_is_not_well() -> None:
    bad = [Workload(name=f"deployment kube-system/w{n}", wanted=2, available=1) for n in range(7)]
    down = kube("green").model_copy(
        update={"nodes": (Node(name="node-1", ready=False),), "workloads": tuple(bad)}
    )
    seen = snapshot(green={"kube": down})
    text = shown(status.status(seen, rules.invariants(seen), {}))
    for said in ("0 of 1 Ready", "node-1", "0 of 7 available", "kube-system/w4: 1 of 2", "2 more"):
        assert said in text


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({}, "2 interrupted operations"),
        ({"locks": (Lock(holder="ann@host", since="now", dead=True),)}, "2 interrupted operations"),
        ({"locks": (Lock(holder="ann@host", since="now", dead=False),)}, "2 operations under way"),
        ({"locks_read": False}, "2 operations interrupted, or of an update that runs now"),
    ],
)
def test_status_calls_interrupted_what_is(changes: dict[str, object], says: str) -> None:
    state = StackState(name="blue", exists=True, pending=("creating a", "creating b"))
    seen = snapshot(blue={"state": state.model_copy(update=changes)})
    text = shown(status.status(seen, [], {}))
    words = " ".join(part.strip() for line in text.splitlines() for part in line.split("│")[2:3])
    assert says in words


@pytest.mark.parametrize(
    ("proof", "says"),
    [
        ({"dead": False, "alive": True}, "update runs"),
        ({"dead": True}, "left by a dead update"),
        ({"dead": False}, "live or dead update"),
    ],
)
def test_status_tells_of_an_update_of_the_shared_stack(proof: dict[str, bool], says: str) -> None:
    held = (Lock(holder="ann@host (pid 7)", since="now", **proof),)
    seen = snapshot(shared={"state": StackState(name="shared", exists=True, locks=held)})
    assert f"stack shared: {says}: ann@host (pid 7)" in shown(status.status(seen, [], {}))


def test_how_many_names_move_is_not_known_where_a_cluster_was_not_seen() -> None:
    plan = Plan(
        to="green",
        only=(),
        configured=Assignment(active="blue"),
        target=Assignment(active="green"),
        before=Assignment(active="blue"),
        steps=(),
        findings=(),
        begun=False,
        names=(),
        left=("a.example.com", "b.example.com"),
        unseen=("green",),
    )
    text = " ".join(shown(findings.plan(plan)).split())
    assert "how many live names have to move is not known: green was not seen" in text
    assert "of 0" not in text


def test_what_forbids_a_switch_is_named_in_full() -> None:
    names = [f"name-{number}.example.com" for number in range(30)]
    table = findings.findings_table([judged("left", "all come along", names, "see there")], "")
    assert all(name in shown(table) for name in names)


def test_commands_that_mend_an_account_stand_whole_below_the_table() -> None:
    command = f"aws service-quotas request-service-quota-increase --quota-code L-1 {'x' * 90}"
    lacking = judged("quotas", "they suffice", ["too few"], f"lower max, or ask:\n{command}")
    table, _, below = shown(findings.account([lacking])).partition("└")
    assert below.splitlines()[1:] == ["quotas:", f"  {command}"]
    assert "aws" not in table
    assert "lower max, or ask: the command is below" in table


@pytest.mark.parametrize("width", [80, 120])
def test_names_of_load_balancers_stay_whole_on_usual_terminals(width: int) -> None:
    console = Console(width=width, file=StringIO(), color_system=None)
    console.print(traffic.traffic_table(reading(15)))
    assert isinstance(console.file, StringIO)
    assert LONG[:27] in console.file.getvalue()
