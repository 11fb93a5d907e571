"""The real External Secrets with the platform's values: the consumer's secret, and a check.

Whose role it calls AWS with, and what that role may, is not asked by the AWS of these tests.
"""

import base64
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import boto3
import pytest
from kubernetes.client.exceptions import ApiException

from components.addon_stack.addon import Prerequisites
from components.addon_stack.site import Site
from components.addons import external_secrets
from localcloud.cluster.kube import Object
from localcloud.state import ACCOUNT_ID, REGION
from tests.e2e.cluster.conftest import Cluster
from tests.e2e.extras.making import release
from tests.unit.examples import test_consumer as consumer
from tests.waiting import wait_for, wait_until

OPERATOR = "external-secrets"
NAMESPACE = "shop"
GROUP = "/apis/external-secrets.io/v1"
SECRETS = f"{GROUP}/namespaces/{NAMESPACE}/externalsecrets"
CHECKS = "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations"
REFRESHED = "1s"
PATIENCE = 180.0
"""Its webhook looks for its certificate every 10 s."""


class Kept:
    """What AWS keeps, below the platform's prefix."""

    def __init__(self, url: str) -> None:
        session: Any = boto3.Session("AKIATESTS00000000000", "not-a-secret", region_name=REGION)
        self._manager = session.client("secretsmanager", endpoint_url=url)
        self._parameters = session.client("ssm", endpoint_url=url)

    def secret(self, name: str, **values: str) -> None:
        """Creates it."""
        self._manager.create_secret(Name=name, SecretString=json.dumps(values))

    def change(self, name: str, **values: str) -> None:
        """Gives it another value."""
        self._manager.put_secret_value(SecretId=name, SecretString=json.dumps(values))

    def parameter(self, name: str, value: str) -> None:
        """Creates a parameter, or changes it."""
        self._parameters.put_parameter(Name=name, Value=value, Type="SecureString", Overwrite=True)


@pytest.fixture(scope="module")
def kept(cluster: Cluster) -> Kept:
    return Kept(cluster.aws.url)


@pytest.fixture(scope="module", autouse=True)
def operator(cluster: Cluster) -> None:
    """The release and the stores, as the platform's program makes them."""
    arn = f"arn:aws:iam::{ACCOUNT_ID}:role/eks-test-external-secrets"
    site = cast("Site", SimpleNamespace(region=REGION))
    values = external_secrets.ADDON.values(
        site, cast("Prerequisites", SimpleNamespace(role_arn=arn))
    )
    labels = {"pod-security.kubernetes.io/enforce": "restricted"}
    for name in (OPERATOR, NAMESPACE):
        cluster.namespace(name)
        cluster.kube.patch(f"/api/v1/namespaces/{name}", {"metadata": {"labels": labels}})
    cluster.create("helm", release(OPERATOR, dict(values), OPERATOR))
    made = external_secrets.ADDON.objects
    for store in made(site, cast("Prerequisites", None)):
        cluster.kube.create(f"{GROUP}/clustersecretstores", cast("Object", dict(store.body)))


def external_secret(name: str, spec: Mapping[str, object]) -> Object:
    return {
        "apiVersion": "external-secrets.io/v1",
        "kind": "ExternalSecret",
        "metadata": {"name": name, "namespace": NAMESPACE},
        "spec": dict(spec),
    }


def value(cluster: Cluster, name: str, key: str) -> Callable[[], str]:
    """What a Secret has for a key; nothing where it is not there."""

    def look() -> str:
        found = cluster.kube.get(f"/api/v1/namespaces/{NAMESPACE}/secrets/{name}") or {}
        return base64.b64decode((found.get("data") or {}).get(key, "")).decode()

    return look


