"""Helm releases as the local cloud keeps them: recorded in the cluster, not rendered.

A release is one Secret in its namespace, of Helm's own form: whoever
looks for Helm's records finds it, in Helm's own states. One Secret stands for all revisions. Beside
Helm's packed data it holds the same in plain words, for people: ``kubectl get secrets -A -l
localcloud.eks-platform/release``. The kubernetes stand-in writes it; the controllers that stand in
for a chart's programs look for it.
"""

import base64
import gzip
import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias, cast

Object: TypeAlias = Mapping[str, Any]

SECRET_TYPE = "helm.sh/release.v1"  # noqa: S105 - a Secret's type
RELEASE_LABEL = "localcloud.eks-platform/release"
CHART_LABEL = "localcloud.eks-platform/chart"
SELECTOR = f"labelSelector={RELEASE_LABEL}"
"""Query that finds the records of all releases."""

HELM_SELECTOR = f"labelSelector=owner%3Dhelm,status%3Ddeployed,%21{RELEASE_LABEL}"
"""Query that finds what Helm itself keeps, where a real plugin installs charts."""

PENDING_INSTALL, DEPLOYED, FAILED = "pending-install", "deployed", "failed"
"""Helm's words for what became of a release."""

_TEXTS = ("chart", "chart_name", "version", "repository", "status")
_VALUES, _OPTIONS, _REVISION = "values.json", "options.json", "revision"


class RecordError(ValueError):
    """A Secret that should be a release's record is none; the message says which."""


@dataclass(frozen=True)
class Release:
    """A recorded release.

    Attributes:
        namespace: namespace of the release and of its record.
        name: name of the release.
        chart: as the program names it: ``cilium``, a whole ``oci://`` address, or a path.
        chart_name: what the chart calls itself.
        version: of the chart.
        repository: URL, empty for an ``oci://`` chart and for a path.
        values: exactly the values that the program gave.
        options: every other input, without the repository's credentials.
        revision: 1 for a new release, one more after each update.
        status: Helm's word.
    """

    namespace: str
    name: str
    chart: str
    chart_name: str
    version: str
    repository: str
    values: Object
    options: Object
    revision: int = 1
    status: str = DEPLOYED

    @property
    def record_name(self) -> str:
        """Name of the record."""
        return record_name(self.name)

    def to_secret(self) -> dict[str, Any]:
        """The record. Values may hold keys and passwords, so it is a Secret."""
        data = {
            "chart": self.chart,
            "chart_name": self.chart_name,
            "version": self.version,
            "repository": self.repository,
            "status": self.status,
            _REVISION: str(self.revision),
            _VALUES: json.dumps(self.values, indent=2, sort_keys=True),
            _OPTIONS: json.dumps(self.options, indent=2, sort_keys=True),
            "release": self._packed(),
        }
        return {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {
                "name": self.record_name,
                "namespace": self.namespace,
                "labels": {
                    "owner": "helm",
                    "name": self.name,
                    "status": self.status,
                    "version": str(self.revision),
                    RELEASE_LABEL: self.name,
                    CHART_LABEL: self.chart_name,
                },
            },
            "type": SECRET_TYPE,
            "data": {key: base64.b64encode(text.encode()).decode() for key, text in data.items()},
        }

    def _packed(self) -> str:
        """What Helm itself keeps of it."""
        kept = {
            "name": self.name,
            "namespace": self.namespace,
            "version": self.revision,
            "info": {"status": self.status},
            "chart": {"metadata": {"name": self.chart_name, "version": self.version}},
            "config": self.values,
        }
        # Without the time, so that the same release is the same text.
        packed = gzip.compress(json.dumps(kept, sort_keys=True).encode(), mtime=0)
        return base64.b64encode(packed).decode()

    @classmethod
    def from_secret(cls, secret: Object) -> "Release":
        """Reads a record. Raises RecordError when it is none, or was damaged."""
        meta = secret["metadata"]
        place = f"{meta['namespace']}/{meta['name']}"
        if RELEASE_LABEL not in meta.get("labels", {}):
            raise RecordError(f"Secret {place} is no record of a release")
        try:
            data = {key: base64.b64decode(text).decode() for key, text in secret["data"].items()}
            values, options = (
                cast("Object", json.loads(data[name])) for name in (_VALUES, _OPTIONS)
            )
            return cls(
                namespace=meta["namespace"],
                name=meta["labels"][RELEASE_LABEL],
                values=values,
                options=options,
                revision=int(data[_REVISION]),
                **{name: data[name] for name in _TEXTS},
            )
        except (KeyError, ValueError) as error:
            raise RecordError(f"the record in Secret {place} is damaged: {error!r}") from error

    @classmethod
    def from_helm(cls, secret: Object) -> "Release":
        """Reads what Helm itself keeps of a release. Raises RecordError when it is damaged."""
        meta = secret["metadata"]
        try:
            packed = base64.b64decode(base64.b64decode(secret["data"]["release"]))
            kept = json.loads(gzip.decompress(packed))
            chart = kept["chart"]["metadata"]
            return cls(
                namespace=kept["namespace"],
                name=kept["name"],
                chart=chart["name"],
                chart_name=chart["name"],
                version=chart["version"],
                repository="",
                values=kept.get("config") or {},
                options={},
                revision=kept["version"],
                status=kept["info"]["status"],
            )
        except (EOFError, KeyError, OSError, TypeError, ValueError, zlib.error) as error:
            place = f"{meta['namespace']}/{meta['name']}"
            raise RecordError(f"the release in Secret {place} is damaged: {error!r}") from error


def record_name(release: str) -> str:
    """Name of the Secret that records a release."""
    return f"sh.helm.release.v1.{release}.v1"
