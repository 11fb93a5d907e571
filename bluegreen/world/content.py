"""What the exported state of a stack says: pure functions."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from bluegreen.snapshot import Lock, NodeKind, SharedItems, StackState
from costs import group

Json: TypeAlias = object

PROTECTION = "deletionProtection"
"""Setting of a colour, and input of its cluster: EKS refuses to delete it."""

Deployment: TypeAlias = Mapping[str, Any]
"""A stack's state: the member ``deployment`` of what ``pulumi stack export`` gives."""

SECRET_KEY = "4dabf18193072939515e22adb298388d"  # noqa: S105 - marks a secret, is none

UNREAD: Mapping[str, Any] = {
    "initErrors": ["an interrupted operation left it, and it is still to be read from the world"],
    "refreshBeforeUpdate": True,
}
"""Fields of a resource in a state that is still to be read from the world.

Pending operations do not outlive an import of the state; these do, until a refresh has read the
resource. By the second one the engine itself reads it before it updates anything.
"""

STACK_TYPE = "pulumi:pulumi:Stack"

_UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
"""What the engine writes for an output of something that a destroy has deleted already."""

_INSTALLATION_TYPE = "eks-platform:installation:Installation"
_LOG_GROUP_TYPE = "aws:cloudwatch/logGroup:LogGroup"
_GATEWAY_TYPE = "aws:ec2/natGateway:NatGateway"
_ADDRESS_TYPE = "aws:ec2/eip:Eip"
_ZONE_TYPE = "aws:route53/zone:Zone"
_MARKER = "eks-platform:teardownMarker:TeardownMarker$kubernetes:core/v1:ConfigMap::"
_CLUSTER = "aws:eks/cluster:Cluster::"


@dataclass(frozen=True)
class StackContent:
    """What the engine holds of a stack.

    Attributes:
        state: existence, pending operations, locks.
        outputs: its outputs, without those of what has been deleted; secrets are in clear only
            if that was asked for.
        resources: URN of each resource → its inputs, secrets unopened.
        addons: add-on of the program → its version.
        kept_logs: names of log groups that stay when the stack is destroyed.
    """

    state: StackState
    outputs: Mapping[str, Json] = field(default_factory=dict[str, Json])
    resources: Mapping[str, Mapping[str, Json]] = field(
        default_factory=dict[str, Mapping[str, Json]]
    )
    addons: Mapping[str, str] = field(default_factory=dict[str, str])
    kept_logs: tuple[str, ...] = ()


def content_of(stack: str, deployment: Deployment, held: tuple[Lock, ...] | None) -> StackContent:
    """What a state says.

    Args:
        stack: stack name.
        deployment: its state.
        held: its locks; None where they cannot be seen.
    """
    found: dict[str, Mapping[str, Json]] = {}
    outputs: Mapping[str, Json] = {}
    addons: dict[str, str] = {}
    kept: list[str] = []
    for resource in deployment.get("resources") or ():
        found[resource["urn"]] = resource.get("inputs") or {}
        if resource["type"] == STACK_TYPE:
            said = {k: open_secrets(v) for k, v in (resource.get("outputs") or {}).items()}
            outputs = {k: v for k, v in said.items() if not _holds_unknown(v)}
        if resource["type"] == _INSTALLATION_TYPE:
            version = (resource.get("outputs") or {}).get("version")
            addons[short_name(resource["urn"])] = str(version or "interrupted")
        if resource["type"] == _LOG_GROUP_TYPE and resource.get("retainOnDelete"):
            kept.append(str(found[resource["urn"]].get("name")))
    state = StackState(
        name=stack,
        exists=True,
        resources=len(found),
        pending=tuple(
            f"{kind} {short_name(it['urn'])}" for kind, it in pending_entries(deployment)
        ),
        locks=held or (),
        locks_read=held is not None,
    )
    return StackContent(state, outputs, found, addons, tuple(sorted(kept)))


def pending_entries(deployment: Deployment) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """What an interruption left: the engine's word for each operation, and its resource.

    Resources that are still to be read from the world (`UNREAD`) come first, as ``reading``.
    """
    for entry in deployment.get("resources") or ():
        if entry.get("initErrors") == UNREAD["initErrors"]:
            yield "reading", entry
    for operation in deployment.get("pending_operations") or ():
        yield operation["type"], operation["resource"]


def open_secrets(value: Json) -> Json:
    """A value of an exported state with its secrets in clear."""
    if isinstance(value, Mapping):
        # The same key marks other kinds of values, such as references to resources.
        if SECRET_KEY in value and "plaintext" in value:
            return json.loads(str(value["plaintext"]))
        return {str(key): open_secrets(inner) for key, inner in value.items()}
    return [open_secrets(inner) for inner in value] if isinstance(value, list) else value


def _holds_unknown(value: Json) -> bool:
    if isinstance(value, Mapping):
        return any(map(_holds_unknown, value.values()))
    return any(map(_holds_unknown, value)) if isinstance(value, list) else value == _UNKNOWN


def short_name(urn: str) -> str:
    """The name of a resource in the program."""
    return urn.rsplit("::", 1)[-1]


def deployment_urns(content: StackContent, names: Sequence[str]) -> Iterator[str]:
    """URNs of Deployments by their Kubernetes names."""
    for urn, inputs in content.resources.items():
        metadata = inputs.get("metadata")
        named = isinstance(metadata, Mapping) and metadata.get("name") in names
        if named and "kubernetes:apps/v1:Deployment::" in urn:
            yield urn


def namespaces(content: StackContent) -> frozenset[str]:
    """Namespaces in which a stack has objects or Helm releases."""
    found = {"kube-system"}
    for inputs in content.resources.values():
        metadata = inputs.get("metadata")
        place = metadata.get("namespace") if isinstance(metadata, Mapping) else None
        place = place or inputs.get("namespace")
        if isinstance(place, str):
            found.add(place)
    return frozenset(found)


def shared_items(resources: Mapping[str, Mapping[str, Json]]) -> SharedItems:
    """What the shared stack has that AWS charges for by the hour."""
    disks = group.disks_of(_of_type(resources, group.TEMPLATE_TYPE))
    instances: list[NodeKind] = []
    for inputs in _of_type(resources, group.TYPE):
        found = group.group_of(inputs)
        if found is None:
            instances.append(NodeKind(kind="", count=1))
        else:
            disk = disks.get(found.name)
            instances.append(
                NodeKind(kind=found.kinds[0], count=found.least, spot=found.spot, disk_gib=disk)
            )
    return SharedItems(
        nat_gateways=len(_of_type(resources, _GATEWAY_TYPE)),
        public_addresses=len(_of_type(resources, _ADDRESS_TYPE)),
        hosted_zones=len(_of_type(resources, _ZONE_TYPE)),
        instances=tuple(instances),
    )


def _of_type(resources: Mapping[str, Mapping[str, Json]], kind: str) -> list[Mapping[str, Json]]:
    return [inputs for urn, inputs in resources.items() if f"{kind}::" in urn]


def has_marker(urns: Iterable[str]) -> bool:
    """Whether the resource whose deletion runs the teardown hook is among those of a state."""
    return any(_MARKER in urn for urn in urns)


def is_protected(resources: Mapping[str, Mapping[str, Json]]) -> bool:
    """Whether EKS refuses to delete a cluster of a state."""
    return any(_CLUSTER in urn and bool(given.get(PROTECTION)) for urn, given in resources.items())
