"""A workload that KEDA scales is raised by its ScaledObject, and let go as it was found."""

import json
from collections.abc import Mapping
from io import StringIO
from typing import Any

import pytest
from kubernetes.client.exceptions import ApiException
from rich.console import Console

from bluegreen.errors import OperatorError
from bluegreen.load import ClusterLoad, Objects, Room, Serving, load_of
from bluegreen.report import Report
from bluegreen.scalable import RAISED, Scalable
from bluegreen.snapshot import KubeView, Snapshot
from bluegreen.updates import Patience
from bluegreen.warm_rules import Pair, Raise, are_warm, raises
from bluegreen.warmth import ColdError, Warmth
from bluegreen.world.kube import KubeError
from bluegreen.world.load import read_load
from kubernetes_client.errors import failures_as
from settings.names import Colour
from tests.unit.bluegreen.snapshots import host, published, snapshot

NAME = "web.example.com"
WEB = "deployment/sample/web"
SCALED = "scaledobject/sample/web"
PATH = "/apis/keda.sh/v1alpha1/namespaces/sample/scaledobjects/web"
Object = dict[str, Any]


def scaled(spec: Mapping[str, object] | None = None, **annotations: str) -> Object:
    """A ScaledObject; annotations are those of KEDA, by their last part."""
    said = {f"autoscaling.keda.sh/{k.replace('_', '-')}": it for k, it in annotations.items()}
    return {
        "metadata": {"namespace": "sample", "name": "web", "annotations": said},
        "spec": {"scaleTargetRef": {"name": "web"}, "triggers": [], **(spec or {})},
    }


def its_autoscaler(least: int = 1, most: int = 100) -> Object:
    """What KEDA makes of it, and writes back."""
    return {
        "metadata": {
            "namespace": "sample",
            "name": "keda-hpa-web",
            "ownerReferences": [{"kind": "ScaledObject", "name": "web", "controller": True}],
        },
        "spec": {
            "minReplicas": least,
            "maxReplicas": most,
            "scaleTargetRef": {"kind": "Deployment", "name": "web"},
        },
    }


def cluster(item: Object | None, ready: int = 1) -> ClusterLoad:
    """A cluster with one workload that serves the name."""
    labels = {"app": "web"}
    place = {"namespace": "sample", "name": "web"}
    backend = {"backend": {"service": {"name": "web"}}}
    return load_of(
        Objects(
            ingresses=[{"metadata": place, "spec": {"rules": [{"http": {"paths": [backend]}}]}}],
            services=[{"metadata": place, "spec": {"selector": labels}}],
            deployments=[
                {
                    "metadata": place,
                    "spec": {"replicas": ready, "template": {"metadata": {"labels": labels}}},
                    "status": {"readyReplicas": ready},
                }
            ],
            stateful_sets=[],
            autoscalers=[its_autoscaler()],
            scaled_objects=[item] if item else [],
            pods=[],
            nodes=[],
        ),
        KubeView(published=published(NAME, host("blue"))),
    )


def by(item: Object) -> Scalable:
    return cluster(item).serving[0].scaled_by


def busy(ready: int) -> ClusterLoad:
    """The colour that production leaves."""
    own = Scalable(name=WEB, path="", field="replicas", number=ready)
    found = Serving(name=WEB, ready=ready, names=(NAME,), scaled_by=own)
    return ClusterLoad(serving=(found,), allocatable=Room(cores=9, gib=9))


def pair(item: Object, old: int = 6, ready: int = 1) -> Pair:
    left = busy(old)
    return Pair("blue", "green", left, cluster(item, ready), 80, (), left)


def test_the_scaled_object_is_raised_and_not_the_autoscaler_that_keda_writes_back() -> None:
    (raised,) = raises(pair(scaled({"minReplicaCount": 2})))
    assert (raised.what.path, raised.to, raised.workload) == (PATH, 6, WEB)
    assert raised.in_words == f"{SCALED}: minReplicaCount 2 → 6"
    assert raised.what.raised_to(6) == {"minReplicaCount": 6}


