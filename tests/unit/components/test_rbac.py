"""Rights of the platform's groups, as the API server would read them."""

import pulumi_kubernetes as kubernetes
import pytest

from components.addons import load
from components.rbac import Rbac, RbacArgs
from settings.colour import Access
from settings.names import PLATFORM_NAMESPACES
from tests.unit.pulumi_harness import Checks, Plain, Ran, Registered, run

API = "kubernetes:rbac.authorization.k8s.io/v1"
ROLE, BINDING, CLUSTER_BINDING = (
    f"{API}:{kind}" for kind in ("ClusterRole", "RoleBinding", "ClusterRoleBinding")
)
NAMESPACE = "kubernetes:core/v1:NamespacePatch"


def make(*namespaces: str, preview: bool = False) -> Ran:
    def program(_: Checks) -> None:
        provider = kubernetes.Provider("eks-blue", kubeconfig="{}")
        settings = Access.model_validate({"debugNamespaces": namespaces})
        Rbac("rbac", RbacArgs(tags={}, provider=provider, settings=settings))

    return run(program, preview=preview)


def binding(resource: Registered) -> tuple[str, str, str, str]:
    """Name, group, role, and namespace of a binding."""
    (subject,) = resource.inputs["subjects"]
    role, metadata = resource.inputs["roleRef"], resource.inputs["metadata"]
    assert subject["kind"] == "Group"
    assert role["kind"] == "ClusterRole"
    assert subject["apiGroup"] == role["apiGroup"] == "rbac.authorization.k8s.io"
    return metadata["name"], subject["name"], role["name"], metadata.get("namespace", "")


def rules() -> Plain:
    return make().only(ROLE).inputs["rules"]


def allowed(verb: str, resource: str, group: str = "") -> bool:
    return any(
        verb in rule["verbs"] and resource in rule["resources"] and group in rule["apiGroups"]
        for rule in rules()
    )


def test_groups_are_bound_to_the_api_servers_own_roles() -> None:
    assert sorted(binding(it) for it in make().of_type(CLUSTER_BINDING)) == [
        ("readonly-role-view", "readonly", "view", ""),
        ("readwrite-role-edit", "readwrite", "edit", ""),
    ]


def test_without_namespaces_debugmode_is_bound_nowhere() -> None:
    ran = make()
    assert ran.of_type(BINDING) == []
    assert "debugmode" not in {binding(it)[1] for it in ran.of_type(CLUSTER_BINDING)}


def test_no_namespace_of_an_add_on_is_one_of_applications() -> None:
    assert {addon.namespace for addon in load().values()} <= {*PLATFORM_NAMESPACES}


@pytest.mark.parametrize("preview", [True, False])
def test_debugmode_can_be_limited_to_namespaces(preview: bool) -> None:
    ran = make("team-a", "team-b", preview=preview)
    assert sorted(binding(it) for it in ran.of_type(BINDING)) == [
        ("debugmode-role-debugmode", "debugmode", "debugmode", "team-a"),
        ("debugmode-role-debugmode", "debugmode", "debugmode", "team-b"),
    ]
    assert "debugmode" not in {binding(it)[1] for it in ran.of_type(CLUSTER_BINDING)}


def test_limited_to_namespaces_a_new_cluster_gets_them_and_nobody_loses_one() -> None:
    ran = make("team-a")
    namespace = ran.only(NAMESPACE)
    # A patch that says nothing but the name: one that exists already is no error.
    assert namespace.inputs["metadata"] == {"name": "team-a"}
    assert namespace.retain_on_delete
    assert ran.only(BINDING).waits_for(namespace)
    assert not make().of_type(NAMESPACE)


@pytest.mark.parametrize(
    ("verb", "resource"),
    [
        *((verb, "pods") for verb in ("get", "list", "watch")),
        ("get", "pods/log"),
        *(
            (verb, f"pods/{sub}")
            for sub in ("exec", "attach", "portforward")
            for verb in ("create", "get")
        ),
        ("patch", "pods/ephemeralcontainers"),
        ("update", "pods/ephemeralcontainers"),
        ("create", "pods/eviction"),
    ],
)
def test_debugmode_may(verb: str, resource: str) -> None:
    assert allowed(verb, resource)


def test_debugmode_may_nothing_else() -> None:
    assert sum(len(rule["verbs"]) * len(rule["resources"]) for rule in rules()) == 13
    assert {group for rule in rules() for group in rule["apiGroups"]} == {""}
    assert all("*" not in rule["verbs"] + rule["resources"] for rule in rules())


def test_all_objects_go_through_the_clusters_provider() -> None:
    ran = make("team-a")
    provider = ran.only("pulumi:providers:kubernetes")
    component = ran.only("eks-platform:rbac:Rbac")
    objects = [r for r in ran.resources if r.type.startswith("kubernetes:")]
    assert len(objects) == 5
    assert all(r.provider.startswith(f"{provider.urn}::") for r in objects)
    assert all(r.parent == component.urn for r in objects)
    assert ran.outputs_of(component) == {}
