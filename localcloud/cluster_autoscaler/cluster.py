"""The cluster, as the pod's service account may see and change it."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml
from kubernetes import client
from kubernetes.client.exceptions import ApiException

from localcloud.cluster.kube import CONFLICT, NOT_FOUND, Kube, Object
from localcloud.cluster_autoscaler.expanders import PRIORITIES
from localcloud.cluster_autoscaler.groups import TO_BE_DELETED
from localcloud.cluster_autoscaler.objects import (
    Budget,
    Node,
    Pod,
    budget_of,
    daemon_pod_of,
    node_of,
    pod_of,
    volumes_of,
)

COMPONENT = "cluster-autoscaler"
"""Who reports, in events."""

_TOO_MANY = 429
_TRIES = 5


class PodKube(Kube):
    """Calls the API server as a kubeconfig of `localcloud.cluster.pod_folder` says."""

    def __init__(self, kubeconfig: Path) -> None:
        said = yaml.safe_load(kubeconfig.read_text())
        cluster, user = said["clusters"][0]["cluster"], said["users"][0]["user"]
        # The generated class types every optional setting as None.
        configuration: Any = client.Configuration()
        configuration.host = cluster["server"]
        configuration.ssl_ca_cert = cluster["certificate-authority"]
        # The proxy of the environment leads to the clouds; this is a loopback address.
        configuration.proxy = None
        configuration.retries = 3

        def read_token(it: Any) -> None:  # noqa: ANN401 - as above
            it.api_key["authorization"] = f"Bearer {Path(user['tokenFile']).read_text()}"

        # Tokens are renewed while the process runs.
        configuration.refresh_api_key_hook = read_token
        read_token(configuration)
        self._client = client.ApiClient(configuration)


@dataclass(frozen=True)
class View:
    """What a look sees of the cluster."""

    nodes: tuple[Node, ...]
    pods: tuple[Pod, ...]
    budgets: tuple[Budget, ...]
    daemons: tuple[Pod, ...]


@dataclass(frozen=True)
class Subject:
    """What an event is about."""

    kind: str
    name: str
    namespace: str = ""
    uid: str = ""


class Cluster:
    """Reads and changes it. Every method may raise ApiException."""

    def __init__(self, kube: Kube, namespace: str) -> None:
        """`namespace`: of the ConfigMaps."""
        self._kube = kube
        self._namespace = namespace
        self._events: dict[tuple[Subject, str, str], tuple[str, int]] = {}

    def view(self) -> View:
        """Everything that decisions depend on."""
        volumes = volumes_of(
            self._kube.items("/api/v1/persistentvolumeclaims"),
            self._kube.items("/api/v1/persistentvolumes"),
        )
        return View(
            nodes=tuple(node_of(it) for it in self._kube.items("/api/v1/nodes")),
            pods=tuple(pod_of(it, volumes) for it in self._kube.items("/api/v1/pods")),
            budgets=tuple(
                budget_of(it) for it in self._kube.items("/apis/policy/v1/poddisruptionbudgets")
            ),
            daemons=tuple(daemon_pod_of(it) for it in self._kube.items("/apis/apps/v1/daemonsets")),
        )

    def priorities(self) -> str | None:
        """What the ConfigMap of the priority expander says, if it is there."""
        found = self._kube.get(self._config_map(PRIORITIES))
        return None if found is None else (found.get("data") or {}).get("priorities", "")

    def mark(self, node: str, now: datetime) -> None:
        """Gives a node the taint of those that go."""
        taint = {
            "key": TO_BE_DELETED,
            "value": str(int(now.timestamp())),
            "effect": "NoSchedule",
        }
        self._change_taints(node, taint)

    def unmark(self, node: str) -> None:
        """Takes that taint away; a node that is gone needs none."""
        self._change_taints(node, None)

    def evict(self, pod: Pod) -> bool:
        """Asks a pod to go; whether it may, by its disruption budget. One that is gone may."""
        path = f"/api/v1/namespaces/{pod.namespace}/pods/{pod.name}/eviction"
        body: Object = {
            "apiVersion": "policy/v1",
            "kind": "Eviction",
            "metadata": {"name": pod.name, "namespace": pod.namespace},
        }
        try:
            self._kube.create(path, body)
        except ApiException as error:
            if error.status == _TOO_MANY:
                return False
            if error.status != NOT_FOUND:
                raise
        return True

    def is_there(self, pod: Pod) -> bool:
        """Whether the very pod is still there."""
        found = self._kube.get(f"/api/v1/namespaces/{pod.namespace}/pods/{pod.name}")
        return found is not None and found["metadata"]["uid"] == pod.uid

    def write_status(self, name: str, text: str, now: datetime) -> None:
        """Writes the ConfigMap that says how the autoscaler is."""
        metadata: Object = {
            "name": name,
            "namespace": self._namespace,
            "annotations": {"cluster-autoscaler.kubernetes.io/last-updated": str(now)},
        }
        body: Object = {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": metadata,
            "data": {"status": text},
        }
        if self._kube.get(self._config_map(name)) is None:
            self._kube.create(f"/api/v1/namespaces/{self._namespace}/configmaps", body)
        else:
            self._kube.replace(self._config_map(name), body)

    def report(self, subject: Subject, kind: str, reason: str, message: str) -> None:
        """Writes an event; one that was there already is counted.

        Args:
            subject: what it is about; ConfigMaps are those of the namespace.
            kind: Normal or Warning.
            reason: one word.
            message: for people.
        """
        namespace = subject.namespace or (
            self._namespace if subject.kind == "ConfigMap" else "default"
        )
        events = f"/api/v1/namespaces/{namespace}/events"
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        key = (subject, reason, message)
        name, count = self._events.get(key, ("", 0))
        if count:
            try:
                self._kube.patch(f"{events}/{name}", {"count": count + 1, "lastTimestamp": now})
            except ApiException as error:
                if error.status != NOT_FOUND:  # events end after an hour
                    raise
                count = 0
        if not count:
            name = f"{subject.name}.{_suffix(key, now)}"
            event = _event(
                subject,
                namespace=namespace,
                name=name,
                kind=kind,
                reason=reason,
                message=message,
                now=now,
            )
            self._kube.create(events, event)
        self._events[key] = (name, count + 1)

    def _config_map(self, name: str) -> str:
        return f"/api/v1/namespaces/{self._namespace}/configmaps/{name}"

    def _change_taints(self, name: str, taint: Mapping[str, str] | None) -> None:
        """With the rights of the real one: to update nodes, not to patch them."""
        for last in (False,) * (_TRIES - 1) + (True,):
            node = self._kube.get(f"/api/v1/nodes/{name}")
            if node is None:
                return
            others = [it for it in node["spec"].get("taints") or () if it["key"] != TO_BE_DELETED]
            node["spec"]["taints"] = [*others, *((taint,) if taint else ())]
            try:
                self._kube.replace(f"/api/v1/nodes/{name}", node)
            except ApiException as error:
                if error.status != CONFLICT or last:
                    raise
            else:
                return


def _suffix(key: tuple[Subject, str, str], now: str) -> str:
    return hashlib.sha256(repr((key, now)).encode()).hexdigest()[:16]


def _event(
    subject: Subject,
    *,
    namespace: str,
    name: str,
    kind: str,
    reason: str,
    message: str,
    now: str,
) -> Object:
    about = {
        "kind": subject.kind,
        "name": subject.name,
        "apiVersion": "v1",
        **({"uid": subject.uid} if subject.uid else {}),
        **({"namespace": namespace} if subject.kind != "Node" else {}),
    }
    return {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {"name": name, "namespace": namespace},
        "involvedObject": about,
        "type": kind,
        "reason": reason,
        "message": message,
        "source": {"component": COMPONENT},
        "firstTimestamp": now,
        "lastTimestamp": now,
        "count": 1,
        "reportingComponent": COMPONENT,
        "reportingInstance": "",
    }