@pytest.mark.parametrize("kind", ["Deployment", "StatefulSet"])
def test_its_target_is_a_deployment_unless_it_says_another(kind: str) -> None:
    item = scaled({"scaleTargetRef": {"name": "web", "kind": kind, "apiVersion": "apps/v1"}})
    expected = PATH if kind == "Deployment" else "/apis/autoscaling/v2"
    assert by(item).path.startswith(expected)


def test_an_autoscaler_of_nobody_else_is_raised_itself() -> None:
    found = cluster(None).serving[0].scaled_by
    assert found.field == "minReplicas"


def test_what_was_not_there_is_taken_away_again() -> None:
    found = by(scaled())
    assert (found.number, found.most) == (0, 100)
    assert json.loads(found.record) == {"minReplicaCount": None}
    assert found.let_go() == {"minReplicaCount": None}


def test_pods_of_idle_times_are_taken_away_and_come_back() -> None:
    """While no trigger is active, KEDA keeps these pods whatever the floor is."""
    item = scaled({"idleReplicaCount": 0, "minReplicaCount": 3})
    (raised,) = raises(pair(item, ready=0))
    assert raised.what.raised_to(6) == {"idleReplicaCount": None, "minReplicaCount": 6}
    assert raised.in_words.endswith("minReplicaCount 3 → 6, without idleReplicaCount")
    assert raised.what.let_go() == {"idleReplicaCount": 0, "minReplicaCount": 3}
    # Fewer than its own floor are wanted: it keeps that.
    (fewer,) = raises(pair(item, old=2, ready=0))
    assert fewer.what.raised_to(fewer.to) == {"idleReplicaCount": None, "minReplicaCount": 3}


def test_its_most_is_kept_and_refuses_below_what_is_needed() -> None:
    enough = pair(scaled({"maxReplicaCount": 5}))
    assert [it.to for it in raises(enough)] == [5]
    short = pair(scaled({"maxReplicaCount": 4}))
    assert list(raises(short)) == []
    (found, *_) = are_warm(short, (), warm=True)
    assert found.verdict == "fail"
    assert f"{SCALED} lets it have 4 at most" in found.details[0]


@pytest.mark.parametrize(
    ("item", "said"),
    [
        (scaled({"minReplicaCount": 1}, paused_replicas="2"), "paused-replicas=2"),
        (scaled({"minReplicaCount": 1}, paused_replicas="2", paused="true"), "paused-replicas=2"),
        (scaled({"minReplicaCount": 1}, paused_scale_out="true"), "paused-scale-out"),
    ],
)
def test_one_that_somebody_holds_is_left_alone_and_the_reason_is_told(
    item: Object, said: str
) -> None:
    found = pair(item)
    assert list(raises(found)) == []
    (workloads, *_) = are_warm(found, (), warm=True)
    assert workloads.verdict == "fail"
    assert said in workloads.details[0]


def test_one_that_is_held_at_enough_pods_is_waited_for_and_not_raised() -> None:
    found = pair(scaled({"minReplicaCount": 1}, paused_replicas="5"))
    assert list(raises(found)) == []
    (workloads, *_) = are_warm(found, (), warm=True)
    assert "5 are asked for already, and not ready" in workloads.details[0]


@pytest.mark.parametrize(("value", "itself"), [("true", True), ("", True), ("false", False)])
def test_of_one_that_is_paused_as_it_is_the_workload_itself_is_raised(
    value: str, *, itself: bool
) -> None:
    assert (by(scaled(paused=value)).name == WEB) == itself


@pytest.mark.parametrize("value", ["true", "false"])
def test_a_pause_of_going_down_holds_nothing_back(value: str) -> None:
    assert [it.to for it in raises(pair(scaled(paused_scale_in=value)))] == [6]


