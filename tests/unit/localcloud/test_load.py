"""A load is divided among the ready pods of a Deployment, and is gone afterwards."""

import json
from collections.abc import Sequence

import pytest

from localcloud.load import USAGE, Load, LoadError, Shares, millicores

READY = {"conditions": [{"type": "Ready", "status": "True"}]}


class Cluster:
    """What kubectl shows of one Deployment's pods, and what was written to them."""

    def __init__(self, *pods: str) -> None:
        self.usage: dict[str, str | None] = dict.fromkeys(pods)
        self.waiting: set[str] = set()
        self.writes = 0

    def kubectl(self, arguments: Sequence[str]) -> str:
        if arguments[:2] == ["get", "deployment"]:
            if arguments[2] != "web":
                raise LoadError(f'deployments.apps "{arguments[2]}" not found')
            return json.dumps({"spec": {"selector": {"matchLabels": {"app": "web", "tier": "a"}}}})
        if arguments[:2] == ["get", "pods"]:
            assert arguments[3] == "app=web,tier=a"
            return json.dumps({"items": [self._pod(name) for name in self.usage]})
        _, _, _, *pods, annotation = arguments
        self.writes += 1
        value = annotation.partition("=")[2] if "=" in annotation else None
        assert annotation in {f"{USAGE}cpu={value}", f"{USAGE}cpu-"}
        self.usage.update(dict.fromkeys(pods, value))
        return ""

    def _pod(self, name: str) -> dict[str, object]:
        used = self.usage[name]
        annotations = {} if used is None else {f"{USAGE}cpu": used}
        status = {} if name in self.waiting else READY
        return {"metadata": {"name": name, "annotations": annotations}, "status": status}


@pytest.mark.parametrize(
    ("expressions", "asked"),
    [
        ([{"key": "app", "operator": "In", "values": ["a", "b"]}], "app in (a,b)"),
        ([{"key": "app", "operator": "NotIn", "values": ["a"]}], "app notin (a)"),
        (
            [{"key": "app", "operator": "Exists"}, {"key": "old", "operator": "DoesNotExist"}],
            "app,!old",
        ),
    ],
)
def test_a_selector_by_expressions_is_not_every_pod(
    expressions: Sequence[object], asked: str
) -> None:
    seen: list[str] = []

    def kubectl(arguments: Sequence[str]) -> str:
        if arguments[1] == "deployment":
            return json.dumps({"spec": {"selector": {"matchExpressions": expressions}}})
        seen.append(arguments[3])
        return json.dumps({"items": []})

    Load(kubectl, "web", 1000).divide()
    assert seen == [asked]


def test_every_ready_pod_has_its_share_and_is_written_once() -> None:
    cluster = Cluster("a", "b")
    load = Load(cluster.kubectl, "web", 3600)
    assert load.divide() == Shares(2, 1800)
    assert load.divide() == Shares(2, 1800)
    assert cluster.writes == 1
    assert cluster.usage == {"a": "1800m", "b": "1800m"}


def test_more_pods_lower_the_share_once_they_are_ready() -> None:
    cluster = Cluster("a", "b")
    load = Load(cluster.kubectl, "web", 1000)
    load.divide()
    cluster.usage["c"] = None
    cluster.waiting.add("c")
    assert load.divide() == Shares(2, 500)
    cluster.waiting.clear()
    assert load.divide() == Shares(3, 334)
    assert cluster.usage == dict.fromkeys("abc", "334m")


def test_a_load_without_pods_waits_for_some() -> None:
    assert Load(Cluster().kubectl, "web", 1000).divide() == Shares(0, 0)


def test_the_end_takes_it_off_even_when_it_is_interrupted() -> None:
    cluster = Cluster("a")

    def interrupt(_: Shares) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Load(cluster.kubectl, "web", 1000).run(60, interrupt)
    assert cluster.usage == {"a": None}


def test_a_deployment_that_is_not_there_is_named() -> None:
    with pytest.raises(LoadError, match='"wbe" not found'):
        Load(Cluster().kubectl, "wbe", 1000)


@pytest.mark.parametrize(("text", "found"), [("2", 2000), ("1500m", 1500), ("0.0004", 1)])
def test_cpu_is_read_as_kubernetes_does(text: str, found: int) -> None:
    assert millicores(text) == found


@pytest.mark.parametrize("text", ["0", "-1", "two", "2 cores"])
def test_what_is_no_cpu_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"quantity|number|is not more than 0|suffix|Invalid"):
        millicores(text)
