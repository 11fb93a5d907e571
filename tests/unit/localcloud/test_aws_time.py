"""Resources take as long as on AWS where that is asked for, and no longer than needed where not."""

from pathlib import Path
from typing import cast

import grpc
import pytest
from pulumi.runtime.proto import provider_pb2

from localcloud import latencies
from localcloud.plugins.slowness import Slowness, slowness

CLUSTER = "urn:pulumi:blue::eks-platform::eks:index:Cluster$aws:eks/cluster:Cluster::blue"
CILIUM = "urn:pulumi:blue::eks-platform::a:b:C$kubernetes:helm.sh/v3:Release::cilium"
NOBODY = cast("grpc.ServicerContext", None)  # nothing of it is asked
ANY = "urn:pulumi:blue::eks-platform::aws:iam/role:Role::eks::odd"


class Details(grpc.HandlerCallDetails):
    def __init__(self, method: str) -> None:
        self.method = f"/pulumirpc.ResourceProvider/{method}"
        self.invocation_metadata = ()


def waited(method: str, request: object) -> float:
    """Seconds that are waited before `request` is answered, at 10 times AWS's speed."""
    waits: list[float] = []

    def answer(asked: object, _: grpc.ServicerContext) -> object:
        assert asked is request
        return "answer"

    handler = grpc.unary_unary_rpc_method_handler(answer)
    slowed = Slowness(10, waits.append).intercept_service(lambda _: handler, Details(method))
    assert slowed is not None
    assert slowed.unary_unary is not None
    assert slowed.unary_unary(request, NOBODY) == "answer"
    return sum(waits)


@pytest.mark.parametrize(
    ("method", "request_", "seconds"),
    [
        ("Create", provider_pb2.CreateRequest(urn=CLUSTER), 54),
        ("Create", provider_pb2.CreateRequest(urn=CLUSTER, preview=True), 0),
        ("Create", provider_pb2.CreateRequest(urn=CILIUM), 0.5),
        ("Create", provider_pb2.CreateRequest(urn=ANY), 0.2),
        ("Delete", provider_pb2.DeleteRequest(urn=CLUSTER), 59),
        ("Update", provider_pb2.UpdateRequest(urn=CLUSTER), 0),
        ("Check", provider_pb2.CheckRequest(urn=CLUSTER), 0),
    ],
)
def test_it_takes_its_time(method: str, request_: object, seconds: float) -> None:
    assert waited(method, request_) == pytest.approx(seconds, abs=0.1)


def test_what_fails_is_told_at_once() -> None:
    def fail(_: object, __: grpc.ServicerContext) -> object:
        raise RuntimeError("no")

    waits: list[float] = []
    handler = grpc.unary_unary_rpc_method_handler(fail)
    slowed = Slowness(10, waits.append).intercept_service(lambda _: handler, Details("Create"))
    assert slowed is not None
    assert slowed.unary_unary is not None
    with pytest.raises(RuntimeError):
        slowed.unary_unary(provider_pb2.CreateRequest(urn=CLUSTER), NOBODY)
    assert not waits


def test_providers_heed_what_is_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LOCALCLOUD_STATE", raising=False)
    assert slowness() == []
    monkeypatch.setenv("LOCALCLOUD_STATE", str(tmp_path))
    assert slowness() == []
    latencies.set_speed(tmp_path, 2.5)
    assert latencies.read_speed(tmp_path) == 2.5
    assert len(slowness()) == 1
    latencies.set_speed(tmp_path, None)
    assert slowness() == []