def test_a_time_of_day_that_asks_for_pods_takes_nothing_from_the_floor() -> None:
    """Of a floor and what triggers ask for, the larger counts; ready pods are ready pods."""
    cron = {"type": "cron", "metadata": {"desiredReplicas": "4"}}
    item = scaled({"minReplicaCount": 2, "triggers": [cron]})
    (raised,) = raises(pair(item, ready=4))
    assert raised.what.raised_to(raised.to) == {"minReplicaCount": 6}
    assert list(raises(pair(item, old=4, ready=4))) == []


def raised(item: Object, to: int = 6) -> Object:
    """The same, as a killed switch has left it."""
    change = by(item)
    spec = {**item["spec"], **change.raised_to(to)}
    kept = {name: it for name, it in spec.items() if it is not None}
    meta = {**item["metadata"], "annotations": {RAISED: change.record}}
    return {"metadata": meta, "spec": kept}


@pytest.mark.parametrize(
    "spec",
    [
        {},
        {"minReplicaCount": 2},
        {"minReplicaCount": 0},
        {"minReplicaCount": 2, "idleReplicaCount": 0},
    ],
)
def test_what_a_killed_switch_left_raised_is_found_and_goes_back_as_it_was(
    spec: Mapping[str, int],
) -> None:
    (found,) = cluster(raised(scaled(spec))).raised
    assert (found.number, found.raised_from) == (
        6,
        spec.get("idleReplicaCount", spec.get("minReplicaCount", 0)),
    )
    back = {name: it for name, it in found.let_go().items() if it is not None}
    assert back == spec
    # Raised again, it keeps the first record.
    assert found.record == by(scaled(spec)).record
    (again,) = raises(pair(raised(scaled(spec), to=3), old=9))
    assert again.what.record == found.record


def test_one_that_is_paused_after_it_was_raised_is_raised_still() -> None:
    item = raised(scaled({"minReplicaCount": 2}))
    item["metadata"]["annotations"]["autoscaling.keda.sh/paused"] = "true"
    (found,) = cluster(item).raised
    assert found.let_go() == {"minReplicaCount": 2}


@pytest.mark.parametrize("text", ["2", "x", "[]", "{}", '{"minReplicaCount": "2"}', '{"other": 1}'])
def test_a_record_that_is_none_of_ours_is_no_record(text: str) -> None:
    item = scaled({"minReplicaCount": 5})
    item["metadata"]["annotations"][RAISED] = text
    assert cluster(item).raised == ()


class Keda:
    """A colour on which KEDA keeps its autoscaler, and pods follow the ScaledObject alone."""

    def __init__(self, item: Object, *, late: bool = False) -> None:
        self.item = item
        self.late = late
        self.changes: list[tuple[str, Mapping[str, Any]]] = []
        self.asked: list[str] = []
        self.autoscaler = "keda-hpa-of-web"
        self.seconds = 0.0

    def load(self, snapshot: Snapshot, colour: Colour) -> ClusterLoad | None:
        assert (colour, len(snapshot.colours)) == ("green", 2)
        self.seconds += 10
        floor = self.item["spec"].get("minReplicaCount") or 0
        idle = self.item["spec"].get("idleReplicaCount")
        return cluster(self.item, 0 if self.late else floor if idle is None else idle)

    def changer(self, colour: Colour) -> "Keda":
        assert colour == "green"
        return self

    def may_patch(self, path: str) -> bool:
        return path == PATH

    def get(self, path: str) -> Object:
        """The ScaledObject, or the autoscaler that KEDA keeps for it; the load comes at once."""
        self.seconds += 10
        if path == PATH:
            return {**self.item, "status": {"hpaName": self.autoscaler} if self.autoscaler else {}}
        self.asked.append(path)
        conditions = [
            {"type": "ScalingActive", "status": "True"},
            {"type": "ScalingLimited", "status": "False", "reason": "DesiredWithinRange"},
        ]
        return {"status": {"conditions": conditions}}

    def patch(self, path: str, change: Mapping[str, Any]) -> Mapping[str, Any]:
        """Merges, as an API server does."""
        self.changes.append((path, change))
        for part in ("spec", "annotations"):
            inside = self.item if part == "spec" else self.item["metadata"]
            new = change["spec"] if part == "spec" else change["metadata"]["annotations"]
            merged = {**inside[part], **new}
            inside[part] = {name: it for name, it in merged.items() if it is not None}
        return self.item

    def warmth(self, said: StringIO) -> Warmth:
        report = Report(Console(file=said, width=200))
        return Warmth(
            self, report, Patience(names_seconds=60, pause_seconds=0), lambda: self.seconds
        )


