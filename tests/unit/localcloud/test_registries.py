"""Registries say of what is recorded that it is there, as the real ones do, and of nothing else."""

import http.client
import json
import socket
import ssl
from collections.abc import Callable, Generator
from http import HTTPStatus
from pathlib import Path

import pytest
import yaml

from bluegreen.preflight import pins
from bluegreen.world.downloads import parse_reference
from catalogue.addons import CATALOGUE
from catalogue.chart_archives import digest_of
from catalogue.minors import MINORS, Minor
from catalogue.versions import CLUSTER_AUTOSCALER_IMAGE
from localcloud.authority import Authority
from localcloud.charts import stand_in
from localcloud.faults import REGISTRY, Fault
from localcloud.server.faults import Faults
from localcloud.server.registries import published
from localcloud.server.registries.answers import Registries, Request
from localcloud.server.registries.server import RegistryServer

PAUSE = "/v2/pause/manifests/3.10.1"
FLUENTD = "/v2/fluent/fluentd-kubernetes-daemonset/manifests/v1.19.3-debian-cloudwatch-1.1"
HANDLER = "/v2/aws-ec2/helm/aws-node-termination-handler/manifests/0.27.6"
HUB = "registry-1.docker.io"
DEADLINE = 600.0
"""Seconds that a socket may wait: no answer at all is a failure, a late one is none."""


@pytest.fixture(scope="module")
def registries() -> Registries:
    return Registries(published.read())


def ask(
    registries: Registries, host: str, path: str, *, method: str = "HEAD", token: str = ""
) -> HTTPStatus:
    authorization = f"Bearer {token}" if token else ""
    return registries.answer(Request(method, host, path, authorization)).status


def token(registries: Registries, host: str, path: str) -> str:
    return json.loads(registries.answer(Request("GET", host, path)).body)["token"]


def test_every_pinned_chart_of_a_repository_is_recorded(registries: Registries) -> None:
    charts = [line.chart for line in CATALOGUE if line.chart and not line.chart.is_oci]
    assert charts
    for chart in charts:
        place = chart.repository.removeprefix("https://").rstrip("/")
        host, _, folder = place.partition("/")
        path = f"/{folder}/index.yaml".replace("//", "/")
        index = yaml.safe_load(registries.answer(Request("GET", host, path)).body)
        there = {it["version"] for it in index["entries"][chart.name]}
        assert set(chart.versions.values()) <= there


def test_every_pinned_image_is_recorded_or_said_to_be_unconfirmed() -> None:
    known = published.read().images
    for minor in MINORS:
        for entry in pins.IMAGES:
            host, repository, named = parse_reference(entry.reference(minor))
            images = known[f"{host}/{repository}"]
            image = images[entry.version(minor)]
            assert named in (entry.version(minor), image.digest)


def test_what_nobody_recorded_is_not_there(registries: Registries) -> None:
    assert ask(registries, "registry.k8s.io", PAUSE) == HTTPStatus.OK
    for path in ("/v2/pause/manifests/3.99", "/v2/pauses/manifests/3.10.1", "/v2/", "/"):
        assert ask(registries, "registry.k8s.io", path) == HTTPStatus.NOT_FOUND, path
    for path in ("/index.yaml2", "/edge/index.yaml", "/cilium-9.9.9.tgz"):
        found = ask(registries, "helm.cilium.io", path, method="GET")
        assert found == HTTPStatus.NOT_FOUND, path


def test_an_image_goes_by_its_digest_too(registries: Registries) -> None:
    digest = published.read().images["registry.k8s.io/pause"]["3.10.1"].digest
    path = f"/v2/pause/manifests/{digest}"
    answer = registries.answer(Request("HEAD", "registry.k8s.io", path))
    assert answer.headers == {"Docker-Content-Digest": digest}
    assert ask(registries, "registry.k8s.io", path[:-1] + "0") == HTTPStatus.NOT_FOUND


def test_what_no_record_names_is_neither_there_nor_away() -> None:
    known = next(iter(published.read().images["registry.k8s.io/pause"]))
    unknown = {"registry.k8s.io/pause": ["9.9", known]}
    registries = Registries(published.read(unknown=unknown))
    for tag, status in (("9.9", HTTPStatus.SERVICE_UNAVAILABLE), (known, HTTPStatus.OK)):
        assert ask(registries, "registry.k8s.io", f"/v2/pause/manifests/{tag}") == status


@pytest.mark.parametrize(("minor", "own"), MINORS.items())
def test_the_autoscaler_is_unknown_just_where_its_pin_is_unconfirmed(
    minor: str, own: Minor
) -> None:
    host, repository, _ = parse_reference(CLUSTER_AUTOSCALER_IMAGE.reference(minor))
    image = published.read().images[f"{host}/{repository}"][CLUSTER_AUTOSCALER_IMAGE.version(minor)]
    assert image.known is ("cluster_autoscaler" not in own.unconfirmed)


def test_no_image_can_be_fetched(registries: Registries) -> None:
    assert ask(registries, "registry.k8s.io", PAUSE, method="GET") == HTTPStatus.NOT_IMPLEMENTED


def test_a_chart_of_a_repository_is_the_archive_of_its_index(registries: Registries) -> None:
    index = yaml.safe_load(registries.answer(Request("GET", "helm.cilium.io", "/index.yaml")).body)
    (said,) = (it for it in index["entries"]["cilium"] if it["version"] == "1.20.2")
    answer = registries.answer(Request("GET", "helm.cilium.io", f"/{said['urls'][0]}"))
    assert answer.status == HTTPStatus.OK
    assert digest_of(answer.body) == f"sha256:{said['digest']}"
    assert answer.body == stand_in("cilium", "1.20.2")


