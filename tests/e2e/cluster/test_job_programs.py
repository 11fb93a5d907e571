"""Jobs of kubectl run: with the rights of their account, and they fail as it fails."""

from typing import Any

import pytest

from catalogue.versions import KUBECTL_IMAGE
from localcloud.cluster.kube import Object
from tests.e2e.cluster.conftest import Cluster
from tests.waiting import wait_for

NAMESPACE = "job-programs"
JOBS = f"/apis/batch/v1/namespaces/{NAMESPACE}/jobs"
MAPS = f"/api/v1/namespaces/{NAMESPACE}/configmaps"
RIGHTS = f"/apis/rbac.authorization.k8s.io/v1/namespaces/{NAMESPACE}"
ACCOUNT = "writer"


@pytest.fixture(scope="module", autouse=True)
def account(cluster: Cluster) -> None:
    """May change config maps of its namespace, and read nothing else."""
    kube = cluster.kube
    cluster.node("job-programs-1")
    cluster.namespace(NAMESPACE)
    named = {"name": ACCOUNT, "namespace": NAMESPACE}
    kube.apply(
        f"/api/v1/namespaces/{NAMESPACE}/serviceaccounts/{ACCOUNT}",
        {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": named},
    )
    rule = {"apiGroups": [""], "resources": ["configmaps"], "verbs": ["get", "patch"]}
    group = "rbac.authorization.k8s.io"
    kube.apply(
        f"{RIGHTS}/roles/{ACCOUNT}",
        {"apiVersion": f"{group}/v1", "kind": "Role", "metadata": named, "rules": [rule]},
    )
    kube.apply(
        f"{RIGHTS}/rolebindings/{ACCOUNT}",
        {
            "apiVersion": f"{group}/v1",
            "kind": "RoleBinding",
            "metadata": named,
            "roleRef": {"apiGroup": group, "kind": "Role", "name": ACCOUNT},
            "subjects": [{"kind": "ServiceAccount", **named}],
        },
    )


def container(name: str, *arguments: str) -> Object:
    image = KUBECTL_IMAGE.reference("1.35")
    return {"name": name, "image": image, "args": list(arguments)}


def job(cluster: Cluster, name: str, *containers: Object) -> dict[str, Any]:
    """Runs a Job to its end: its status."""
    spec: Object = {
        "serviceAccountName": ACCOUNT,
        "restartPolicy": "Never",
        "containers": list(containers),
    }
    cluster.kube.create(
        JOBS,
        {
            "apiVersion": "batch/v1",
            "kind": "Job",
            "metadata": {"name": name},
            "spec": {"backoffLimit": 0, "template": {"spec": spec}},
        },
    )

    def over() -> dict[str, Any] | None:
        status = (cluster.kube.get(f"{JOBS}/{name}") or {}).get("status", {})
        ended = {"Complete", "Failed"} & {it["type"] for it in status.get("conditions") or []}
        return status if ended else None

    return wait_for(f"job {name} to end", over)


def config_map(cluster: Cluster, name: str) -> None:
    cluster.kube.create(MAPS, {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}})


def annotations(cluster: Cluster, name: str) -> Object:
    found = cluster.kube.get(f"{MAPS}/{name}")
    assert found is not None
    return found["metadata"].get("annotations") or {}


def annotate(name: str) -> Object:
    return container(name, "annotate", "configmap", name, f"--namespace={NAMESPACE}", "done=yes")


def test_each_container_runs_once_with_the_rights_of_its_account(cluster: Cluster) -> None:
    for name in ("one", "two"):
        config_map(cluster, name)
    status = job(cluster, "annotating", annotate("one"), annotate("two"))
    assert status["succeeded"] == 1
    for name in ("one", "two"):
        assert annotations(cluster, name) == {"done": "yes"}


def test_what_it_may_not_do_fails_its_job_and_its_log_says_why(cluster: Cluster) -> None:
    config_map(cluster, "three")
    reading = container("secrets", "get", "secrets", f"--namespace={NAMESPACE}")
    status = job(cluster, "reading", annotate("three"), reading)
    assert status["failed"] == 1
    (log,) = (cluster.services.state.logs / cluster.spec.name).glob("reading-*.log")
    assert "secrets is forbidden" in log.read_text()
    # The other container did its work.
    assert annotations(cluster, "three") == {"done": "yes"}


def test_a_job_of_another_image_is_simulated(cluster: Cluster) -> None:
    other = {"name": "it", "image": "registry.example.org/my-kubectl-tool:v1"}
    assert job(cluster, "simulated", other)["succeeded"] == 1
