"""Helm releases: recorded in the cluster as the program gave them."""

import base64
import json
from typing import Any

import pytest

from localcloud.plugins.kubernetes.api import NoKindError
from localcloud.plugins.kubernetes.operations import ObjectError
from localcloud.releases import SELECTOR, RecordError, Release
from tests.e2e.cluster.conftest import Cluster
from tests.e2e.cluster.packed import packed

STORE = "kubernetes:external-secrets.io/v1:ClusterSecretStore"
EXTERNAL_SECRET = "kubernetes:external-secrets.io/v1:ExternalSecret"
REDIRECT = "kubernetes:cilium.io/v2:CiliumLocalRedirectPolicy"
BINDING = "kubernetes:elbv2.k8s.aws/v1beta1:TargetGroupBinding"


def release(chart: str, **more: object) -> dict[str, Any]:
    version = str(more.get("version", "1.2.3"))
    return {
        "chart": packed(chart, version),
        "version": version,
        "name": chart,
        "namespace": "helm",
        "createNamespace": True,
        "compat": "true",
        **more,
    }


def record(cluster: Cluster, name: str) -> dict[str, Any] | None:
    return cluster.kube.get(f"/api/v1/namespaces/helm/secrets/sh.helm.release.v1.{name}.v1")


def test_a_release_lives(cluster: Cluster) -> None:
    values = {"replicaCount": 2, "args": ["a", 1.5, True], "pdb": {"maxUnavailable": None}}
    declared = release("descheduler", values=values, atomic=True)
    made = cluster.create("helm", declared)
    assert made.identity == "helm/descheduler"
    assert made.properties["status"] == {
        "name": "descheduler",
        "namespace": "helm",
        "chart": "descheduler",
        "version": "1.2.3",
        "revision": 1,
        "status": "deployed",
    }
    assert made.properties["resourceNames"] == {}
    assert "recorded, not rendered" in made.notes[0]
    found = record(cluster, "descheduler")
    assert found is not None
    kept = Release.from_secret(found)
    assert kept.values == values
    assert (kept.chart, kept.version) == (packed("descheduler", "1.2.3"), "1.2.3")
    assert kept.chart_name == "descheduler"
    assert kept.options["atomic"] is True
    with pytest.raises(ObjectError, match="cannot re-use a name that is still in use"):
        cluster.resources_of("helm").create(made.inputs, seconds=5, preview=False)
    changed = cluster.update(
        "helm", made, release("descheduler", values=values, atomic=True, version="1.3.0")
    )
    assert changed.properties["status"]["revision"] == 2  # pyright: ignore
    found = record(cluster, "descheduler")
    assert found is not None
    assert Release.from_secret(found).values == values
    cluster.delete("helm", changed)
    assert record(cluster, "descheduler") is None


def test_what_changes_a_release_behind_its_back_is_seen(cluster: Cluster) -> None:
    made = cluster.create("helm", release("metrics-server", values={"replicas": 2}))
    secret = record(cluster, "metrics-server")
    assert secret is not None
    values = base64.b64encode(json.dumps({"replicas": 1}).encode()).decode()
    path = f"/api/v1/namespaces/helm/secrets/{secret['metadata']['name']}"
    cluster.kube.patch(path, {"data": {"values.json": values}})
    assert cluster.drift("helm", made) == {"values.replicas"}
    cluster.kube.patch(path, {"data": {"values.json": "bm8="}})
    with pytest.raises(RecordError, match=r"sh\.helm\.release\.v1\.metrics-server\.v1 is damaged"):
        cluster.drift("helm", made)
    cluster.delete("helm", made)


def test_a_release_that_was_deleted_is_gone(cluster: Cluster) -> None:
    made = cluster.create("helm", release("fluentd"))
    cluster.kube.delete("/api/v1/namespaces/helm/secrets/sh.helm.release.v1.fluentd.v1")
    of = cluster.resources_of("helm")
    assert of.read(made.identity, made.inputs, made.properties) is None
    with pytest.raises(ObjectError, match="not in the cluster"):
        of.update(made.inputs, made.properties, seconds=5, preview=False)


def test_a_release_can_be_imported(cluster: Cluster) -> None:
    made = cluster.create("helm", release("imported", values={"a": 1}))
    found = cluster.resources_of("helm").read("helm/imported", {}, {})
    assert found is not None
    assert found.inputs == made.inputs
    cluster.delete("helm", made)


def test_secret_values_lie_in_a_secret(cluster: Cluster) -> None:
    made = cluster.create("helm", release("linkerd-control-plane", values={"key": "PRIVATE"}))
    (found,) = (
        item
        for item in cluster.kube.items(f"/api/v1/secrets?{SELECTOR}")
        if item["metadata"]["labels"]["localcloud.eks-platform/release"] == made.inputs["name"]
    )
    assert found["type"] == "helm.sh/release.v1"
    for kind in ("configmaps", "events"):
        assert "PRIVATE" not in json.dumps(cluster.kube.items(f"/api/v1/{kind}"))
    cluster.delete("helm", made)


