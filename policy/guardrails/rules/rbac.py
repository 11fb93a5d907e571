"""RBAC: who is bound to what, and what roles allow."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from guardrails.node import Node
from guardrails.rule import Fault, Rule, Seen, Stack, StackRule

_API = "kubernetes:rbac.authorization.k8s.io/v1:"
_BINDINGS = tuple(
    f"{_API}{scope}RoleBinding{patch}" for scope in ("Cluster", "") for patch in ("", "Patch")
)
_ROLES = tuple(f"{_API}{scope}Role{patch}" for scope in ("Cluster", "") for patch in ("", "Patch"))
_CONFIG_MAPS = ("kubernetes:core/v1:ConfigMap", "kubernetes:core/v1:ConfigMapPatch")
_ASSOCIATION = "aws:eks/accessPolicyAssociation:AccessPolicyAssociation"
_ADMIN_POLICY = "AmazonEKSClusterAdminPolicy"
_MASTERS = "system:masters"
_ADMINS = ("kubernetes-admin", "kubernetes-pipeline")
_ALL_POWERFUL = (
    "cluster-admin",
    # Roles of the control plane itself: each can write what makes it a cluster-admin.
    "system:controller:clusterrole-aggregation-controller",
    "system:controller:generic-garbage-collector",
    "system:controller:namespace-controller",
    "system:kube-controller-manager",
)
_EVERYBODY = ("system:anonymous", "system:unauthenticated", "system:authenticated")
_EVERY_POD = "system:serviceaccounts"
_OF_EVERYBODY = (
    "system:basic-user",
    "system:discovery",
    "system:public-info-viewer",
    "system:service-account-issuer-discovery",
)
"""What the API server itself gives to everybody."""

_GROUP = "rbac.authorization.k8s.io"


@dataclass(frozen=True)
class _Raise:
    """A right that gives whoever has it rights of others.

    Attributes:
        verbs: any one of them is enough.
        group: API group.
        resources: any one of them is enough.
        safe_if_named: whether it is harmless for certain objects, which `resourceNames` tell.
    """

    verbs: tuple[str, ...]
    group: str
    resources: tuple[str, ...]
    safe_if_named: bool = True


_RAISES = (
    # Named or not: a role that may be escalated is whatever one makes of it.
    _Raise(("escalate",), _GROUP, ("clusterroles", "roles"), safe_if_named=False),
    _Raise(("bind",), _GROUP, ("clusterroles", "roles")),
    _Raise(("impersonate",), "", ("users", "groups", "serviceaccounts")),
    # The token of any service account; a certificate for any name; any pod by way of its node.
    _Raise(("create",), "", ("serviceaccounts/token",)),
    _Raise(("approve", "sign"), "certificates.k8s.io", ("signers",)),
    _Raise(("get", "create"), "", ("nodes/proxy",), safe_if_named=False),
)
_ALMIGHTY = (*_ALL_POWERFUL, *_ADMINS, _MASTERS, "admin", "edit")
"""Names that are no harmless ones in `resourceNames`."""


def _masters(part: Node, resource: Seen) -> Iterator[str]:
    if resource.type in _CONFIG_MAPS:
        if part.at("metadata", "name").text() == "aws-auth":
            yield from _mapped_masters(part["data"])
        return
    for subject in _subjects(part):
        if subject == _MASTERS:
            yield f"it binds {_MASTERS}"
    role = part.at("roleRef", "name").text()
    if role in _ALL_POWERFUL:
        yield f"it binds {role}"


def _subjects(binding: Node) -> Iterator[str]:
    """Names of those that a binding is for; of service accounts with their groups' prefix."""
    for subject in binding["subjects"].each():
        if subject["kind"].text() != "ServiceAccount":
            yield subject["name"].text()


def _mapped_masters(data: Node) -> Iterator[str]:
    roles: dict[str, set[str]] = {}
    for key in ("mapRoles", "mapUsers"):
        for mapping in data[key].parsed().each():
            user = mapping["username"].text()
            if _MASTERS not in mapping["groups"].texts():
                continue
            if user not in _ADMINS or key == "mapUsers":
                yield f"aws-auth puts {user} in {_MASTERS}"
            roles.setdefault(user, set()).add(mapping["rolearn"].text())
    for user, arns in roles.items():
        # The name is whatever the ConfigMap says; who takes the role on is what counts.
        if user in _ADMINS and len(arns) > 1:
            yield f"aws-auth calls several roles {user}: {', '.join(sorted(arns))}"


