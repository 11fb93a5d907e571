"""Workloads that the platform itself runs: what they may do on a node, and what they ask for.

Charts are seen by name, version and values only: what they render is checked by the cluster's
own admission, not here.
"""

from collections.abc import Iterable, Iterator, Mapping

from guardrails.kubernetes import (
    PATCHED,
    WORKLOADS,
    all_containers,
    containers,
    named,
    pod,
    pods,
)
from guardrails.node import Node
from guardrails.rule import Fault, Rule, Seen, Stack, StackRule

_BUDGET = "kubernetes:policy/v1:PodDisruptionBudget"
_VOLUMES = ("kubernetes:core/v1:PersistentVolume", "kubernetes:core/v1:PersistentVolumePatch")
_REPLICATED = ("kubernetes:apps/v1:Deployment", "kubernetes:apps/v1:StatefulSet")

PRIVILEGED: Mapping[str, str] = {
    "kube-system/cilium": "it programs the kernel's network",
    "kube-system/cilium-envoy": "its proxy is put between sockets",
    "kube-system/node-local-dns": "it adds an address to the node",
}
"""Workloads that may be privileged or run as root, as NAMESPACE/NAME, with the reason."""

ON_THE_HOST: Mapping[str, str] = {
    **PRIVILEGED,
    "kube-system/cilium-operator": "it gives nodes the addresses that the pod network needs",
    "logging/fluent-bit": "it reads the node's logs",
    "kube-system/fluent-bit": "it reads the node's logs",
    "logging/fluentd": "it reads the node's logs",
    "kube-system/aws-node-termination-handler": "it watches the node that it is on",
}
"""Workloads that may use the node's network, processes or files, with the reason."""


def _privileged(part: Node, resource: Seen) -> Iterator[str]:
    if resource.kubernetes_name in PRIVILEGED:
        return
    context = part["securityContext"]
    if context["privileged"].flag(default=False):
        yield f"{named(part)} is privileged"
    if _is_host_process(context) or _is_host_process(pod(resource)["securityContext"]):
        yield f"{named(part)} is a process of a Windows node (hostProcess)"
    if context["procMount"].text() not in ("", "Default"):
        yield f"{named(part)} sees all of /proc (procMount)"
    for capability in context.at("capabilities", "add").texts():
        yield f"{named(part)} adds the capability {capability}"


def _is_host_process(context: Node) -> bool:
    return bool(context.at("windowsOptions", "hostProcess").flag(default=False))


def _escalation(part: Node, resource: Seen) -> Iterator[str]:
    if resource.kubernetes_name in PRIVILEGED:
        return
    if part["securityContext"]["allowPrivilegeEscalation"].flag(default=True):
        yield f"{named(part)} does not set allowPrivilegeEscalation to false"


def _root(part: Node, resource: Seen) -> Iterator[str]:
    if resource.kubernetes_name in PRIVILEGED:
        return
    of_pod = pod(resource)["securityContext"]["runAsNonRoot"].flag(default=False)
    context = part["securityContext"]
    if not context["runAsNonRoot"].flag(default=of_pod):
        yield f"{named(part)} may run as root"
    user = context["runAsUser"]
    if not user.missing and user.number(default=1) == 0:
        yield f"{named(part)} runs as user 0"


def _host(part: Node, resource: Seen) -> Iterator[str]:
    if resource.kubernetes_name in ON_THE_HOST:
        return
    for key in ("hostNetwork", "hostPID", "hostIPC"):
        if part[key].flag(default=False):
            yield f"{key} is true"
    for key in ("hostPath", "local"):
        if not part[key].missing:
            yield f"the volume is the node's {part.at(key, 'path').text()}"
    for container in _with_ports(part):
        for port in container["ports"].each():
            if port["hostPort"].number():
                yield f"{named(container)} takes the node's port {port['hostPort'].number()}"
    for volume in part["volumes"].each():
        if not volume["hostPath"].missing:
            path = volume.at("hostPath", "path").text()
            yield f"volume {volume['name'].text()} is the node's {path}"


