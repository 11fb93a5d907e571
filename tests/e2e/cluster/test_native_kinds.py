"""Every native kind that the program uses: applied, awaited, refreshed, changed and deleted."""

import copy
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from components.fixed_fields import fixed_fields
from localcloud.plugins.kubernetes.operations import ObjectError
from tests.e2e.cluster.conftest import Cluster

NAMESPACE = "native"
POD = {
    "metadata": {"labels": {"app": "it"}},
    "spec": {
        "containers": [
            {
                "name": "it",
                "image": "it:1",
                "env": [{"name": "A", "value": "1"}],
                "ports": [{"containerPort": 53, "protocol": "UDP", "name": "dns"}],
                "resources": {"requests": {"cpu": "0.1", "memory": "64Mi"}},
            }
        ],
        "tolerations": [{"operator": "Exists"}],
    },
}
SELECTOR = {"matchLabels": {"app": "it"}}
RULE = {"apiGroups": [""], "resources": ["pods"], "verbs": ["get", "list"]}
RESOURCES = {"apiGroups": [""], "apiVersions": ["v1"], "resources": ["configmaps"]}
SUBJECT = {"kind": "ServiceAccount", "name": "it", "namespace": NAMESPACE}
ROLE = {"apiGroup": "rbac.authorization.k8s.io", "name": "it"}

HPA = {
    "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "it"},
    "minReplicas": 1,
    "maxReplicas": 3,
    "metrics": [
        {
            "type": "Resource",
            "resource": {
                "name": "cpu",
                "target": {"type": "Utilization", "averageUtilization": 70},
            },
        }
    ],
}

KINDS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "core/v1:Namespace": ({}, {"metadata": {"labels": {"a": "b"}}}),
    "core/v1:ConfigMap": ({"data": {"a": "1"}}, {"metadata": {"labels": {"a": "b"}}}),
    "core/v1:Secret": (
        {"stringData": {"a": "1"}, "type": "Opaque"},
        {"metadata": {"labels": {"a": "b"}}},
    ),
    "core/v1:ServiceAccount": (
        {"metadata": {"annotations": {"eks.amazonaws.com/role-arn": "arn:aws:iam::1:role/a"}}},
        {"automountServiceAccountToken": False},
    ),
    "core/v1:Service": (
        {
            "spec": {
                "clusterIP": "None",
                "selector": {"app": "none"},
                "ports": [{"name": "dns", "port": 53, "protocol": "UDP"}],
            }
        },
        {"metadata": {"labels": {"a": "b"}}},
    ),
    "apps/v1:Deployment": (
        {"spec": {"replicas": 2, "selector": SELECTOR, "template": POD}},
        {"spec": {"replicas": 3}},
    ),
    "apps/v1:DaemonSet": (
        {"spec": {"selector": SELECTOR, "template": POD}},
        {"spec": {"minReadySeconds": 1}},
    ),
    "scheduling.k8s.io/v1:PriorityClass": (
        {"value": -10, "description": "reserve", "preemptionPolicy": "Never"},
        {"description": "reserve capacity"},
    ),
    "policy/v1:PodDisruptionBudget": (
        {"spec": {"maxUnavailable": 1, "selector": SELECTOR}},
        {"spec": {"maxUnavailable": "50%"}},
    ),
    "autoscaling/v2:HorizontalPodAutoscaler": ({"spec": HPA}, {"spec": {"maxReplicas": 5}}),
    "rbac.authorization.k8s.io/v1:Role": ({"rules": [RULE]}, {"rules": [RULE, RULE]}),
    "rbac.authorization.k8s.io/v1:ClusterRole": ({"rules": [RULE]}, {"rules": [RULE, RULE]}),
    "rbac.authorization.k8s.io/v1:RoleBinding": (
        {"roleRef": {**ROLE, "kind": "Role"}, "subjects": [SUBJECT]},
        {"subjects": [{**SUBJECT, "name": "other"}]},
    ),
    "rbac.authorization.k8s.io/v1:ClusterRoleBinding": (
        {"roleRef": {**ROLE, "kind": "ClusterRole"}, "subjects": [SUBJECT]},
        {"subjects": [{**SUBJECT, "name": "other"}]},
    ),
    "storage.k8s.io/v1:StorageClass": (
        {
            "provisioner": "ebs.csi.aws.com",
            "parameters": {"type": "gp3", "encrypted": "true"},
            "volumeBindingMode": "WaitForFirstConsumer",
        },
        {"allowVolumeExpansion": True},
    ),
    "networking.k8s.io/v1:NetworkPolicy": (
        {
            "spec": {
                "podSelector": SELECTOR,
                "policyTypes": ["Ingress"],
                "ingress": [{"ports": [{"port": 53, "protocol": "UDP"}]}],
            }
        },
        {"spec": {"policyTypes": ["Ingress", "Egress"]}},
    ),
    "admissionregistration.k8s.io/v1:ValidatingAdmissionPolicy": (
        {
            "spec": {
                "paramKind": {"apiVersion": "v1", "kind": "Service"},
                "matchConstraints": {"resourceRules": [{**RESOURCES, "operations": ["CREATE"]}]},
                "variables": [{"name": "right", "expression": "true"}],
                "validations": [{"expression": "variables.right", "message": "never said"}],
            }
        },
        {"spec": {"failurePolicy": "Ignore"}},
    ),
    "admissionregistration.k8s.io/v1:ValidatingAdmissionPolicyBinding": (
        {
            "spec": {
                "policyName": "none",
                "validationActions": ["Warn"],
                "paramRef": {"selector": {}, "parameterNotFoundAction": "Allow"},
            }
        },
        {"spec": {"validationActions": ["Audit"]}},
    ),
}
"""Manifests, and what an update of each merges into it."""

