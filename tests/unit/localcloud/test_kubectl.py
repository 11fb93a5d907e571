"""A busy machine makes kubectl give up before the API server has answered."""

import os
from pathlib import Path

import pytest

from localcloud import kubectl
from localcloud.kubectl import KubectlError


def program(folder: Path, says: str, *, late: int) -> str:
    """One that fails so often with those words, then answers."""
    path = folder / "kubectl"
    path.write_text(
        f'#!/bin/sh\necho "$*" >> {folder}/asked\n'
        f"[ $(wc -l < {folder}/asked) -le {late} ] && echo '{says}' >&2 && exit 1\n"
        "echo node/a\n"
    )
    path.chmod(0o755)
    return str(path)


def asked(folder: Path) -> list[str]:
    return (folder / "asked").read_text().splitlines()


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kubectl, "_PAUSE", 0)


@pytest.mark.parametrize(
    "says",
    [
        "Get https://x: net/http: TLS handshake timeout",
        "dial tcp 127.0.0.1:1: i/o timeout",
        "context deadline exceeded (Client.Timeout exceeded while awaiting headers)",
    ],
)
def test_an_answer_that_is_late_is_asked_for_again(tmp_path: Path, says: str) -> None:
    path = program(tmp_path, says, late=2)
    assert kubectl.run(path, os.environ, "get", "nodes") == "node/a\n"
    assert asked(tmp_path) == ["get nodes"] * 3


def test_what_it_refuses_is_told_at_once(tmp_path: Path) -> None:
    path = program(tmp_path, "error: You must be logged in to the server", late=9)
    with pytest.raises(KubectlError, match=r"^error: You must be logged in to the server$"):
        kubectl.run(path, os.environ, "get", "nodes")
    assert len(asked(tmp_path)) == 1


def test_an_answer_that_never_comes_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kubectl, "PATIENCE", -1)
    path = program(tmp_path, "net/http: TLS handshake timeout", late=9)
    with pytest.raises(KubectlError, match="TLS handshake timeout"):
        kubectl.run(path, os.environ, "get", "nodes")
