"""What a program declares becomes a manifest: names, namespaces, and what is refused."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from localcloud.plugins.kubernetes.tokens import Kind
from localcloud.plugins.kubernetes.values import Json, Object, annotation, child, child_map

AUTONAMED = "pulumi.com/autonamed"
SKIP_AWAIT = "pulumi.com/skipAwait"
PATCH_FORCE = "pulumi.com/patchForce"
DELETION_PROPAGATION = "pulumi.com/deletionPropagationPolicy"
WAIT_FOR = "pulumi.com/waitFor"

_KNOWN_ANNOTATIONS = {AUTONAMED, SKIP_AWAIT, PATCH_FORCE, DELETION_PROPAGATION, WAIT_FOR}

CLUSTER_WIDE = frozenset(
    {
        ("", "ComponentStatus"),
        ("", "Namespace"),
        ("", "Node"),
        ("", "PersistentVolume"),
        ("admissionregistration.k8s.io", "MutatingAdmissionPolicy"),
        ("admissionregistration.k8s.io", "MutatingAdmissionPolicyBinding"),
        ("admissionregistration.k8s.io", "MutatingWebhookConfiguration"),
        ("admissionregistration.k8s.io", "ValidatingAdmissionPolicy"),
        ("admissionregistration.k8s.io", "ValidatingAdmissionPolicyBinding"),
        ("admissionregistration.k8s.io", "ValidatingWebhookConfiguration"),
        ("apiextensions.k8s.io", "CustomResourceDefinition"),
        ("apiregistration.k8s.io", "APIService"),
        ("certificates.k8s.io", "CertificateSigningRequest"),
        ("flowcontrol.apiserver.k8s.io", "FlowSchema"),
        ("flowcontrol.apiserver.k8s.io", "PriorityLevelConfiguration"),
        ("networking.k8s.io", "IngressClass"),
        ("networking.k8s.io", "IPAddress"),
        ("networking.k8s.io", "ServiceCIDR"),
        ("node.k8s.io", "RuntimeClass"),
        ("rbac.authorization.k8s.io", "ClusterRole"),
        ("rbac.authorization.k8s.io", "ClusterRoleBinding"),
        ("resource.k8s.io", "DeviceClass"),
        ("resource.k8s.io", "ResourceSlice"),
        ("scheduling.k8s.io", "PriorityClass"),
        ("storage.k8s.io", "CSIDriver"),
        ("storage.k8s.io", "CSINode"),
        ("storage.k8s.io", "StorageClass"),
        ("storage.k8s.io", "VolumeAttachment"),
        ("storage.k8s.io", "VolumeAttributesClass"),
    }
)
"""Built-in kinds without namespaces, for previews of clusters that do not exist yet."""


@dataclass(frozen=True)
class Mistake:
    """Something in a program's declaration that is refused.

    Attributes:
        path: the property, for example ``metadata.name``.
        reason: what is wrong with it.
    """

    path: str
    reason: str


def complete(
    kind: Kind,
    declared: Object,
    before: Json,
    *,
    resource_name: str,
    seed: bytes,
    namespace: str | None,
) -> Object:
    """The whole manifest of a declared object.

    Args:
        kind: what it is.
        declared: the properties that the program gives.
        before: the manifest of the last update, or None.
        resource_name: its name in the program, from which one is made where none is given.
        seed: what the engine gives for random choices.
        namespace: default namespace, or None for a kind without namespaces.
    """
    manifest = dict(declared)
    manifest.setdefault("apiVersion", kind.api_version)
    manifest.setdefault("kind", kind.name)
    metadata = dict(child_map(manifest, "metadata"))
    if not metadata.get("name") and not metadata.get("generateName"):
        old_name = child(before, "metadata", "name")
        if annotation(before, AUTONAMED) == "true" and old_name:
            metadata["name"] = old_name
        else:
            digest = hashlib.sha256(seed).hexdigest()[:8]
            metadata["name"] = f"{resource_name}-{digest}"
        metadata["annotations"] = {**child_map(metadata, "annotations"), AUTONAMED: "true"}
    if namespace is not None and not metadata.get("namespace"):
        metadata["namespace"] = namespace
    manifest["metadata"] = metadata
    return manifest


def mistakes(kind: Kind, manifest: Json) -> list[Mistake]:
    """What the stand-in refuses in a manifest before it asks any server."""
    found: list[Mistake] = []
    if child(manifest, "kind") != kind.name:
        found.append(Mistake("kind", f"must be {kind.name}, as the resource's type says"))
    if child(manifest, "metadata", "generateName"):
        found.append(Mistake("metadata.generateName", "is not known to the kubernetes stand-in"))
    for name in child_map(manifest, "metadata", "annotations"):
        if name.startswith("pulumi.com/") and name not in _KNOWN_ANNOTATIONS:
            path = f'metadata.annotations["{name}"]'
            found.append(Mistake(path, "is not known to the kubernetes stand-in"))
    return found


def is_autonamed(manifest: Json) -> bool:
    """Whether the object's name was made and may therefore be replaced by another."""
    return annotation(manifest, AUTONAMED) == "true"


def without_internal(properties: Mapping[str, Json]) -> Object:
    """The properties that belong to the object: Pulumi's own begin with two underscores."""
    return {key: value for key, value in properties.items() if not key.startswith("__")}
