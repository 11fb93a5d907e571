"""A webhook of a chart is registered with its authority, and not before its program answers."""

import socket
from collections.abc import Generator, Sequence
from typing import Any

import pytest

from localcloud.cluster.chart_webhooks import AUTHORITY, ChartWebhooks
from localcloud.cluster.egress import UnservedError
from localcloud.cluster.kube import Object

CONFIGURATION: Object = {
    "kind": "ValidatingWebhookConfiguration",
    "metadata": {"name": "it", "annotations": {AUTHORITY: "ns/certificates"}},
    "webhooks": [
        {
            "name": "it.example.org",
            "clientConfig": {"service": {"namespace": "ns", "name": "it", "path": "/check"}},
        }
    ],
}
SECRET, SERVICE = "/api/v1/namespaces/ns/secrets/certificates", "/api/v1/namespaces/ns/services/it"


class World:
    """An API server, and who answers behind an address."""

    def __init__(self) -> None:
        self.objects: dict[str, Object] = {SERVICE: {"spec": {"clusterIP": "172.20.0.9"}}}
        self.port: int | None = None

    def get(self, path: str) -> Object | None:
        return self.objects.get(path)

    def find(self, host: str, port: int) -> Sequence[int]:
        assert (host, port) == ("172.20.0.9", 443)
        if self.port is None:
            raise UnservedError("nobody")
        return [self.port]

    def completed(self, item: Object = CONFIGURATION) -> Object | None:
        return ChartWebhooks(self, self.find).completed(item)


@pytest.fixture
def listening() -> Generator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_it_waits_for_the_authority_the_process_and_its_port(listening: int) -> None:
    world = World()
    assert world.completed() is None
    certificates: dict[str, Any] = {}
    world.objects[SECRET] = {"data": certificates}
    world.port = listening
    assert world.completed() is None
    certificates["ca.crt"] = "UEVN"
    world.port = None
    assert world.completed() is None
    with socket.create_server(("127.0.0.1", 0)) as closed:
        world.port = closed.getsockname()[1]
    assert world.completed() is None
    world.port = listening
    complete = world.completed()
    assert complete is not None
    service = CONFIGURATION["webhooks"][0]["clientConfig"]["service"]
    assert complete["webhooks"][0]["clientConfig"] == {"service": service, "caBundle": "UEVN"}
    assert "caBundle" not in CONFIGURATION["webhooks"][0]["clientConfig"]
    del world.objects[SERVICE]
    assert world.completed() is None


def test_everything_else_is_made_as_it_is() -> None:
    item: Object = {"kind": "Deployment", "metadata": {"name": "it"}}
    assert World().completed(item) == item


def test_one_that_its_program_completes_waits_for_nobody() -> None:
    item = {**CONFIGURATION, "metadata": {"name": "it"}}
    assert World().completed(item) == item
