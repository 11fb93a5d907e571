"""Charts come from their publishers by TLS, as the publisher's own index or manifest says."""

import http.client
import io
import json
import urllib.error
import urllib.request
from email.message import Message

import pytest

from bluegreen.world import published_charts
from bluegreen.world.published_charts import ChartUnavailableError, Publishers
from catalogue.chart_archives import Pin, digest_of
from catalogue.entries import Chart
from localcloud.charts import stand_in

BASE = "https://charts.example.com/stable/"
REGISTRY = "https://registry.example.com/v2/helm/toy"
CONTENT = stand_in("toy", "1.2.3")
PIN = Pin(Chart("toy", {}, BASE), "1.2.3")
OCI = Pin(Chart("toy", {}, "oci://registry.example.com/helm"), "1.2.3")
LAYER = "application/vnd.cncf.helm.chart.content.v1.tar+gzip"


class Answer(io.BytesIO):
    """What is at a URL."""

    def __init__(self, content: bytes, url: str) -> None:
        super().__init__(content)
        self.url = url


class Web:
    """Answers by URL: a body, a status, an error, or the challenge of a 401; several in turn."""

    def __init__(self) -> None:
        self.there: dict[str, object] = {}
        self.asked: list[str] = []
        self.waited: list[float] = []

    def urlopen(self, request: urllib.request.Request, timeout: float) -> Answer:
        assert timeout > 0
        url = request.full_url
        self.asked.append(url)
        answer = self.there.get(url, 404)
        if isinstance(answer, list):
            answer = answer.pop(0)
        if isinstance(answer, str) and request.has_header("Authorization"):
            answer = self.there[f"{url} with a token"]
        if isinstance(answer, Exception):
            raise answer
        if isinstance(answer, bytes):
            return Answer(answer, str(self.there.get(f"{url} leads to", url)))
        headers = Message()
        if isinstance(answer, str):
            headers["WWW-Authenticate"] = answer
        code = answer if isinstance(answer, int) else 401
        raise urllib.error.HTTPError(url, code, "no", headers, io.BytesIO())


@pytest.fixture
def web(monkeypatch: pytest.MonkeyPatch) -> Web:
    found = Web()
    monkeypatch.setattr(urllib.request, "urlopen", found.urlopen)
    return found


def publishers(web: Web) -> Publishers:
    return Publishers(web.waited.append)


def index(url: str = "toy-1.2.3.tgz", digest: str | None = None) -> bytes:
    entry: dict[str, object] = {"name": "toy", "version": "1.2.3", "urls": [url]}
    if digest is not None:
        entry["digest"] = digest
    return json.dumps({"entries": {"toy": [{"version": "1.2.4"}, entry]}}).encode()


def test_an_archive_is_found_by_its_index_which_is_asked_once(web: Web) -> None:
    web.there[f"{BASE}index.yaml"] = index(digest=digest_of(CONTENT).removeprefix("sha256:"))
    web.there[f"{BASE}toy-1.2.3.tgz"] = CONTENT
    found = publishers(web)
    assert found.fetch(PIN) == found.fetch(PIN) == CONTENT
    assert web.asked.count(f"{BASE}index.yaml") == 1


def test_an_index_may_lead_to_another_host(web: Web) -> None:
    elsewhere = "https://releases.example.com/toy-1.2.3.tgz"
    web.there[f"{BASE}index.yaml"] = b"entries:\n  toy:\n  - version: 1.2.3\n    urls: [" + (
        elsewhere.encode() + b"]\n"
    )
    web.there[elsewhere] = CONTENT
    assert publishers(web).fetch(PIN) == CONTENT


