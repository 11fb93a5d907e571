"""Where pods and containers are in Kubernetes objects."""

from collections.abc import Iterable, Mapping

from guardrails.node import Node
from guardrails.rule import Seen

_POD_TEMPLATE = ("spec", "template", "spec")
_CRON_TEMPLATE = ("spec", "jobTemplate", "spec", "template", "spec")
WORKLOADS: Mapping[str, tuple[str, ...]] = {
    "kubernetes:apps/v1:Deployment": _POD_TEMPLATE,
    "kubernetes:apps/v1:DaemonSet": _POD_TEMPLATE,
    "kubernetes:apps/v1:StatefulSet": _POD_TEMPLATE,
    "kubernetes:apps/v1:ReplicaSet": _POD_TEMPLATE,
    "kubernetes:batch/v1:Job": _POD_TEMPLATE,
    "kubernetes:batch/v1:CronJob": _CRON_TEMPLATE,
    "kubernetes:core/v1:Pod": ("spec",),
    "kubernetes:core/v1:PodTemplate": ("template", "spec"),
    "kubernetes:core/v1:ReplicationController": _POD_TEMPLATE,
}
"""Types of objects that make pods, and the path of the pod's spec in each."""

PATCHED: Mapping[str, tuple[str, ...]] = {f"{kind}Patch": path for kind, path in WORKLOADS.items()}
"""Types that change a part of such an object. What they leave out is as it was, and not seen."""

DEPLOYMENT = "kubernetes:apps/v1:Deployment"
NAMESPACE = "kubernetes:core/v1:Namespace"


def pod(resource: Seen) -> Node:
    """The pod spec of a workload."""
    return resource.props.at(*{**WORKLOADS, **PATCHED}[resource.type])


def pods(resource: Seen) -> Iterable[Node]:
    """The pod spec of a workload, as its one part."""
    return [pod(resource)]


def containers(resource: Seen) -> Iterable[Node]:
    """Containers of a workload that it starts by itself, those that run first included."""
    spec = pod(resource)
    yield from spec["containers"].each()
    yield from spec["initContainers"].each()


def all_containers(resource: Seen) -> Iterable[Node]:
    """Containers of a workload, those included that somebody puts into a running pod."""
    yield from containers(resource)
    yield from pod(resource)["ephemeralContainers"].each()


def image_name(container: Node) -> str:
    """Last part of the name of a container's image, without version and digest."""
    name = container["image"].text().partition("@")[0].rpartition("/")[2]
    return name.partition(":")[0]


def named(container: Node) -> str:
    """How a message calls a container."""
    return f"container {container['name'].text() or container.path}"
