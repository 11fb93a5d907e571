"""The way into a cluster's network leads to what stands for an address, or says what is there."""

import base64
import socket
from collections.abc import Generator, Mapping, Sequence
from pathlib import Path

import pytest

from localcloud.cluster.destinations import Destinations
from localcloud.cluster.egress import SOCKET, Egress, UnservedError
from localcloud.cluster.kube import Object
from localcloud.cluster.unchecked_webhooks import UncheckedWebhooks
from tests.unit.localcloud.test_proxy import DEADLINE, echo

READY = {"conditions": [{"type": "Ready", "status": "True"}]}


class Listing:
    """An API server as far as `Destinations` asks it."""

    def __init__(self, **found: list[Object]) -> None:
        self.found = found

    def items(self, path: str) -> list[Object]:
        kind = path.partition("?")[0].rpartition("/")[2]
        if "metadata.name%3D" in path:
            wanted = {"namespace": path.split("/")[4], "name": path.rpartition("%3D")[2]}
            return [it for it in self.found[kind] if it["metadata"] == wanted]
        if "clusterIP%3D" in path:
            wanted = path.rpartition("%3D")[2]
            return [it for it in self.found.get(kind, []) if it["spec"]["clusterIP"] == wanted]
        if "podIP%3D" in path:
            wanted = path.rpartition("%3D")[2]
            return [it for it in self.found.get(kind, []) if it["status"].get("podIP") == wanted]
        return self.found.get(kind, [])


class NoSecrets:
    """An API server without Secrets."""

    def get(self, path: str) -> Object | None:
        del path
        return None


class Processes:
    """Pod uid and port → loopback port."""

    def __init__(self, ports: Mapping[tuple[str, int], int]) -> None:
        self._ports = ports

    def port_of(self, pod_uid: str, port: int) -> int | None:
        return self._ports.get((pod_uid, port))


def pod(name: str, **status: object) -> Object:
    ports = [{"name": "https", "containerPort": 4443}]
    return {
        "metadata": {"name": name, "namespace": "ns", "uid": name},
        "spec": {"containers": [{"name": "it", "ports": ports}]},
        "status": {**READY, **status},
    }


SERVICE: Object = {
    "metadata": {"name": "it", "namespace": "ns"},
    "spec": {
        "clusterIP": "172.20.0.7",
        "selector": {"app.kubernetes.io/name": "it"},
        "ports": [{"port": 443, "targetPort": "https"}, {"port": 80, "targetPort": 8080}],
    },
}
NODE: Object = {
    "metadata": {"name": "ip-10-0-0-9", "uid": "n"},
    "status": {"addresses": [{"type": "InternalIP", "address": "10.0.0.9"}]},
}


def destinations(
    pods: list[Object],
    ports: Mapping[tuple[str, int], int] | None = None,
    kubelet: int | None = None,
) -> Destinations:
    listing = Listing(services=[SERVICE], pods=pods, nodes=[NODE])
    unchecked = UncheckedWebhooks(NoSecrets())
    return Destinations(listing, Processes(ports or {}), unchecked, lambda _: kubelet)


def test_a_service_leads_to_a_process_of_a_ready_pod_by_its_port_name() -> None:
    leaving = pod("leaving")
    leaving["metadata"]["deletionTimestamp"] = "now"
    pods = [leaving, pod("other"), pod("real")]
    ports = {("leaving", 4443): 1, ("real", 4443): 50001, ("real", 8080): 50002}
    found = destinations(pods, ports)
    assert found.find("172.20.0.7", 443) == [50001]
    assert found.find("172.20.0.7", 80) == [50002]
    for name in ("it.ns.svc", "it.ns.svc.cluster.local", "it.ns.svc.cluster.local."):
        assert found.find(name, 443) == [50001]


def test_a_service_leads_to_all_of_its_processes() -> None:
    ports = {("leader", 4443): 50002, ("follower", 4443): 50001}
    found = destinations([pod("follower"), pod("simulated"), pod("leader")], ports)
    assert found.find("172.20.0.7", 443) == [50001, 50002]


def test_a_pod_is_found_by_its_own_address() -> None:
    found = destinations([pod("real", podIP="10.0.1.2")], {("real", 4443): 50001})
    assert found.find("10.0.1.2", 4443) == [50001]


def test_a_node_leads_to_its_kubelet_by_address_and_name() -> None:
    found = destinations([], kubelet=50003)
    assert found.find("10.0.0.9", 10250) == [50003]
    assert found.find("ip-10-0-0-9", 10250) == [50003]