def _cluster_admins(stack: Stack) -> Iterator[Fault]:
    found = [
        it for it in stack.resources_of(_ASSOCIATION) if _gives_everything(it.props["policyArn"])
    ]
    if not found:
        return
    admin = stack.output_of("shared", "humanRoles")["admin"].text()
    for association in found:
        principal = association.props["principalArn"].text()
        if principal != admin:
            yield Fault(association, f"{principal} gets {_ADMIN_POLICY}")


def _gives_everything(policy: Node) -> bool:
    return policy.text().rpartition("/")[2] == _ADMIN_POLICY


def _everybody(part: Node, _: Seen) -> Iterator[str]:
    role = part.at("roleRef", "name").text()
    if role in _OF_EVERYBODY:
        return
    for subject in _subjects(part):
        if subject in _EVERYBODY or subject == _EVERY_POD:
            yield f"it binds {role} to {subject}"


def _everything(part: Node, resource: Seen) -> Iterator[str]:
    called = f"{resource.kind.removesuffix('Patch')} {resource.name}"
    verbs = {
        verb
        for rule in part["rules"].each()
        if "*" in rule["resources"].texts()
        for verb in rule["verbs"].texts()
    }
    if _is_every(verbs):
        yield f"{called} allows every verb on every resource"
    for selector in part.at("aggregationRule", "clusterRoleSelectors").each():
        if not _names_labels(selector):
            yield f"{called} takes in every ClusterRole there is, cluster-admin with them"


def _is_every(verbs: Iterable[str]) -> bool:
    """Whether nothing is left that one could not do: whoever writes everything is cluster-admin."""
    found = set(verbs)
    reads, changes = {"get", "list", "watch"} & found, {"update", "patch"} & found
    return "*" in found or bool({"create", "delete"} <= found and reads and changes)


def _names_labels(selector: Node) -> bool:
    """Whether a selector asks for a label; all other roles lack it."""
    wanted = [it["operator"].text() for it in selector["matchExpressions"].each()]
    return bool(list(selector["matchLabels"].items())) or bool({"In", "Exists"} & set(wanted))


def _escalating(part: Node, resource: Seen) -> Iterator[str]:
    rules = list(part["rules"].each())
    for each in _RAISES:
        found = [
            (verb, kind)
            for verb in each.verbs
            for kind in each.resources
            if any(_allows(rule, each, verb, kind) for rule in rules)
        ]
        if found:
            verb, kind = found[0]
            called = f"{resource.kind.removesuffix('Patch')} {resource.name}"
            yield f"{called} allows to {verb} {kind}"


def _allows(rule: Node, right: _Raise, verb: str, kind: str) -> bool:
    named = rule["resourceNames"].texts()
    harmless = bool(named) and right.safe_if_named and not set(named) & set(_ALMIGHTY)
    wanted = {kind, "*"} | ({f"*/{kind.partition('/')[2]}"} if "/" in kind else set[str]())
    return (
        not harmless
        and bool({verb, "*"} & set(rule["verbs"].texts()))
        and bool({right.group, "*"} & set(rule["apiGroups"].texts()))
        and bool(wanted & set(rule["resources"].texts()))
    )


RULES = (
    Rule(
        name="no-extra-masters",
        says=f"Nobody but the admin role and the colour's own pipeline is in {_MASTERS}, and nobody"
        " is bound to cluster-admin.",
        reason="Such rights cannot be taken back by any other rule of the cluster.",
        remedy="Bind a role that names what is needed",
        severity="critical",
        types=(*_BINDINGS, *_CONFIG_MAPS),
        check=_masters,
    ),
    StackRule(
        name="no-extra-cluster-admins",
        says=f"Nobody but the admin role gets the access policy {_ADMIN_POLICY}.",
        reason=f"It is {_MASTERS} under another name, and stands in no object of the cluster.",
        remedy="Give the access entry a group, and bind the group to what is needed",
        severity="critical",
        check=_cluster_admins,
    ),
    Rule(
        name="nothing-for-everybody",
        says="Nothing is bound to everybody, nor to every pod.",
        reason="Anonymous is whoever reaches the API server; any pod is one flaw away from them.",
        remedy="Bind a group of people, or one service account",
        severity="critical",
        types=_BINDINGS,
        check=_everybody,
    ),
    Rule(
        name="no-wildcard-role",
        says="No role allows every verb on every resource.",
        reason="It is cluster-admin under another name.",
        remedy="Name verbs and resources",
        severity="critical",
        types=_ROLES,
        check=_everything,
    ),
    Rule(
        name="no-escalating-role",
        says="No role takes the rights of others: by escalate, bind or impersonate, by tokens of"
        " service accounts, certificates or a node's proxy.",
        reason="Whoever has it takes what it lacks; what it allows otherwise says nothing.",
        remedy="Leave the verb out, or name what it is for in resourceNames",
        severity="critical",
        types=_ROLES,
        check=_escalating,
    ),
)
