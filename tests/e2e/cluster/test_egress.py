"""What an API server connects to in its cluster: processes of pods, or a refusal with a reason."""

import base64
import json
import re
from collections.abc import Generator
from itertools import count

import pytest
from kubernetes.client.exceptions import ApiException

from localcloud.authority import Authority
from localcloud.cluster.kube import Object
from localcloud.cluster.unchecked_webhooks import ANNOTATION
from tests.e2e.cluster.answering_program import GROUP
from tests.e2e.cluster.conftest import ANSWERS_IMAGE, ANSWERS_PORT, Cluster
from tests.waiting import wait_for

NAMESPACE = "answers"
SERVICE = "answers"
SIMULATED = ("simulated", "unchecked")
WEBHOOKS = "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations"
API = f"/apis/apiregistration.k8s.io/v1/apiservices/v1.{GROUP}"


def deployment(name: str, image: str) -> Object:
    labels = {"app.kubernetes.io/name": name}
    container = {
        "name": "answers",
        "image": image,
        "args": [f"--listen=0.0.0.0:{ANSWERS_PORT}", "--certificates=/etc/serving"],
        "ports": [{"name": "https", "containerPort": ANSWERS_PORT}],
        "volumeMounts": [{"name": "serving", "mountPath": "/etc/serving"}],
    }
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "namespace": NAMESPACE},
        "spec": {
            "selector": {"matchLabels": labels},
            "template": {
                "metadata": {"labels": labels},
                "spec": {
                    "containers": [container],
                    "volumes": [{"name": "serving", "secret": {"secretName": "serving"}}],
                },
            },
        },
    }


def service(name: str) -> Object:
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name, "namespace": NAMESPACE},
        "spec": {
            "selector": {"app.kubernetes.io/name": name},
            "ports": [{"port": 443, "targetPort": "https"}],
        },
    }


def webhook(name: str, authority: Authority) -> Object:
    return {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "ValidatingWebhookConfiguration",
        "metadata": {"name": name},
        "webhooks": [
            {
                "name": f"{name}.example.org",
                "admissionReviewVersions": ["v1"],
                "sideEffects": "None",
                "failurePolicy": "Fail",
                "objectSelector": {"matchLabels": {"asks": name}},
                "clientConfig": {
                    "service": {"namespace": NAMESPACE, "name": name, "path": "/check"},
                    "caBundle": encoded(authority.certificate_pem),
                },
                "rules": [
                    {
                        "apiGroups": [""],
                        "apiVersions": ["v1"],
                        "resources": ["configmaps"],
                        "operations": ["CREATE"],
                    }
                ],
            }
        ],
    }


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def config_map(name: str, **labels: str) -> Object:
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": name, "namespace": NAMESPACE, "labels": labels},
    }


def message(error: ApiException) -> str:
    """What the API server says in words."""
    return str(json.loads(error.body or "{}").get("message"))


_numbers = count()


def attempt(cluster: Cluster, asks: str, **labels: str) -> str:
    """Makes a ConfigMap that a webhook is asked about; what it is refused with, if it is."""
    made = config_map(f"{asks}-{next(_numbers)}", asks=asks, **labels)
    try:
        cluster.kube.create(f"/api/v1/namespaces/{NAMESPACE}/configmaps", made)
    except ApiException as error:
        return message(error)
    return ""


def first_refusal(cluster: Cluster, asks: str) -> str:
    """The first one: a webhook is asked a moment after it was made."""
    return wait_for("the webhook to be asked", lambda: attempt(cluster, asks))


def ready(cluster: Cluster, name: str) -> bool:
    found = cluster.kube.get(f"/apis/apps/v1/namespaces/{NAMESPACE}/deployments/{name}")
    return found is not None and found["status"].get("readyReplicas") == 1