@pytest.mark.parametrize(
    ("host", "port", "pods", "why"),
    [
        ("172.20.0.7", 443, [], "Service ns/it has no ready pod"),
        ("172.20.0.7", 443, [pod("a", conditions=[])], "Service ns/it has no ready pod"),
        ("172.20.0.7", 443, [pod("a")], "Service ns/it: a is simulated, no program runs there"),
        ("172.20.0.7", 443, [pod("b"), pod("a")], "a, b are simulated, no program runs there"),
        ("172.20.0.7", 444, [], "Service ns/it has no such port"),
        ("10.0.1.2", 80, [pod("a", podIP="10.0.1.2")], "a is simulated"),
        ("10.0.0.9", 10250, [], "node ip-10-0-0-9 is simulated; its kubelet has neither logs"),
        ("10.0.0.9", 22, [], "nothing listens there on node ip-10-0-0-9"),
        ("10.9.9.9", 443, [], "no Service, pod or node has this address"),
        ("it.other.svc", 443, [], "no Service, pod or node has this address"),
        ("it.ns.example.org", 443, [], "no Service, pod or node has this address"),
    ],
)
def test_what_nobody_serves_is_refused_with_what_is_there_instead(
    host: str, port: int, pods: list[Object], why: str
) -> None:
    with pytest.raises(UnservedError, match=why):
        destinations(pods).find(host, port)


@pytest.fixture
def egress(tmp_path: Path) -> Generator[tuple[Egress, Path]]:
    # Longer than the address of a socket may be.
    folder = tmp_path / ("x" * 120)
    folder.mkdir()
    server, port = echo()

    nobody = 1  # where nobody listens

    def route(host: str, wanted: int) -> Sequence[int]:
        if (host, wanted) == ("172.20.0.7", 443):
            return [nobody, port]
        if host == "172.20.0.8":
            return [nobody]
        raise UnservedError("Service ns/it has no ready pod")

    made = Egress("eks-blue", folder)
    made.start(route)
    yield made, folder
    made.stop()
    server.close()


def ask(client: socket.socket, target: str, head: str = "") -> bytes:
    client.settimeout(DEADLINE)
    client.sendall(f"CONNECT {target} HTTP/1.1\r\nHost: it\r\n{head}\r\n".encode())
    return client.recv(1000)


def from_api_server(folder: Path, monkeypatch: pytest.MonkeyPatch) -> socket.socket:
    monkeypatch.chdir(folder)  # as the API server: it works there
    client = socket.socket(socket.AF_UNIX)
    client.connect(SOCKET)
    return client


def test_the_api_server_is_connected_through_its_socket(
    egress: tuple[Egress, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    with from_api_server(egress[1], monkeypatch) as client:
        assert ask(client, "172.20.0.7:443").startswith(b"HTTP/1.1 200 ")
        client.sendall(b"hello")
        assert client.recv(1000) == b"hello"


def test_the_status_line_says_why_as_the_api_server_shows_nothing_else(
    egress: tuple[Egress, Path],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    why = "nobody serves 172.20.0.9:443: Service ns/it has no ready pod"
    for _ in range(2):
        with from_api_server(egress[1], monkeypatch) as client:
            answer = ask(client, "172.20.0.9:443")
            assert answer.split(b"\r\n")[0].decode() == f"HTTP/1.1 502 {why}"
    said = f"eks-blue: its API server asked for a connection, but {why}"
    assert [record.message for record in caplog.records] == [said]


def test_a_program_that_does_not_listen_yet_is_no_broken_connection(
    egress: tuple[Egress, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    with from_api_server(egress[1], monkeypatch) as client:
        assert b"its program does not listen yet" in ask(client, "172.20.0.8:443")


def test_a_program_says_who_it_is(
    egress: tuple[Egress, Path], caplog: pytest.LogCaptureFixture
) -> None:
    url = egress[0].proxy_url("pod kube-system/metrics-server")
    name, _, place = url.removeprefix("http://").rpartition("@")
    host, _, port = place.partition(":")
    with socket.create_connection((host, int(port)), DEADLINE) as client:
        # A client sends the address's user name as it was before it was quoted.
        said = base64.b64encode(b"pod kube-system/metrics-server:").decode()
        assert name == "pod%20kube-system%2Fmetrics-server"
        answer = ask(client, "10.9.9.9:443", f"Proxy-Authorization: Basic {said}\r\n")
    assert answer.startswith(b"HTTP/1.1 502 ")
    assert "eks-blue: pod kube-system/metrics-server asked" in caplog.text


def test_a_cluster_that_never_started_leaves_nothing_open(tmp_path: Path) -> None:
    Egress("eks-blue", tmp_path).stop()
    client = socket.socket(socket.AF_UNIX)
    with client, pytest.raises(ConnectionRefusedError):
        client.connect(str(tmp_path / SOCKET))
