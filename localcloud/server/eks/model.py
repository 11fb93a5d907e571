"""Clusters, add-ons and access entries as the EKS API tells them."""

import threading
import time
import uuid
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from localcloud.cluster.spec import ClusterRuntime, ClusterSpec

Json: TypeAlias = dict[str, Any]
"""Part of a request or an answer, in the API's own shape."""


@dataclass
class AccessEntry:
    """An access entry with its associated policies.

    Attributes:
        description: as DescribeAccessEntry gives it.
        policies: policy ARN → as ListAssociatedAccessPolicies gives it.
    """

    description: Json
    policies: dict[str, Json] = field(default_factory=dict[str, Json])


@dataclass
class Cluster:
    """One cluster with all that belongs to it.

    Attributes:
        spec: what its runtime was started with.
        description: as DescribeCluster gives it.
        addons: name → as DescribeAddon gives it.
        entries: principal ARN → entry.
        updates: id → as DescribeUpdate gives it.
        runtime: its processes, from the moment they are started.
        port: loopback port of its API server once it answers, else None.
    """

    spec: ClusterSpec
    description: Json
    addons: dict[str, Json] = field(default_factory=dict[str, Json])
    entries: dict[str, AccessEntry] = field(default_factory=dict[str, AccessEntry])
    updates: dict[str, Json] = field(default_factory=dict[str, Json])
    runtime: ClusterRuntime | None = None
    port: int | None = None
    lock: threading.RLock = field(default_factory=threading.RLock)

    def add_update(self, kind: str, parameters: Json) -> Json:
        """Notes an update that is done already; gives its description."""
        update: Json = {
            "id": str(uuid.uuid4()),
            "status": "Successful",
            "type": kind,
            "params": [{"type": key, "value": str(value)} for key, value in parameters.items()],
            "createdAt": time.time(),
            "errors": [],
        }
        self.updates[update["id"]] = update
        return update
