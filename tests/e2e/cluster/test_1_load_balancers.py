"""The stand-in for the load balancer controller, on real objects and pods.

First of its folder: it begins with a cluster that never had a release.
"""

from typing import Any

import pytest

from localcloud.cluster.kube import Object
from localcloud.plugins.kubernetes.operations import Written
from localcloud.releases import SELECTOR
from tests.e2e.cluster.conftest import Cluster
from tests.e2e.cluster.packed import packed
from tests.waiting import wait_for

SERVICES = "/api/v1/namespaces/{}/services"
INGRESSES = "/apis/networking.k8s.io/v1/namespaces/{}/ingresses"


def balancers(cluster: Cluster, stack: str, prefix: str) -> list[dict[str, Any]]:
    """Load balancers whose tags name an object of this cluster."""
    found: list[dict[str, Any]] = []
    for balancer in cluster.aws.elbv2.describe_load_balancers()["LoadBalancers"]:
        arn = balancer["LoadBalancerArn"]
        described = cluster.aws.elbv2.describe_tags(ResourceArns=[arn])["TagDescriptions"][0]
        tags = {tag["Key"]: tag.get("Value") for tag in described["Tags"]}
        if tags.get(f"{prefix}/stack") == stack:
            assert tags["elbv2.k8s.aws/cluster"] == cluster.spec.name
            found.append({**balancer, "tags": tags})
    return found


def groups(cluster: Cluster, key: str, value: str) -> list[Any]:
    return list(
        cluster.aws.ec2.describe_security_groups(
            Filters=[{"Name": f"tag:{key}", "Values": [value]}]
        )["SecurityGroups"]
    )


def health(cluster: Cluster, balancer: str) -> list[str]:
    """Health of the targets of every target group that the balancer forwards to."""
    found: list[str] = []
    listeners = cluster.aws.elbv2.describe_listeners(LoadBalancerArn=balancer)["Listeners"]
    for listener in listeners:
        rules = cluster.aws.elbv2.describe_rules(ListenerArn=listener["ListenerArn"])["Rules"]
        arns = {a["TargetGroupArn"] for r in rules for a in r["Actions"] if "TargetGroupArn" in a}
        for arn in arns:
            answer = cluster.aws.elbv2.describe_target_health(TargetGroupArn=arn)
            found += [t["TargetHealth"]["State"] for t in answer["TargetHealthDescriptions"]]
    return found


def service(name: str, kind: str = "LoadBalancer") -> Object:
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name},
        "spec": {
            "type": kind,
            "selector": {"app": name},
            "ports": [{"name": "http", "port": 80, "targetPort": 8080}],
        },
    }


def ingress(name: str) -> Object:
    backend = {"service": {"name": name, "port": {"name": "http"}}}
    paths = [{"path": it, "pathType": "Prefix", "backend": backend} for it in ("/", "/api")]
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "Ingress",
        "metadata": {
            "name": name,
            "annotations": {"alb.ingress.kubernetes.io/scheme": "internet-facing"},
        },
        "spec": {
            "ingressClassName": "alb",
            "rules": [{"host": "web.example.org", "http": {"paths": paths}}],
        },
    }


def run_pods(cluster: Cluster, namespace: str, name: str, replicas: int) -> None:
    body: Object = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": {"app": name}},
            "template": {
                "metadata": {"labels": {"app": name}},
                "spec": {
                    "containers": [
                        {"name": "web", "image": "web:1", "ports": [{"containerPort": 8080}]}
                    ]
                },
            },
        },
    }
    cluster.kube.apply(f"/apis/apps/v1/namespaces/{namespace}/deployments/{name}", body)


def host_of(cluster: Cluster, path: str) -> str:
    def look() -> str | None:
        found = cluster.kube.get(path) or {}
        entries = found.get("status", {}).get("loadBalancer", {}).get("ingress") or []
        return entries[0]["hostname"] if entries else None

    return wait_for(f"host name of {path}", look)


@pytest.fixture(scope="module")
def node(cluster: Cluster) -> None:
    cluster.node("web-1")


