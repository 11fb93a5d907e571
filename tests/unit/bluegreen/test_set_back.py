"""What a switch has raised, and somebody else changes: Argo CD, Flux, a policy, a person."""

from collections.abc import Callable, Mapping
from io import StringIO
from typing import Any

import pytest
from rich.console import Console

from bluegreen.field_managers import manager_of
from bluegreen.load import ClusterLoad, Objects, load_of
from bluegreen.report import Report
from bluegreen.scalable import RAISED, RAISED_TO, Scalable
from bluegreen.snapshot import KubeView, Snapshot
from bluegreen.updates import Patience
from bluegreen.warm_rules import Pair, Raise, are_warm
from bluegreen.warmth import ColdError, Warmth
from settings.names import Colour
from tests.unit.bluegreen.snapshots import host, published, snapshot

NAME = "web.example.com"
WEB = "deployment/sample/web"
PLACE: Mapping[str, str] = {"namespace": "sample", "name": "web"}
LABELS = {"app": "web"}
FIELDS = {"hpa": "minReplicas", "scaled": "minReplicaCount", "none": "replicas"}
Object = dict[str, Any]


def written(field: str, manager: str, time: str) -> Object:
    """An entry as an API server keeps it."""
    return {
        "manager": manager,
        "operation": "Apply",
        "time": f"2026-02-20T10:{time}Z",
        "fieldsType": "FieldsV1",
        "fieldsV1": {"f:spec": {f"f:{field}": {}}},
    }


class Cluster:
    """A colour with one workload, by what scales it, of which somebody may lower the floor.

    Args:
        kind: ``hpa``, ``scaled`` (KEDA) or ``none``.
        then: what somebody does to the spec after the n-th look since it was raised.
    """

    def __init__(
        self, kind: str, then: Callable[[Object], None] | None = None, at: int = 2
    ) -> None:
        self.field = FIELDS[kind]
        target = {"kind": "Deployment", "name": "web"}
        most = {"hpa": {"maxReplicas": 9}, "scaled": {"maxReplicaCount": 9}, "none": {}}[kind]
        spec = {self.field: 2, **most, **({"scaleTargetRef": target} if kind != "none" else {})}
        self.kind = kind
        self.item: Object = {"metadata": {**PLACE, "annotations": {}}, "spec": spec}
        self.then = then
        self.at = at
        self.looks = 0
        self.seconds = 0.0
        self.pods = True
        self.asked = False
        self.hidden = False

    def load(self, snapshot: Snapshot, colour: Colour) -> ClusterLoad | None:
        del snapshot, colour
        self.seconds += 10
        self.looks += 1
        if self.then and self.looks >= self.at and RAISED in self.item["metadata"]["annotations"]:
            self.then(self.item)
        return self.seen()

    def seen(self) -> ClusterLoad:
        if self.hidden:
            return ClusterLoad(not_seen="the API server does not answer")
        number = self.item["spec"][self.field]
        ready = number if self.pods else 2
        workload: Object = {
            "metadata": PLACE,
            "spec": {"replicas": number},
            "status": {"readyReplicas": ready},
        }
        if self.kind == "none":
            workload = {**self.item, "status": {"readyReplicas": ready}}
        workload = {
            **workload,
            "spec": {**workload["spec"], "template": {"metadata": {"labels": LABELS}}},
        }
        backend = {"backend": {"service": {"name": "web"}}}
        objects = Objects(
            ingresses=[{"metadata": PLACE, "spec": {"rules": [{"http": {"paths": [backend]}}]}}],
            services=[{"metadata": PLACE, "spec": {"selector": LABELS}}],
            deployments=[workload],
            stateful_sets=[],
            autoscalers=[self.item] if self.kind == "hpa" else [],
            scaled_objects=[self.item] if self.kind == "scaled" else [],
            pods=[],
            nodes=[],
        )
        return load_of(objects, KubeView(published=published(NAME, host("green"))))

    @property
    def scalable(self) -> Scalable:
        return self.seen().serving[0].scaled_by

    def changer(self, colour: Colour) -> "Cluster":
        assert colour == "green"
        return self

    def may_patch(self, path: str) -> bool:
        return bool(path)

    def get(self, path: str) -> Object:
        self.seconds += 5
        self.asked = True
        conditions = [
            {"type": "ScalingActive", "status": "True"},
            {"type": "ScalingLimited", "status": "True", "reason": "TooFewReplicas"},
        ]
        return {**self.item, "status": {"conditions": conditions}} if path else {}

    def patch(self, path: str, change: Mapping[str, Any]) -> Object:
        """Merges, as an API server does."""
        assert path
        spec = {**self.item["spec"], **change.get("spec", {})}
        said = {**self.item["metadata"]["annotations"], **change["metadata"]["annotations"]}
        self.item["spec"] = {name: it for name, it in spec.items() if it is not None}
        self.item["metadata"]["annotations"] = {k: it for k, it in said.items() if it is not None}
        return self.item

    def warmth(self, said: StringIO) -> Warmth:
        report = Report(Console(file=said, width=300))
        patience = Patience(names_seconds=120, pause_seconds=0)
        return Warmth(self, report, patience, lambda: self.seconds)

    def raise_to(self, number: int) -> StringIO:
        said = StringIO()
        wanted = [Raise(self.scalable, number, WEB, number)]
        self.warmth(said).raise_first(snapshot(), "green", wanted)
        return said