def test_a_chart_of_a_registry_is_the_layer_of_its_manifest(registries: Registries) -> None:
    right = token(registries, "public.ecr.aws", "/token/?scope=aws&service=public.ecr.aws")
    bearer = f"Bearer {right}"
    answer = registries.answer(Request("GET", "public.ecr.aws", HANDLER, bearer))
    assert answer.headers["Docker-Content-Digest"] == digest_of(answer.body)
    manifest = json.loads(answer.body)
    for part in (manifest["config"], *manifest["layers"]):
        path = f"{HANDLER.partition('/manifests')[0]}/blobs/{part['digest']}"
        assert ask(registries, "public.ecr.aws", path, method="GET") == HTTPStatus.UNAUTHORIZED
        blob = registries.answer(Request("GET", "public.ecr.aws", path, bearer))
        assert (digest_of(blob.body), len(blob.body)) == (part["digest"], part["size"])
    missing = f"{HANDLER.partition('/manifests')[0]}/blobs/sha256:{'0' * 64}"
    gone = registries.answer(Request("GET", "public.ecr.aws", missing, bearer))
    assert gone.status == HTTPStatus.NOT_FOUND


@pytest.mark.parametrize(
    ("host", "path"),
    [
        ("helm.cilium.io", "/index.yaml"),
        ("helm.cilium.io", "/cilium-1.20.2.tgz"),
        ("public.ecr.aws", HANDLER),
        ("public.ecr.aws", f"{HANDLER.partition('/manifests')[0]}/blobs/sha256:{'0' * 64}"),
    ],
)
def test_a_fault_names_a_repository_whatever_is_asked_of_it(
    registries: Registries, host: str, path: str
) -> None:
    there = {
        "helm.cilium.io": "helm.cilium.io",
        "public.ecr.aws": "public.ecr.aws/aws-ec2/helm/aws-node-termination-handler",
    }
    assert registries.subject(Request("GET", host, path)) == there[host]


def test_a_token_of_docker_hub_is_for_one_repository(registries: Registries) -> None:
    realm = "/token?service=registry.docker.io&scope=repository%3A{}%3Apull"
    right = token(
        registries, "auth.docker.io", realm.format("fluent%2Ffluentd-kubernetes-daemonset")
    )
    other = token(registries, "auth.docker.io", realm.format("library%2Fnginx"))
    assert ask(registries, HUB, FLUENTD) == HTTPStatus.UNAUTHORIZED
    assert ask(registries, HUB, FLUENTD, token=other) == HTTPStatus.UNAUTHORIZED
    assert ask(registries, HUB, FLUENTD, token=right) == HTTPStatus.OK
    # A repository that is not there looks like one that is somebody's own.
    nginx = "/v2/library/nginx/manifests/latest"
    assert ask(registries, HUB, nginx, token=other) == HTTPStatus.UNAUTHORIZED


def test_a_token_of_public_ecr_is_for_all(registries: Registries) -> None:
    given = token(registries, "public.ecr.aws", "/token/?service=public.ecr.aws&scope=aws")
    assert ask(registries, "public.ecr.aws", HANDLER) == HTTPStatus.UNAUTHORIZED
    assert ask(registries, "public.ecr.aws", HANDLER, token=given) == HTTPStatus.OK
    missing = HANDLER.replace("0.27.6", "9.9.9")
    assert ask(registries, "public.ecr.aws", missing, token=given) == HTTPStatus.NOT_FOUND


Get = Callable[[str], tuple[int, bytes]]


@pytest.fixture
def faults() -> Faults:
    return Faults()


@pytest.fixture
def get(registries: Registries, tmp_path: Path, faults: Faults) -> Generator[Get]:
    authority = Authority.create(tmp_path / "authority", "test")
    server = RegistryServer(authority, registries, faults)
    server.start()
    trust = ssl.create_default_context(cafile=str(authority.files.certificate))

    def ask_server(host_and_path: str) -> tuple[int, bytes]:
        host, slash, path = host_and_path.partition("/")
        connection = _Connection(host, server.port, trust)
        try:
            connection.request("GET", slash + path)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    yield ask_server
    server.stop()


class _Connection(http.client.HTTPSConnection):
    """Reaches a host on a loopback port, and checks its certificate by its name."""

    def __init__(self, host: str, port: int, trust: ssl.SSLContext) -> None:
        super().__init__(host, context=trust, timeout=DEADLINE)
        self._loopback, self._trust = port, trust

    def connect(self) -> None:
        plain = socket.create_connection(("127.0.0.1", self._loopback), self.timeout)
        self.sock = self._trust.wrap_socket(plain, server_hostname=self.host)


def test_each_host_has_a_certificate(registries: Registries, get: Get) -> None:
    assert "helm.cilium.io" in registries.hosts
    status, body = get("helm.cilium.io/index.yaml")
    assert (status, b"cilium-1.20.2.tgz" in body) == (200, True)


@pytest.mark.parametrize(("kind", "status"), [("error", 503), ("empty", 200)])
def test_one_repository_goes_wrong(get: Get, faults: Faults, kind: str, status: int) -> None:
    fault = {"service": REGISTRY, "action": "helm.cilium.io", "kind": kind}
    faults.add([Fault.model_validate(fault)])
    found, body = get("helm.cilium.io/index.yaml")
    assert (found, b"cilium-1.20.2.tgz" in body) == (status, False)
    assert get("charts.external-secrets.io/index.yaml")[0] == 200


def test_an_image_goes_away(registries: Registries) -> None:
    answer = registries.answer(Request("HEAD", "registry.k8s.io", PAUSE), empty=True)
    assert answer.status == HTTPStatus.NOT_FOUND
    assert registries.subject(Request("HEAD", "registry.k8s.io", PAUSE)) == "registry.k8s.io/pause"
