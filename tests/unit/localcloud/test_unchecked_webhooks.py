"""Webhooks of simulated pods are answered where that is asked for, and never as if checked."""

import base64
import json
import ssl
import urllib.request
from collections.abc import Generator
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

import pytest

from localcloud.authority import Authority
from localcloud.cluster.egress import UnservedError
from localcloud.cluster.kube import Object
from localcloud.cluster.unchecked_webhooks import ANNOTATION, UncheckedWebhooks
from tests.unit.localcloud.test_proxy import DEADLINE

POD: Object = {
    "metadata": {"name": "webhook-1", "namespace": "ns"},
    "spec": {
        "containers": [],
        "volumes": [
            {"name": "tmp", "emptyDir": {}},
            {"name": "other", "secret": {"secretName": "other"}},
            {"name": "certs", "secret": {"secretName": "serving"}},
        ],
    },
}


class Secrets:
    """An API server with some Secrets."""

    def __init__(self, **found: dict[str, str]) -> None:
        self._found = found

    def get(self, path: str) -> Object | None:
        name = path.removeprefix("/api/v1/namespaces/ns/secrets/")
        texts = self._found.get(name)
        if texts is None:
            return None
        return {"data": {k: base64.b64encode(v.encode()).decode() for k, v in texts.items()}}


def service(**annotations: str) -> Object:
    return {"metadata": {"name": "webhook", "namespace": "ns", "annotations": annotations}}


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority.create(tmp_path, "a chart's own")


@pytest.fixture
def webhooks(authority: Authority) -> Generator[UncheckedWebhooks]:
    pair = authority.issue("webhook", hosts=["webhook.ns.svc", "127.0.0.1"])
    serving = {"tls.crt": pair.certificate.read_text(), "tls.key": pair.key.read_text()}
    made = UncheckedWebhooks(Secrets(other={"password": "x"}, serving=serving))
    yield made
    made.stop()


def ask(port: int, authority: Authority, body: object) -> dict[str, Any]:
    context = ssl.create_default_context(cadata=authority.certificate_pem)
    opener = urllib.request.build_opener(
        urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context)
    )
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(f"https://127.0.0.1:{port}/check", data)
    with opener.open(request, timeout=DEADLINE) as answer:
        found: dict[str, Any] = json.loads(answer.read())
        return found


def test_it_is_asked_for_by_an_annotation_or_for_all() -> None:
    some, all_of_them = UncheckedWebhooks(Secrets()), UncheckedWebhooks(Secrets(), everywhere=True)
    asked, not_asked = service(**{ANNOTATION: "true"}), service(**{ANNOTATION: "false"})
    assert [some.are_asked_for(it) for it in (asked, not_asked, service())] == [True, False, False]
    assert all_of_them.are_asked_for(service())


def test_a_review_is_allowed_with_a_warning_under_the_pods_certificate(
    webhooks: UncheckedWebhooks, authority: Authority
) -> None:
    port = webhooks.port_of(service(), [POD])
    review = {
        "apiVersion": "admission.k8s.io/v1",
        "kind": "AdmissionReview",
        "request": {"uid": "abc", "object": {}},
    }
    answer = ask(port, authority, review)
    assert (answer["apiVersion"], answer["kind"]) == ("admission.k8s.io/v1", "AdmissionReview")
    assert answer["response"] == {
        "uid": "abc",
        "allowed": True,
        "warnings": ["not checked by the local cloud: Service ns/webhook is simulated"],
    }
    assert webhooks.port_of(service(), [POD]) == port


@pytest.mark.parametrize(
    "body",
    [
        {"kind": "ConversionReview", "request": {"uid": "abc", "objects": []}},
        {"kind": "AdmissionReview"},
        [],
        None,  # a GET, as of an aggregated API
    ],
    ids=str,
)
def test_what_is_no_admission_review_is_not_answered_with_yes(
    webhooks: UncheckedWebhooks, authority: Authority, body: object
) -> None:
    with pytest.raises(HTTPError) as refused:
        ask(webhooks.port_of(service(), [POD]), authority, body)
    assert refused.value.code == 501
    assert "ns/webhook is simulated" in refused.value.read().decode()


def test_without_a_certificate_it_says_what_is_lacking() -> None:
    with pytest.raises(UnservedError, match=r"Service ns/webhook: .* none of their Secrets has"):
        UncheckedWebhooks(Secrets(other={"tls.crt": "half"})).port_of(service(), [POD])
