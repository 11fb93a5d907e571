"""Runs real programs: one process for each running pod of their images, ended with the pod.

A finalizer is put on the pod before the process starts and taken off once it has ended, so that
a pod is never gone while its process still works, as it is with a kubelet.
"""

import json
import logging
import shutil
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from localcloud.cluster.failures import one_line
from localcloud.cluster.kube import FAILURES, Connection, Informer, Kube, Object
from localcloud.cluster.pod_environment import PodEnvironment
from localcloud.cluster.pod_folder import PodFolder, VolumeError, moved
from localcloud.cluster.pod_variables import VariableError, declared, expanded
from localcloud.cluster.programs import Launch, Program, arguments_of, container_of
from localcloud.cluster.services import CloudServices
from localcloud.cluster.spec import ClusterSpec
from localcloud.liveness import last_lines
from localcloud.processes import Process, free_port

_log = logging.getLogger(__name__)

FINALIZER = "localcloud.eks-platform/process"
_RENEW_AFTER = 12 * 3600.0
_RESYNC = 5.0
_PAUSE = 2.0
"""Seconds between two starts of a process, at least."""
_REFRESH = 10.0
"""Seconds after which a pod's Secrets and ConfigMaps are read anew; a kubelet takes some 60."""


@dataclass
class _Running:
    pod: Object
    program: Program
    container: Object
    folder: PodFolder
    process: Process
    ports: Mapping[int, int]
    started: float = field(default_factory=time.monotonic)
    tokens_from: float = field(default_factory=time.monotonic)
    volumes_from: float = field(default_factory=time.monotonic)


