"""What goes wrong in a cluster is one line in the server's log, and conflicts are no news."""

import json
import logging
from typing import Any

import pytest
from kubernetes.client.exceptions import ApiException

from localcloud.cluster.cilium import TAINT, CiliumOperator
from localcloud.cluster.failures import one_line
from localcloud.cluster.kube import CONFLICT, Kube, Object
from localcloud.cluster.releases import InstalledReleases
from localcloud.cluster.spec import ClusterSpec
from localcloud.releases import Release

CHANGED = 'Operation cannot be fulfilled on nodes "ip-10-40-0-5": the object has been modified'
SPEC = ClusterSpec("eks-blue", "A" * 32, "1.34", "eu-west-1", "123456789012", "172.20.0.0/16", "v")


def conflict() -> ApiException:
    error: Any = ApiException(status=CONFLICT, reason="Conflict")
    error.body = json.dumps({"kind": "Status", "message": f"{CHANGED};\n please try again"})
    error.headers = {"Audit-Id": "74abbf4a", "Cache-Control": "no-cache, private"}
    return error


def node(version: int = 1) -> Object:
    taints = [{"key": TAINT, "effect": "NoExecute"}, {"key": "spot", "effect": "NoSchedule"}]
    meta = {"name": "ip-10-40-0-5", "uid": "1", "resourceVersion": f"{version}"}
    return {"metadata": meta, "spec": {"taints": taints}}


class Cluster(Kube):
    """An API server that refuses the first patches: another one wrote in between."""

    def __init__(self, refused: int) -> None:
        self.refused = refused
        self.version = 1
        self.patched: list[Object] = []
        self.kinds: dict[str, Object] = {}

    def get(self, path: str) -> Object | None:
        return node(self.version) if path.endswith("ip-10-40-0-5") else self.kinds.get(path)

    def apply(self, path: str, body: Object) -> Object:
        assert path not in self.kinds
        self.kinds[path] = body
        return body

    def patch(self, path: str, body: Object) -> Object:
        if self.refused:
            self.refused -= 1
            self.version += 1
            raise conflict()
        assert body["metadata"]["resourceVersion"] == str(self.version)
        self.patched.append(body)
        return body


class Releases(InstalledReleases):
    def of_chart(self, chart: str) -> Release | None:
        return Release("kube-system", chart, chart, chart, "1.20.2", "", {}, {})


class Operator(CiliumOperator):
    def objects_of(self, path: str) -> list[Object]:
        return [node()] if path == "/api/v1/nodes" else []


def reconciled(refused: int) -> Cluster:
    cluster = Cluster(refused)
    Operator(SPEC, cluster, Releases(cluster)).reconcile()
    return cluster


def test_a_node_that_others_write_to_is_read_anew_and_freed(
    caplog: pytest.LogCaptureFixture,
) -> None:
    cluster = reconciled(refused=3)
    assert [it["spec"]["taints"] for it in cluster.patched] == [
        [{"key": "spot", "effect": "NoSchedule"}]
    ]
    assert caplog.text == ""


def test_one_that_changes_without_end_is_one_line(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        assert reconciled(refused=100).patched == []
    (record,) = caplog.records
    assert record.getMessage() == (
        f"cilium eks-blue: ip-10-40-0-5: 409 Conflict: {CHANGED}; please try again"
    )


def test_the_operators_kind_is_made_where_the_real_chart_leaves_it_to_the_operator() -> None:
    name = "ciliumlocalredirectpolicies.cilium.io"
    path = f"/apis/apiextensions.k8s.io/v1/customresourcedefinitions/{name}"
    cluster = Cluster(refused=0)
    operator = Operator(SPEC, cluster, Releases(cluster))
    operator.reconcile()
    operator.reconcile()
    assert set(cluster.kinds) == {path}
    assert cluster.kinds[path]["spec"]["names"]["kind"] == "CiliumLocalRedirectPolicy"
    there = Cluster(refused=0)
    there.kinds[path] = {"made": "by the kubernetes stand-in"}
    Operator(SPEC, there, Releases(there)).reconcile()
    assert there.kinds == {path: {"made": "by the kubernetes stand-in"}}


@pytest.mark.parametrize(
    ("body", "line"),
    [
        (b'{"message": "pods \\"web\\" not found"}', '404 Not Found: pods "web" not found'),
        ("no\n JSON", "404 Not Found: no JSON"),
        ("[1]", "404 Not Found: [1]"),
        (None, "404 Not Found"),
    ],
)
def test_answers_of_any_form_are_one_line(body: object, line: str) -> None:
    error: Any = ApiException(status=404, reason="Not Found")
    error.body = body
    assert one_line(error) == line


def test_other_failures_too() -> None:
    assert one_line(OSError("the\nport\n is gone")) == "the port is gone"
    assert one_line(ConnectionResetError()) == "ConnectionResetError"
    assert len(one_line(OSError("x" * 5000))) == 300
