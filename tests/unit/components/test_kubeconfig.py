"""The stable kubeconfig."""

import base64
import json

import pytest

from components.kubeconfig import bundle, stable

BLUE, GREEN = "-----BEGIN-----\nblue\n-----END-----\n", "-----BEGIN-----\ngreen\n-----END-----"


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def test_all_of_it() -> None:
    assert stable("devinfra.info", [encoded(BLUE)]) == {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [
            {
                "name": "eks.devinfra.info",
                "cluster": {
                    "server": "https://api.devinfra.info",
                    "tls-server-name": "kubernetes.default.svc",
                    "certificate-authority-data": encoded(BLUE),
                },
            }
        ],
        "users": [
            {
                "name": "eks.devinfra.info",
                "user": {
                    "exec": {
                        "apiVersion": "client.authentication.k8s.io/v1",
                        "command": "aws-iam-authenticator-wrapper",
                        "args": ["token", "-i", "eks.devinfra.info"],
                        "interactiveMode": "Never",
                    }
                },
            }
        ],
        "contexts": [
            {
                "name": "eks",
                "context": {"cluster": "eks.devinfra.info", "user": "eks.devinfra.info"},
            }
        ],
        "current-context": "eks",
    }


def test_a_role_is_taken_on_when_asked_for() -> None:
    text = json.dumps(stable("devinfra.info", [encoded(BLUE)], role_arn="arn:r"))
    assert '["token", "-i", "eks.devinfra.info", "-r", "arn:r"]' in text


def test_a_bundle_holds_each_certificate_once_and_whole() -> None:
    both = base64.b64decode(bundle([encoded(BLUE), encoded(GREEN), encoded(BLUE)])).decode()
    assert both == f"{BLUE}{GREEN}\n"
    assert base64.b64decode(bundle([encoded(GREEN), encoded(BLUE)])).decode() == f"{GREEN}\n{BLUE}"


def test_a_certificate_that_is_not_base64_is_refused() -> None:
    with pytest.raises(ValueError, match="base64"):
        bundle([BLUE])