def test_a_namespace_that_is_missing_is_made_only_when_asked_for(cluster: Cluster) -> None:
    inputs, _ = cluster.resources_of("helm").check(
        {},
        {**release("lost"), "namespace": "nowhere", "createNamespace": False},
        name="it",
        seed=b"",
    )
    with pytest.raises(Exception, match='namespaces "nowhere" not found'):
        cluster.resources_of("helm").create(inputs, seconds=5, preview=False)


def store(service: str = "SecretsManager") -> dict[str, Any]:
    return {
        "apiVersion": "external-secrets.io/v1",
        "kind": "ClusterSecretStore",
        "metadata": {"name": "aws"},
        "spec": {
            "provider": {
                "aws": {
                    "service": service,
                    "region": "eu-west-1",
                    "auth": {"jwt": {"serviceAccountRef": {"name": "eso", "namespace": "eso"}}},
                }
            }
        },
    }


def external_secret() -> dict[str, Any]:
    return {
        "metadata": {"name": "database", "namespace": "helm"},
        "spec": {
            "refreshInterval": "1h",
            "secretStoreRef": {"name": "aws", "kind": "ClusterSecretStore"},
            "target": {"name": "database"},
            "data": [{"secretKey": "password", "remoteRef": {"key": "db", "property": "pw"}}],
        },
    }


def test_external_secrets_brings_its_kinds_and_takes_them_away(cluster: Cluster) -> None:
    with pytest.raises(NoKindError):
        cluster.resources_of(STORE).create(store(), seconds=1, preview=False)
    made = cluster.create("helm", release("external-secrets"))
    assert made.properties["resourceNames"] == {
        "CustomResourceDefinition.apiextensions.k8s.io/apiextensions.k8s.io/v1": [
            "clustersecretstores.external-secrets.io",
            "externalsecrets.external-secrets.io",
            "generatorstates.generators.external-secrets.io",
            "secretstores.external-secrets.io",
        ]
    }
    aws = cluster.create(STORE, store())
    secret = cluster.create(EXTERNAL_SECRET, external_secret())
    wrong = store()
    wrong["spec"]["provider"]["aws"]["regoin"] = "eu-west-1"
    wrong["metadata"]["name"] = "wrong"
    # As the real provider: what the kind does not know is dropped at a create.
    dropped = cluster.resources_of(STORE).create(wrong, seconds=5, preview=False)
    assert "regoin" not in str(dropped.properties["spec"])
    cluster.delete(STORE, dropped)
    with pytest.raises(ObjectError, match="Unsupported value"):
        cluster.resources_of(STORE).create(
            {**store("S3"), "metadata": {"name": "wrong"}}, seconds=5, preview=False
        )
    cluster.delete(EXTERNAL_SECRET, secret)
    cluster.delete("helm", made)
    # Helm deletes the definitions that a chart's templates made, and with them every object.
    assert cluster.resources_of(STORE).read(aws.identity, aws.inputs, aws.properties) is None


def test_cilium_brings_the_redirect_policy_which_stays(cluster: Cluster) -> None:
    made = cluster.create("helm", release("cilium"))
    ports = [
        {"port": "53", "protocol": "UDP", "name": "dns"},
        {"port": "53", "protocol": "TCP", "name": "dns-tcp"},
    ]
    policy = {
        "apiVersion": "cilium.io/v2",
        "kind": "CiliumLocalRedirectPolicy",
        "metadata": {"name": "nodelocaldns", "namespace": "kube-system"},
        "spec": {
            "redirectFrontend": {
                "serviceMatcher": {"serviceName": "kube-dns", "namespace": "kube-system"}
            },
            "redirectBackend": {
                "localEndpointSelector": {"matchLabels": {"k8s-app": "node-local-dns"}},
                "toPorts": ports,
            },
        },
    }
    kept = cluster.create(REDIRECT, policy)
    cluster.delete("helm", made)
    cluster.assert_settled(REDIRECT, kept)
    cluster.delete(REDIRECT, kept)


def test_the_load_balancer_controller_brings_bindings_and_a_class(cluster: Cluster) -> None:
    made = cluster.create("helm", release("aws-load-balancer-controller"))
    binding = {
        "metadata": {"name": "web", "namespace": "helm"},
        "spec": {
            "serviceRef": {"name": "web", "port": 80},
            "targetGroupARN": "arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/a/b",
        },
    }
    bound = cluster.create(BINDING, binding)
    cluster.delete("helm", made)
    cluster.assert_settled(BINDING, bound)
    assert cluster.kube.get("/apis/networking.k8s.io/v1/ingressclasses/alb") is None
    cluster.delete(BINDING, bound)


def test_what_a_new_version_makes_no_longer_goes(cluster: Cluster) -> None:
    declared = release("aws-load-balancer-controller", name="lbc")
    made = cluster.create("helm", declared)
    assert cluster.kube.get("/apis/networking.k8s.io/v1/ingressclasses/alb") is not None
    without = cluster.update(
        "helm", made, {**declared, "values": {"createIngressClassResource": False}}
    )
    assert cluster.kube.get("/apis/networking.k8s.io/v1/ingressclasses/alb") is None
    cluster.delete("helm", without)
