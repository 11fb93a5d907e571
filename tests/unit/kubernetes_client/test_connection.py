"""Tokens come from a program that is there, or the missing one is named."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from kubernetes_client.connection import TokenError, connect

TOKEN = {
    "apiVersion": "client.authentication.k8s.io/v1",
    "kind": "ExecCredential",
    "status": {"token": "k8s-aws-v1.x"},
}


def kubeconfig(command: str = "aws-iam-authenticator") -> Mapping[str, Any]:
    words = ["token", "-i", "eks-blue", "-r", "arn:aws:iam::1:role/admin"]
    run = {
        "apiVersion": "client.authentication.k8s.io/v1",
        "command": command,
        "args": words,
        "interactiveMode": "Never",
    }
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "c", "cluster": {"server": "https://127.0.0.1:1"}}],
        "users": [{"name": "u", "user": {"exec": run}}],
        "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u"}}],
        "current-context": "x",
    }


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is all of PATH."""
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path


def put(folder: Path, name: str, *, fails: bool = False) -> Path:
    """A program that writes down its words and prints a token, or fails."""
    said = folder / f"{name}.words"
    program = folder / name
    ending = "exit 1" if fails else f"echo '{json.dumps(TOKEN)}'"
    program.write_text(f'#!/bin/sh\necho "$@" > {said}\n{ending}\n')
    program.chmod(0o755)
    return said


def token(given: Mapping[str, Any]) -> str:
    made: Any = connect(given)
    return made.configuration.api_key["BearerToken"]


def test_the_authenticator_makes_the_token_where_it_is_there(programs: Path) -> None:
    put(programs, "aws-iam-authenticator")
    assert token(kubeconfig()) == "Bearer k8s-aws-v1.x"


def test_else_the_aws_cli_makes_the_same(programs: Path) -> None:
    said = put(programs, "aws")
    given = kubeconfig()
    assert token(given) == "Bearer k8s-aws-v1.x"
    assert said.read_text().split() == [
        *("eks", "get-token", "--output", "json"),
        *("--cluster-name", "eks-blue", "--role-arn", "arn:aws:iam::1:role/admin"),
    ]
    assert given == kubeconfig()


@pytest.mark.parametrize(
    ("command", "says"),
    [
        ("aws-iam-authenticator", "aws-iam-authenticator, .* is not on PATH, and neither is aws"),
        ("something", "something, .* is not on PATH"),
    ],
)
def test_a_missing_program_is_named(programs: Path, command: str, says: str) -> None:
    assert list(programs.iterdir()) == []
    with pytest.raises(TokenError, match=says):
        connect(kubeconfig(command))


def test_without_a_token_nobody_goes_on_anonymously(programs: Path) -> None:
    put(programs, "aws-iam-authenticator", fails=True)
    with pytest.raises(TokenError, match="run `aws-iam-authenticator token -i eks-blue"):
        connect(kubeconfig())