def sets(number: int, by: str = "argocd-controller") -> Callable[[Object], None]:
    """Somebody sets the number, as their manager."""

    def then(item: Object) -> None:
        field = next(it for it in FIELDS.values() if it in item["spec"])
        item["spec"][field] = number
        item["metadata"]["managedFields"] = [
            written(field, by, "05:00"),
            written(field, "bluegreen", "04:00"),
            written("maxReplicas", "kubectl-edit", "06:00"),
        ]

    return then


def cap(item: Object, most: int) -> None:
    """What a mutating policy leaves of a request, in the name of who made it."""
    sets(most)(item)
    del item["metadata"]["managedFields"][0]


@pytest.fixture(params=FIELDS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_a_floor_that_is_lowered_at_once_refuses_and_says_who_did_it(kind: str) -> None:
    """Argo CD with selfHeal: it would do so again, with production there."""
    cluster = Cluster(kind, sets(2))
    cluster.pods = False
    with pytest.raises(ColdError) as caught:
        cluster.raise_to(6)
    field = FIELDS[kind]
    assert f"{field} is 2, not 6 any more (argocd-controller set it)" in str(caught.value)
    assert "Argo CD, Flux or a policy" in str(caught.value)
    assert cluster.seconds < 120
    assert cluster.item["spec"][field] == 2
    assert cluster.item["metadata"]["annotations"] == {}


def test_a_floor_that_is_lowered_though_pods_are_ready_refuses_too(kind: str) -> None:
    cluster = Cluster(kind, lambda item: item["spec"].update({FIELDS[kind]: 2}), at=1)
    with pytest.raises(ColdError, match="is 2, not 6 any more"):
        cluster.raise_to(6)


def test_a_record_that_was_replaced_with_the_object_is_missed_by_nobody(kind: str) -> None:
    def replace(item: Object) -> None:
        sets(2, "kubectl-replace")(item)
        item["metadata"]["annotations"] = {}

    with pytest.raises(ColdError, match=r"is 2, not 6 any more \(kubectl-replace set it\)"):
        Cluster(kind, replace, at=1).raise_to(6)


def replace_whole(cluster: Cluster) -> None:
    """As `kubectl replace` does, and Flux where an object's own field cannot be changed."""
    sets(2, "kubectl-replace")(cluster.item)
    cluster.item["metadata"]["annotations"] = {}


def raised_and_let_go(cluster: Cluster, between: Callable[[Cluster], None]) -> str:
    """What a switch says at its end, of what somebody did since it was warm."""
    said = StringIO()
    warmth = cluster.warmth(said)
    wanted = [Raise(cluster.scalable, 6, WEB, 6)]
    warmth.raise_first(snapshot(), "green", wanted)
    between(cluster)
    warmth.let_go(snapshot(), "green", keep=True, wait=0)
    warmth.let_go(snapshot(), "green", keep=True)  # says nothing twice
    return said.getvalue()


def test_what_was_replaced_as_names_moved_is_named_at_the_end(kind: str) -> None:
    cluster = Cluster(kind)
    said = raised_and_let_go(cluster, replace_whole)
    assert "has no record any more of being raised: replaced, or let go by another" in said
    assert f"{FIELDS[kind]} is 2 (kubectl-replace set it)" in said
    assert cluster.item["spec"][FIELDS[kind]] == 2


def test_what_was_replaced_while_the_load_comes_is_named_at_the_end() -> None:
    cluster = Cluster("hpa")

    def then(item: Object) -> None:
        del item
        if cluster.asked:
            replace_whole(cluster)

    cluster.then = then
    said = raised_and_let_go(cluster, lambda _: None)
    assert "minReplicas is 2 (kubectl-replace set it)" in said
    assert said.count("not let go:") == 1


def test_what_was_deleted_meanwhile_is_named_at_the_end() -> None:
    cluster = Cluster("hpa")

    def delete(it: Cluster) -> None:
        it.kind, it.field = "none", "replicas"
        it.item = {"metadata": {**PLACE, "annotations": {}}, "spec": {"replicas": 6}}

    said = raised_and_let_go(cluster, delete)
    assert "horizontalpodautoscaler/sample/web has no record any more" in said
    assert "it is gone, or scales nothing that serves" in said


def test_nothing_is_said_of_what_was_let_go_or_not_seen(kind: str) -> None:
    assert "not let go:" not in raised_and_let_go(Cluster(kind), lambda _: None)

    def hide(it: Cluster) -> None:
        it.hidden = True

    assert "not let go:" not in raised_and_let_go(Cluster(kind), hide)


def test_a_policy_that_caps_what_is_written_is_named_as_one(kind: str) -> None:
    """The API server lays a webhook's change at the door of who asked."""
    with pytest.raises(
        ColdError, match=r"is 4, not 6 any more \(written so by bluegreen: a policy"
    ):
        Cluster(kind, lambda item: cap(item, 4), at=1).raise_to(6)


def test_more_than_was_asked_for_is_warm(kind: str) -> None:
    cluster = Cluster(kind, sets(8), at=1)
    cluster.raise_to(6)
    assert cluster.item["spec"][FIELDS[kind]] == 8


@pytest.mark.parametrize("number", [2, 4, 8])
@pytest.mark.parametrize("keep", [True, False])
def test_what_somebody_set_meanwhile_is_not_overwritten(
    kind: str, number: int, *, keep: bool
) -> None:
    """A new number from Git, or the old one: theirs, not what stood there before the switch."""
    cluster = Cluster(kind)
    cluster.raise_to(6)
    sets(number, "kustomize-controller")(cluster.item)
    said = StringIO()
    begun = cluster.seconds
    cluster.warmth(said).let_go(snapshot(), "green", keep=keep, wait=0 if keep else None)
    assert cluster.item["spec"][FIELDS[kind]] == number
    assert cluster.item["metadata"]["annotations"] == {}
    told = f"is {number}, not 6 any more (kustomize-controller set it); that stays"
    assert told in said.getvalue()
    # A floor that is not there any more keeps no pods: nothing is waited for.
    assert cluster.seconds - begun < 60


def test_what_is_changed_is_raised_anew_from_what_it_is(kind: str) -> None:
    cluster = Cluster(kind)
    cluster.raise_to(6)
    sets(4)(cluster.item)
    cluster.raise_to(7)
    cluster.warmth(StringIO()).let_go(snapshot(), "green", keep=False)
    assert cluster.item["spec"][FIELDS[kind]] == 4


def test_idle_pods_come_back_though_the_floor_was_changed() -> None:
    cluster = Cluster("scaled")
    cluster.item["spec"]["idleReplicaCount"] = 0
    cluster.raise_to(6)
    sets(3)(cluster.item)
    assert "idleReplicaCount" not in cluster.item["spec"]
    cluster.warmth(StringIO()).let_go(snapshot(), "green", keep=False)
    held = {name: cluster.item["spec"][name] for name in ("idleReplicaCount", "minReplicaCount")}
    assert held == {"idleReplicaCount": 0, "minReplicaCount": 3}


def test_a_plan_says_what_was_changed_since(kind: str) -> None:
    cluster = Cluster(kind)
    cluster.raise_to(6)
    sets(2)(cluster.item)
    found = Pair("blue", "green", None, cluster.seen(), 80)
    (raised,) = [it for it in are_warm(found, ()) if it.rule == "raised"]
    assert "changed since" in raised.details[0]
    assert "argocd-controller set it" in raised.details[0]


def test_a_record_of_an_older_command_goes_back_as_before(kind: str) -> None:
    cluster = Cluster(kind)
    cluster.raise_to(6)
    del cluster.item["metadata"]["annotations"][RAISED_TO]
    sets(5)(cluster.item)
    cluster.warmth(StringIO()).let_go(snapshot(), "green", keep=False)
    assert cluster.item["spec"][FIELDS[kind]] == 2


@pytest.mark.parametrize(
    ("entries", "manager"),
    [
        (None, ""),
        ([{"manager": "helm", "fieldsV1": {"f:metadata": {}}}], ""),
        ([{"manager": "helm"}], ""),
        ([written("minReplicas", "helm", "01:00"), written("minReplicas", "me", "02:00")], "me"),
        ([written("minReplicas", "me", "02:00"), written("minReplicas", "helm", "01:00")], "me"),
    ],
)
def test_the_last_manager_of_a_field_has_set_it(entries: object, manager: str) -> None:
    assert manager_of({"metadata": {"managedFields": entries}}, "minReplicas") == manager


def others(manager: str, time: str, *fields: str) -> Object:
    return {
        "manager": manager,
        "time": time,
        "fieldsType": "FieldsV1",
        "fieldsV1": {"f:spec": {f"f:{it}": {} for it in fields}},
    }


@pytest.mark.parametrize(
    ("entries", "field", "manager"),
    [
        # fluxcd/kustomize-controller, issue 494.
        (
            [
                others(
                    "kustomize-controller", "2021-11-23T13:50:37Z", "maxReplicas", "minReplicas"
                ),
                {
                    "manager": "kube-controller-manager",
                    "time": "2021-11-23T13:51:00Z",
                    "fieldsV1": {"f:status": {"f:lastScaleTime": {}}},
                },
            ],
            "minReplicas",
            "kustomize-controller",
        ),
        # A lesson about `kubectl autoscale`, Kubernetes 1.22.
        (
            [
                others("kubectl-autoscale", "2022-08-28T09:04:34Z", "maxReplicas", "minReplicas"),
                {
                    "manager": "kube-controller-manager",
                    "time": "2022-08-28T09:04:49Z",
                    "fieldsV1": {
                        "f:metadata": {"f:annotations": {".": {}}},
                        "f:status": {"f:currentReplicas": {}},
                    },
                },
            ],
            "minReplicas",
            "kubectl-autoscale",
        ),
        # An article about Argo CD's managedFieldsManagers: a Deployment that an autoscaler scales.
        (
            [
                others("argocd-controller", "2026-02-20T10:00:00Z", "template"),
                others("kube-controller-manager", "2026-02-20T10:05:00Z", "replicas"),
            ],
            "replicas",
            "kube-controller-manager",
        ),
    ],
)
def test_managers_as_others_have_shown_them(
    entries: list[Object], field: str, manager: str
) -> None:
    assert manager_of({"metadata": {"managedFields": entries}}, field) == manager
