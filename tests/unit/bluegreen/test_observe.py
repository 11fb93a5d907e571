"""A snapshot agrees with itself, though its sources are asked one after the other."""

from collections.abc import Mapping, Sequence
from typing import Any
from unittest.mock import MagicMock

import pytest
from pulumi.automation import ConfigValue

from bluegreen.snapshot import LoadBalancer, Snapshot, StackState
from bluegreen.world import balancers, eks, route53
from bluegreen.world import observe as observe_module
from bluegreen.world.content import StackContent
from bluegreen.world.kube import INGRESSES
from bluegreen.world.observe import ObservationError, Observer
from tests.unit.bluegreen.snapshots import ZONES, balancer, cluster
from tests.unit.bluegreen.test_destroy import MARKER

BLUE = balancer("blue")
WEB = {
    "metadata": {"namespace": "sample", "name": "web"},
    "spec": {},
    "status": {"loadBalancer": {"ingress": [{"hostname": BLUE.host}]}},
}


class Platform:
    """Blue stands alone, and has one Ingress with a load balancer.

    Args:
        listings: load balancers, listing by listing.
        resources: URNs that blue's stack holds.
    """

    def __init__(
        self, listings: Sequence[Sequence[LoadBalancer]], resources: Sequence[str] = ()
    ) -> None:
        self.left = [tuple(listing) for listing in listings]
        self.listed: list[str] = []
        self._resources: Mapping[str, Mapping[str, object]] = {urn: {} for urn in resources}

    def read(self, stack: str, *, clear: bool = False) -> StackContent:
        state = StackState(name=stack)
        if stack == "shared":
            return StackContent(state, {"zones": ZONES})
        if stack == "green":
            return StackContent(state)
        assert clear
        outputs = {"cluster": cluster("blue"), "kubeconfig": {"kind": "Config"}}
        return StackContent(state, outputs, self._resources)

    def connect(self, _: object) -> "Platform":
        return self

    def get(self, _: str) -> Mapping[str, str]:
        return {"gitVersion": "v1.35.0"}

    def text(self, path: str) -> str:
        raise AssertionError(path)

    def items(self, path: str) -> Sequence[Mapping[str, Any]]:
        self.listed.append(path)
        return (WEB,) if path == INGRESSES else ()

    def delete(self, path: str) -> None:
        raise AssertionError(f"{path} is deleted")

    def config(self, _: str) -> Mapping[str, ConfigValue]:
        return {}

    def balancers(self, _: object) -> tuple[LoadBalancer, ...]:
        return self.left.pop(0)


def observed(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> Observer:
    """Looks at a platform that has nothing in AWS but load balancers."""
    monkeypatch.setattr(eks, "describe_cluster", lambda *_: None)
    monkeypatch.setattr(route53, "records", lambda *_: ())
    monkeypatch.setattr(balancers, "balancers", platform.balancers)
    return Observer(platform, MagicMock(), platform.connect)  # pyright: ignore[reportArgumentType]


def observe(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> Snapshot:
    return observed(platform, monkeypatch).everything()


def test_load_balancers_are_listed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    platform = Platform([(BLUE,), ()])
    assert observe(platform, monkeypatch).balancers == (BLUE,)
    assert len(platform.left) == 1


def test_a_load_balancer_that_was_made_after_they_were_listed_is_seen(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    snapshot = observe(Platform([(), (BLUE,)]), monkeypatch)
    assert snapshot.balancers == (BLUE,)
    assert snapshot.unwatched("blue") == {}


def test_one_that_is_not_the_controllers_stays_unwatched(monkeypatch: pytest.MonkeyPatch) -> None:
    snapshot = observe(Platform([(), ()]), monkeypatch)
    assert snapshot.unwatched("blue") == {"ingress/sample/web": (BLUE.host,)}


@pytest.mark.parametrize(
    ("resources", "leaving"), [((), False), ((MARKER, "urn"), False), (("urn",), True)]
)
def test_a_colour_whose_destroy_has_begun_is_known(
    resources: Sequence[str], leaving: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    snapshot = observe(Platform([(BLUE,)], resources), monkeypatch)
    assert snapshot.colour("blue").leaving is leaving


def test_the_load_of_a_colour_is_asked_with_the_kubeconfig_that_was_read_for_the_snapshot(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    platform = Platform([(BLUE,)], (MARKER,))
    asked: list[object] = []
    monkeypatch.setattr(observe_module, "read_load", lambda cluster, _: asked.append(cluster))
    observer = observed(platform, monkeypatch)
    seen = observer.everything()
    # It takes the engine seconds to read a stack once more.
    monkeypatch.setattr(platform, "read", MagicMock(side_effect=AssertionError("read again")))
    observer.load(seen, "blue")
    assert asked == [platform]


def test_what_a_snapshot_listed_is_listed_again_only_where_a_change_is_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    platform = Platform([(BLUE,)], (MARKER,))
    observer = observed(platform, monkeypatch)
    seen = observer.everything()
    assert platform.listed.count(INGRESSES) == 1
    observer.load(seen, "blue", again=False)
    assert len(platform.listed) == len(set(platform.listed))
    observer.load(seen, "blue")
    assert platform.listed.count(INGRESSES) == 2


class Secretive(Platform):
    """The file of its shared stack keeps a wrong tag secret."""

    def read(self, stack: str, *, clear: bool = False) -> StackContent:
        return StackContent(StackState(name=stack, exists=True))

    def config(self, _: str) -> Mapping[str, ConfigValue]:
        return {"eks-platform:tags": ConfigValue('{"Team": "hunter2;"}', secret=True)}


def test_a_secret_in_the_file_is_refused_and_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ObservationError) as raised:
        observe(Secretive([()]), monkeypatch)
    assert "Pulumi.shared.yaml: eks-platform:tags: found a secret value" in str(raised.value)
    assert "hunter2" not in str(raised.value)
