"""Pods that ask for nodes, on a colour that the program brought up."""

from tests.e2e.platform.running import Platform

NAMESPACE = "scaled"
DEPLOYMENTS = f"/apis/apps/v1/namespaces/{NAMESPACE}/deployments"


def make_namespace(platform: Platform, colour: str) -> None:
    """Makes the namespace of these pods."""
    platform.kube(colour).post(
        "/api/v1/namespaces",
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}},
    )


def deploy(platform: Platform, colour: str, name: str, replicas: int, *, spot: bool) -> None:
    """Pods that no node of the system has room for: they have 2 vCPUs."""
    container = {
        "name": "app",
        "image": "registry.example.org/app:v1",
        "resources": {"requests": {"cpu": "2500m", "memory": "256Mi"}},
    }
    pod: dict[str, object] = {"containers": [container]}
    if spot:
        pod["nodeSelector"] = {"node.kubernetes.io/lifecycle": "spot"}
        pod["tolerations"] = [{"key": "spot", "operator": "Exists"}]
    labels = {"app": name}
    platform.kube(colour).post(
        DEPLOYMENTS,
        {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": name},
            "spec": {
                "replicas": replicas,
                "selector": {"matchLabels": labels},
                "template": {"metadata": {"labels": labels}, "spec": pod},
            },
        },
    )


def are_ready(platform: Platform, colour: str, name: str, replicas: int) -> bool:
    """Whether so many of its pods are ready."""
    status = platform.kube(colour).get(f"{DEPLOYMENTS}/{name}").get("status", {})
    return status.get("readyReplicas", 0) == replicas