@pytest.mark.parametrize(
    ("there", "says"),
    [
        ({}, "answered 404"),
        ({"index.yaml": b"entries: {}"}, "has no toy 1.2.3"),
        ({"index.yaml": b"<html>: ["}, "is no index"),
        ({"index.yaml": index()}, r"toy-1\.2\.3\.tgz answered 404"),
        ({"index.yaml": index(digest="0" * 64), "toy-1.2.3.tgz": CONTENT}, "says sha256:000"),
        ({"index.yaml": index("https://[::1")}, "gives no address of it: Invalid IPv6 URL"),
        (
            {"index.yaml": index("http://a.example/toy.tgz")},
            "http://a.example/toy.tgz is not https",
        ),
    ],
)
def test_what_cannot_be_had_is_said(web: Web, there: dict[str, object], says: str) -> None:
    web.there = {f"{BASE}{path}": answer for path, answer in there.items()}
    with pytest.raises(ChartUnavailableError, match=says):
        publishers(web).fetch(PIN)
    assert not web.waited


def test_a_redirect_out_of_tls_is_not_followed(web: Web) -> None:
    web.there[f"{BASE}index.yaml"] = index()
    web.there[f"{BASE}toy-1.2.3.tgz"] = CONTENT
    web.there[f"{BASE}toy-1.2.3.tgz leads to"] = "http://a.example/toy.tgz"
    with pytest.raises(ChartUnavailableError, match="which is not https"):
        publishers(web).fetch(PIN)


@pytest.mark.parametrize(
    "broken",
    [
        503,
        429,
        urllib.error.URLError("timed out"),
        ConnectionResetError("reset"),
        http.client.IncompleteRead(b"half"),
    ],
)
def test_what_may_pass_is_tried_again_and_then_given_up(web: Web, broken: object) -> None:
    web.there[f"{BASE}toy-1.2.3.tgz"] = CONTENT
    web.there[f"{BASE}index.yaml"] = [broken, index()]
    assert publishers(web).fetch(PIN) == CONTENT
    web.there[f"{BASE}index.yaml"] = broken
    with pytest.raises(ChartUnavailableError, match=r"index\.yaml"):
        publishers(web).fetch(PIN)
    assert web.waited == [1.0, 1.0, 2.0]


def test_an_archive_that_has_no_end_is_given_up(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(published_charts, "LARGEST", 100)
    web.there[f"{BASE}index.yaml"] = b"a" * 101
    with pytest.raises(ChartUnavailableError, match="more than the 100 bytes"):
        publishers(web).fetch(PIN)


def in_registry(web: Web, layers: list[dict[str, object]]) -> None:
    challenge = 'Bearer realm="https://auth.example.com/token",service="r",scope="aws"'
    web.there["https://auth.example.com/token?service=r&scope=aws"] = b'{"token": "t"}'
    manifest = f"{REGISTRY}/manifests/1.2.3"
    web.there[manifest] = challenge
    web.there[f"{manifest} with a token"] = json.dumps({"layers": layers}).encode()
    blob = f"{REGISTRY}/blobs/{digest_of(CONTENT)}"
    web.there[blob] = challenge
    web.there[f"{blob} with a token"] = CONTENT


def test_a_registry_gives_anybody_a_token(web: Web) -> None:
    in_registry(web, [{"mediaType": LAYER, "digest": digest_of(CONTENT)}, {"mediaType": "other"}])
    assert publishers(web).fetch(OCI) == CONTENT


def test_another_blob_than_the_manifest_says_is_not_taken(web: Web) -> None:
    in_registry(web, [{"mediaType": LAYER, "digest": digest_of(CONTENT)}])
    web.there[f"{REGISTRY}/blobs/{digest_of(CONTENT)} with a token"] = b"other"
    with pytest.raises(ChartUnavailableError, match=r"came, and the manifest of registry\.example"):
        publishers(web).fetch(OCI)


def test_an_image_is_no_chart(web: Web) -> None:
    in_registry(web, [{"mediaType": "application/vnd.oci.image.layer.v1.tar+gzip"}])
    with pytest.raises(ChartUnavailableError, match=r"helm/toy:1\.2\.3 is no chart"):
        publishers(web).fetch(OCI)
