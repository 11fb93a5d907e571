"""Records of Helm releases whose installation was interrupted.

Helm keeps a Secret for each revision of a release (its driver ``secret``, the default). One whose
engine was killed while it installed stays ``pending-install``, and every later installation ends
with "cannot re-use a name that is still in use". Helm's own remedy is to take the record away; the
objects stay and carry the release's name, so that the next installation takes them over.
"""

import base64
import gzip
import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bluegreen.recovery.clusters import cluster_errors
from bluegreen.world.kube import Cluster

TOKEN = "kubernetes:helm.sh/v3:Release"  # noqa: S105 - a Pulumi type

_TYPE = "helm.sh/release.v1"
_DEPLOYED = ("deployed", "superseded")
_STUCK = ("pending-install", "pending-upgrade", "pending-rollback", "failed", "uninstalling")
"""States in which Helm takes no other operation, or no installation under the name."""


@dataclass(frozen=True)
class ReleaseRecord:
    """One revision of a release.

    Attributes:
        path: of its Secret.
        revision: from 1.
        status: Helm's word.
        chart: name of its chart; empty where the record cannot be read.
    """

    path: str
    revision: int
    status: str
    chart: str


def records(cluster: Cluster, namespace: str, name: str) -> list[ReleaseRecord]:
    """Records of a release, oldest first. Raises OperatorError."""
    secrets = f"/api/v1/namespaces/{namespace}/secrets"
    query = f"labelSelector=owner%3Dhelm,name%3D{name}&fieldSelector=type%3D{_TYPE}"
    with cluster_errors():
        found = [_record(secrets, it) for it in cluster.items(f"{secrets}?{query}")]
    return sorted(found, key=lambda it: it.revision)


def delete(cluster: Cluster, record: ReleaseRecord) -> None:
    """Takes a record away; the release's objects stay. Raises OperatorError."""
    with cluster_errors():
        cluster.delete(record.path)


def _record(secrets: str, secret: Mapping[str, Any]) -> ReleaseRecord:
    meta = secret["metadata"]
    labels: Mapping[str, str] = meta.get("labels") or {}
    return ReleaseRecord(
        path=f"{secrets}/{meta['name']}",
        revision=int(labels.get("version", "0")),
        status=labels.get("status", ""),
        chart=_chart(secret),
    )


def _chart(secret: Mapping[str, Any]) -> str:
    try:
        packed = base64.b64decode(base64.b64decode(secret["data"]["release"]))
        return str(json.loads(gzip.decompress(packed))["chart"]["metadata"]["name"])
    except (EOFError, KeyError, OSError, TypeError, ValueError, zlib.error):
        return ""


def was_deployed(found: Sequence[ReleaseRecord]) -> bool:
    """Whether some revision of a release was ever completed."""
    return any(it.status in _DEPLOYED for it in found)


def stuck(found: Sequence[ReleaseRecord]) -> list[ReleaseRecord]:
    """Records that keep Helm from going on.

    All of a release that was never completed; the newest of one whose upgrade was interrupted.
    """
    if not was_deployed(found):
        return [it for it in found if it.status in _STUCK]
    return [it for it in found[-1:] if it.status.startswith("pending-")]


def chart_of(inputs: Mapping[str, Any]) -> str:
    """Name of the chart that a release was to have.

    It is the last part of an address, or of a path without the version: ``./charts/a-1.2.3.tgz``.
    """
    last = str(inputs["chart"]).rsplit("/", 1)[-1]
    return last.removesuffix(f"-{inputs.get('version')}.tgz")
