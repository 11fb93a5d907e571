"""What the platform's groups may do on a cluster; who is in them is said elsewhere."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_kubernetes as kubernetes
from pulumi_kubernetes.core.v1 import NamespacePatch
from pulumi_kubernetes.rbac.v1 import (
    ClusterRole,
    ClusterRoleBinding,
    PolicyRuleArgsDict,
    RoleBinding,
    RoleRefArgsDict,
    SubjectArgsDict,
)

from components.base import Component, ComponentArgs
from components.cluster_users import DEBUGMODE, READONLY, READWRITE
from settings.colour import Access

_API = "rbac.authorization.k8s.io"
# A shell in a pod is all that the pod is; but no secret can be read that no pod mounts.
_DEBUG_RULES: tuple[PolicyRuleArgsDict, ...] = (
    {"api_groups": [""], "resources": ["pods"], "verbs": ["get", "list", "watch"]},
    {"api_groups": [""], "resources": ["pods/log"], "verbs": ["get"]},
    {
        # Clients that speak WebSocket begin with a GET, those that speak SPDY with a POST.
        "api_groups": [""],
        "resources": ["pods/exec", "pods/attach", "pods/portforward"],
        "verbs": ["create", "get"],
    },
    {"api_groups": [""], "resources": ["pods/ephemeralcontainers"], "verbs": ["patch", "update"]},
    {"api_groups": [""], "resources": ["pods/eviction"], "verbs": ["create"]},
)


@dataclass(frozen=True, kw_only=True)
class RbacArgs(ComponentArgs):
    """Arguments of `Rbac`.

    Attributes:
        provider: Kubernetes provider of the cluster.
        settings: what people may do.
    """

    provider: kubernetes.Provider
    settings: Access


class Rbac(Component):
    """Pulumi type ``eks-platform:rbac:Rbac``.

    Binds the groups readonly and readwrite to the API server's own ClusterRoles ``view`` and
    ``edit``, which it keeps up to date by itself. Creates the ClusterRole ``debugmode`` and binds
    it to the group of that name, in the namespaces given and nowhere else: a shell in a pod of the
    platform is root on its node. Those namespaces are created if they do not exist, as a new
    cluster has none, and are never deleted.
    """

    MODULE = "rbac"

    def __init__(
        self, name: str, args: RbacArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(name, opts)
        self._name = name
        self._here = self.child(provider=args.provider)
        self._bind("readonly-role-view", READONLY, "view")
        self._bind("readwrite-role-edit", READWRITE, "edit")
        role = ClusterRole(
            f"{name}-debugmode",
            metadata={"name": DEBUGMODE},
            rules=list(_DEBUG_RULES),
            opts=self._here,
        )
        self._bind_debugmode(role, args.settings.debug_namespaces)
        self.register_outputs({})

    def _bind(self, label: str, group: str, role: pulumi.Input[str]) -> None:
        ClusterRoleBinding(
            f"{self._name}-{label}",
            metadata={"name": label},
            role_ref=_role(role),
            subjects=[_group(group)],
            opts=self._here,
        )

    def _bind_debugmode(self, role: ClusterRole, namespaces: Sequence[str]) -> None:
        label, role_name = "debugmode-role-debugmode", role.metadata.apply(_name_of)
        for namespace in namespaces:
            RoleBinding(
                f"{self._name}-{label}-{namespace}",
                metadata={"name": label, "namespace": self._namespace(namespace)},
                role_ref=_role(role_name),
                subjects=[_group(DEBUGMODE)],
                opts=self._here,
            )

    def _namespace(self, name: str) -> pulumi.Output[str]:
        kept = pulumi.ResourceOptions(retain_on_delete=True)
        # A patch of nothing: it makes the namespace if need be, and one that exists is its owner's.
        # A Namespace would be an error then: "already exists".
        namespace = NamespacePatch(
            f"{self._name}-{name}",
            metadata={"name": name},
            opts=pulumi.ResourceOptions.merge(self._here, kept),
        )
        # A patch must name its object, though its type says otherwise.
        return namespace.metadata.apply(lambda metadata: str(metadata.name) if metadata else name)


def _name_of(metadata: kubernetes.meta.v1.outputs.ObjectMeta) -> str:
    return str(metadata.name)


def _role(name: pulumi.Input[str]) -> RoleRefArgsDict:
    return {"api_group": _API, "kind": "ClusterRole", "name": name}


def _group(name: str) -> SubjectArgsDict:
    return {"api_group": _API, "kind": "Group", "name": name}
