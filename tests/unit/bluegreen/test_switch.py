"""A switch that is refused, done, fails, is taken back, and goes on after an interruption."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from io import StringIO
from typing import Any

import pytest
from rich.console import Console

from bluegreen.errors import BusyError, HalfwayError, OperatorError, RefusedError, TakenBackError
from bluegreen.finding import Finding, refused, waivable
from bluegreen.load import ClusterLoad, Serving
from bluegreen.moved import NamesError, SilentServersError
from bluegreen.report import Report
from bluegreen.scalable import Scalable
from bluegreen.snapshot import KubeView, Lock, Snapshot, StackState
from bluegreen.switch import Switch
from bluegreen.warm_rules import Raise
from bluegreen.warmth import ColdError
from bluegreen.world.content import StackContent
from bluegreen.world.stacks import StackError
from handover.assignment import Assignment, assign
from handover.live_work import TERM_OBJECTS
from settings.names import COLOURS, Colour
from tests.unit.bluegreen.snapshots import host, kube, live_set, snapshot
from tests.unit.handover.switch_world import BLUE, GREEN, SwitchWorld

WEB = "web.example.com"


@dataclass
class Platform(SwitchWorld):
    """All that a switch asks and changes, without an engine.

    `fails` holds updates, by their number, that fail; `names_fail` colours whose names never
    arrive.
    """

    fails: set[int] = field(default_factory=set)
    error: OperatorError = field(default_factory=lambda: StackError("throttled"))
    names_fail: set[Assignment] = field(default_factory=set)
    names_error: type[NamesError] = NamesError
    silent: tuple[str, ...] = ()
    broken: bool = False
    away: bool = False
    drifted: tuple[str, ...] = ()
    waiting: tuple[str, ...] = ()
    blue: StackState = field(default_factory=lambda: StackState(name="blue", exists=True))
    loads: dict[Colour, ClusterLoad] = field(default_factory=dict[Colour, ClusterLoad])
    cold: bool = False
    warmed: list[str] = field(default_factory=list[str])
    ups: list[str] = field(default_factory=list)
    titles: list[str] = field(default_factory=list[str])
    waited: list[tuple[Assignment, tuple[str, ...]]] = field(default_factory=list)
    looks: int = 0
    stays: BaseException | None = None
    said: StringIO = field(default_factory=StringIO)
    previewed: list[str] = field(default_factory=list[str])
    unlocked: list[str] = field(default_factory=list)

    # Observer
    def read_stacks(self) -> Snapshot:
        return self.everything()

    def everything(self) -> Snapshot:
        self.looks += 1
        target = self.named.colour or "blue"
        names = () if self.broken else ("web.example.com",)
        return snapshot(
            shared={"configured": self.configured, "live_writer": self.named},
            blue={
                "report": self.reports["blue"],
                "kube": self.kube("blue"),
                "state": self.blue,
            },
            green={"report": self.reports["green"], "kube": self.kube("green", names)},
            records=live_set(WEB, host(target)),
        )

    def kube(self, colour: Colour, names: Sequence[str] = ("web.example.com",)) -> KubeView:
        report = self.reports[colour]
        pods = ("live-external-dns-public-1",) if report and report.running else ()
        return kube(colour, names).model_copy(update={"live_writers": pods})

    def removed_uses(self, seen: Snapshot, to: Colour) -> None:
        """Both colours run one minor."""

    def seen_content(self, colour: Colour) -> StackContent:
        return StackContent(StackState(name=colour))

    def load(
        self, _snapshot: Snapshot, colour: Colour, *, again: bool = True
    ) -> ClusterLoad | None:
        assert not again  # what the snapshot was made of serves
        return self.loads.get(colour)

    # Warmth
    def raise_first(self, _: Snapshot, colour: Colour, wanted: Sequence[Raise]) -> None:
        self.warmed.append(f"raise {colour}: {[it.to for it in wanted]} after {len(self.ups)}")
        if self.cold:
            raise ColdError("green is not warm")

    def let_go(self, _: Snapshot, colour: Colour, *, keep: bool, wait: float | None = None) -> None:
        waits = "" if wait is None else f" {wait=:.0f}"
        self.warmed.append(f"let go {colour}, {keep=}{waits} after {len(self.ups)}")
        if waits and self.stays is not None:
            raise self.stays

    # Stacks
    def set_config(self, stack: str, values: Mapping[str, Any]) -> None:
        assert stack == "shared"
        chosen: dict[str, Any] = values["canary"] or {"names": []}
        self.configured = assign(
            values["activeColour"], chosen.get("colour"), tuple(chosen["names"])
        )

    def preview_changes(self, stack: str, *, refresh: bool) -> tuple[str, ...]:
        assert refresh == (stack == "shared")
        self.previewed.append(stack)
        if refresh:
            return self.drifted
        return ("update live-external-dns-public", *self.waiting)

    # Updates
    def up(self, stack: str, why: str, seen: StackState) -> None:
        assert seen.name == stack
        self.titles.append(why)
        self.ups.append(stack)
        if len(self.ups) in self.fails:
            raise self.error
        self.update(stack)

    def unlock(self, states: Collection[StackState]) -> None:
        self.unlocked += [state.name for state in states]

    # NamesWait
    def wait(
        self, target: Assignment, waived: Collection[str], seen: Snapshot | None = None
    ) -> int:
        if seen is None:
            self.everything()
        self.waited.append((target, tuple(waived)))
        if target in self.names_fail:
            raise self.names_error("names do not lead there")
        return 1

    def silent_servers(self, _snapshot: Snapshot) -> dict[str, str]:
        return {text.split()[0]: text for text in self.silent}

    def switch(self) -> Switch:
        report = Report(Console(file=self.said))
        parts = (self, self, self, self, report)
        return Switch(*parts, self.charts, self)  # pyright: ignore[reportArgumentType]

    def charts(self, waived: Collection[str]) -> Finding:
        broken = {"cilium-1.20.2": "cilium-1.20.2: away"} if self.away else {}
        return waivable("charts", "they answer", broken, waived, "wait")

    def run(
        self, to: Colour = "green", *only: str, rollback: bool = True, warm: bool = False
    ) -> int:
        switch = self.switch()
        return switch.run(switch.plan(to, (), only, warm=warm), (), rollback=rollback)


def loaded(ready: int, raised_from: int | None = None) -> ClusterLoad:
    web = "deployment/sample/web"
    by = Scalable(name=web, path="/", field="replicas", number=ready, raised_from=raised_from)
    serving = (Serving(name=web, ready=ready, names=(WEB,), scaled_by=by),)
    return ClusterLoad(serving=serving, raised=() if raised_from is None else (by,))


def test_a_cold_colour_is_refused_before_anything_is_changed() -> None:
    platform = Platform(loads={"blue": loaded(6), "green": loaded(2)})
    with pytest.raises(RefusedError, match="2 ready on green, 6 on blue"):
        platform.run()
    assert (platform.ups, platform.warmed) == ([], [])


def test_warm_raises_first_and_lets_go_once_names_have_moved() -> None:
    platform = Platform(loads={"blue": loaded(6), "green": loaded(2)})
    switch = platform.switch()
    plan = switch.plan("green", (), warm=True)
    assert [it.in_words for it in plan.raises] == ["deployment/sample/web: replicas 2 → 6"]
    assert platform.warmed == []
    switch.run(plan, (), rollback=True)
    assert platform.warmed == [
        "raise green: [6] after 0",
        "let go blue, keep=False after 4",
        "let go green, keep=True wait=60 after 4",
    ]


def test_one_that_does_not_become_warm_moves_nothing() -> None:
    platform = Platform(loads={"blue": loaded(6), "green": loaded(2)}, cold=True)
    switch = platform.switch()
    with pytest.raises(ColdError):
        switch.run(switch.plan("green", (), warm=True), (), rollback=True)
    assert platform.ups == []


def test_a_switch_that_is_taken_back_lets_go_what_it_raised() -> None:
    platform = Platform(loads={"blue": loaded(6), "green": loaded(2)}, names_fail={GREEN})
    switch = platform.switch()
    with pytest.raises(TakenBackError):
        switch.run(switch.plan("green", (), warm=True), (), rollback=True)
    assert platform.warmed[-2:] == [
        f"let go blue, keep=True after {len(platform.ups)}",
        f"let go green, keep=False after {len(platform.ups)}",
    ]


def test_where_production_is_already_only_what_was_left_raised_is_let_go() -> None:
    platform = Platform(loads={"blue": loaded(2), "green": loaded(6, raised_from=2)})
    platform.run("blue")
    assert platform.ups == []
    assert [it.split(" after")[0] for it in platform.warmed] == [
        "let go green, keep=False",
        # What a killed switch has left may wait for visitors yet; its condition says so.
        "let go blue, keep=True wait=0",
    ]


def test_floors_go_back_once_the_load_may_have_come_and_the_other_colours_at_once() -> None:
    platform = Platform(loads={"blue": loaded(6), "green": loaded(2)})
    platform.run(warm=True)
    assert [it.split(" after")[0] for it in platform.warmed[-2:]] == [
        "let go blue, keep=False",
        "let go green, keep=True wait=60",
    ]


@pytest.mark.parametrize(
    ("stays", "said"),
    [
        (
            KeyboardInterrupt(),
            "is done, green writes live names; but `bluegreen plan` lists what is still raised",
        ),
        (
            OperatorError("web is still raised"),
            "is done, green writes live names; but web is still raised",
        ),
    ],
)
def test_a_switch_whose_names_have_moved_is_done_whatever_stays_raised(
    stays: BaseException, said: str
) -> None:
    platform = Platform(loads={"blue": loaded(6), "green": loaded(2)}, stays=stays)
    assert platform.run(warm=True) == 1
    assert said in " ".join(platform.said.getvalue().split())


def test_where_nothing_has_moved_what_stays_raised_is_an_error() -> None:
    stays = OperatorError("web is still raised")
    loads: dict[Colour, ClusterLoad] = {"blue": loaded(2, raised_from=1), "green": loaded(6)}
    with pytest.raises(OperatorError, match="web is still raised"):
        Platform(loads=loads, stays=stays).run("blue")


def test_where_nothing_is_raised_nothing_is_let_go() -> None:
    platform = Platform(loads={"blue": loaded(6), "green": loaded(6)})
    platform.run()
    assert platform.warmed == []


def test_a_switch_updates_in_the_documented_order_and_waits_for_names() -> None:
    platform = Platform()
    assert platform.run() == 1
    assert platform.ups == ["shared", "blue", "shared", "green"]
    assert [it.partition(":")[0] for it in platform.titles] == [
        f"step {number} of 4" for number in (1, 2, 3, 4)
    ]
    assert platform.waited == [(GREEN, ())]
    assert platform.configured == GREEN


def test_done_already_it_updates_nothing() -> None:
    platform = Platform()
    platform.run()
    platform.run()
    assert len(platform.ups) == 4


def test_where_nothing_is_due_the_platform_is_looked_at_once_and_no_update_is_previewed() -> None:
    platform = Platform(drifted=("update of what no update touches",))
    assert platform.run("blue") == 1
    assert platform.looks == 1
    assert platform.previewed == []
    assert platform.waited == [(BLUE, ())]


def test_a_stack_that_is_to_be_updated_is_previewed_once() -> None:
    platform = Platform()
    platform.switch().plan("green", ())
    assert sorted(platform.previewed) == ["blue", "green", "shared"]
    assert platform.looks == 1


def test_dead_locks_are_looked_for_on_all_stacks_also_where_nothing_is_due() -> None:
    platform = Platform()
    platform.run("blue")
    assert platform.ups == []
    assert platform.unlocked == ["shared", "blue", "green"]


def test_a_refusal_changes_nothing() -> None:
    platform = Platform(broken=True)
    with pytest.raises(RefusedError, match=r"web\.example\.com"):
        platform.run()
    assert platform.ups == []
    assert platform.configured == BLUE


def test_a_reader_of_the_plan_is_not_told_each_reason_again() -> None:
    platform = Platform(broken=True)
    switch = platform.switch()
    plan = replace(switch.plan("green", ()), told=True)
    with pytest.raises(RefusedError, match=r"^the switch to green is refused, by check.* above$"):
        switch.run(plan, (), rollback=True)
    assert platform.ups == []


def test_charts_that_cannot_be_fetched_refuse_before_anything_changes() -> None:
    platform = Platform(away=True)
    with pytest.raises(RefusedError, match=r"cilium-1\.20\.2: away"):
        platform.run()
    assert platform.ups == []
    plan = platform.switch().plan("green", ("cilium-1.20.2",))
    assert not refused(plan.findings)


def test_a_plan_names_what_is_waived_for_nothing() -> None:
    platform = Platform()
    rule = {it.rule: it for it in platform.switch().plan("green", ("web.exmaple.com",)).findings}
    assert rule["waivers"].verdict == "note"
    assert rule["waivers"].details == ("web.exmaple.com: no check names it",)
    assert platform.run() == 1


@pytest.mark.parametrize("to", COLOURS)
def test_an_update_that_simply_runs_is_a_refusal_and_no_begun_switch(to: Colour) -> None:
    ann = Lock(holder="ann@host (pid 7)", since="now", dead=False)
    running = StackState(name="blue", exists=True, pending=("creating web",), locks=(ann,))
    platform = Platform(blue=running)
    assert not platform.switch().plan(to, ()).begun
    with pytest.raises(RefusedError, match="blue: ann@host"):
        platform.run(to)
    assert platform.ups == []
    assert platform.configured == BLUE


def test_drift_is_a_refusal() -> None:
    platform = Platform(drifted=("delete api-records-txt",))
    with pytest.raises(RefusedError, match="api-records-txt"):
        platform.run()
    assert platform.ups == []


def test_changes_that_wait_on_a_colour_are_a_refusal() -> None:
    platform = Platform(waiting=("update spot-launch-template",))
    with pytest.raises(RefusedError, match="blue: update spot-launch-template"):
        platform.run()
    assert platform.ups == []


def test_what_keeps_live_work_to_the_active_colour_holds_the_term_and_is_always_due() -> None:
    platform = Platform(waiting=tuple(f"update {name}" for name in TERM_OBJECTS))
    platform.run()
    assert platform.named.assignment == GREEN
    platform.run("blue")
    assert platform.named.assignment == BLUE


@pytest.mark.parametrize("number", [1, 2, 3, 4])
def test_a_failed_update_is_taken_back(number: int) -> None:
    platform = Platform(fails={number})
    with pytest.raises(TakenBackError, match=r"blue writes live names again.*throttled"):
        platform.run()
    assert platform.named.assignment == platform.configured == BLUE
    report = platform.reports["blue"]
    assert report
    assert (report.running, report.term) == (True, platform.named.term)
    assert platform.waited[-1][0] == BLUE


def test_it_is_refused_where_the_name_servers_cannot_be_heard() -> None:
    platform = Platform(silent=("10.0.0.2 gives no address of web.example.com",))
    with pytest.raises(RefusedError, match=r"10\.0\.0\.2 gives no address"):
        platform.run()
    assert platform.ups == []


def test_names_that_moved_unheard_are_not_taken_back() -> None:
    platform = Platform(names_fail={GREEN}, names_error=SilentServersError)
    with pytest.raises(HalfwayError, match="switch --to green"):
        platform.run()
    assert platform.configured == GREEN


def test_names_that_do_not_arrive_take_it_back() -> None:
    platform = Platform(names_fail={GREEN})
    with pytest.raises(TakenBackError, match="names do not lead there"):
        platform.run()
    assert platform.named.colour == "blue"


def test_told_not_to_it_stays_halfway_and_says_how_to_go_on() -> None:
    platform = Platform(fails={3})
    with pytest.raises(HalfwayError, match="bluegreen switch --to green"):
        platform.run(rollback=False)
    assert platform.named.colour is None
    platform.fails.clear()
    assert platform.run() == 1
    assert platform.named.colour == "green"


def test_halfway_with_a_canary_both_ways_name_it() -> None:
    platform = Platform(fails={3})
    there, back = (f"`bluegreen switch --to {it} --only {WEB}` to" for it in ("green", "blue"))
    with pytest.raises(HalfwayError, match=f"{there} complete it or {back} take it back"):
        platform.run("green", WEB, rollback=False)
    platform.fails.clear()
    platform.run("blue", WEB)
    assert platform.named.assignment == platform.configured == BLUE


def test_where_going_back_fails_too_both_reasons_are_given() -> None:
    platform = Platform(fails={3, 4, 5, 6})
    with pytest.raises(HalfwayError, match=r"throttled\nand going back failed too"):
        platform.run()


@pytest.mark.parametrize(("number", "error"), [(1, BusyError), (2, HalfwayError)])
def test_a_stack_that_another_update_holds_is_left_to_it(
    number: int, error: type[OperatorError]
) -> None:
    platform = Platform(fails={number}, error=BusyError("held by ann"))
    with pytest.raises(error, match="held by ann"):
        platform.run()
    assert len(platform.ups) == number
    platform.fails.clear()
    assert platform.run() == 1


@pytest.mark.parametrize("to", COLOURS)
@pytest.mark.parametrize("number", [1, 2, 3, 4])
def test_after_an_interruption_it_goes_on_or_is_taken_back(number: int, to: Colour) -> None:
    platform = Platform(fails={number}, error=OperatorError("killed"))
    with pytest.raises(HalfwayError):
        platform.run(rollback=False)
    platform.fails.clear()
    assert platform.run(to) == 1
    assert platform.named.assignment == platform.configured == Assignment(active=to)


def test_halfway_with_a_failing_check_it_is_taken_back() -> None:
    platform = Platform(fails={3}, error=OperatorError("killed"))
    with pytest.raises(HalfwayError):
        platform.run(rollback=False)
    platform.fails.clear()
    platform.broken = True
    with pytest.raises(TakenBackError, match="counterpart"):
        platform.run()
    assert platform.named.colour == "blue"


def test_active_already_missing_names_are_no_reason_to_go_back() -> None:
    platform = Platform()
    platform.run()
    platform.names_fail = {GREEN}
    with pytest.raises(HalfwayError, match="green is active, but names"):
        platform.run()
    assert platform.named.colour == "green"


def test_a_canary_moves_one_name_and_back() -> None:
    platform = Platform()
    platform.run("green", WEB)
    target = assign("blue", "green", (WEB,))
    assert platform.named.assignment == platform.configured == target
    assert platform.waited == [(target, ())]
    platform.run("blue", WEB)
    assert platform.named.assignment == platform.configured == BLUE


@pytest.mark.parametrize("number", [1, 2, 3, 4, 5])
def test_a_failed_canary_is_taken_back(number: int) -> None:
    platform = Platform(fails={number})
    with pytest.raises(TakenBackError, match="blue writes live names again"):
        platform.run("green", WEB)
    assert platform.named.assignment == platform.configured == BLUE


def test_a_canary_of_a_name_that_is_not_on_the_colour_is_refused() -> None:
    platform = Platform()
    with pytest.raises(RefusedError, match=r"shop\.example\.com"):
        platform.run("green", "shop.example.com")
    assert platform.ups == []


def test_with_a_canary_out_the_rest_follows_it() -> None:
    platform = Platform()
    platform.run("green", WEB)
    platform.run("green")
    assert platform.named.assignment == platform.configured == GREEN
