"""One token serves many looks at an API server."""

from collections.abc import Sequence
from typing import Any

import pytest

from bluegreen.world import kube
from bluegreen.world.observe import live_writers
from eks_platform_contract.outputs import Zone, Zones


class Fake:
    """An API server that refuses every token after a while."""

    made: list[object]
    asked: list[str]
    refuses: bool
    deployments: Sequence[str] = ()
    services: Sequence[Any] = ()

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
        if not path.endswith("/deployments"):
            return ()
        return [
            {"metadata": {"namespace": "kube-system", "name": name}, "spec": {"replicas": 1}}
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
    (writer, *_) = live_writers("blue", Zones(public=zone, private=zone, api=zone))
    monkeypatch.setattr(fake, "deployments", (writer.name, "coredns"))
    seen = kube.Looker().look({"server": "a"}, (writer,), (), ("kube-system",))
    assert [(it.name.rpartition("/")[2], it.live_writer) for it in seen.workloads] == [
        (writer.name, True),
        ("coredns", False),
    ]


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
