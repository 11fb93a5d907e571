"""The stand-ins for Cilium's operator and for the EBS CSI driver's controller."""

from typing import Any

import pytest

from localcloud.cluster.kube import Object
from tests.e2e.cluster.conftest import Cluster
from tests.e2e.cluster.packed import packed
from tests.waiting import wait_for

CLAIM = "kubernetes:core/v1:PersistentVolumeClaim"
CLASS = "kubernetes:storage.k8s.io/v1:StorageClass"
TAINT = {"key": "node.cilium.io/agent-not-ready", "value": "true", "effect": "NoExecute"}
SPOT = {"key": "spot", "effect": "NoSchedule"}


def taints(cluster: Cluster, node: str) -> list[str]:
    found = cluster.kube.get(f"/api/v1/nodes/{node}")
    assert found is not None
    listed = [taint["key"] for taint in found["spec"].get("taints") or []]
    # The node life cycle controller puts its own until the node is ready.
    return [key for key in listed if not key.startswith("node.kubernetes.io/")]


def cilium(**values: object) -> dict[str, Any]:
    return {
        "chart": packed("cilium", "1.20.0"),
        "version": "1.20.0",
        "name": "cilium",
        "namespace": "kube-system",
        "values": values,
    }


def test_nodes_are_opened_by_cilium_alone(cluster: Cluster) -> None:
    cluster.node("early", {"taints": [TAINT, SPOT]})
    assert taints(cluster, "early") == [TAINT["key"], "spot"]
    kept = cluster.create("helm", cilium(operator={"removeNodeTaints": False}))
    cluster.node("kept", {"taints": [TAINT]})
    assert taints(cluster, "kept") == [TAINT["key"]]
    release = cluster.update("helm", kept, cilium())
    wait_for("the first node's taint to go", lambda: taints(cluster, "early") == ["spot"])
    wait_for("the second's", lambda: taints(cluster, "kept") == [])
    cluster.node("late", {"taints": [TAINT]})
    wait_for("a late node's taint to go", lambda: taints(cluster, "late") == [])
    cluster.delete("helm", release)
    cluster.node("after", {"taints": [TAINT]})
    assert taints(cluster, "after") == [TAINT["key"]]
    for name in ("early", "kept", "late", "after"):
        cluster.kube.delete(f"/api/v1/nodes/{name}")


@pytest.fixture(scope="module")
def driver(cluster: Cluster) -> None:
    """What the EKS add-on makes."""
    cluster.kube.apply(
        "/apis/storage.k8s.io/v1/csidrivers/ebs.csi.aws.com",
        {
            "apiVersion": "storage.k8s.io/v1",
            "kind": "CSIDriver",
            "metadata": {"name": "ebs.csi.aws.com"},
            "spec": {"attachRequired": True},
        },
    )
    cluster.node("storage-1")


def storage_class(name: str, **more: object) -> dict[str, Any]:
    return {
        "metadata": {"name": name},
        "provisioner": "ebs.csi.aws.com",
        "parameters": {"type": "gp3", "encrypted": "true", "tagSpecification_1": "team=a"},
        "volumeBindingMode": "WaitForFirstConsumer",
        "allowVolumeExpansion": True,
        **more,
    }


def claim(name: str, storage: str) -> dict[str, Any]:
    return {
        "metadata": {"name": name, "namespace": "stored"},
        "spec": {
            "accessModes": ["ReadWriteOnce"],
            "storageClassName": storage,
            "resources": {"requests": {"storage": "10Gi"}},
        },
    }


def pod(claim_name: str) -> Object:
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": f"uses-{claim_name}"},
        "spec": {
            "containers": [
                {
                    "name": "web",
                    "image": "web:1",
                    "volumeMounts": [{"name": "data", "mountPath": "/data"}],
                }
            ],
            "volumes": [{"name": "data", "persistentVolumeClaim": {"claimName": claim_name}}],
        },
    }