def test_the_consumers_secret_arrives_and_follows_its_value(
    cluster: Cluster, kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(consumer.PROGRAM))
    declared = consumer.up().of_type(consumer.SECRET)[0].inputs
    spec = cast("Mapping[str, Any]", declared["spec"])
    (remote,) = [entry["remoteRef"] for entry in spec["data"]]
    kept.secret(remote["key"], **{remote["property"]: "first"})
    cluster.kube.create(SECRETS, external_secret("database", spec))
    name = spec["target"]["name"]
    arrived = value(cluster, name, "password")
    wait_until("the password", lambda: arrived() == "first", PATIENCE)
    kept.change(remote["key"], **{remote["property"]: "second"})
    # The consumer asks once an hour.
    cluster.kube.patch(f"{SECRETS}/database", {"spec": {"refreshInterval": REFRESHED}})
    wait_until("the next one", lambda: arrived() == "second", PATIENCE)
    kept.change(remote["key"], **{remote["property"]: "third"})
    wait_until("the last one", lambda: arrived() == "third", PATIENCE)
    cluster.kube.delete(f"{SECRETS}/database")
    secret = f"/api/v1/namespaces/{NAMESPACE}/secrets/{name}"
    wait_until("the Secret to go with it", lambda: cluster.kube.get(secret) is None)


def test_a_parameter_arrives(cluster: Cluster, kept: Kept) -> None:
    kept.parameter("/eks-platform/shop/greeting", "hello")
    spec = {
        "refreshInterval": REFRESHED,
        "secretStoreRef": {"kind": "ClusterSecretStore", "name": "aws-parameter-store"},
        "data": [{"secretKey": "greeting", "remoteRef": {"key": "/eks-platform/shop/greeting"}}],
    }
    cluster.kube.create(SECRETS, external_secret("greeting", spec))
    arrived = value(cluster, "greeting", "greeting")
    wait_until("the greeting", lambda: arrived() == "hello", PATIENCE)
    kept.parameter("/eks-platform/shop/greeting", "good night")
    wait_until("the next one", lambda: arrived() == "good night", PATIENCE)


def test_what_is_not_kept_is_said_and_no_secret_is_made(cluster: Cluster) -> None:
    spec = {
        "secretStoreRef": {"kind": "ClusterSecretStore", "name": "aws-secrets-manager"},
        "data": [{"secretKey": "it", "remoteRef": {"key": "eks-platform/shop/nothing"}}],
    }
    cluster.kube.create(SECRETS, external_secret("nothing", spec))

    def refused() -> str:
        status = (cluster.kube.get(f"{SECRETS}/nothing") or {}).get("status") or {}
        conditions = cast("list[Mapping[str, str]]", status.get("conditions") or [])
        return next((it["reason"] for it in conditions if it["status"] == "False"), "")

    assert wait_for("its condition", refused, PATIENCE) == "SecretSyncedError"
    assert value(cluster, "nothing", "it")() == ""


def test_its_webhook_checks_what_the_schema_does_not(cluster: Cluster) -> None:
    for name in ("externalsecret-validate", "secretstore-validate"):
        wait_until(
            f"{name}", lambda name=name: cluster.kube.get(f"{CHECKS}/{name}") is not None, PATIENCE
        )
    spec = {
        "secretStoreRef": {"kind": "ClusterSecretStore", "name": "aws-secrets-manager"},
        "target": {"creationPolicy": "Merge", "deletionPolicy": "Delete"},
        "data": [{"secretKey": "it", "remoteRef": {"key": "eks-platform/shop/database"}}],
    }
    # An API server asks a webhook a moment after it was made.
    number = iter(range(1000))

    def attempt() -> str:
        try:
            cluster.kube.create(SECRETS, external_secret(f"merged-{next(number)}", spec))
        except ApiException as error:
            return str(json.loads(error.body or "{}").get("message"))
        return ""

    said = wait_for("the webhook to be asked", attempt)
    assert "denied the request" in said
    assert "deletionPolicy=Delete must not be used when the controller doesn't own" in said


def test_the_release_takes_everything_away(cluster: Cluster) -> None:
    record = f"/api/v1/namespaces/{OPERATOR}/secrets/sh.helm.release.v1.{OPERATOR}.v1"
    cluster.kube.delete(record)
    for place in (
        f"{CHECKS}/externalsecret-validate",
        f"/apis/apps/v1/namespaces/{OPERATOR}/deployments/{OPERATOR}",
        f"/api/v1/namespaces/{OPERATOR}/secrets/{OPERATOR}-webhook",
    ):
        wait_until(f"{Path(place).name} to go", lambda place=place: cluster.kube.get(place) is None)
