"""The real metrics server: what pods are said to use is measured, shown, and scaled by."""

import os
from collections.abc import Callable

import pytest
from kubernetes.client.exceptions import ApiException

from localcloud.load import Kubectl, Load, Shares, kubectl_of
from localcloud.tools.catalogue import KUBECTL
from tests.e2e.cluster.conftest import Cluster
from tests.e2e.extras.making import deploy, ready_replicas, release
from tests.waiting import wait_for, wait_until

NAMESPACE = "scaled"
METRICS = "/apis/metrics.k8s.io/v1beta1"
PATIENCE = 180.0
"""The metrics server looks every 15 s, and needs two looks at a new pod."""


@pytest.fixture(scope="module")
def kubectl(cluster: Cluster) -> Kubectl:
    """A Deployment that is measured, and a kubectl for its namespace."""
    cluster.node("scaled-1")
    cluster.namespace(NAMESPACE)
    deploy(cluster, NAMESPACE, "web")
    values: dict[str, object] = {"replicas": 1, "containerPort": 4443}
    cluster.create("helm", release("metrics-server", values))
    options = ["--kubeconfig", str(cluster.kubeconfig), "-n", NAMESPACE]
    return kubectl_of(cluster.services.tool(KUBECTL), dict(os.environ), options)


def test_kubectl_top_answers(cluster: Cluster, kubectl: Kubectl) -> None:
    def measured(path: str) -> Callable[[], bool]:
        def look() -> bool:
            try:
                return len(cluster.kube.items(f"{METRICS}/{path}")) >= 2
            except ApiException:
                return False  # the API is not available yet

        return look

    wait_until("both pods to be measured", measured(f"namespaces/{NAMESPACE}/pods"), PATIENCE)
    wait_until("both nodes to be", measured("nodes"), PATIENCE)
    assert "web-" in kubectl(["top", "pods"])
    assert "scaled-1" in kubectl(["top", "nodes"])


def test_an_autoscaler_follows_the_load_there_and_back(cluster: Cluster, kubectl: Kubectl) -> None:
    kubectl(["autoscale", "deployment", "web", "--cpu=60%", "--min=2", "--max=10"])
    load = Load(kubectl, "web", 3000)

    def carried_by(pods: int) -> Callable[[], bool]:
        return lambda: load.divide().pods == pods

    assert load.divide() == Shares(2, 1500)
    wait_until("ten pods to carry it", carried_by(10), PATIENCE, pause=1.0)
    load.end()
    wait_for(
        "the others to go",
        lambda: ready_replicas(cluster, NAMESPACE, "web") == 2,
        PATIENCE,
        pause=1.0,
    )


@pytest.mark.usefixtures("kubectl")
def test_the_release_takes_everything_away(cluster: Cluster) -> None:
    record = "/api/v1/namespaces/kube-system/secrets/sh.helm.release.v1.metrics-server.v1"
    cluster.kube.delete(record)
    service = "/apis/apiregistration.k8s.io/v1/apiservices/v1beta1.metrics.k8s.io"
    wait_until("the API to go", lambda: cluster.kube.get(service) is None)
    deployment = "/apis/apps/v1/namespaces/kube-system/deployments/metrics-server"
    wait_until("the Deployment to go", lambda: cluster.kube.get(deployment) is None)
