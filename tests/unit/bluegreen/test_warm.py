"""A colour is warm, or cold, or not seen; it is raised, waited for and let go."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from io import StringIO
from typing import Any

import pytest
from kubernetes.client import ApiException
from rich.console import Console

from bluegreen.errors import OperatorError, RefusedError
from bluegreen.finding import Finding
from bluegreen.floors import held_by
from bluegreen.load import ClusterLoad, Room, Serving
from bluegreen.report import Report
from bluegreen.scalable import RAISED, RAISED_TO, Scalable
from bluegreen.snapshot import Snapshot
from bluegreen.updates import Patience
from bluegreen.warm_rules import Pair, Raise, are_warm, raises
from bluegreen.warmth import ColdError, Warmth
from bluegreen.world.kube import KubeError
from settings.names import Colour
from tests.unit.bluegreen.snapshots import snapshot

WEB = "deployment/sample/web"
NAME = "web.example.com"


def scalable(
    name: str = WEB, number: int = 2, *, raised_from: int | None = None, most: int | None = None
) -> Scalable:
    kind, space, plain = name.split("/")
    group = "autoscaling/v2" if kind.startswith("horizontal") else "apps/v1"
    path = f"/apis/{group}/namespaces/{space}/{kind}s/{plain}"
    key = "minReplicas" if kind.startswith("horizontal") else "replicas"
    return Scalable(
        name=name, path=path, field=key, number=number, raised_from=raised_from, most=most
    )


def serving(
    ready: int, name: str = WEB, by: Scalable | None = None, names: tuple[str, ...] = (NAME,)
) -> Serving:
    return Serving(name=name, ready=ready, names=names, scaled_by=by or scalable(name, ready))


def load(
    *found: Serving, asked: float = 1.0, room: float = 4.0, raised: tuple[Scalable, ...] = ()
) -> ClusterLoad:
    return ClusterLoad(
        serving=found,
        asked=Room(cores=asked, gib=asked),
        daemons=Room(cores=0.5, gib=0.5),
        allocatable=Room(cores=room, gib=room),
        raised=raised,
    )


def pair(
    old: ClusterLoad | None, new: ClusterLoad, percent: int = 80, only: tuple[str, ...] = ()
) -> Pair:
    return Pair("blue", "green", old, new, percent, only, old)


def judged(found: Pair, *waived: str, warm: bool = False) -> dict[str, Finding]:
    return {it.rule: it for it in are_warm(found, waived, warm=warm)}


@pytest.mark.parametrize(
    ("ready", "verdict"), [(10, "pass"), (8, "pass"), (7, "fail"), (0, "fail")]
)
def test_fewer_ready_pods_than_the_percentage_are_cold(ready: int, verdict: str) -> None:
    found = judged(pair(load(serving(10)), load(serving(ready))))["warm-workloads"]
    assert found.verdict == verdict
    if verdict == "fail":
        assert found.details == (f"{WEB}: {ready} ready on green, 10 on blue",)
        assert "--warm" in found.remedy


def test_one_pod_of_one_is_needed_whatever_the_percentage() -> None:
    assert judged(pair(load(serving(1)), load(serving(0)), 1))["warm-workloads"].verdict == "fail"


def test_a_percentage_of_none_asks_for_nothing() -> None:
    found = judged(pair(load(serving(9), asked=9), load(serving(0), room=1), 0))
    assert {it.verdict for it in found.values()} == {"pass"}


def test_a_cold_workload_is_waived_by_its_name() -> None:
    found = judged(pair(load(serving(9)), load(serving(1))), WEB)["warm-workloads"]
    assert found.verdict == "waived"


def test_a_workload_of_another_name_counts_by_the_names_that_lead_to_it() -> None:
    other = "deployment/sample/web-v2"
    old, new = load(serving(4)), load(serving(4, other))
    assert judged(pair(old, new))["warm-workloads"].verdict == "pass"
    assert judged(pair(old, load(serving(2, other))))["warm-workloads"].verdict == "fail"


def test_pods_that_are_asked_for_and_not_ready_are_said_to_be_so() -> None:
    found = pair(load(serving(6)), load(serving(1, by=scalable(number=6))))
    told = judged(found, warm=True)["warm-workloads"]
    assert told.verdict == "fail"
    assert "6 are asked for already, and not ready: see `kubectl --context green" in told.details[0]
    assert list(raises(found)) == []


def test_a_name_that_does_not_move_needs_nothing() -> None:
    stays = serving(9, "deployment/sample/lone", names=("lone.example.com",))
    found = judged(pair(load(serving(2), stays), load(serving(2))))
    assert found["warm-workloads"].verdict == "pass"


def test_a_canary_needs_what_serves_its_names_and_no_more_room() -> None:
    shop = "deployment/sample/shop"
    old = load(serving(4), serving(4, shop, names=("shop.example.com",)), asked=99)
    new = load(serving(4), serving(0, shop, names=("shop.example.com",)))
    found = judged(pair(old, new, only=(NAME,)))
    assert found["warm-workloads"].verdict == "pass"
    assert "warm-nodes" not in found


@pytest.mark.parametrize(("asked", "verdict"), [(3.5, "pass"), (3.6, "fail")])
def test_nodes_must_hold_what_the_other_colours_pods_ask_for(asked: float, verdict: str) -> None:
    found = judged(pair(load(asked=asked), load(room=4.0)))["warm-nodes"]
    assert found.verdict == verdict
    assert judged(pair(load(asked=asked), load(room=4.0)), "warm-nodes")["warm-nodes"].verdict in (
        "pass",
        "waived",
    )


def test_warm_lets_room_be_lacking_only_where_it_raises_something() -> None:
    """Without new pods no autoscaler adds a node."""
    idle = judged(pair(load(asked=9), load(room=4)), warm=True)["warm-nodes"]
    assert idle.verdict == "fail"
    assert "--warm" not in idle.remedy
    cold = pair(load(serving(6), asked=9), load(serving(2), room=4))
    assert "--warm" in judged(cold)["warm-nodes"].remedy
    assert judged(cold, warm=True)["warm-nodes"].verdict == "note"


def bare(*names: str, of: ClusterLoad | None = None) -> ClusterLoad:
    return (of or load()).model_copy(update={"bare": names})


def test_a_name_with_nothing_to_compare_is_told_and_does_not_pass() -> None:
    found = judged(pair(bare(NAME), bare(NAME)))["warm-workloads"]
    assert found.verdict == "note"
    assert found.details == (
        f"not compared: no Deployment or StatefulSet is behind {NAME} on blue",
    )
    moving = pair(
        bare("a.example.com", of=load(serving(6))), bare("a.example.com", of=load(serving(2)))
    )
    assert judged(moving)["warm-workloads"].verdict == "fail"
    assert len(judged(moving, warm=True)["warm-workloads"].details) == 2


def test_a_name_that_stays_or_rules_that_are_off_compare_nothing() -> None:
    assert judged(pair(bare(NAME), load()))["warm-workloads"].verdict == "pass"
    other = pair(bare(NAME), bare(NAME), only=("a.example.com",))
    assert judged(other)["warm-workloads"].verdict == "pass"
    assert judged(pair(bare(NAME), bare(NAME), 0))["warm-workloads"].verdict == "pass"


@pytest.mark.parametrize("blind", ["old", "new"])
def test_what_was_not_seen_is_neither_warm_nor_cold(blind: str) -> None:
    unseen = ClusterLoad(not_seen="away")
    found = pair(unseen, load()) if blind == "old" else pair(load(), unseen)
    told = judged(found)
    assert {told[it].verdict for it in ("warm-workloads", "warm-nodes")} == {"unseen"}
    assert "--waive warm-nodes" in told["warm-nodes"].details[-1]
    waived = judged(found, "warm-workloads", "warm-nodes")
    assert {waived[it].verdict for it in ("warm-workloads", "warm-nodes")} == {"waived"}
    assert list(raises(found)) == []


def test_where_production_is_not_nothing_is_compared() -> None:
    assert {it.verdict for it in judged(pair(None, load())).values()} == {"pass"}


def test_warm_raises_to_what_the_other_colour_has_ready() -> None:
    found = pair(load(serving(6)), load(serving(2)))
    (raised,) = raises(found)
    assert (raised.to, raised.ready, raised.in_words) == (6, 5, f"{WEB}: replicas 2 → 6")
    assert judged(found, warm=True)["warm-workloads"].verdict == "note"
    assert list(raises(found, {WEB})) == []


def test_an_autoscaler_is_raised_as_far_as_it_goes_and_refuses_below_that() -> None:
    scaler = scalable("horizontalpodautoscaler/sample/web", 1, most=5)
    enough = pair(load(serving(6)), load(serving(1, by=scaler)))
    assert [it.to for it in raises(enough)] == [5]
    short = pair(load(serving(9)), load(serving(1, by=scaler)))
    assert list(raises(short)) == []
    found = judged(short, warm=True)["warm-workloads"]
    assert found.verdict == "fail"
    assert "lets it have 5 at most" in found.details[0]


def test_what_an_earlier_switch_left_raised_is_said() -> None:
    left = scalable(number=6, raised_from=2)
    found = judged(pair(load(), load(raised=(left,))))["raised"]
    assert found.verdict == "note"
    assert found.details == (f"green: {WEB}, replicas 6, before it 2",)


@dataclass
class World:
    """A colour whose pods are ready `late` looks after they were asked for.

    `refuse` holds paths that may not be patched, `away` says that patches fail from a number on.
    """

    number: int = 2
    name: str = WEB
    late: int = 0
    refuse: bool = False
    fails: int = 99
    record: str | None = None
    patches: list[Mapping[str, Any]] = field(default_factory=list)
    looks: int = 0
    seconds: float = 0.0

    def load(self, snapshot: Snapshot, colour: Colour) -> ClusterLoad | None:
        assert (colour, len(snapshot.colours)) == ("green", 2)
        self.looks += 1
        self.seconds += 10
        raised_from = int(self.record) if self.record is not None else None
        it = scalable(self.name, self.number, raised_from=raised_from)
        ready = self.number if self.looks > self.late else 2
        found = serving(ready, WEB, it)
        return load(found, raised=(it,) if raised_from is not None else ())

    def changer(self, colour: Colour) -> "World":
        assert colour == "green"
        return self

    def may_patch(self, path: str) -> bool:
        assert path.startswith("/apis/")
        return not self.refuse

    def get(self, path: str) -> Mapping[str, Any]:
        raise AssertionError(f"nothing of {path} is asked where no floor was raised")

    def patch(self, path: str, change: Mapping[str, Any]) -> Mapping[str, Any]:
        self.patches.append(change)
        if len(self.patches) >= self.fails:
            raise KubeError("conflict")
        self.record = change["metadata"]["annotations"][RAISED]
        self.number = next(iter(change.get("spec", {}).values()), self.number)
        return {}

    def warmth(self, said: StringIO | None = None) -> Warmth:
        report = Report(Console(file=said or StringIO(), width=200))
        patience = Patience(names_seconds=60, pause_seconds=0)
        return Warmth(self, report, patience, lambda: self.seconds)


def wanted(world: World, to: int = 6) -> list[Raise]:
    return [Raise(scalable(world.name, world.number), to, WEB, to)]


def test_number_and_record_are_written_in_one_request() -> None:
    world = World(late=3)
    world.warmth().raise_first(snapshot(), "green", wanted(world))
    annotations = {RAISED: "2", RAISED_TO: "6"}
    assert world.patches == [{"metadata": {"annotations": annotations}, "spec": {"replicas": 6}}]


def test_one_that_was_raised_before_keeps_what_it_had_first() -> None:
    world = World(number=4, record="2")
    again = Raise(scalable(number=4, raised_from=2), 6, WEB, 6)
    world.warmth().raise_first(snapshot(), "green", [again])
    assert (world.number, world.record) == (6, "2")


def test_who_may_not_patch_is_told_before_anything_is_changed() -> None:
    world = World(refuse=True)
    with pytest.raises(RefusedError, match=f"nothing was changed: you may not patch {WEB}"):
        world.warmth().raise_first(snapshot(), "green", wanted(world))
    assert world.patches == []


def test_what_does_not_become_ready_in_time_is_let_go() -> None:
    world = World(late=99)
    with pytest.raises(ColdError, match=f"let go again: {WEB}: 2 of 6 ready"):
        world.warmth().raise_first(snapshot(), "green", wanted(world))
    assert (world.number, world.record) == (2, None)


def test_a_patch_that_fails_lets_go_what_was_raised() -> None:
    world = World(fails=1)
    with pytest.raises(ColdError, match="let go again: conflict"):
        world.warmth().raise_first(snapshot(), "green", wanted(world))
    assert (world.number, world.record) == (2, None)


def test_interrupted_it_says_what_stays_raised_and_who_lets_it_go(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world, said = World(late=99), StringIO()

    def interrupt(_: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("bluegreen.warmth.time.sleep", interrupt)
    with pytest.raises(KeyboardInterrupt):
        world.warmth(said).raise_first(snapshot(), "green", wanted(world))
    assert world.record == "2"
    assert f"left raised: {WEB} on green. `bluegreen plan` lists what is" in said.getvalue()


def test_where_production_is_replicas_stay_and_the_record_goes() -> None:
    world, said = World(number=6, record="2"), StringIO()
    world.warmth(said).let_go(snapshot(), "green", keep=True)
    assert (world.number, world.record) == (6, None)
    assert "replicas stays 6" in said.getvalue()
    assert "it was 2" in said.getvalue()


def test_an_autoscalers_floor_goes_back_everywhere() -> None:
    world = Floor(comes=0)
    world.let_go()
    assert world.patches[-1]["spec"] == {"minReplicas": 1}


WITHIN = {"type": "ScalingLimited", "reason": "DesiredWithinRange", "status": "False"}
FEWER = {"type": "ScalingLimited", "reason": "TooFewReplicas", "status": "True"}
SLOWLY = {"type": "ScalingLimited", "reason": "ScaleDownLimit", "status": "True"}
MEASURES = {"type": "ScalingActive", "status": "True"}
BLIND = {"type": "ScalingActive", "status": "False"}


class Floor(World):
    """A colour with an autoscaler's raised floor, to which the load comes after a while.

    Args:
        comes: seconds from when on the autoscaler asks for as much itself.
        until: its conditions until then; an error where it cannot be read.
    """

    def __init__(
        self,
        comes: float = 9999,
        until: Sequence[Mapping[str, Any]] | KubeError = (MEASURES, FEWER),
        beside: Sequence[Scalable] = (),
    ) -> None:
        super().__init__(number=6, record="1", name="horizontalpodautoscaler/sample/web")
        self.comes = comes
        self.until = until
        self.beside = beside
        self.let_go_at: dict[str, float] = {}

    def load(self, snapshot: Snapshot, colour: Colour) -> ClusterLoad | None:
        found = super().load(snapshot, colour)
        assert found
        still = [it for it in self.beside if it.path not in self.let_go_at]
        return found.model_copy(update={"raised": (*still, *found.raised)})

    def get(self, path: str) -> Mapping[str, Any]:
        assert path.startswith("/apis/")
        self.seconds += 5
        if self.seconds >= self.comes:
            return {"status": {"conditions": [MEASURES, WITHIN]}}
        if isinstance(self.until, KubeError):
            raise self.until
        return {"status": {"conditions": self.until}}

    def patch(self, path: str, change: Mapping[str, Any]) -> Mapping[str, Any]:
        self.let_go_at[path] = self.seconds
        if path in {it.path for it in self.beside}:
            self.patches.append(change)
            return {}
        return super().patch(path, change)

    def let_go(
        self, wait: float | None = 60, warm_seconds: float = Patience().warm_seconds
    ) -> tuple[float, str]:
        """Lets go where production is; gives after how many seconds, and what was said."""
        said = StringIO()
        quick = Patience(pause_seconds=0, warm_seconds=warm_seconds)
        warmth = Warmth(self, Report(Console(file=said, width=200)), quick, lambda: self.seconds)
        warmth.let_go(snapshot(), "green", keep=True, wait=wait)
        assert (self.number, self.record) == (1, None)
        return max(self.let_go_at.values()), said.getvalue()


def test_a_floor_stays_until_the_autoscaler_asks_for_as_much_itself() -> None:
    """It forgets a floor at once: without the load it would end the pods that wait for it."""
    after, said = Floor(comes=90).let_go()
    assert 90 <= after <= 120
    assert "all the same" not in said


def test_a_floor_stays_as_long_as_addresses_are_cached() -> None:
    """The condition may be one from before it was raised."""
    assert 60 <= Floor(comes=0).let_go()[0] <= 100
    assert Floor(comes=0).let_go(wait=0)[0] <= 40


@pytest.mark.parametrize("until", [(MEASURES, FEWER), (MEASURES, SLOWLY)])
def test_a_load_that_asks_for_less_is_waited_for_no_longer_than_said(
    until: Sequence[Mapping[str, Any]],
) -> None:
    after, said = Floor(until=until).let_go()
    assert 240 <= after <= 280
    assert "goes back after 240 s all the same: its autoscaler asks for fewer by itself" in said
    assert 100 <= Floor(until=until).let_go(warm_seconds=100)[0] <= 140
    assert Floor(until=until).let_go(warm_seconds=0)[0] <= 40


@pytest.mark.parametrize("until", [(BLIND, WITHIN), (), (WITHIN,)])
def test_an_autoscaler_without_metrics_does_not_ask_itself(
    until: Sequence[Mapping[str, Any]],
) -> None:
    after, said = Floor(until=until).let_go()
    assert after >= 240
    assert "all the same: its autoscaler measures nothing" in said


def described(lines: str) -> Sequence[Mapping[str, Any]]:
    """Conditions as ``kubectl describe`` shows them, without their messages."""
    words = (line.split() for line in lines.strip().splitlines())
    return [dict(zip(("type", "status", "reason"), it, strict=True)) for it in words]


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        # A walkthrough of an HPA on php-apache, some minutes after its load has ended.
        (
            """
            AbleToScale    True ReadyForNewScale
            ScalingActive  True ValidMetricFound
            ScalingLimited True TooFewReplicas
            """,
            "asks for fewer by itself",
        ),
        # A report of an autoscaler of KEDA's whose Deployment was gone for four days.
        (
            """
            AbleToScale    False FailedGetScale
            ScalingActive  True  ValidMetricFound
            ScalingLimited True  TooFewReplicas
            """,
            "cannot scale",
        ),
        # Kubernetes' own documentation, "Appendix: Horizontal Pod Autoscaler Status Conditions".
        (
            """
            AbleToScale    True  ReadyForNewScale
            ScalingActive  True  ValidMetricFound
            ScalingLimited False DesiredWithinRange
            """,
            "",
        ),
    ],
)
def test_conditions_as_others_have_shown_them(lines: str, why: str) -> None:
    world = Floor(until=described(lines))
    assert why in (found := held_by(world, scalable(world.name)))
    assert bool(found) == bool(why)


def test_one_that_cannot_be_read_is_waited_for_and_said() -> None:
    after, said = Floor(until=KubeError("403 Forbidden")).let_go()
    assert after >= 240
    assert "all the same: not seen: 403 Forbidden" in said


def test_one_that_is_gone_is_not_waited_for() -> None:
    gone = KubeError("404 Not Found")
    gone.__cause__ = ApiException(status=404)
    assert Floor(until=gone).let_go()[0] <= 100


def test_what_has_no_autoscaler_is_settled_before_anything_is_waited_for() -> None:
    """Else a later switch would take it for its own, and end pods that serve."""
    beside = scalable("deployment/sample/api", 6, raised_from=2)
    world = Floor(comes=90, beside=(beside,))
    assert world.let_go()[0] >= 90
    assert world.let_go_at[beside.path] <= 20
    assert "spec" not in world.patches[0]


def test_interrupted_while_the_load_comes_it_says_what_stays_raised(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world, said = Floor(), StringIO()

    def interrupt(_: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("bluegreen.warmth.time.sleep", interrupt)
    with pytest.raises(KeyboardInterrupt):
        world.warmth(said).let_go(snapshot(), "green", keep=True, wait=60)
    assert (world.number, world.record) == (6, "1")
    assert "left raised: horizontalpodautoscaler/sample/web on green" in said.getvalue()


@pytest.mark.parametrize("keep", [True, False])
def test_without_a_wait_it_goes_back_at_once(*, keep: bool) -> None:
    world = Floor()
    world.warmth().let_go(snapshot(), "green", keep=keep)
    assert max(world.let_go_at.values()) <= 20


def test_what_cannot_be_let_go_is_named_with_a_way_out() -> None:
    world = World(number=6, record="2", fails=1)
    with pytest.raises(OperatorError, match=f"{WEB} is still raised, from 2 to 6: conflict"):
        world.warmth().let_go(snapshot(), "green", keep=False)


def test_nothing_raised_is_left_alone() -> None:
    world = World()
    world.warmth().let_go(snapshot(), "green", keep=False)
    assert world.patches == []