def _with_ports(spec: Node) -> Iterator[Node]:
    for key in ("containers", "initContainers", "ephemeralContainers"):
        yield from spec[key].each()


def _on_nodes(resource: Seen) -> Iterable[Node]:
    """The pod spec of a workload, or the spec of a volume."""
    return [resource.props["spec"]] if resource.type in _VOLUMES else pods(resource)


def _resources(part: Node, _: Seen) -> Iterator[str]:
    found = part["resources"]
    lacking = [f"requests.{key}" for key in ("cpu", "memory") if found.at("requests", key).missing]
    lacking += ["limits.memory"] if found.at("limits", "memory").missing else []
    if lacking:
        yield f"{named(part)} lacks {', '.join(lacking)}"


def _without_budget(stack: Stack) -> Iterator[Fault]:
    budgets = [
        (budget.kubernetes_name.partition("/")[0], dict(_labels(budget.props["spec"]["selector"])))
        for budget in stack.resources_of(_BUDGET)
    ]
    for workload in stack.resources_of(*_REPLICATED):
        if workload.props.at("spec", "replicas").number(default=1) <= 1:
            continue
        namespace = workload.kubernetes_name.partition("/")[0]
        labels = dict(_labels(workload.props["spec"]["selector"]))
        covered = any(
            where == namespace and selector.items() <= labels.items()
            for where, selector in budgets
            if selector
        )
        if not covered:
            yield Fault(workload, "it has more than one pod, and no PodDisruptionBudget")


def _labels(selector: Node) -> Iterator[tuple[str, str]]:
    for key, value in selector["matchLabels"].items():
        yield key, value.text()


RULES = (
    Rule(
        name="no-privileged-pod",
        says="No container is privileged or adds capabilities, but for a listed few.",
        reason="A privileged container is root on its node.",
        remedy="Drop it, or add the workload to PRIVILEGED in"
        " policy/guardrails/rules/workloads.py with the reason",
        severity="critical",
        types=(*WORKLOADS, *PATCHED),
        parts=all_containers,
        check=_privileged,
    ),
    Rule(
        name="no-privilege-escalation",
        says="No process of a container can get more rights than it started with.",
        reason="Else one setuid program in an image is a way up.",
        remedy="Set securityContext.allowPrivilegeEscalation to false",
        severity="medium",
        types=tuple(WORKLOADS),
        parts=all_containers,
        check=_escalation,
    ),
    Rule(
        name="run-as-non-root",
        says="Containers run as another user than root, but for a listed few.",
        reason="Root inside a container is root outside, should it get out.",
        remedy="Set runAsNonRoot to true, for the pod or the container",
        types=tuple(WORKLOADS),
        parts=all_containers,
        check=_root,
    ),
    Rule(
        name="no-host-access",
        says="Pods use neither the node's network, processes nor files, but for a listed few.",
        reason="From there a pod reaches the node's credentials and its other pods.",
        remedy="Use a volume of another kind, or add the workload to ON_THE_HOST in"
        " policy/guardrails/rules/workloads.py with the reason",
        severity="critical",
        types=(*WORKLOADS, *PATCHED, *_VOLUMES),
        parts=_on_nodes,
        check=_host,
    ),
    Rule(
        name="requests-and-limits",
        says="Containers request CPU and memory, and have a limit of memory.",
        reason="Without requests nothing is planned for them; without a limit one leak takes a"
        " node. CPU has no limit on purpose: idle CPU may be used.",
        remedy="Set resources.requests and resources.limits.memory",
        severity="medium",
        types=tuple(WORKLOADS),
        parts=containers,
        check=_resources,
    ),
    StackRule(
        name="disruption-budget",
        says="What has more than one pod has a PodDisruptionBudget.",
        reason="Without one, a drain may end all pods at once.",
        remedy="Add a PodDisruptionBudget whose selector matches",
        level="advisory",
        severity="medium",
        check=_without_budget,
    ),
)
