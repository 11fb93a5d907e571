"""Namespaces and webhooks: what the API server lets in."""

from collections.abc import Iterable, Iterator

from guardrails.kubernetes import NAMESPACE
from guardrails.node import Node
from guardrails.rule import Fault, Rule, Seen, Stack, StackRule

_ENFORCE = "pod-security.kubernetes.io/enforce"
_LEVELS = ("privileged", "baseline", "restricted")
_SYSTEM = "kube-system"
_KEPT_OPEN = (_SYSTEM, "default", "kube-public", "kube-node-lease")
_POLICIES = (
    "kubernetes:networking.k8s.io/v1:NetworkPolicy",
    "kubernetes:cilium.io/v2:CiliumNetworkPolicy",
)
_WEBHOOKS = (
    "kubernetes:admissionregistration.k8s.io/v1:ValidatingWebhookConfiguration",
    "kubernetes:admissionregistration.k8s.io/v1:MutatingWebhookConfiguration",
)
_NAME_LABEL = "kubernetes.io/metadata.name"


def _pod_security(part: Node, resource: Seen) -> Iterator[str]:
    if resource.kubernetes_name.rpartition("/")[2] in _KEPT_OPEN:
        return
    level = part.at("metadata", "labels", _ENFORCE).text()
    if level not in _LEVELS:
        yield f"the label {_ENFORCE} is {level or 'not set'}"


def _default_deny(stack: Stack) -> Iterator[Fault]:
    covered = {
        policy.kubernetes_name.partition("/")[0]
        for policy in stack.resources_of(*_POLICIES)
        if not list(_selected(policy))
    }
    for namespace in stack.resources_of(NAMESPACE):
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
    """Whether pods of kube-system get by: it lacks a label that is asked for, or is left out.

    It bears its name as a label, and nothing that one could rely on besides.
    """
    name = selector["matchLabels"][_NAME_LABEL].text()
    others = [key for key, _ in selector["matchLabels"].items() if key != _NAME_LABEL]
    if others or (name and name != _SYSTEM):
        return True
    return any(map(_leaves_out, selector["matchExpressions"].each()))


def _leaves_out(expression: Node) -> bool:
    operator, values = expression["operator"].text(), expression["values"].texts()
    if expression["key"].text() != _NAME_LABEL:
        return operator in ("In", "Exists")
    return (
        operator == "DoesNotExist"
        or (operator == "NotIn" and _SYSTEM in values)
        or (operator == "In" and _SYSTEM not in values)
    )


def _is_selective(webhook: Node) -> bool:
    """Whether it is asked about its own custom resources only, which no node needs."""
    for rule in webhook["rules"].each():
        for group in rule["apiGroups"].texts():
            if "." not in group or group.endswith("k8s.io") or group == "*":
                return False
    return bool(list(webhook["rules"].each()))


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
)
