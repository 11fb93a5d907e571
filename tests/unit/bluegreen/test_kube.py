"""One token serves many looks at an API server."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest

from bluegreen.snapshot import KubeView
from bluegreen.world.kube import INGRESSES, SERVICES, ClusterReader, KubeError
from eks_platform_contract.outputs import Zone, Zones
from handover.writers import Writer, writers


@dataclass
class FakeCluster:
    """A cluster of a few objects, which gives clients, and refuses their tokens if told to.

    Attributes:
        kubeconfigs: those of the clients that it has given.
        asked: paths of lists, in order.
    """

    deployments: Sequence[str] = ()
    services: Sequence[Mapping[str, Any]] = ()
    nodes: Sequence[Mapping[str, Any]] = ()
    refuses: bool = False
    kubeconfigs: list[object] = field(default_factory=list[object])
    asked: list[str] = field(default_factory=list[str])

    def connect(self, kubeconfig: object) -> "FakeCluster":
        self.kubeconfigs.append(kubeconfig)
        return self

    def get(self, path: str) -> Mapping[str, Any]:
        assert path == "/version"
        if self.refuses:
            raise KubeError("401 Unauthorized")
        return {"gitVersion": "v1.35.0"}

    def text(self, path: str) -> str:
        raise AssertionError(path)

    def items(self, path: str) -> Sequence[Mapping[str, Any]]:
        self.asked.append(path)
        if path == SERVICES:
            return self.services
        if path.endswith("/nodes"):
            return self.nodes
        if path.endswith("/priorityclasses"):
            return ({"metadata": {"name": "reserve"}, "value": -10},
                    {"metadata": {"name": "critical"}, "value": 100})  # fmt: skip
        return list(map(deployment, self.deployments)) if path.endswith("/deployments") else ()

    def delete(self, path: str) -> None:
        raise AssertionError(f"{path} is deleted")


def deployment(name: str) -> dict[str, Any]:
    pod = {"spec": {"priorityClassName": name.partition("-")[0]}}
    meta = {"namespace": "kube-system", "name": name}
    return {"metadata": meta, "spec": {"replicas": 1, "template": pod}}


def read(cluster: FakeCluster, writer: Writer | None = None, *namespaces: str) -> KubeView:
    reader = ClusterReader(cluster.connect)
    return reader.read({"server": "a"}, (writer,) if writer else (), (), namespaces)


def test_the_client_of_one_look_serves_the_next() -> None:
    cluster = FakeCluster()
    reader = ClusterReader(cluster.connect)
    for _ in range(3):
        assert reader.read({"server": "a"}, (), (), ()).version == "v1.35.0"
    assert len(cluster.kubeconfigs) == 1


def test_another_cluster_gets_another_client() -> None:
    cluster = FakeCluster()
    reader = ClusterReader(cluster.connect)
    reader.read({"server": "a"}, (), (), ())
    reader.read({"server": "b"}, (), (), ())
    assert cluster.kubeconfigs == [{"server": "a"}, {"server": "b"}]


def test_a_refused_token_is_not_kept() -> None:
    cluster = FakeCluster()
    reader = ClusterReader(cluster.connect)
    reader.read({"server": "a"}, (), (), ())
    cluster.refuses = True
    assert reader.read({"server": "a"}, (), (), ()).error == "401 Unauthorized"
    cluster.refuses = False
    assert not reader.read({"server": "a"}, (), (), ()).error
    assert len(cluster.kubeconfigs) == 2


def test_workloads_that_are_live_writers_are_known() -> None:
    zone = Zone(id="Z1", name="example.com", arn="arn:aws:route53:::hostedzone/Z1")
    (writer, *_) = writers("blue", Zones(public=zone, private=zone, api=zone), live=True)
    seen = read(FakeCluster((writer.name, "coredns")), writer, "kube-system")
    assert [(it.name.rpartition("/")[2], it.live_writer) for it in seen.workloads] == [
        (writer.name, True),
        ("coredns", False),
    ]


def test_pods_that_give_way_to_all_others_are_reserve() -> None:
    cluster = FakeCluster(("reserve-pods", "critical-pods", "pods"))
    seen = read(cluster, None, "kube-system")
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
def test_a_node_that_comes_or_goes_is_known(item: dict[str, Any], passing: bool) -> None:
    (seen,) = read(FakeCluster(nodes=(item,))).nodes
    assert (seen.ready, seen.passing) == (False, passing)


def test_load_balancers_of_objects_without_a_name_cost_no_call_more() -> None:
    item = {
        "metadata": {"namespace": "sample", "name": "plain"},
        "spec": {"type": "LoadBalancer"},
        "status": {"loadBalancer": {"ingress": [{"hostname": "classic.elb"}]}},
    }
    cluster = FakeCluster(services=(item,))
    seen = read(cluster)
    assert [(it.source, it.hosts) for it in seen.balanced] == [
        ("service/sample/plain", ("classic.elb",))
    ]
    assert cluster.asked == [INGRESSES, SERVICES, "/api/v1/nodes"]
