"""Live writers are gone only when the cluster itself shows it."""

import asyncio
import json
from collections.abc import Callable, Collection, Generator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pulumi
import pytest

from components.addons.external_dns.probe import ProbeError
from components.addons.external_dns.waiting import remaining, wait_until_gone
from handover.live_names import NAMES_ANNOTATION, NO_NAME, LiveNames
from tests.unit.http_server import QuietHandler, running

PRIVATE, PUBLIC = "live-external-dns-private", "live-external-dns-public"
NOTHING = {PRIVATE: NO_NAME, PUBLIC: NO_NAME}
NO_METADATA: Mapping[str, object] = {}
CANARY = LiveNames(others=False, chosen=("web.devinfra.fr",))
DEPLOYMENTS = "/apis/apps/v1/namespaces/kube-system/deployments"
REPLICA_SETS = "/apis/apps/v1/namespaces/kube-system/replicasets"
PODS = "/api/v1/namespaces/kube-system/pods"


def wait(probe: Callable[[], Collection[str]], deadline: float = 10) -> None:
    asyncio.run(wait_until_gone(probe, colour="blue", deadline=deadline, pause=0))


def test_waits_until_nothing_is_left() -> None:
    answers = [["pod a", "pod b"], ["pod a"], []]
    wait(lambda: answers.pop(0))
    assert answers == []


def test_at_the_deadline_names_what_is_left_and_what_to_run() -> None:
    with pytest.raises(pulumi.RunError, match=r"pod a, pod b.*`pulumi up -s blue` again"):
        wait(lambda: ["pod b", "pod a"], deadline=0)


def test_an_error_is_not_gone() -> None:
    def fails() -> Collection[str]:
        raise ProbeError("503 Service Unavailable")

    with pytest.raises(pulumi.RunError, match=r"503 Service Unavailable.*pulumi up -s blue"):
        wait(fails, deadline=0)


def test_an_error_that_passes_is_only_a_delay() -> None:
    left = iter([ProbeError("timeout"), ["pod a"], ProbeError("timeout"), []])

    def probe() -> Collection[str]:
        answer = next(left)
        if isinstance(answer, ProbeError):
            raise answer
        return answer

    wait(probe)
    assert list(left) == []


def test_an_unforeseen_error_is_raised() -> None:
    def breaks() -> Collection[str]:
        raise KeyError("items")

    with pytest.raises(KeyError):
        wait(breaks)


@dataclass
class ApiServer:
    """Lists of objects by path; a number is an HTTP error."""

    lists: dict[str, list[dict[str, Any]] | int] = field(
        default_factory=lambda: {DEPLOYMENTS: [], REPLICA_SETS: [], PODS: []}
    )
    asked: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    port: int = 0

    @property
    def kubeconfig(self) -> dict[str, Any]:
        cluster = {"server": f"http://127.0.0.1:{self.port}"}
        return {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": "c", "cluster": cluster}],
            "users": [{"name": "u", "user": {"token": "t"}}],
            "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u"}}],
            "current-context": "x",
        }


@pytest.fixture
def server() -> Generator[ApiServer]:
    api = ApiServer()

    class Handler(QuietHandler):
        def do_GET(self) -> None:  # noqa: N802 - the name http.server calls
            url = urlsplit(self.path)
            api.asked.append((url.path, parse_qs(url.query)["labelSelector"][0]))
            answer = api.lists[url.path]
            self.send_response(200 if isinstance(answer, list) else answer)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(json.dumps({"items": answer}).encode())

    with running(Handler) as api.port:
        yield api


def scaled(
    name: str,
    said: Mapping[str, object] = NO_METADATA,
    *,
    wanted: int = 0,
    counted: int = 0,
    seen: int = 3,
) -> dict[str, Any]:
    """A Deployment or replica set of generation 3; `said` is its pods' metadata."""
    return {
        "metadata": {"name": name, "generation": 3, "labels": {"app": PUBLIC}},
        "spec": {
            "replicas": wanted,
            "selector": {"matchLabels": {"app": name}},
            "template": {"metadata": dict(said), "spec": {"containers": [{"name": "c"}]}},
        },
        "status": {"observedGeneration": seen, "replicas": counted},
    }


def test_nothing_is_left_when_all_are_at_rest(server: ApiServer) -> None:
    server.lists |= {DEPLOYMENTS: [scaled("d")], REPLICA_SETS: [scaled("r")]}
    assert remaining(server.kubeconfig, NOTHING) == ()


