"""The webhook's faults: an API server then cannot tell whom a token belongs to."""

import json
import ssl
import urllib.error
import urllib.request
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from localcloud.authority import Authority
from localcloud.faults import WEBHOOK, Fault
from localcloud.server.faults import Faults
from localcloud.server.https import HttpsServer
from localcloud.state import REGION


class Reviewer:
    """Says yes to everybody."""

    def review(self, cluster: str, request: dict[str, Any]) -> dict[str, Any]:
        return {"cluster": cluster, "asked": request}


@pytest.fixture
def faults() -> Faults:
    return Faults()


@pytest.fixture
def server(tmp_path: Path, faults: Faults) -> Generator[tuple[HttpsServer, ssl.SSLContext]]:
    authority = Authority.create(tmp_path / "authority", "test")
    reviewer: Any = Reviewer()
    server = HttpsServer(authority, REGION, reviewer, lambda _: None, faults)
    server.start()
    yield server, ssl.create_default_context(cafile=str(authority.files.certificate))
    server.stop()


def ask(server: tuple[HttpsServer, ssl.SSLContext], cluster: str) -> dict[str, Any]:
    opener = urllib.request.build_opener(
        urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=server[1])
    )
    url = f"https://127.0.0.1:{server[0].port}/authenticate/{cluster}?timeout=30s"
    with opener.open(url, data=b"{}", timeout=30) as answer:
        return json.loads(answer.read())


@pytest.mark.parametrize(("kind", "error"), [("error", urllib.error.HTTPError), ("reset", OSError)])
def test_a_question_about_one_cluster_fails_once(
    server: tuple[HttpsServer, ssl.SSLContext], faults: Faults, kind: str, error: type[Exception]
) -> None:
    fault = {"service": WEBHOOK, "action": "eks-blue", "kind": kind, "count": 1}
    faults.add([Fault.model_validate(fault)])
    assert ask(server, "eks-green")["cluster"] == "eks-green"
    with pytest.raises(error):
        ask(server, "eks-blue")
    assert ask(server, "eks-blue")["cluster"] == "eks-blue"
