"""Compares two manifests: what changes, and what must therefore be replaced."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from localcloud.plugins.kubernetes.manifest import is_autonamed
from localcloud.plugins.kubernetes.tokens import Kind
from localcloud.plugins.kubernetes.values import Json, child, is_list, is_map

Change = Literal["add", "delete", "update"]

_ALWAYS = ("metadata.name", "metadata.namespace")

_CONTAINER = (
    "args|command|env|image|imagePullPolicy|lifecycle|livenessProbe|ports|readinessProbe|resources"
    "|securityContext|stdin|stdinOnce|terminationMessagePath|terminationMessagePolicy|tty"
    "|volumeDevices|volumeMounts|workingDir"
)
_POD_CONTAINER = re.compile(rf"spec\.(?:containers|initContainers)\[\d+\]\.(?:{_CONTAINER})\b.*")
_VOLUMES = (
    "awsElasticBlockStore", "azureDisk", "azureFile", "cephfs", "cinder", "csi", "fc", "flexVolume",
    "flocker", "gcePersistentDisk", "glusterfs", "hostPath", "iscsi", "local", "nfs",
    "photonPersistentDisk", "portworxVolume", "quobyte", "rbd", "scaleIO", "storageos",
    "vsphereVolume",
)  # fmt: skip
_POD = (
    "affinity", "automountServiceAccountToken", "dnsConfig", "dnsPolicy", "enableServiceLinks",
    "hostAliases", "hostIPC", "hostNetwork", "hostPID", "hostname", "imagePullSecrets", "nodeName",
    "nodeSelector", "overhead", "preemptionPolicy", "priority", "priorityClassName",
    "readinessGates", "restartPolicy", "runtimeClassName", "schedulerName", "securityContext",
    "serviceAccount", "serviceAccountName", "shareProcessNamespace", "subdomain",
    "terminationGracePeriodSeconds", "volumes",
)  # fmt: skip
_REPLACING: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("apps", "Deployment"): ("spec.selector",),
    ("apps", "DaemonSet"): ("spec.selector",),
    ("apps", "StatefulSet"): (
        "spec.podManagementPolicy",
        "spec.revisionHistoryLimit",
        "spec.selector",
        "spec.serviceName",
        "spec.volumeClaimTemplates",
    ),
    ("batch", "Job"): ("spec.completions", "spec.parallelism", "spec.selector", "spec.template"),
    ("", "PersistentVolume"): tuple(f"spec.{it}" for it in _VOLUMES),
    ("", "PersistentVolumeClaim"): (
        "spec.accessModes",
        "spec.selector",
        "spec.storageClassName",
        "spec.volumeName",
    ),
    ("", "Pod"): tuple(f"spec.{it}" for it in _POD),
    ("", "ResourceQuota"): ("spec.scopes",),
    ("", "Secret"): ("type",),
    ("", "Service"): ("spec.clusterIP",),
    ("rbac.authorization.k8s.io", "RoleBinding"): ("roleRef",),
    ("rbac.authorization.k8s.io", "ClusterRoleBinding"): ("roleRef",),
    ("storage.k8s.io", "StorageClass"): ("parameters", "provisioner"),
}
"""Fields of which Pulumi's own provider knows that they need a new object, by group and kind
(provider/pkg/provider/diff.go, `forceNew`). It changes all others in place, also those that the API
server then refuses."""

_DATA = ("data", "binaryData", "stringData")


@dataclass(frozen=True)
class Difference:
    """How two manifests differ.

    Attributes:
        changes: what happens at each path, such as ``spec.replicas``.
        replacing: the paths that need a new object.
        delete_first: whether the old object must go before the new one comes.
        of_outputs: the paths whose values stand in outputs alone: the data of a Secret whose inputs
            have ``stringData``.
    """

    changes: Mapping[str, Change]
    replacing: frozenset[str]
    delete_first: bool
    of_outputs: frozenset[str] = frozenset()


def compare(
    kind: Kind,
    old: Json,
    new: Json,
    *,
    mutable_data: bool,
    old_kind: Kind | None = None,
    in_place: bool = False,
) -> Difference:
    """Compares the manifest of the last update with the wanted one.

    Args:
        kind: what the object is.
        old: manifest of the last update.
        new: manifest now wanted.
        mutable_data: whether the data of a ConfigMap or Secret is changed in place. Pulumi's
            provider replaces the object unless it is told otherwise.
        old_kind: what the object was, if its resource had another type.
        in_place: nothing but another name or namespace is another object, as of a patch.
    """
    changes = dict(changes_between(old, new))
    replacing = {
        path
        for path in changes
        if _below(path, _ALWAYS) or (not in_place and _must_replace(kind, old, path, mutable_data))
    }
    if old_kind is not None and old_kind.group_kind != kind.group_kind:
        replacing |= {"kind"} & set(changes) or {"apiVersion"}
    same_place = all(
        child(old, "metadata", key) == child(new, "metadata", key) for key in ("name", "namespace")
    )
    delete_first = bool(replacing) and same_place and not is_autonamed(new)
    return Difference(changes, frozenset(replacing), delete_first)


def changes_between(old: Json, new: Json) -> Iterator[tuple[str, Change]]:
    """What happens at each path where `new` differs from `old`."""
    return _changes(old, new, "")


def _must_replace(kind: Kind, old: Json, path: str, mutable_data: bool) -> bool:
    if kind.group_kind in {("", "ConfigMap"), ("", "Secret")}:
        frozen = child(old, "immutable") is True
        if _below(path, _DATA) and (frozen or not mutable_data):
            return True
        if path == "immutable" and frozen:
            return True
    if kind.group_kind == ("", "Pod") and _POD_CONTAINER.fullmatch(path):
        return True
    return _below(path, _REPLACING.get(kind.group_kind, ()))


def _below(path: str, fields: tuple[str, ...]) -> bool:
    return any(path == name or path.startswith((f"{name}.", f"{name}[")) for name in fields)


def _changes(old: Json, new: Json, path: str) -> Iterator[tuple[str, Change]]:
    if is_map(old) and is_map(new):
        for key in sorted({*old, *new}):
            below = _join(path, key)
            if key not in new:
                yield below, "delete"
            elif key not in old:
                yield below, "add"
            else:
                yield from _changes(old[key], new[key], below)
    elif is_list(old) and is_list(new):
        for index in range(max(len(old), len(new))):
            below = f"{path}[{index}]"
            if index >= len(new):
                yield below, "delete"
            elif index >= len(old):
                yield below, "add"
            else:
                yield from _changes(old[index], new[index], below)
    elif old != new or isinstance(old, bool) != isinstance(new, bool):
        yield path, "update"


def _join(path: str, key: str) -> str:
    """A property path as the engine reads it: keys that are no plain word are quoted."""
    if re.fullmatch(r"[A-Za-z_$][\w$]*", key):
        return f"{path}.{key}" if path else key
    quoted = key.replace("\\", "\\\\").replace('"', '\\"')
    return f'{path}["{quoted}"]'
