"""A provider asks its cluster once when it is configured, as the real one does."""

import json
from collections.abc import Generator
from dataclasses import dataclass

import pytest

from localcloud.plugins.kubernetes import config, resources, tokens
from localcloud.plugins.kubernetes.api import UnreachableError
from localcloud.plugins.kubernetes.resources import ObjectsOfKind
from localcloud.plugins.kubernetes.values import Object
from tests.unit.http_server import QuietHandler, running

CONFIG_MAP: Object = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "it"}}
KINDS = {"resources": [{"kind": "ConfigMap", "name": "configmaps", "namespaced": True}]}


@dataclass
class ApiServer:
    """Serves ConfigMaps; not before it is told to."""

    port: int = 0
    status: int = 503

    def config_maps(self) -> ObjectsOfKind:
        kubeconfig = {
            "clusters": [{"name": "c", "cluster": {"server": f"http://127.0.0.1:{self.port}"}}],
            "users": [{"name": "u", "user": {"token": "t"}}],
            "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u"}}],
            "current-context": "x",
        }
        settings = config.read({"kubeconfig": json.dumps(kubeconfig)})
        objects, _ = resources.of_cluster(settings)
        return ObjectsOfKind(objects, tokens.parse("kubernetes:core/v1:ConfigMap"))


@pytest.fixture
def server() -> Generator[ApiServer]:
    api = ApiServer()

    class Handler(QuietHandler):
        def do_GET(self) -> None:  # noqa: N802 - the name http.server calls
            found = KINDS if self.path == "/api/v1" else CONFIG_MAP
            self.send_response(api.status)
            self.end_headers()
            self.wfile.write(json.dumps(found if api.status < 400 else {}).encode())

    with running(Handler) as api.port:
        yield api


@pytest.mark.parametrize("status", [401, 503])
def test_one_that_does_not_serve_then_is_unreachable_for_the_whole_update(
    server: ApiServer, status: int
) -> None:
    """So a new API server has to be waited for before its provider is made."""
    server.status = status
    config_maps = server.config_maps()
    server.status = 200
    with pytest.raises(UnreachableError, match="configured Kubernetes cluster is unreachable"):
        config_maps.read("default/it", {}, {})
    with pytest.raises(UnreachableError):
        config_maps.create(CONFIG_MAP, seconds=0, preview=False)


def test_a_preview_does_without_it(server: ApiServer) -> None:
    config_maps = server.config_maps()
    assert config_maps.create(CONFIG_MAP, seconds=0, preview=True).identity == "it"


def test_one_that_serves_is_asked_for_objects(server: ApiServer) -> None:
    server.status = 200
    found = server.config_maps().read("default/it", {}, {})
    assert found is not None
    assert found.identity == "default/it"