@pytest.mark.parametrize(
    "spec", [{}, {"minReplicaCount": 2}, {"minReplicaCount": 2, "idleReplicaCount": 0}]
)
@pytest.mark.parametrize("keep", [True, False])
def test_it_is_raised_waited_for_and_let_go_exactly_as_it_was(
    spec: Mapping[str, int], *, keep: bool
) -> None:
    world, said = Keda(scaled(spec)), StringIO()
    before = json.dumps(world.item)
    wanted = [Raise(by(world.item), 6, WEB, 5)]
    world.warmth(said).raise_first(snapshot(), "green", wanted)
    assert world.item["spec"]["minReplicaCount"] == 6
    assert "idleReplicaCount" not in world.item["spec"]
    # One request holds number and record.
    ((path, change),) = world.changes
    assert (path, change["metadata"]["annotations"][RAISED]) == (PATH, wanted[0].what.record)
    world.warmth(said).let_go(snapshot(), "green", keep=keep, wait=60 if keep else None)
    assert json.dumps(world.item, sort_keys=True) == json.dumps(json.loads(before), sort_keys=True)
    assert "let go" in said.getvalue()
    space = PATH.split("/")[5]
    asked = f"/apis/autoscaling/v2/namespaces/{space}/horizontalpodautoscalers/keda-hpa-of-web"
    assert set(world.asked) == ({asked} if keep else set())
    if "idleReplicaCount" in spec:
        assert "minReplicaCount 6 → 2, idleReplicaCount 0 again" in said.getvalue()


@pytest.mark.parametrize("said", ["of-keda", ""])
def test_the_autoscaler_that_keda_keeps_says_whether_it_asks_itself(said: str) -> None:
    world = Keda(scaled({"minReplicaCount": 2}))
    world.autoscaler = said
    world.item["metadata"]["annotations"] = {RAISED: by(world.item).record}
    world.item["spec"]["minReplicaCount"] = 6
    world.warmth(StringIO()).let_go(snapshot(), "green", keep=True, wait=0)
    name = world.item["metadata"]["name"]
    assert world.asked[0].endswith(f"/{said or f'keda-hpa-{name}'}")


def test_what_does_not_become_ready_is_let_go() -> None:
    world = Keda(scaled({"idleReplicaCount": 0, "minReplicaCount": 2}), late=True)
    before = json.dumps(world.item, sort_keys=True)
    wanted = [Raise(by(world.item), 6, WEB, 5)]
    with pytest.raises(ColdError, match="let go again"):
        world.warmth(StringIO()).raise_first(snapshot(), "green", wanted)
    assert json.dumps(world.item, sort_keys=True) == before
    assert issubclass(ColdError, OperatorError)


class Lists:
    """A cluster without anything; KEDA's kind is asked for with an error, if one is given."""

    def __init__(self, error: Exception | None) -> None:
        self._error = error

    def items(self, path: str) -> list[Object]:
        if "keda.sh" in path and self._error is not None:
            with failures_as(KubeError):
                raise self._error
        return []


def test_a_cluster_without_keda_is_seen_and_one_that_refuses_is_not() -> None:
    view = KubeView(published=published(NAME, host("blue")))
    assert read_load(Lists(None), view).not_seen == ""  # pyright: ignore[reportArgumentType]
    assert read_load(Lists(ApiException(status=404, reason="Not Found")), view).not_seen == ""  # pyright: ignore[reportArgumentType]
    assert "away" in read_load(Lists(OSError("away")), view).not_seen  # pyright: ignore[reportArgumentType]