@pytest.fixture(scope="module")
def authority(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Generator[Authority]:
    """A program behind a Service of its own, with a certificate of this authority."""
    made = Authority.create(tmp_path_factory.mktemp("answers"), "answers")
    hosts = [f"{name}.{NAMESPACE}.svc" for name in (SERVICE, *SIMULATED, "lonely")]
    pair = made.issue("answers", hosts=hosts)
    cluster.namespace(NAMESPACE)
    cluster.node("answers-1")
    namespace = f"/api/v1/namespaces/{NAMESPACE}"
    cluster.kube.apply(
        f"{namespace}/secrets/serving",
        {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": "serving", "namespace": NAMESPACE},
            "data": {
                "tls.crt": encoded(pair.certificate.read_text()),
                "tls.key": encoded(pair.key.read_text()),
            },
        },
    )
    images = {SERVICE: ANSWERS_IMAGE, **dict.fromkeys(SIMULATED, "registry.example.org/it:v1")}
    for name, image in images.items():
        cluster.kube.apply(f"{namespace}/services/{name}", service(name))
        cluster.kube.apply(
            f"/apis/apps/v1/namespaces/{NAMESPACE}/deployments/{name}", deployment(name, image)
        )
    cluster.kube.apply(f"{namespace}/services/lonely", service("lonely"))
    for name in images:
        wait_for(f"{name} to be ready", lambda name=name: ready(cluster, name))
    yield made
    for name in (*images, "lonely"):
        cluster.kube.delete(f"{WEBHOOKS}/{name}")
    cluster.kube.delete(API)
    cluster.kube.delete(namespace)
    wait_for("its namespace to go", lambda: cluster.kube.get(namespace) is None)
    cluster.kube.delete("/api/v1/nodes/answers-1")


def test_a_webhook_is_answered_by_the_process_of_its_pod(
    cluster: Cluster, authority: Authority
) -> None:
    cluster.kube.create(WEBHOOKS, webhook(SERVICE, authority))
    wait_for(
        "the webhook to refuse",
        lambda: "a program of a pod refuses it" in attempt(cluster, SERVICE, refused="yes"),
    )
    assert attempt(cluster, SERVICE) == ""


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("simulated", r"Service answers/simulated: simulated-\S+ is simulated, no program runs"),
        ("lonely", r"Service answers/lonely has no ready pod"),
    ],
)
def test_a_webhook_that_nobody_answers_is_refused_with_the_reason(
    cluster: Cluster, authority: Authority, name: str, why: str
) -> None:
    cluster.kube.create(WEBHOOKS, webhook(name, authority))
    said = first_refusal(cluster, name)
    assert f'failed calling webhook "{name}.example.org"' in said
    assert re.search(why, said), said


def test_a_webhook_is_answered_unchecked_where_that_is_asked_for(
    cluster: Cluster, authority: Authority
) -> None:
    cluster.kube.create(WEBHOOKS, webhook("unchecked", authority))
    assert "is simulated" in first_refusal(cluster, "unchecked")
    service = f"/api/v1/namespaces/{NAMESPACE}/services/unchecked"
    cluster.kube.patch(service, {"metadata": {"annotations": {ANNOTATION: "true"}}})
    assert attempt(cluster, "unchecked") == ""


def test_an_aggregated_api_hears_who_asks(cluster: Cluster, authority: Authority) -> None:
    cluster.kube.apply(
        API,
        {
            "apiVersion": "apiregistration.k8s.io/v1",
            "kind": "APIService",
            "metadata": {"name": f"v1.{GROUP}"},
            "spec": {
                "group": GROUP,
                "version": "v1",
                "groupPriorityMinimum": 100,
                "versionPriority": 100,
                "caBundle": encoded(authority.certificate_pem),
                "service": {"namespace": NAMESPACE, "name": SERVICE, "port": 443},
            },
        },
    )

    def available() -> bool:
        found = cluster.kube.get(API) or {}
        conditions = found.get("status", {}).get("conditions") or []
        return any(it["type"] == "Available" and it["status"] == "True" for it in conditions)

    wait_for("the API to be available", available)
    answer = cluster.kube.get(f"/apis/{GROUP}/v1/callers/me")
    assert answer is not None
    assert answer["user"] == "local-cloud-admin"
