"""Namespaces, webhooks and cluster roles: what the API server lets in."""

from collections.abc import Iterable, Iterator

from guardrails.kubernetes import NAMESPACE
from guardrails.node import Node
from guardrails.rule import Fault, Rule, Seen, Stack, StackRule

_ENFORCE = "pod-security.kubernetes.io/enforce"
_LEVELS = ("privileged", "baseline", "restricted")
_SHARED = "pulumi.com/patchForce"
_KEPT_OPEN = ("kube-system", "default", "kube-public", "kube-node-lease")
_POLICIES = (
    "kubernetes:networking.k8s.io/v1:NetworkPolicy",
    "kubernetes:cilium.io/v2:CiliumNetworkPolicy",
)
_WEBHOOKS = (
    "kubernetes:admissionregistration.k8s.io/v1:ValidatingWebhookConfiguration",
    "kubernetes:admissionregistration.k8s.io/v1:MutatingWebhookConfiguration",
)
_BINDINGS = (
    "kubernetes:rbac.authorization.k8s.io/v1:ClusterRoleBinding",
    "kubernetes:rbac.authorization.k8s.io/v1:RoleBinding",
)
_ROLES = (
    "kubernetes:rbac.authorization.k8s.io/v1:ClusterRole",
    "kubernetes:rbac.authorization.k8s.io/v1:Role",
)
_CONFIG_MAPS = ("kubernetes:core/v1:ConfigMap", "kubernetes:core/v1:ConfigMapPatch")
_MASTERS = "system:masters"
_ADMINS = ("kubernetes-admin", "kubernetes-pipeline")
_NAME_LABEL = "kubernetes.io/metadata.name"


def _pod_security(part: Node, resource: Seen) -> Iterator[str]:
    if resource.kubernetes_name.rpartition("/")[2] in _KEPT_OPEN:
        return
    if part.at("metadata", "annotations", _SHARED).flag(default=False):
        return  # it may be there already, and then it is its owner's to label
    level = part.at("metadata", "labels", _ENFORCE).text()
    if level not in _LEVELS:
        yield f"the label {_ENFORCE} is {level or 'not set'}"


def _default_deny(stack: Stack) -> Iterator[Fault]:
    covered = {
        policy.kubernetes_name.partition("/")[0]
        for policy in stack.of(*_POLICIES)
        if not list(_selected(policy))
    }
    for namespace in stack.of(NAMESPACE):
        name = namespace.kubernetes_name.rpartition("/")[2]
        if name not in covered and name not in _KEPT_OPEN:
            yield Fault(namespace, f"no network policy selects all pods of {name}")


def _selected(policy: Seen) -> Iterator[str]:
    spec = policy.props["spec"]
    for key in ("podSelector", "endpointSelector"):
        for inner in ("matchLabels", "matchExpressions"):
            if not spec.at(key, inner).missing:
                yield inner


def _webhooks(resource: Seen) -> Iterable[Node]:
    return resource.props["webhooks"].each()


def _blocking(part: Node, _: Seen) -> Iterator[str]:
    # The API server's default is Fail.
    if part["failurePolicy"].text() == "Ignore":
        return
    if not _spares_kube_system(part["namespaceSelector"]) and not _is_selective(part):
        yield f"webhook {part['name'].text()} fails closed, also for kube-system"


def _spares_kube_system(selector: Node) -> bool:
    """Whether pods of kube-system get by: named as not meant, or without a label that is."""
    for expression in selector["matchExpressions"].each():
        values = expression["values"].texts()
        if expression["operator"].text() == "NotIn" and "kube-system" in values:
            return True
        if expression["operator"].text() == "In" and "kube-system" not in values:
            return expression["key"].text() == _NAME_LABEL
    return bool(list(selector["matchLabels"].items()))


def _is_selective(webhook: Node) -> bool:
    """Whether it is asked about its own custom resources only, which no node needs."""
    for rule in webhook["rules"].each():
        for group in rule["apiGroups"].texts():
            if "." not in group or group.endswith("k8s.io") or group == "*":
                return False
    return bool(list(webhook["rules"].each()))


def _masters(part: Node, resource: Seen) -> Iterator[str]:
    if resource.type in _CONFIG_MAPS:
        if part.at("metadata", "name").text() == "aws-auth":
            yield from _mapped_masters(part["data"])
        return
    for subject in part["subjects"].each():
        if subject["name"].text() == _MASTERS:
            yield f"it binds {_MASTERS}"
    if part.at("roleRef", "name").text() == "cluster-admin":
        yield "it binds cluster-admin"


def _mapped_masters(data: Node) -> Iterator[str]:
    for key in ("mapRoles", "mapUsers"):
        for mapping in data[key].parsed().each():
            user = mapping["username"].text()
            if _MASTERS in mapping["groups"].texts() and user not in _ADMINS:
                yield f"aws-auth puts {user} in {_MASTERS}"


def _everything(part: Node, resource: Seen) -> Iterator[str]:
    for rule in part["rules"].each():
        if "*" in rule["verbs"].texts() and "*" in rule["resources"].texts():
            yield f"{resource.kind} {resource.name} allows every verb on every resource"


RULES = (
    Rule(
        name="namespace-pod-security",
        says="Every namespace says which Pod Security Standard it enforces.",
        reason="Without the label any pod may be privileged there.",
        remedy=f"Set the label {_ENFORCE} to restricted, baseline or, where it must be, privileged",
        types=(NAMESPACE,),
        check=_pod_security,
    ),
    StackRule(
        name="namespace-network-policy",
        says="Every namespace of the platform has a network policy for all its pods.",
        reason="Without one, any pod of the cluster reaches them.",
        remedy="Add a NetworkPolicy with an empty podSelector, then what must be reached",
        level="advisory",
        severity="medium",
        check=_default_deny,
    ),
    Rule(
        name="webhook-spares-kube-system",
        says="A webhook that fails closed is not asked about kube-system.",
        reason="When its pods are gone, what would bring them back could not start.",
        remedy="Add a namespaceSelector that leaves kube-system out, or failurePolicy Ignore",
        types=_WEBHOOKS,
        parts=_webhooks,
        check=_blocking,
    ),
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
    Rule(
        name="no-wildcard-role",
        says="No role allows every verb on every resource.",
        reason="It is cluster-admin under another name.",
        remedy="Name verbs and resources",
        severity="critical",
        types=_ROLES,
        check=_everything,
    ),
)
