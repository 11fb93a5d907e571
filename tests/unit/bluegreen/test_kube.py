"""One token serves many looks at an API server."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from bluegreen.world import kube
from eks_platform_contract.outputs import Zone, Zones
from handover.writers import writers


class Fake:
    """An API server that refuses every token after a while."""

    made: list[object]
    asked: list[str]
    refuses: bool
    deployments: Sequence[str] = ()
    services: Sequence[Any] = ()
    nodes: Sequence[Any] = ()

    def __init__(self, kubeconfig: object) -> None:
        type(self).made.append(kubeconfig)

    def get(self, _: str) -> dict[str, str]:
        if type(self).refuses:
            raise kube.KubeError("401 Unauthorized")
        return {"gitVersion": "v1.35.0"}

    def items(self, path: str) -> Sequence[Any]:
        type(self).asked.append(path)
        if path == kube.SERVICES:
            return type(self).services
        if path.endswith("/nodes"):
            return type(self).nodes
        if path.endswith("/priorityclasses"):
            return ({"metadata": {"name": "reserve"}, "value": -10},
                    {"metadata": {"name": "critical"}, "value": 100})  # fmt: skip
        if not path.endswith("/deployments"):
            return ()
        return [
            {
                "metadata": {"namespace": "kube-system", "name": name},
                "spec": {
                    "replicas": 1,
                    "template": {"spec": {"priorityClassName": name.partition("-")[0]}},
                },
            }
            for name in type(self).deployments
        ]


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> type[Fake]:
    Fake.made, Fake.asked, Fake.refuses = [], [], False
    monkeypatch.setattr(kube, "Kube", Fake)
    return Fake


def test_the_client_of_one_look_serves_the_next(fake: type[Fake]) -> None:
    looker = kube.Looker()
    for _ in range(3):
        assert looker.look({"server": "a"}, (), (), ()).version == "v1.35.0"
    assert len(fake.made) == 1


def test_another_cluster_gets_another_client(fake: type[Fake]) -> None:
    looker = kube.Looker()
    looker.look({"server": "a"}, (), (), ())
    looker.look({"server": "b"}, (), (), ())
    assert fake.made == [{"server": "a"}, {"server": "b"}]


def test_a_refused_token_is_not_kept(fake: type[Fake]) -> None:
    looker = kube.Looker()
    looker.look({"server": "a"}, (), (), ())
    fake.refuses = True
    assert looker.look({"server": "a"}, (), (), ()).error == "401 Unauthorized"
    fake.refuses = False
    assert not looker.look({"server": "a"}, (), (), ()).error
    assert len(fake.made) == 2


def test_workloads_that_are_live_writers_are_known(
    fake: type[Fake], monkeypatch: pytest.MonkeyPatch
) -> None:
    zone = Zone(id="Z1", name="example.com", arn="arn:aws:route53:::hostedzone/Z1")
    (writer, *_) = writers("blue", Zones(public=zone, private=zone, api=zone), live=True)
    monkeypatch.setattr(fake, "deployments", (writer.name, "coredns"))
    seen = kube.Looker().look({"server": "a"}, (writer,), (), ("kube-system",))
    assert [(it.name.rpartition("/")[2], it.live_writer) for it in seen.workloads] == [
        (writer.name, True),
        ("coredns", False),
    ]


def test_pods_that_give_way_to_all_others_are_reserve(
    fake: type[Fake], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fake, "deployments", ("reserve-pods", "critical-pods", "pods"))
    seen = kube.Looker().look({"server": "a"}, (), (), ("kube-system",))
    assert [it.reserve for it in seen.workloads] == [True, False, False]


def node(
    *, spot: bool = False, taint: str = "", created: str = "2020-01-01T00:00:00Z", **meta: str
) -> dict[str, Any]:
    lifecycle = {"node.kubernetes.io/lifecycle": "spot" if spot else "on-demand"}
    return {
        "metadata": {"name": "n", "labels": lifecycle, "creationTimestamp": created, **meta},
        "spec": {"taints": [{"key": taint, "effect": "NoSchedule"}] if taint else None},
        "status": {"conditions": [{"type": "Ready", "status": "False"}]},
    }


@pytest.mark.parametrize(
    ("item", "passing"),
    [
        (node(), False),
        (node(spot=True), True),
        (node(taint="ToBeDeletedByClusterAutoscaler"), True),
        (node(taint="aws-node-termination-handler/spot-itn"), True),
        (node(taint="node.kubernetes.io/unreachable"), False),
        (node(deletionTimestamp="2020-01-02T00:00:00Z"), True),
        (node(created=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")), True),
    ],
)
def test_a_node_that_comes_or_goes_is_known(
    fake: type[Fake], monkeypatch: pytest.MonkeyPatch, item: dict[str, Any], passing: bool
) -> None:
    monkeypatch.setattr(fake, "nodes", (item,))
    (seen,) = kube.Looker().look({"server": "a"}, (), (), ()).nodes
    assert (seen.ready, seen.passing) == (False, passing)


def test_load_balancers_of_objects_without_a_name_cost_no_call_more(
    fake: type[Fake], monkeypatch: pytest.MonkeyPatch
) -> None:
    item = {
        "metadata": {"namespace": "sample", "name": "plain"},
        "spec": {"type": "LoadBalancer"},
        "status": {"loadBalancer": {"ingress": [{"hostname": "classic.elb"}]}},
    }
    monkeypatch.setattr(fake, "services", (item,))
    seen = kube.Looker().look({"server": "a"}, (), (), ())
    assert [(it.source, it.hosts) for it in seen.balanced] == [
        ("service/sample/plain", ("classic.elb",))
    ]
    assert fake.asked == [kube.INGRESSES, kube.SERVICES, "/api/v1/nodes"]
