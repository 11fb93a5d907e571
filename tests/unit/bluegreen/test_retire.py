"""What a retirement does, in which order, and when it says no."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import TYPE_CHECKING

import pytest
from rich.console import Console

from bluegreen.drain import Drained, TrafficReading
from bluegreen.errors import HalfwayError, RefusedError
from bluegreen.finding import Finding, judged
from bluegreen.report import Report
from bluegreen.retire import Retired, Retirement
from bluegreen.snapshot import Snapshot, StackState
from bluegreen.world.content import StackContent
from bluegreen.world.stacks import StackError
from handover.assignment import Assignment
from handover.live_writer import LiveWriter, WriterReport
from settings.names import COLOURS, Colour
from tests.unit.bluegreen.snapshots import host, kube, live_set, snapshot
from tests.unit.bluegreen.test_destroy import MARKER

if TYPE_CHECKING:
    from teardown import Target

CLUSTER = "urn:pulumi:blue::eks-platform::eks:index:Cluster$aws:eks/cluster:Cluster::eks-blue"
OWN_DOMAINS = {"eks-blue.example.com", "eks-blue.example.internal"}
KUBECONFIG = {"kind": "Config"}
WINDOW = timedelta(minutes=5)


@dataclass
class Platform:
    """A platform with green active, blue idle, that notes what is done to it.

    Attributes:
        begun: whether a destroy of blue was begun and interrupted.
        doubted: whether blue never said that its live DNS writers ended.
        heard: load balancers of blue with traffic.
        active: the active colour.
        fails: a step that fails.
        away: whether charts cannot be had.
        done: what was done, in order.
    """

    begun: bool = False
    doubted: bool = False
    heard: dict[str, str] = field(default_factory=dict[str, str])
    active: Colour = "green"
    fails: str = ""
    away: bool = False
    done: list[str] = field(default_factory=list[str])

    def _do(self, what: str) -> None:
        self.done.append(what)
        if what == self.fails:
            raise StackError(f"{what} failed")

    # Observer
    def everything(self) -> Snapshot:
        unconfirmed: tuple[Colour, ...] = ("blue",) if self.doubted else ()
        return snapshot(
            shared={
                "configured": Assignment(active=self.active),
                "live_writer": LiveWriter(colour=self.active, term=3, unconfirmed=unconfirmed),
                "listed": COLOURS,
            },
            blue={
                "report": WriterReport(running=self.active == "blue", term=3, names="no name"),
                "kube": kube("blue").model_copy(update={"live_writers": ()}),
            },
            records=live_set("web.example.com", host(self.active)),
        )

    read_stacks = everything

    def content(self, stack: str, *, clear: bool = False) -> StackContent:
        state = StackState(name=stack, exists=True, resources=186)
        off = {CLUSTER: {"deletionProtection": False}}
        on = {CLUSTER: {"deletionProtection": True}, MARKER: {}}
        outputs = {"kubeconfig": KUBECONFIG if clear else "sealed"}
        kept = ("/aws/eks/eks-blue/cluster", "/eks/eks-blue/pods")
        return StackContent(state, outputs, off if self.begun else on, {}, kept)

    # Stacks
    def set_config(self, stack: str, values: Mapping[str, object]) -> None:
        self._do(f"set {stack} {', '.join(f'{k}={v}' for k, v in values.items())}")

    # Updates
    def up(self, stack: str, _why: str) -> None:
        self._do(f"up {stack}")

    def destroy(self, stack: str, _why: str) -> None:
        self._do(f"destroy {stack}")

    # Drain
    def read_traffic(self, _: Snapshot, colour: Colour, window: timedelta) -> TrafficReading:
        minutes = int(window / timedelta(minutes=1))
        drained = Drained(colour=colour, window_minutes=minutes, heard=self.heard, named=())
        now = datetime.now(UTC)
        return TrafficReading(drained, (), {}, now, now)

    # Teardown
    def empty_cluster(self, target: "Target", *, begun: bool) -> None:
        assert target.kubeconfig == KUBECONFIG
        self._do(f"empty {target.cluster_name}{', begun' if begun else ''}")

    def count_records(self, target: "Target") -> int:
        assert {zone.domain for zone in target.zones} == OWN_DOMAINS
        return 12 if "empty eks-blue" not in self.done else 0

    def remove_records(self, target: "Target") -> None:
        self._do(f"remove records of {target.colour}")

    def retirement(self) -> Retirement:
        return Retirement(
            observer=self,  # pyright: ignore[reportArgumentType]
            stacks=self,  # pyright: ignore[reportArgumentType]
            updates=self,  # pyright: ignore[reportArgumentType]
            drain=self,  # pyright: ignore[reportArgumentType]
            teardown=self,
            region="eu-west-1",
            report=Report(Console(file=StringIO())),
            charts=self.judge_charts,
        )

    # Charts
    def judge_charts(self, colour: Colour) -> Finding:
        lacking = [f"charts of {colour} are away"] if self.away else []
        return judged("charts", "they can be had", lacking, "wait")


def test_it_is_emptied_then_destroyed_then_forgotten() -> None:
    platform = Platform()
    retired = platform.retirement().run("blue", WINDOW)
    assert platform.done == [
        "empty eks-blue",
        "set blue deletionProtection=false",
        "up blue",
        "destroy blue",
        "set blue deletionProtection=None",
        "remove records of blue",
        "set shared colours=['green']",
        "up shared",
    ]
    assert (retired.resources, retired.records) == (186, 12)
    assert retired.in_words == "blue is gone: 186 resources, 12 record sets."
    assert len(retired.kept_logs) == 2
    for said in (retired.in_words, *retired.kept_logs, "delete-log-group --region eu-west-1"):
        assert said in retired.in_full("eu-west-1")


def test_of_logs_that_go_with_the_colour_nothing_is_said() -> None:
    retired = Retired(colour="blue", resources=186, records=12)
    assert retired.in_full("eu-west-1") == "blue is gone: 186 resources, 12 record sets."


def test_a_destroy_that_was_begun_goes_on_without_the_cluster() -> None:
    # Of a colour that is half destroyed nothing is updated any more, so it needs no charts.
    platform = Platform(begun=True, away=True)
    platform.retirement().run("blue", WINDOW)
    assert platform.done[:2] == ["empty eks-blue, begun", "destroy blue"]


def test_a_colour_that_never_said_that_its_writers_ended_is_forgotten() -> None:
    platform = Platform(doubted=True)
    platform.retirement().run("blue", WINDOW)
    assert "set shared colours=['green'], forgetColours=['blue']" in platform.done


@pytest.mark.parametrize(
    ("platform", "reason"),
    [
        (Platform(active="blue"), "not the active colour"),
        (
            Platform(heard={"web-blue": "2030-01-01T12:00:00+00:00"}),
            "web-blue had traffic at 12:00 UTC",
        ),
        (Platform(away=True), "charts of blue are away"),
    ],
)
def test_a_refusal_names_its_reason_and_changes_nothing(platform: Platform, reason: str) -> None:
    with pytest.raises(RefusedError, match=reason):
        platform.retirement().run("blue", WINDOW)
    assert platform.done == []


def test_traffic_that_is_accepted_does_not_hold_it_back_and_is_named_again_halfway() -> None:
    platform = Platform(heard={"web-blue": "2030-01-01T12:00:00+00:00"})
    platform.retirement().run("blue", WINDOW, ["web-blue"])
    assert "destroy blue" in platform.done
    platform.fails = "up shared"
    with pytest.raises(HalfwayError, match="retire --colour blue --ignore-traffic web-blue` again"):
        platform.retirement().run("blue", WINDOW, ["web-blue"])


@pytest.mark.parametrize("step", ["empty eks-blue", "up blue", "destroy blue", "up shared"])
def test_a_step_that_fails_stands_halfway_and_says_how_to_go_on(step: str) -> None:
    platform = Platform(fails=step)
    with pytest.raises(HalfwayError, match=f"{step} failed\n.*retire --colour blue"):
        platform.retirement().run("blue", WINDOW)
    assert platform.done[-1] == step
