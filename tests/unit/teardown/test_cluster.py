"""What is asked of a cluster, through the Kubernetes client and over HTTP."""

from collections.abc import Generator
from typing import Any

import pytest

from teardown import TeardownError
from teardown.cluster import Item, Volume
from teardown.kube import KubernetesApi
from tests.unit.teardown.api_server import FakeApiServer

INGRESSES = "/apis/networking.k8s.io/v1/ingresses"
SERVICES = "/api/v1/services"
GATEWAYS = "/apis/gateway.networking.k8s.io/v1/gateways"
CLAIMS = "/api/v1/persistentvolumeclaims"
VOLUMES = "/api/v1/persistentvolumes"
PODS = "/api/v1/pods"
REPLICA_SETS = "/apis/apps/v1/replicasets"
JOBS = "/apis/batch/v1/jobs"


def named(name: str, *owner: str, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    """An object; `owner` is the kind and name of its controller."""
    metadata: dict[str, Any] = {"name": name, "namespace": "shop"}
    if owner:
        kind, of = owner
        reference = {"apiVersion": "v1", "kind": kind, "name": of, "uid": "u", "controller": True}
        metadata["ownerReferences"] = [reference]
    return {"metadata": metadata, **more}


def pod(name: str, *owner: str, claim: str = "data") -> dict[str, Any]:
    source = {"persistentVolumeClaim": {"claimName": claim}} if claim else {"emptyDir": {}}
    spec = {"containers": [{"name": "it"}], "volumes": [{"name": "it", **source}]}
    return named(name, *owner, spec=spec)


def volume(name: str, policy: str, **source: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    return named(name, spec={"persistentVolumeReclaimPolicy": policy, **source})


OBJECTS = {
    INGRESSES: [named("web")],
    SERVICES: [
        named("tcp", spec={"type": "LoadBalancer"}),
        named("inside", spec={"type": "ClusterIP"}),
    ],
    CLAIMS: [named("data")],
    VOLUMES: [
        volume("ebs", "Delete", csi={"driver": "ebs.csi.aws.com", "volumeHandle": "vol-1"}),
        volume("efs", "Delete", csi={"driver": "efs.csi.aws.com", "volumeHandle": "fs-1"}),
        volume("kept", "Retain", csi={"driver": "ebs.csi.aws.com", "volumeHandle": "vol-2"}),
    ],
    PODS: [
        pod("db-0", "StatefulSet", "db"),
        pod("db-1", "StatefulSet", "db"),
        pod("web-1", "ReplicaSet", "web-5f"),
        pod("nightly-1", "Job", "nightly-28"),
        pod("alone"),
        pod("operated", "Kafka", "events"),
        pod("stateless", "ReplicaSet", "other", claim=""),
    ],
    REPLICA_SETS: [named("web-5f", "Deployment", "web"), named("other", "Deployment", "other")],
    JOBS: [named("nightly-28", "CronJob", "nightly")],
}


@pytest.fixture
def server() -> Generator[FakeApiServer]:
    made = FakeApiServer(OBJECTS)
    yield made
    made.stop()


@pytest.fixture
def api(server: FakeApiServer) -> KubernetesApi:
    return KubernetesApi(server.kubeconfig())


def test_what_has_a_load_balancer_is_ingresses_and_services_of_that_type(
    api: KubernetesApi,
) -> None:
    assert api.balanced() == [Item("Ingress", "shop", "web"), Item("Service", "shop", "tcp")]


def test_gateways_have_load_balancers_where_the_kind_is_served(
    api: KubernetesApi, server: FakeApiServer
) -> None:
    # A Service may be of a Gateway, whose controller would make it again.
    server.objects[GATEWAYS] = [named("edge")]
    assert [item.kind for item in api.balanced()] == ["Ingress", "Gateway", "Service"]
    assert Item("Gateway", "shop", "edge") in api.balanced()


def test_gateways_that_cannot_be_listed_are_an_error_and_not_none(
    api: KubernetesApi, server: FakeApiServer
) -> None:
    server.objects[GATEWAYS] = [named("edge")]
    server.refused[GATEWAYS] = 403
    with pytest.raises(TeardownError, match="403 Forbidden"):
        api.balanced()


def test_claims_are_all_claims(api: KubernetesApi) -> None:
    assert api.claims() == [Item("PersistentVolumeClaim", "shop", "data")]


def test_who_mounts_a_claim_is_the_outermost_owner_and_named_once(api: KubernetesApi) -> None:
    assert api.claim_users() == [
        Item("CronJob", "shop", "nightly"),
        Item("Deployment", "shop", "web"),
        # An operator's own kind cannot be deleted here: its pod can.
        Item("Pod", "shop", "alone"),
        Item("Pod", "shop", "operated"),
        Item("StatefulSet", "shop", "db"),
    ]


def test_volumes_are_those_that_go_with_their_claims_with_the_ids_of_ebs(
    api: KubernetesApi,
) -> None:
    assert api.volumes() == [Volume("ebs", "vol-1"), Volume("efs", "")]


@pytest.mark.parametrize(
    ("kind", "path"),
    [
        ("CronJob", "/apis/batch/v1/namespaces/shop/cronjobs/it"),
        ("DaemonSet", "/apis/apps/v1/namespaces/shop/daemonsets/it"),
        ("Deployment", "/apis/apps/v1/namespaces/shop/deployments/it"),
        ("Gateway", "/apis/gateway.networking.k8s.io/v1/namespaces/shop/gateways/it"),
        ("Ingress", "/apis/networking.k8s.io/v1/namespaces/shop/ingresses/it"),
        ("Job", "/apis/batch/v1/namespaces/shop/jobs/it"),
        ("PersistentVolumeClaim", "/api/v1/namespaces/shop/persistentvolumeclaims/it"),
        ("Pod", "/api/v1/namespaces/shop/pods/it"),
        ("ReplicaSet", "/apis/apps/v1/namespaces/shop/replicasets/it"),
        ("Service", "/api/v1/namespaces/shop/services/it"),
        ("StatefulSet", "/apis/apps/v1/namespaces/shop/statefulsets/it"),
    ],
)
def test_each_kind_is_deleted_at_its_place_with_its_pods(
    api: KubernetesApi, server: FakeApiServer, kind: str, path: str
) -> None:
    api.delete(Item(kind, "shop", "it"))
    assert server.deleted == [(path, "propagationPolicy=Background")]


def test_what_is_gone_already_is_deleted(api: KubernetesApi, server: FakeApiServer) -> None:
    server.status = 404
    api.delete(Item("Ingress", "shop", "web"))
    server.status = 403
    with pytest.raises(TeardownError, match="403 Forbidden"):
        api.delete(Item("Ingress", "shop", "web"))


def test_a_cluster_that_refuses_or_is_away_is_an_error_that_says_so(
    api: KubernetesApi, server: FakeApiServer
) -> None:
    server.status = 401
    with pytest.raises(TeardownError, match=r"does not answer \(401 Unauthorized\)"):
        api.balanced()
    with pytest.raises(TeardownError, match="does not answer"):
        KubernetesApi({"apiVersion": "v1", "kind": "Config"})
