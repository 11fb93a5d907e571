"""What each of the three human roles may do, asked of the real API server."""

from dataclasses import dataclass

import pytest
import yaml

from tests.e2e.platform.conftest import Platform
from tests.e2e.platform.kube import Kube

ADMIN, READWRITE, READONLY = "k8sadmin", "k8sreadwrite", "k8sreadonly"


@dataclass(frozen=True)
class Case:
    """One question to the API server and its answer for each role."""

    verb: str
    resource: str
    admin: bool
    readwrite: bool
    readonly: bool
    group: str = ""
    namespace: str | None = "sample"

    def __str__(self) -> str:
        where = self.namespace or "cluster"
        return f"{self.verb} {self.group or 'core'}/{self.resource} in {where}"


RBAC = "rbac.authorization.k8s.io"
CASES = (
    # Reading: everybody reads workloads, only those who may edit read secrets.
    Case("get", "pods", True, True, True),
    Case("list", "pods", True, True, True, namespace=None),
    Case("watch", "deployments", True, True, True, group="apps"),
    Case("get", "configmaps", True, True, True),
    Case("list", "events", True, True, True),
    Case("get", "ingresses", True, True, True, group="networking.k8s.io"),
    Case("get", "horizontalpodautoscalers", True, True, True, group="autoscaling"),
    Case("list", "namespaces", True, True, True, namespace=None),
    Case("get", "pods/log", True, True, True),
    Case("get", "secrets", True, True, False),
    Case("list", "secrets", True, True, False, namespace=None),
    Case("watch", "secrets", True, True, False, namespace="kube-system"),
    # Changing workloads.
    Case("create", "deployments", True, True, False, group="apps"),
    Case("patch", "deployments", True, True, False, group="apps"),
    Case("update", "deployments/scale", True, True, False, group="apps"),
    Case("delete", "pods", True, True, False),
    Case("deletecollection", "pods", True, True, False),
    Case("create", "configmaps", True, True, False),
    Case("delete", "services", True, True, False),
    Case("create", "ingresses", True, True, False, group="networking.k8s.io"),
    Case("create", "cronjobs", True, True, False, group="batch"),
    Case("create", "secrets", True, True, False),
    Case("create", "serviceaccounts/token", True, True, False),
    # Debugging: with no namespace named, debugmode gives nothing; edit has a shell in any pod.
    Case("create", "pods/exec", True, True, False),
    Case("get", "pods/exec", True, True, False),
    Case("create", "pods/exec", True, True, False, namespace="kube-system"),
    Case("create", "pods/exec", True, True, False, namespace="external-secrets"),
    Case("create", "pods/attach", True, True, False),
    Case("create", "pods/portforward", True, True, False),
    Case("patch", "pods/ephemeralcontainers", True, False, False),
    Case("update", "pods/ephemeralcontainers", True, False, False),
    Case("patch", "pods/ephemeralcontainers", True, False, False, namespace="kube-system"),
    Case("create", "pods/eviction", True, True, False),
    # Rights: nobody but the administrators gives them.
    Case("create", "roles", True, False, False, group=RBAC),
    Case("create", "rolebindings", True, False, False, group=RBAC),
    Case("create", "clusterrolebindings", True, False, False, group=RBAC, namespace=None),
    Case("escalate", "clusterroles", True, False, False, group=RBAC, namespace=None),
    Case("bind", "clusterroles", True, False, False, group=RBAC, namespace=None),
    Case("impersonate", "users", True, False, False, namespace=None),
    Case("impersonate", "groups", True, False, False, namespace=None),
    # The cluster itself.
    Case("get", "nodes", True, False, False, namespace=None),
    Case("patch", "nodes", True, False, False, namespace=None),
    Case("create", "nodes/proxy", True, False, False, namespace=None),
    Case("create", "namespaces", True, False, False, namespace=None),
    Case("delete", "namespaces", True, False, False, namespace=None),
    Case("delete", "persistentvolumes", True, False, False, namespace=None),
    Case("create", "storageclasses", True, False, False, group="storage.k8s.io", namespace=None),
    Case(
        "create",
        "customresourcedefinitions",
        True,
        False,
        False,
        group="apiextensions.k8s.io",
        namespace=None,
    ),
    Case(
        "create",
        "validatingwebhookconfigurations",
        True,
        False,
        False,
        group="admissionregistration.k8s.io",
        namespace=None,
    ),
    Case("*", "*", True, False, False, group="*", namespace=None),
)


def mappings(kube: Kube) -> dict[str, tuple[str, list[str]]]:
    """User name and groups of each human role, as aws-auth gives them."""
    config_map = kube.get("/api/v1/namespaces/kube-system/configmaps/aws-auth")
    found: dict[str, tuple[str, list[str]]] = {}
    for entry in yaml.safe_load(config_map["data"]["mapRoles"]):
        for role in (ADMIN, READWRITE, READONLY):
            if entry["rolearn"].endswith(role):
                found[role] = (entry["username"], entry["groups"])
    return found


def allowed(kube: Kube, user: str, groups: list[str], case: Case) -> bool:
    resource, _, subresource = case.resource.partition("/")
    attributes = {
        "verb": case.verb,
        "group": case.group,
        "resource": resource,
        "subresource": subresource,
        "namespace": case.namespace or "",
    }
    review = kube.post(
        "/apis/authorization.k8s.io/v1/subjectaccessreviews",
        {
            "apiVersion": "authorization.k8s.io/v1",
            "kind": "SubjectAccessReview",
            "spec": {
                "user": user,
                "groups": [*groups, "system:authenticated"],
                "resourceAttributes": attributes,
            },
        },
    )
    return bool(review["status"]["allowed"])


def test_aws_auth_holds_the_three_mappings(platform: Platform, colour: str) -> None:
    assert mappings(platform.kube(colour)) == {
        ADMIN: ("kubernetes-admin", ["system:masters"]),
        READWRITE: ("kubernetes-readwrite", ["readwrite", "readonly", "debugmode"]),
        READONLY: ("kubernetes-readonly", ["readonly", "debugmode"]),
    }


@pytest.fixture(scope="module")
def blue(platform: Platform) -> tuple[Kube, dict[str, tuple[str, list[str]]]]:
    kube = platform.kube("blue")
    return kube, mappings(kube)


@pytest.mark.parametrize("role", [ADMIN, READWRITE, READONLY])
@pytest.mark.parametrize("case", CASES, ids=str)
def test_permission(
    blue: tuple[Kube, dict[str, tuple[str, list[str]]]], role: str, case: Case
) -> None:
    kube, mapped = blue
    user, groups = mapped[role]
    expected = {ADMIN: case.admin, READWRITE: case.readwrite, READONLY: case.readonly}[role]
    assert allowed(kube, user, groups, case) is expected
