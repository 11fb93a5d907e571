"""Runs the real ExternalDNS: one process for each of its running pods, ended with the pod.

A finalizer is put on the pod before the process starts and taken off once it has ended, so that
a pod is never gone while its process still writes, as it is with a kubelet.
"""

import json
import logging
import shutil
import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import yaml

from localcloud.cluster.failures import one_line
from localcloud.cluster.kube import FAILURES, Connection, Informer, Kube, Object
from localcloud.cluster.services import CloudServices
from localcloud.cluster.spec import ClusterSpec
from localcloud.processes import Process, free_port
from localcloud.tools.catalogue import EXTERNAL_DNS

_log = logging.getLogger(__name__)

FINALIZER = "localcloud.eks-platform/process"
_ROLE_ANNOTATION = "eks.amazonaws.com/role-arn"
_AUDIENCES = (("api", "https://kubernetes.default.svc"), ("aws", "sts.amazonaws.com"))
_TOKEN_SECONDS = 24 * 3600
_RENEW_AFTER = 12 * 3600.0
_RESYNC = 5.0


@dataclass
class _Running:
    pod: Object
    folder: Path
    process: Process
    tokens_from: float = field(default_factory=time.monotonic)


class ExternalDnsRunner:
    """Keeps processes in step with pods."""

    def __init__(
        self, spec: ClusterSpec, services: CloudServices, kube: Kube, connection: Connection
    ) -> None:
        self._spec = spec
        self._services = services
        self._kube = kube
        self._connection = connection
        self._changed = threading.Event()
        self._ended = threading.Event()
        self._pods = Informer(kube, "/api/v1/pods", self._changed)
        self._running: dict[str, _Running] = {}
        self._thread = threading.Thread(
            target=self._run, name=f"external-dns {spec.name}", daemon=True
        )

    def start(self) -> None:
        """Begins to follow pods."""
        self._pods.start()
        self._thread.start()

    def stop(self) -> None:
        """Ends every process, then returns."""
        self._ended.set()
        self._changed.set()
        self._pods.stop()
        self._thread.join()
        self._services.processes.stop([entry.process for entry in self._running.values()])
        for entry in self._running.values():
            self._log("ended", entry)
        self._running.clear()

    def _log(self, event: str, entry: _Running) -> None:
        """Writes what `localcloud.writers` reads; an end only once the process is gone."""
        metadata = entry.pod["metadata"]
        line = {
            "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "event": event,
            "cluster": self._spec.name,
            "pod": metadata["name"],
            "pod_uid": metadata["uid"],
            "pid": entry.process.pid,
            "arguments": _container(entry.pod).get("args", []),
        }
        # One write of one line: runners of two clusters share the file.
        with self._services.state.writer_processes.open("a") as file:
            file.write(json.dumps(line) + "\n")

    def _run(self) -> None:
        while not self._ended.is_set():
            self._changed.wait(_RESYNC)
            self._changed.clear()
            if self._ended.is_set():
                return
            try:
                self._reconcile()
            except FAILURES as error:
                _log.warning("external-dns of %s: %s", self._spec.name, one_line(error))

    def _reconcile(self) -> None:
        pods = {pod["metadata"]["uid"]: pod for pod in self._pods.objects() if _is_writer(pod)}
        for uid in [uid for uid in self._running if uid not in pods]:
            self._end(uid)
        for uid, pod in pods.items():
            if pod["metadata"].get("deletionTimestamp"):
                self._end(uid)
                self._release(pod)
            elif uid in self._running:
                self._keep(uid)
            elif pod.get("status", {}).get("phase") == "Running":
                self._begin(uid, pod)

    def _begin(self, uid: str, pod: Object) -> None:
        program = self._services.tool_now(EXTERNAL_DNS)
        if program is None:
            return  # As with an image that is pulled: the next look tries again.
        finalizers = pod["metadata"].get("finalizers", [])
        if FINALIZER not in finalizers:
            wished = [*finalizers, FINALIZER]
            self._kube.patch(_path(pod), {"metadata": {"finalizers": wished, "uid": uid}})
        folder = self._services.state.clusters / self._spec.name / "pods" / uid
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        environment = self._environment(pod, folder)
        self._write_tokens(pod, folder)
        self._write_kubeconfig(folder)
        container = _container(pod)
        name = pod["metadata"]["name"]
        process = self._services.processes.start(
            f"{name} of {self._spec.name}",
            [str(program), *container.get("args", [])],
            self._services.state.logs / self._spec.name / f"{name}.log",
            environment,
        )
        self._running[uid] = _Running(pod, folder, process)
        self._log("started", self._running[uid])

    def _environment(self, pod: Object, folder: Path) -> dict[str, str]:
        """What the container, its kubelet and the IRSA webhook would set; and the local ports."""
        said = {e["name"]: e["value"] for e in _container(pod).get("env", []) if "value" in e}
        account = self._kube.get(_service_account_path(pod)) or {}
        annotations = account.get("metadata", {}).get("annotations") or {}
        role = annotations.get(_ROLE_ANNOTATION)
        identity = (
            {"AWS_ROLE_ARN": role, "AWS_WEB_IDENTITY_TOKEN_FILE": str(folder / "aws.token")}
            if role
            else {}
        )
        return {
            "AWS_REGION": self._spec.region,
            "AWS_STS_REGIONAL_ENDPOINTS": "regional",
            **said,
            **identity,
            "AWS_ENDPOINT_URL": self._services.aws_url,
            # The Go SDK asks for its first credentials before it reads the line above.
            "AWS_ENDPOINT_URL_STS": self._services.aws_url,
            # Hop limit 1: a pod cannot reach its node's credentials.
            "AWS_EC2_METADATA_DISABLED": "true",
            "KUBECONFIG": str(folder / "kubeconfig"),
            "EXTERNAL_DNS_KUBECONFIG": str(folder / "kubeconfig"),
            "EXTERNAL_DNS_METRICS_ADDRESS": f"127.0.0.1:{free_port()}",
            "GOGC": "50",
        }

    def _write_tokens(self, pod: Object, folder: Path) -> None:
        for name, audience in _AUDIENCES:
            request = {
                "apiVersion": "authentication.k8s.io/v1",
                "kind": "TokenRequest",
                "spec": {
                    "audiences": [audience],
                    "expirationSeconds": _TOKEN_SECONDS,
                    "boundObjectRef": {
                        "apiVersion": "v1",
                        "kind": "Pod",
                        "name": pod["metadata"]["name"],
                        "uid": pod["metadata"]["uid"],
                    },
                },
            }
            answer = self._kube.create(f"{_service_account_path(pod)}/token", request)
            path = folder / f"{name}.token"
            path.touch(mode=0o600)
            path.write_text(answer["status"]["token"])

    def _write_kubeconfig(self, folder: Path) -> None:
        cluster = {
            "server": f"https://127.0.0.1:{self._connection.port}",
            "certificate-authority": str(self._connection.authority),
        }
        config = {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": "cluster", "cluster": cluster}],
            "users": [{"name": "pod", "user": {"tokenFile": str(folder / "api.token")}}],
            "contexts": [{"name": "pod", "context": {"cluster": "cluster", "user": "pod"}}],
            "current-context": "pod",
        }
        (folder / "kubeconfig").write_text(yaml.safe_dump(config))

    def _keep(self, uid: str) -> None:
        """Starts an ended process anew, as a kubelet would, and renews tokens."""
        entry = self._running[uid]
        if not entry.process.running:
            _log.warning("%s ended and is started again", entry.process.name)
            self._services.processes.stop([entry.process])
            self._log("ended", entry)
            del self._running[uid]
            self._begin(uid, entry.pod)
        elif time.monotonic() - entry.tokens_from > _RENEW_AFTER:
            self._write_tokens(entry.pod, entry.folder)
            entry.tokens_from = time.monotonic()

    def _end(self, uid: str) -> None:
        entry = self._running.pop(uid, None)
        if entry is not None:
            self._services.processes.stop([entry.process])
            self._log("ended", entry)
            shutil.rmtree(entry.folder, ignore_errors=True)

    def _release(self, pod: Object) -> None:
        finalizers = pod["metadata"].get("finalizers", [])
        if FINALIZER in finalizers:
            others = [finalizer for finalizer in finalizers if finalizer != FINALIZER]
            self._kube.patch(_path(pod), {"metadata": {"finalizers": others}})


def _is_writer(pod: Object) -> bool:
    return "/external-dns:" in str(_container(pod).get("image", ""))


def _container(pod: Object) -> Object:
    return pod["spec"]["containers"][0]


def _path(pod: Object) -> str:
    meta = pod["metadata"]
    return f"/api/v1/namespaces/{meta['namespace']}/pods/{meta['name']}"


def _service_account_path(pod: Object) -> str:
    name = pod["spec"].get("serviceAccountName", "default")
    return f"/api/v1/namespaces/{pod['metadata']['namespace']}/serviceaccounts/{name}"