CLUSTER_WIDE = (
    "Namespace",
    "PriorityClass",
    "ClusterRole",
    "ClusterRoleBinding",
    "StorageClass",
    "ValidatingAdmissionPolicy",
    "ValidatingAdmissionPolicyBinding",
)


def merged(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    result = copy.deepcopy(one)
    for key, value in other.items():
        old = result.get(key)
        result[key] = merged(old, value) if isinstance(old, dict) else value  # pyright: ignore
    return result


def declared(kind: str) -> dict[str, Any]:
    metadata: dict[str, Any] = {"name": "it" if kind != "core/v1:Namespace" else "native-2"}
    if kind.rsplit(":", 1)[1] not in CLUSTER_WIDE:
        metadata["namespace"] = NAMESPACE
    return merged({"metadata": metadata}, KINDS[kind][0])


@pytest.fixture(scope="module")
def place(cluster: Cluster) -> None:
    cluster.namespace(NAMESPACE)
    cluster.node("native-1")


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_kind_lives(cluster: Cluster, place: None, kind: str) -> None:
    token, wanted = f"kubernetes:{kind}", declared(kind)
    made = cluster.create(token, wanted)
    changed = cluster.update(token, made, merged(wanted, KINDS[kind][1]))
    cluster.delete(token, changed)


def test_a_manifest_with_a_wrong_type_is_refused(cluster: Cluster, place: None) -> None:
    wanted = declared("apps/v1:Deployment")
    wanted["spec"]["replicas"] = "two"
    of = cluster.resources_of("kubernetes:apps/v1:Deployment")
    inputs, _ = of.check({}, wanted, name="it", seed=b"seed")
    with pytest.raises(ObjectError, match="replicas"):
        of.create(inputs, seconds=5, preview=False)


def test_a_field_that_the_schema_lacks_is_dropped_and_told_and_refused_later(
    cluster: Cluster, place: None
) -> None:
    """As with Pulumi's own provider, which creates by a POST and updates by a server-side apply."""
    of = cluster.resources_of("kubernetes:core/v1:ConfigMap")
    wanted = declared("core/v1:ConfigMap")
    wanted["datas"] = {"a": "1"}
    wanted["metadata"]["name"] = "misspelt"
    inputs, _ = of.check({}, wanted, name="it", seed=b"seed")
    made = of.create(inputs, seconds=5, preview=False)
    (note,) = made.notes
    assert note.startswith("unknown: datas. ")
    assert made.properties["data"] == wanted["data"]
    with pytest.raises(ObjectError, match=r"\.datas: field not declared in schema"):
        of.update(inputs, made.properties, seconds=5, preview=False)
    of.delete(made.identity, made.properties, seconds=60)


def test_a_namespace_that_comes_later_is_waited_for(cluster: Cluster) -> None:
    of = cluster.resources_of("kubernetes:core/v1:ConfigMap")
    wanted = declared("core/v1:ConfigMap")
    wanted["metadata"] = {"name": "early", "namespace": "native-late"}
    inputs, _ = of.check({}, wanted, name="it", seed=b"seed")
    with ThreadPoolExecutor(1) as pool:
        made = pool.submit(of.create, inputs, seconds=5, preview=False)
        cluster.namespace("native-late")
    assert made.result().identity == "native-late/early"


def test_what_others_change_is_seen(cluster: Cluster, place: None) -> None:
    token = "kubernetes:autoscaling/v2:HorizontalPodAutoscaler"
    made = cluster.create(token, declared("autoscaling/v2:HorizontalPodAutoscaler"))
    path = f"/apis/autoscaling/v2/namespaces/{NAMESPACE}/horizontalpodautoscalers/it"
    cluster.kube.patch(path, {"spec": {"maxReplicas": 9}})
    assert cluster.drift(token, made) == {"spec.maxReplicas"}
    cluster.delete(token, made)


def test_one_that_exists_is_an_error_whatever_its_annotations_say(
    cluster: Cluster, place: None
) -> None:
    """Pulumi's own provider sends a plain POST; `patchForce` is about conflicts alone."""
    of = cluster.resources_of("kubernetes:core/v1:Namespace")
    forced: dict[str, Any] = {
        "metadata": {"name": "default", "annotations": {"pulumi.com/patchForce": "true"}}
    }
    inputs, _ = of.check({}, forced, name="it", seed=b"seed")
    with pytest.raises(ObjectError, match=r'^namespaces "default" already exists$'):
        of.create(inputs, seconds=5, preview=False)


def labels(cluster: Cluster, path: str) -> dict[str, str]:
    """Labels of an object that is there and is not about to go."""
    found = cluster.kube.get(path)
    assert found is not None
    assert "deletionTimestamp" not in found["metadata"]
    return found["metadata"]["labels"]


@pytest.mark.parametrize("name", ["default", "patched"])
def test_a_patch_takes_one_that_exists_makes_one_that_does_not_and_leaves_both(
    cluster: Cluster, place: None, name: str
) -> None:
    token = "kubernetes:core/v1:NamespacePatch"
    made = cluster.create(token, {"metadata": {"name": name, "labels": {"patched": "yes"}}})
    changed = cluster.update(token, made, {"metadata": {"name": name, "labels": {"patched": "no"}}})
    path = f"/api/v1/namespaces/{name}"
    assert labels(cluster, path)["patched"] == "no"
    of = cluster.resources_of(token)
    of.delete(changed.identity, changed.properties, seconds=5)
    assert "patched" not in labels(cluster, path)


@pytest.mark.parametrize(
    ("kind", "change", "said"),
    [
        ("scheduling.k8s.io/v1:PriorityClass", {"value": -5}, "value"),
        ("scheduling.k8s.io/v1:PriorityClass", {"preemptionPolicy": None}, "preemptionPolicy"),
        ("storage.k8s.io/v1:StorageClass", {"reclaimPolicy": "Retain"}, "reclaimPolicy"),
        ("storage.k8s.io/v1:StorageClass", {"volumeBindingMode": "Immediate"}, "volumeBindingMode"),
    ],
)
def test_what_the_provider_only_updates_the_api_server_refuses(
    cluster: Cluster, place: None, kind: str, change: dict[str, Any], said: str
) -> None:
    """So the program makes these anew: `components.fixed_fields`."""
    token, wanted = f"kubernetes:{kind}", declared(kind)
    made = cluster.create(token, wanted)
    of = cluster.resources_of(token)
    changed = {key: value for key, value in merged(wanted, change).items() if value is not None}
    inputs, _ = of.check(made.inputs, changed, name="it", seed=b"seed")
    assert not of.diff(made.inputs, inputs).replacing
    assert said in fixed_fields(kind.rpartition(":")[2])
    with pytest.raises(ObjectError, match=r"immutable|may not be changed|forbidden"):
        of.update(inputs, made.properties, seconds=5, preview=False)
    cluster.delete(token, made)
