"""What a switch has raised on a real API server, and a GitOps controller writes back.

kubectl writes as they do: Flux's kustomize-controller applies on the server's side with force, Argo
CD's controller on its own side by what it applied last.
"""

import json
import subprocess
from collections.abc import Mapping, Sequence

import pytest
import yaml

from bluegreen.field_managers import manager_of
from bluegreen.load import ClusterLoad
from bluegreen.scalable import RAISED, Scalable
from bluegreen.snapshot import KubeView
from bluegreen.world.kube import ApiServerClient
from bluegreen.world.load import read_load
from localcloud.cluster.kube import Object
from localcloud.tools.catalogue import KUBECTL
from localcloud.tools.obtain import ensure
from tests.e2e.cluster.conftest import Cluster

CONTROLLERS: Mapping[str, Sequence[str]] = {
    "kustomize-controller": ("--server-side", "--force-conflicts"),
    "argocd-controller": ("--server-side=false",),
}


def deployment(space: str) -> Object:
    labels = {"app": "web"}
    container = {"name": "app", "image": "registry.example.org/app:v1"}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web", "namespace": space},
        "spec": {
            "replicas": 2,
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": {"containers": [container]}},
        },
    }


def autoscaler(space: str) -> Object:
    return {
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": "web", "namespace": space},
        "spec": {
            "minReplicas": 2,
            "maxReplicas": 9,
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "absent"},
        },
    }


def kubectl(cluster: Cluster, objects: Sequence[Object], *words: str) -> None:
    """Runs kubectl on objects."""
    given = json.dumps({"apiVersion": "v1", "kind": "List", "items": objects})
    program = [ensure([KUBECTL])[KUBECTL], "--kubeconfig", cluster.kubeconfig]
    subprocess.run([*program, *words, "-f", "-"], input=given, text=True, check=True)


@pytest.mark.parametrize("manager", CONTROLLERS)
def test_it_is_seen_who_wrote_it_back_and_theirs_stays(cluster: Cluster, manager: str) -> None:
    space = cluster.namespace(f"set-back-{manager[:4]}")
    declared = [deployment(space), autoscaler(space)]

    def reconcile() -> None:
        options = [*CONTROLLERS[manager], f"--field-manager={manager}"]
        kubectl(cluster, declared, "apply", *options)

    client = ApiServerClient(yaml.safe_load(cluster.kubeconfig.read_text()))

    def raised() -> list[Scalable]:
        load: ClusterLoad = read_load(client, KubeView())
        assert not load.not_seen
        return [it for it in load.raised if f"/{space}/" in it.name]

    def raise_all() -> None:
        for path, field in paths.items():
            client.patch(path, Scalable(name="it", path=path, field=field, number=2).changes(6))

    reconcile()
    paths = {
        f"/apis/apps/v1/namespaces/{space}/deployments/web": "replicas",
        f"/apis/autoscaling/v2/namespaces/{space}/horizontalpodautoscalers/web": "minReplicas",
    }
    raise_all()
    assert {(it.set_number, it.set_by, it.is_changed) for it in raised()} == {
        (6, "bluegreen", False)
    }
    reconcile()
    found = raised()
    assert [it.field for it in found] == list(paths.values())
    for it in found:
        assert it.changed_in_words() == f"{it.field} is 2, not 6 any more ({manager} set it)"
        assert it.let_go() == {}
    # The remedy: what is not declared is left alone.
    for item, field in zip(declared, paths.values(), strict=True):
        del item["spec"][field]
    reconcile()
    raise_all()
    reconcile()
    assert {(it.set_number, it.is_changed) for it in raised()} == {(6, False)}


def test_what_is_replaced_whole_has_no_record_and_says_who_did_it(cluster: Cluster) -> None:
    space = cluster.namespace("replaced")
    declared = [deployment(space)]
    path = f"/apis/apps/v1/namespaces/{space}/deployments/web"
    client = ApiServerClient(yaml.safe_load(cluster.kubeconfig.read_text()))
    kubectl(cluster, declared, "create")
    client.patch(path, Scalable(name="it", path=path, field="replicas", number=2).changes(6))
    kubectl(cluster, declared, "replace")
    found = client.get(path)
    assert RAISED not in found["metadata"].get("annotations", {})
    assert found["spec"]["replicas"] == 2
    assert manager_of(found, "replicas") == "kubectl-replace"