def volumes(cluster: Cluster, claim_name: str) -> list[Any]:
    key = "tag:kubernetes.io/created-for/pvc/name"
    filters: list[Any] = [{"Name": key, "Values": [claim_name]}]
    return list(cluster.aws.ec2.describe_volumes(Filters=filters)["Volumes"])


def bound(cluster: Cluster, name: str) -> Object | None:
    found = cluster.kube.get(f"/api/v1/namespaces/stored/persistentvolumeclaims/{name}")
    return found if (found or {}).get("status", {}).get("phase") == "Bound" else None


def test_a_claim_gets_a_volume_when_a_pod_uses_it(cluster: Cluster, driver: None) -> None:
    cluster.namespace("stored")
    gp3 = cluster.create(CLASS, storage_class("gp3"))
    made = cluster.create(CLAIM, claim("data", "gp3"))
    assert volumes(cluster, "data") == []
    pods = "/api/v1/namespaces/stored/pods"
    cluster.kube.create(pods, pod("data"))
    live = wait_for("the claim to be bound", lambda: bound(cluster, "data"))
    (volume,) = volumes(cluster, "data")
    tags = {tag["Key"]: tag["Value"] for tag in volume["Tags"]}
    name = f"pvc-{live['metadata']['uid']}"
    assert tags["CSIVolumeName"] == name == live["spec"]["volumeName"]
    assert tags[f"kubernetes.io/cluster/{cluster.spec.name}"] == "owned"
    assert tags["team"] == "a"
    assert (volume["VolumeType"], volume["Size"], volume["Encrypted"]) == ("gp3", 10, True)
    assert volume["AvailabilityZone"] == "eu-west-1a"

    def runs() -> bool:
        found = cluster.kube.get(f"{pods}/uses-data") or {}
        return found.get("status", {}).get("phase") == "Running"

    wait_for("the pod to run", runs)
    cluster.kube.delete(f"{pods}/uses-data")
    cluster.delete(CLAIM, made)
    path = f"/api/v1/persistentvolumes/{name}"
    wait_for("the volume's end", lambda: cluster.kube.get(path) is None)
    assert volumes(cluster, "data") == []
    cluster.delete(CLASS, gp3)


def test_a_volume_is_retained_when_its_class_says_so(cluster: Cluster, driver: None) -> None:
    cluster.namespace("stored")
    kept = cluster.create(
        CLASS, storage_class("kept", reclaimPolicy="Retain", volumeBindingMode="Immediate")
    )
    made = cluster.create(CLAIM, claim("kept", "kept"))
    live = wait_for("the claim to be bound", lambda: bound(cluster, "kept"))
    cluster.delete(CLAIM, made)
    path = f"/api/v1/persistentvolumes/{live['spec']['volumeName']}"

    def released() -> bool:
        found = cluster.kube.get(path) or {}
        return found.get("status", {}).get("phase") == "Released"

    wait_for("the volume to be released", released)
    assert len(volumes(cluster, "kept")) == 1
    cluster.delete(CLASS, kept)


def test_a_class_with_unknown_parameters_gives_no_volume(cluster: Cluster, driver: None) -> None:
    cluster.namespace("stored")
    wrong = cluster.create(
        CLASS,
        storage_class("wrong", volumeBindingMode="Immediate", parameters={"typ": "gp3"}),
    )
    right = cluster.create(CLASS, storage_class("right", volumeBindingMode="Immediate"))
    for name in ("wrong", "right"):
        path = f"/api/v1/namespaces/stored/persistentvolumeclaims/{name}"
        body = {"apiVersion": "v1", "kind": "PersistentVolumeClaim", **claim(name, name)}
        cluster.kube.apply(path, body)
    wait_for("the right claim to be bound", lambda: bound(cluster, "right"))
    assert bound(cluster, "wrong") is None
    assert volumes(cluster, "wrong") == []
    for name, made in (("wrong", wrong), ("right", right)):
        cluster.kube.delete(f"/api/v1/namespaces/stored/persistentvolumeclaims/{name}")
        cluster.delete(CLASS, made)
