"""Objects that the tests of this folder make."""

from localcloud.cluster.kube import Object
from tests.e2e.cluster.conftest import Cluster
from tests.e2e.cluster.packed import packed


def release(
    chart: str, values: dict[str, object], namespace: str = "kube-system"
) -> dict[str, object]:
    """Inputs of a Helm release, as the platform's program gives them."""
    return {
        "chart": packed(chart, "1.0.0"),
        "version": "1.0.0",
        "name": chart,
        "namespace": namespace,
        "values": values,
    }


def deploy(cluster: Cluster, namespace: str, name: str, *, node_label: str = "") -> None:
    """A Deployment of two pods, on nodes with such a label if one is given."""
    labels = {"app": name}
    container = {
        "name": "app",
        "image": "registry.example.org/app:v1",
        "resources": {"requests": {"cpu": "100m", "memory": "32Mi"}},
    }
    pod: Object = {"containers": [container]}
    if node_label:
        pod["nodeSelector"] = {node_label: "yes"}
    cluster.kube.apply(
        f"/apis/apps/v1/namespaces/{namespace}/deployments/{name}",
        {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": name, "namespace": namespace},
            "spec": {
                "replicas": 2,
                "selector": {"matchLabels": labels},
                "template": {"metadata": {"labels": labels}, "spec": pod},
            },
        },
    )


def ready_replicas(cluster: Cluster, namespace: str, name: str) -> int:
    """How many of its pods are ready."""
    found = cluster.kube.get(f"/apis/apps/v1/namespaces/{namespace}/deployments/{name}") or {}
    return int(found.get("status", {}).get("readyReplicas") or 0)


def nodes_of(cluster: Cluster, namespace: str, name: str) -> list[str]:
    """On which node each of its pods is, of those that stay."""
    pods = cluster.kube.items(f"/api/v1/namespaces/{namespace}/pods?labelSelector=app%3D{name}")
    staying = [pod for pod in pods if not pod["metadata"].get("deletionTimestamp")]
    return sorted(str(pod["spec"].get("nodeName")) for pod in staying)
