"""What a cluster's objects, Helm releases and clients use that a later minor does not serve."""

import base64
import gzip
import json
import re
import zlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

import yaml

from bluegreen.snapshot import RemovedUse, RemovedUses
from bluegreen.world.kube import Cluster, KubeError, Object
from catalogue.removed_apis import RemovedApi, order_of, removed_apis

_METRICS = "/metrics"
_METRIC = re.compile(r"^apiserver_requested_deprecated_apis\{(?P<labels>[^}]*)\} (?P<value>\S+)$")
_LABEL = re.compile(r'(\w+)="([^"]*)"')
_LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
_RELEASE = "meta.helm.sh/release-name"
_RELEASE_NAMESPACE = "meta.helm.sh/release-namespace"
_RELEASES = "/api/v1/secrets?labelSelector=owner%3Dhelm,status%3Ddeployed"

_WRITTEN_BY_CONTROLLERS = frozenset(
    {
        "CSINode", "CSIStorageCapacity", "ControllerRevision", "EndpointSlice", "IPAddress",
        "Lease", "LeaseCandidate", "ReplicaSet", "ResourceSlice", "VolumeAttachment",
    }
)  # fmt: skip
"""Not scanned: there are many of them, and controllers of the new minor write them as it wants."""


def removed_uses(cluster: Cluster, minor: str) -> RemovedUses:
    """Everything that a minor does not serve.

    Args:
        cluster: the old colour's.
        minor: of the new colour, such as ``1.37``.
    """
    missing = {key: it for key, it in removed_apis().items() if it.is_missing_in(minor)}
    not_seen: list[str] = []
    found: list[RemovedUse] = []
    asked: tuple[str, ...] = ()
    try:
        asked = tuple(_requested(cluster.text(_METRICS), minor))
    except KubeError as error:
        not_seen.append(f"the API server's metrics: {error}")
    for group in sorted({it.group for it in missing.values()}):
        kinds = {it.kind for it in missing.values() if it.group == group}
        for path, kind in _lists(cluster, group, kinds - _WRITTEN_BY_CONTROLLERS, not_seen):
            try:
                objects = cluster.items(path)
            except KubeError as error:
                not_seen.append(f"{kind} of {group}: {error}")
                continue
            found += [use for item in objects if (use := _stored(item, kind, missing))]
    try:
        releases = cluster.items(_RELEASES)
    except KubeError as error:
        not_seen.append(f"Helm releases: {error}")
    else:
        for secret in releases:
            found += _released(secret, missing, not_seen)
    return RemovedUses(
        objects=tuple(sorted(found, key=lambda it: (it.namespace, it.name))),
        requested=asked,
        not_seen=tuple(not_seen),
    )


def _lists(
    cluster: Cluster, group: str, kinds: frozenset[str] | set[str], not_seen: list[str]
) -> Iterator[tuple[str, str]]:
    """Paths that list what a cluster serves of these kinds, with the kind of each."""
    if not kinds:
        return
    try:
        served = {it["name"]: it for it in cluster.get("/apis")["groups"]}
        if group not in served:
            return
        version = served[group]["preferredVersion"]["groupVersion"]
        resources = cluster.get(f"/apis/{version}")["resources"]
    except KubeError as error:
        not_seen.append(f"API group {group}: {error}")
        return
    for resource in resources:
        if resource["kind"] in kinds and "/" not in resource["name"]:
            yield f"/apis/{version}/{resource['name']}", resource["kind"]


def _stored(
    item: Object, kind: str, missing: Mapping[tuple[str, str], RemovedApi]
) -> RemovedUse | None:
    """The first removed version that an object was written as."""
    meta = item["metadata"]
    for version, manager in _written_as(meta):
        api = missing.get((version, kind))
        if api is not None:
            name = _waiver(kind, meta.get("namespace", ""), meta["name"])
            return _use(name, meta.get("namespace", ""), api, _owner(meta, manager))
    return None


def _written_as(meta: Object) -> Iterator[tuple[str, str]]:
    """API versions that an object was written as, each with who wrote it."""
    applied = (meta.get("annotations") or {}).get(_LAST_APPLIED)
    if applied:
        try:
            version = json.loads(applied).get("apiVersion", "")
        except (ValueError, AttributeError):
            version = ""
        yield version, "kubectl apply"
        # What it says now counts: older writes by the same command stay among managed fields.
    for entry in meta.get("managedFields") or ():
        manager = entry.get("manager", "")
        if not (applied and manager.startswith("kubectl")):
            yield entry.get("apiVersion", ""), manager


def _owner(meta: Object, manager: str) -> str:
    annotations = meta.get("annotations") or {}
    if release := annotations.get(_RELEASE):
        namespace = annotations.get(_RELEASE_NAMESPACE, meta.get("namespace", ""))
        return f"Helm release {namespace}/{release}"
    for reference in meta.get("ownerReferences") or ():
        return f"{reference['kind']} {reference['name']}"
    return manager or "not known"


def _released(
    secret: Object, missing: Mapping[tuple[str, str], RemovedApi], not_seen: list[str]
) -> list[RemovedUse]:
    """What a release's manifest, as Helm keeps it, holds of removed APIs."""
    meta = secret["metadata"]
    namespace = meta["namespace"]
    release = (meta.get("labels") or {}).get("name", meta["name"])
    try:
        manifest = _manifest(secret)
    except (KeyError, ValueError, OSError, zlib.error, yaml.YAMLError) as error:
        not_seen.append(f"Helm release {namespace}/{release}: its record cannot be read ({error})")
        return []
    uses: list[RemovedUse] = []
    for item in manifest:
        kind = str(item.get("kind", ""))
        api = missing.get((str(item.get("apiVersion", "")), kind))
        if api is not None:
            inner: Mapping[str, Any] = item.get("metadata") or {}
            where = str(inner.get("namespace") or namespace)
            name = _waiver(kind, where, str(inner.get("name", "")))
            uses.append(_use(name, where, api, f"Helm release {namespace}/{release}"))
    return uses


def _manifest(secret: Object) -> Sequence[Mapping[str, Any]]:
    # Base64 once by the API server, once by Helm.
    packed = base64.b64decode(base64.b64decode(secret["data"]["release"]))
    record = cast("Mapping[str, Any]", json.loads(gzip.decompress(packed)))
    documents = yaml.safe_load_all(str(record.get("manifest") or ""))
    return [cast("Mapping[str, Any]", it) for it in documents if isinstance(it, Mapping)]


def _requested(metrics: str, minor: str) -> Iterator[str]:
    """Removed APIs that clients asked for since the API server started."""
    for line in metrics.splitlines():
        match = _METRIC.match(line)
        if match is None:
            continue
        labels = dict(_LABEL.findall(match["labels"]))
        removed = labels.get("removed_release", "")
        if re.fullmatch(r"\d+\.\d+", removed) and order_of(removed) <= order_of(minor):
            part = f"/{labels['subresource']}" if labels.get("subresource") else ""
            version = "/".join(filter(None, (labels.get("group"), labels.get("version"))))
            yield f"{version} {labels.get('resource', '')}{part}, removed in {removed}"


def _waiver(kind: str, namespace: str, name: str) -> str:
    return "/".join(filter(None, (kind.lower(), namespace, name)))


def _use(name: str, namespace: str, api: RemovedApi, owner: str) -> RemovedUse:
    return RemovedUse(
        name=name,
        namespace=namespace,
        api_version=api.api_version,
        removed_in=api.removed_in,
        instead=api.instead,
        owner=owner,
    )