class PodProcesses:
    """Keeps processes in step with pods."""

    def __init__(
        self,
        spec: ClusterSpec,
        services: CloudServices,
        kube: Kube,
        connection: Connection,
        *,
        proxy_url: Callable[[str], str],
    ) -> None:
        """`proxy_url` gives the way into the cluster's network, for whoever says who it is."""
        self._spec = spec
        self._services = services
        self._kube = kube
        self._connection = connection
        self._programs = [
            program
            for program in services.programs
            if program.extra is None or program.extra.name in services.extras
        ]
        self._environment = PodEnvironment(spec, services, kube, proxy_url)
        self._changed = threading.Event()
        self._ended = threading.Event()
        self._pods = Informer(kube, "/api/v1/pods", self._changed)
        self._running: dict[str, _Running] = {}
        self._thread = threading.Thread(
            target=self._run, name=f"pod processes {spec.name}", daemon=True
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

    def port_of(self, pod_uid: str, port: int) -> int | None:
        """Loopback port on which a pod's process serves one of its ports, or None."""
        entry = self._running.get(pod_uid)
        return entry.ports.get(port) if entry else None

    def _log(self, event: str, entry: _Running) -> None:
        """Writes what `localcloud.writers` reads; an end only once the process is gone."""
        if not entry.program.writes_names:
            return
        metadata = entry.pod["metadata"]
        line = {
            "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "event": event,
            "cluster": self._spec.name,
            "pod": metadata["name"],
            "pod_uid": metadata["uid"],
            "pid": entry.process.pid,
            "arguments": entry.container.get("args", []),
        }
        # One write of one line: those of two clusters share the file.
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
                _log.warning("pod processes of %s: %s", self._spec.name, one_line(error))

    def _reconcile(self) -> None:
        pods = {pod["metadata"]["uid"]: pod for pod in self._pods.objects()}
        for uid in [uid for uid in self._running if uid not in pods]:
            self._end(uid)
        for uid, pod in pods.items():
            try:
                self._look_at(uid, pod)
            except (*FAILURES, LookupError, ValueError) as error:
                name = pod["metadata"]["name"]
                _log.warning("%s of %s: %s", name, self._spec.name, one_line(error))

    def _look_at(self, uid: str, pod: Object) -> None:
        found = self._program_of(pod)
        if found is None:
            return
        if pod["metadata"].get("deletionTimestamp"):
            self._end(uid)
            self._release(pod)
        elif uid in self._running:
            self._keep(uid)
        elif pod.get("status", {}).get("phase") == "Running" and self._may_begin(found[0]):
            self._begin(uid, pod, *found)

    def _may_begin(self, program: Program) -> bool:
        """Whether none of its other pods has the process, where there may be one."""
        return not program.alone or all(it.program != program for it in self._running.values())

    def _program_of(self, pod: Object) -> tuple[Program, Object] | None:
        for program in self._programs:
            container = container_of(pod, program)
            if container is not None:
                return program, container
        return None

    def _begin(self, uid: str, pod: Object, program: Program, container: Object) -> None:
        executable = self._executable(program)
        if executable is None:
            return  # As with an image that is pulled: the next look tries again.
        finalizers = pod["metadata"].get("finalizers", [])
        if FINALIZER not in finalizers:
            wished = [*finalizers, FINALIZER]
            self._kube.patch(_path(pod), {"metadata": {"finalizers": wished, "uid": uid}})
        name = pod["metadata"]["name"]
        root = self._services.state.clusters / self._spec.name / "pods" / uid
        folder = PodFolder(self._kube, self._connection, pod, root)
        try:
            mounted = folder.write_volumes(container)
            variables = declared(self._kube, pod, container)
        except (VolumeError, VariableError) as error:
            _log.warning("%s of %s does not start: %s", name, self._spec.name, error)
            return
        folder.write_tokens()
        folder.write_kubeconfig()
        ports: dict[int, int] = {}
        launch = Launch(
            moved([expanded(it, variables) for it in arguments_of(container)], mounted),
            folder.kubeconfig,
            pod["metadata"]["namespace"],
            root,
            lambda port: ports.setdefault(port, free_port()),
            self._services.aws_url,
        )
        process = self._services.processes.start(
            f"{name} of {self._spec.name}",
            [str(executable), *program.arguments(launch)],
            self._services.state.logs / self._spec.name / f"{name}.log",
            {**self._environment.of(pod, variables, folder), **program.environment(launch)},
        )
        self._running[uid] = _Running(pod, program, container, folder, process, ports)
        self._log("started", self._running[uid])

    def _executable(self, program: Program) -> Path | None:
        found = program.executable
        return found if isinstance(found, Path) else self._services.tool_now(found)

    def _keep(self, uid: str) -> None:
        """Starts an ended process anew, as a kubelet would, and renews tokens and volumes."""
        entry = self._running[uid]
        age = time.monotonic() - entry.started
        if not entry.process.running and age > _PAUSE:
            _log.warning(
                "%s ended and is started again: %s",
                entry.process.name,
                last_lines(entry.process.log),
            )
            self._services.processes.stop([entry.process])
            self._log("ended", entry)
            del self._running[uid]
            self._begin(uid, entry.pod, entry.program, entry.container)
            return
        if time.monotonic() - entry.tokens_from > _RENEW_AFTER:
            entry.folder.write_tokens()
            entry.tokens_from = time.monotonic()
        if time.monotonic() - entry.volumes_from > _REFRESH:
            # A source that is gone leaves its last files, as with a kubelet.
            with suppress(VolumeError):
                entry.folder.write_volumes(entry.container)
            entry.volumes_from = time.monotonic()

    def _end(self, uid: str) -> None:
        entry = self._running.pop(uid, None)
        if entry is not None:
            self._services.processes.stop([entry.process])
            self._log("ended", entry)
            shutil.rmtree(entry.folder.root, ignore_errors=True)

    def _release(self, pod: Object) -> None:
        finalizers = pod["metadata"].get("finalizers", [])
        if FINALIZER in finalizers:
            others = [finalizer for finalizer in finalizers if finalizer != FINALIZER]
            self._kube.patch(_path(pod), {"metadata": {"finalizers": others}})


def _path(pod: Object) -> str:
    meta = pod["metadata"]
    return f"/api/v1/namespaces/{meta['namespace']}/pods/{meta['name']}"
