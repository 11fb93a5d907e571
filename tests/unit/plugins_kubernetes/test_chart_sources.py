"""Where the chart of a release is taken from, and what is said of one that cannot be had."""

import gzip
import io
import tarfile
from collections.abc import Generator
from http import HTTPStatus
from pathlib import Path

import pytest

from localcloud.charts import stand_in
from localcloud.plugins.kubernetes import chart_sources
from localcloud.plugins.kubernetes.chart_archive import ChartArchive, ChartError
from localcloud.plugins.kubernetes.values import Object
from localcloud.processes import free_port
from tests.unit.http_server import QuietHandler, running

CILIUM = ChartArchive("cilium", "1.20.2", "")


def inputs(chart: str, repo: str = "") -> Object:
    more: Object = {"repositoryOpts": {"repo": repo}} if repo else {}
    return {"chart": chart, "version": "1.20.2", **more}


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "charts").mkdir()
    return tmp_path


def test_a_path_leads_from_the_folder_that_the_engine_works_in(here: Path) -> None:
    (here / "charts" / "cilium-1.20.2.tgz").write_bytes(stand_in("cilium", "1.20.2"))
    assert chart_sources.fetch(inputs("./charts/cilium-1.20.2.tgz")) == CILIUM
    assert chart_sources.fetch(inputs(f"{here}/charts/cilium-1.20.2.tgz")) == CILIUM


def test_a_folder_is_a_chart_too(here: Path) -> None:
    (here / "charts" / "Chart.yaml").write_text("{name: own, version: 1.2.3, appVersion: '7'}")
    assert chart_sources.fetch(inputs("./charts")) == ChartArchive("own", "1.2.3", "7")


def packed(**files: str) -> bytes:
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w:gz") as tar:
        for name, text in files.items():
            member = tarfile.TarInfo(name.replace("__", "/").replace("_", "."))
            member.size = len(text)
            tar.addfile(member, io.BytesIO(text.encode()))
    return content.getvalue()


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (None, r'path "\./charts/c\.tgz" not found'),
        (b"<html>", "does not appear to be a gzipped archive"),
        (packed(c__values_yaml="a: 1"), "Chart.yaml file is missing"),
        (packed(c__Chart_yaml="name: c"), "validation: chart.metadata.version is required"),
        (packed(c__Chart_yaml="a"), "cannot load Chart.yaml"),
        (gzip.compress(b"no tar", mtime=0), "cannot load"),
        (stand_in("cilium", "1.20.2")[:200], "cannot load"),
    ],
)
def test_an_archive_that_is_no_chart(here: Path, content: bytes | None, says: str) -> None:
    if content is not None:
        (here / "charts" / "c.tgz").write_bytes(content)
    with pytest.raises(ChartError, match=says):
        chart_sources.fetch(inputs("./charts/c.tgz"))


class Repository(QuietHandler):
    """A chart repository with one chart, whose index is away with some paths."""

    def do_GET(self) -> None:  # noqa: N802 - the base class calls it
        index = (
            "entries: {cilium: [{version: 1.20.2, urls: [cilium-1.20.2.tgz]}, {version: 1.0.0}]}"
        )
        there = {
            "/good/index.yaml": index.encode(),
            "/good/cilium-1.20.2.tgz": stand_in("cilium", "1.20.2"),
            "/half/index.yaml": index.encode(),
            "/other/index.yaml": b"a: [",
        }
        content = there.get(self.path)
        self.send_response(HTTPStatus.OK if content else HTTPStatus.SERVICE_UNAVAILABLE)
        self.send_header("Content-Length", str(len(content or b"")))
        self.end_headers()
        self.wfile.write(content or b"")


@pytest.fixture(scope="module")
def repository() -> Generator[str]:
    with running(Repository) as port:
        yield f"http://127.0.0.1:{port}"


def test_a_repository_is_asked_for_its_index_and_then_for_the_chart(repository: str) -> None:
    assert chart_sources.fetch(inputs("cilium", f"{repository}/good")) == CILIUM


@pytest.mark.parametrize(
    ("chart", "version", "path", "says"),
    [
        (
            "cilium",
            "1.20.2",
            "away",
            "is not a valid chart repository or cannot be reached: failed",
        ),
        ("cilium", "1.20.2", "other", "is not a valid chart repository or cannot be reached"),
        ("cilium", "9.9.9", "good", 'chart "cilium" version "9.9.9" not found in'),
        ("cilia", "1.20.2", "good", 'chart "cilia" version "1.20.2" not found in'),
        ("cilium", "1.0.0", "good", 'chart "cilium" version "1.0.0" has no downloadable URLs'),
        ("cilium", "1.20.2", "half", r"failed to fetch .*/half/cilium-1.20.2.tgz : 503"),
    ],
)
def test_what_a_repository_lacks_is_said_as_helm_does(
    repository: str, chart: str, version: str, path: str, says: str
) -> None:
    with pytest.raises(ChartError, match=says):
        chart_sources.fetch({**inputs(chart, f"{repository}/{path}"), "version": version})


def test_a_repository_that_cannot_be_reached_is_no_silent_success() -> None:
    with pytest.raises(ChartError, match=r'cannot be reached: Get "http://127\.0\.0\.1:'):
        chart_sources.fetch(inputs("cilium", f"http://127.0.0.1:{free_port()}"))