def test_asks_from_the_top_down_and_only_for_the_writers(server: ApiServer) -> None:
    remaining(server.kubeconfig, NOTHING)
    selector = "app in (live-external-dns-private, live-external-dns-public)"
    assert server.asked == [(path, selector) for path in (DEPLOYMENTS, REPLICA_SETS, PODS)]


@pytest.mark.parametrize(
    "item",
    [
        pytest.param(scaled("w", wanted=1), id="wanted"),
        pytest.param(scaled("w", counted=1), id="counted"),
        pytest.param(scaled("w", seen=2), id="not yet seen by its controller"),
    ],
)
@pytest.mark.parametrize(
    ("path", "kind"), [(DEPLOYMENTS, "deployment"), (REPLICA_SETS, "replica set")]
)
def test_what_may_still_make_pods_is_left(
    server: ApiServer, path: str, kind: str, item: dict[str, Any]
) -> None:
    server.lists[path] = [item]
    assert remaining(server.kubeconfig, NOTHING) == (f"{kind} w",)


def test_any_pod_is_left_even_one_that_is_ending(server: ApiServer) -> None:
    ending = {"name": "p", "deletionTimestamp": "2026-01-01T00:00:00Z"}
    server.lists[PODS] = [{"metadata": ending, "status": {"phase": "Running"}}]
    assert remaining(server.kubeconfig, NOTHING) == ("pod p",)


def writes(names: LiveNames) -> dict[str, Any]:
    """Metadata of pods that write some names."""
    return {"annotations": {NAMES_ANNOTATION: str(names)}}


def pod(name: str, app: str, said: Mapping[str, object]) -> dict[str, Any]:
    return {"metadata": {"name": name, "labels": {"app": app}, **said}, "status": {}}


def test_what_writes_the_wanted_names_may_stay(server: ApiServer) -> None:
    server.lists = {
        DEPLOYMENTS: [scaled("d", writes(CANARY), wanted=1, counted=1)],
        REPLICA_SETS: [scaled("new", writes(CANARY), wanted=1, counted=1), scaled("old")],
        PODS: [pod("p", PUBLIC, writes(CANARY))],
    }
    assert remaining(server.kubeconfig, {PUBLIC: CANARY}) == ()


OTHERS = LiveNames(others=True, chosen=CANARY.chosen)


@pytest.mark.parametrize("said", [{}, writes(OTHERS), writes(NO_NAME)], ids=["", "other", "no"])
def test_what_writes_other_names_is_left(server: ApiServer, said: dict[str, Any]) -> None:
    server.lists = {
        DEPLOYMENTS: [scaled("d", said, wanted=1, counted=1)],
        REPLICA_SETS: [scaled("r", said, wanted=1, counted=1)],
        PODS: [pod("p", PUBLIC, said)],
    }
    left = ("deployment d", "replica set r", "pod p")
    assert remaining(server.kubeconfig, {PUBLIC: CANARY}) == left
    assert remaining(server.kubeconfig, {PUBLIC: NO_NAME}) == left


def test_a_new_deployment_that_its_controller_has_not_seen_is_left(server: ApiServer) -> None:
    server.lists[DEPLOYMENTS] = [scaled("d", writes(CANARY), wanted=1, counted=1, seen=2)]
    assert remaining(server.kubeconfig, {PUBLIC: CANARY}) == ("deployment d",)


def test_each_writer_has_names_of_its_own(server: ApiServer) -> None:
    server.lists[PODS] = [pod("p", app, writes(CANARY)) for app in (PRIVATE, PUBLIC)]
    assert remaining(server.kubeconfig, {PRIVATE: NO_NAME, PUBLIC: CANARY}) == ("pod p",)


@pytest.mark.parametrize("path", [DEPLOYMENTS, REPLICA_SETS, PODS])
@pytest.mark.parametrize("status", [401, 403, 500])
def test_a_refused_list_is_an_error(server: ApiServer, path: str, status: int) -> None:
    server.lists[path] = status
    with pytest.raises(ProbeError, match=str(status)):
        remaining(server.kubeconfig, NOTHING)


def test_a_cluster_that_cannot_be_reached_is_an_error(server: ApiServer) -> None:
    unreachable = server.kubeconfig
    unreachable["clusters"][0]["cluster"]["server"] = "http://127.0.0.1:1"
    with pytest.raises(ProbeError):
        remaining(unreachable, NOTHING)


@pytest.mark.parametrize("kubeconfig", [None, "text", {"apiVersion": "v1"}])
def test_an_unusable_kubeconfig_is_an_error(kubeconfig: object) -> None:
    with pytest.raises(ProbeError):
        remaining(kubeconfig, NOTHING)