def test_a_cluster_that_never_had_a_release_has_load_balancers(cluster: Cluster) -> None:
    assert cluster.kube.items(f"/api/v1/secrets?{SELECTOR}") == []
    namespace = cluster.namespace("first")
    path = SERVICES.format(namespace)
    cluster.kube.create(path, service("web"))
    host = host_of(cluster, f"{path}/web")
    (balancer,) = balancers(cluster, "first/web", "service.k8s.aws")
    assert (balancer["DNSName"], balancer["Type"]) == (host, "network")
    cluster.kube.delete(f"{path}/web")
    wait_for("the service's end", lambda: cluster.kube.get(f"{path}/web") is None)
    assert balancers(cluster, "first/web", "service.k8s.aws") == []


def install(cluster: Cluster) -> Written:
    return cluster.create(
        "helm",
        {
            "chart": packed("aws-load-balancer-controller", "3.5.0"),
            "version": "3.5.0",
            "name": "aws-load-balancer-controller",
            "namespace": "kube-system",
        },
    )


def test_an_ingress_has_all_that_the_real_controller_makes(cluster: Cluster, node: None) -> None:
    release = install(cluster)
    namespace = cluster.namespace("balanced")
    run_pods(cluster, namespace, "web", 2)
    cluster.kube.create(SERVICES.format(namespace), service("web", "ClusterIP"))
    path = f"{INGRESSES.format(namespace)}/web"
    cluster.kube.create(INGRESSES.format(namespace), ingress("web"))
    host = host_of(cluster, path)
    (balancer,) = balancers(cluster, "balanced/web", "ingress.k8s.aws")
    assert (balancer["DNSName"], balancer["Scheme"]) == (host, "internet-facing")
    assert balancer["tags"]["ingress.k8s.aws/resource"] == "LoadBalancer"
    (group,) = groups(cluster, "ingress.k8s.aws/stack", "balanced/web")
    (shared,) = groups(cluster, "elbv2.k8s.aws/resource", "backend-sg")
    assert set(balancer["SecurityGroups"]) == {group["GroupId"], shared["GroupId"]}
    assert [rule["FromPort"] for rule in group["IpPermissions"]] == [80]
    arn = balancer["LoadBalancerArn"]
    wait_for("two healthy targets", lambda: health(cluster, arn) == ["healthy", "healthy"])
    run_pods(cluster, namespace, "web", 3)
    wait_for("a third target", lambda: health(cluster, arn) == ["healthy"] * 3)

    # Without its controller, an ingress cannot go: its finalizer holds it.
    cluster.delete("helm", release)
    cluster.kube.delete(path)
    held = cluster.kube.get(path)
    assert held is not None
    assert held["metadata"]["finalizers"] == ["ingress.k8s.aws/resources"]
    other = f"{SERVICES.format(namespace)}/other"
    cluster.kube.create(SERVICES.format(namespace), service("other"))
    release = install(cluster)
    host_of(cluster, other)
    wait_for("the ingress's end", lambda: cluster.kube.get(path) is None)
    assert balancers(cluster, "balanced/web", "ingress.k8s.aws") == []
    assert groups(cluster, "ingress.k8s.aws/stack", "balanced/web") == []
    assert groups(cluster, "elbv2.k8s.aws/resource", "backend-sg") != []
    cluster.kube.delete(other)
    wait_for("the service's end", lambda: cluster.kube.get(other) is None)
    assert groups(cluster, "elbv2.k8s.aws/cluster", cluster.spec.name) == []
    assert cluster.aws.elbv2.describe_target_groups()["TargetGroups"] == []
    cluster.delete("helm", release)


def test_without_its_controller_a_service_gets_nothing(cluster: Cluster) -> None:
    namespace = cluster.namespace("unbalanced")
    path = SERVICES.format(namespace)
    cluster.kube.create(path, service("web"))
    slices = f"/apis/discovery.k8s.io/v1/namespaces/{namespace}/endpointslices"
    wait_for("the controllers that do run", lambda: cluster.kube.items(slices))
    found = cluster.kube.get(f"{path}/web") or {}
    assert "service.k8s.aws/resources" not in found["metadata"].get("finalizers", [])
    assert balancers(cluster, f"{namespace}/web", "service.k8s.aws") == []
    release = install(cluster)
    # Whatever was there before is served once the controller is there.
    host_of(cluster, f"{path}/web")
    cluster.kube.delete(f"{path}/web")
    wait_for("the service's end", lambda: cluster.kube.get(f"{path}/web") is None)
    cluster.delete("helm", release)
