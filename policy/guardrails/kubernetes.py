"""Where pods and containers are in Kubernetes objects."""

from collections.abc import Iterable, Mapping

from guardrails.node import Node
from guardrails.rule import Seen

_POD_TEMPLATE = ("spec", "template", "spec")
WORKLOADS: Mapping[str, tuple[str, ...]] = {
    "kubernetes:apps/v1:Deployment": _POD_TEMPLATE,
    "kubernetes:apps/v1:DaemonSet": _POD_TEMPLATE,
    "kubernetes:apps/v1:StatefulSet": _POD_TEMPLATE,
    "kubernetes:apps/v1:ReplicaSet": _POD_TEMPLATE,
    "kubernetes:batch/v1:Job": _POD_TEMPLATE,
    "kubernetes:batch/v1:CronJob": ("spec", "jobTemplate", "spec", "template", "spec"),
    "kubernetes:core/v1:Pod": ("spec",),
}
"""Types of objects that make pods, and the path of the pod's spec in each."""

DEPLOYMENT = "kubernetes:apps/v1:Deployment"
NAMESPACE = "kubernetes:core/v1:Namespace"


def pod(resource: Seen) -> Node:
    """The pod spec of a workload."""
    return resource.props.at(*WORKLOADS[resource.type])


def pods(resource: Seen) -> Iterable[Node]:
    """The pod spec of a workload, as its one part."""
    return [pod(resource)]


def containers(resource: Seen) -> Iterable[Node]:
    """Containers of a workload, those that run first included."""
    spec = pod(resource)
    yield from spec["containers"].each()
    yield from spec["initContainers"].each()


def named(container: Node) -> str:
    """How a message calls a container."""
    return f"container {container['name'].text() or container.path}"
