"""One token serves many looks at an API server."""

from collections.abc import Sequence
from typing import Any

import pytest

from bluegreen.world import kube


class Fake:
    """An API server that refuses every token after a while."""

    made: list[object]
    refuses: bool

    def __init__(self, kubeconfig: object) -> None:
        type(self).made.append(kubeconfig)

    def get(self, _: str) -> dict[str, str]:
        if type(self).refuses:
            raise kube.KubeError("401 Unauthorized")
        return {"gitVersion": "v1.35.0"}

    def items(self, _: str) -> Sequence[Any]:
        return ()


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> type[Fake]:
    Fake.made, Fake.refuses = [], False
    monkeypatch.setattr(kube, "Kube", Fake)
    return Fake


def test_the_client_of_one_look_serves_the_next(fake: type[Fake]) -> None:
    looker = kube.Looker()
    for _ in range(3):
        assert looker.look({"server": "a"}, (), ()).version == "v1.35.0"
    assert len(fake.made) == 1


def test_another_cluster_gets_another_client(fake: type[Fake]) -> None:
    looker = kube.Looker()
    looker.look({"server": "a"}, (), ())
    looker.look({"server": "b"}, (), ())
    assert fake.made == [{"server": "a"}, {"server": "b"}]


def test_a_refused_token_is_not_kept(fake: type[Fake]) -> None:
    looker = kube.Looker()
    looker.look({"server": "a"}, (), ())
    fake.refuses = True
    assert looker.look({"server": "a"}, (), ()).error == "401 Unauthorized"
    fake.refuses = False
    assert not looker.look({"server": "a"}, (), ()).error
    assert len(fake.made) == 2
