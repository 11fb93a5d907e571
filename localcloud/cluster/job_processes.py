"""Runs real programs of Jobs: each container of such a pod once; the pod ends as they did.

Containers of the same pod that have no program here count as done: they are simulated.
"""

import logging
import shutil
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from localcloud.cluster.controller import Controller
from localcloud.cluster.kube import Connection, Kube, Object
from localcloud.cluster.pod_environment import PodEnvironment
from localcloud.cluster.pod_folder import PodFolder, VolumeError, moved
from localcloud.cluster.pod_variables import VariableError, declared, expanded
from localcloud.cluster.programs import (
    JOB_PROGRAMS,
    Launch,
    Program,
    arguments_of,
    container_of,
)
from localcloud.cluster.services import CloudServices
from localcloud.cluster.spec import ClusterSpec
from localcloud.processes import Process, free_port
from localcloud.tools.catalogue import Tool

_log = logging.getLogger(__name__)

_PODS = "/api/v1/pods"
_LOOK = 0.5
"""Seconds between two looks at processes that run."""


@dataclass(frozen=True)
class _Running:
    folder: Path
    processes: Mapping[str, Process]
    """By the name of the container."""


class JobProcesses(Controller):
    """Follows pods of Jobs."""

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
        super().__init__(f"job processes {spec.name}", kube, [_PODS])
        self._spec = spec
        self._services = services
        self._connection = connection
        self._environment = PodEnvironment(spec, services, kube, proxy_url)
        self._running: dict[str, _Running] = {}
        self._timer: threading.Timer | None = None

    def stop(self) -> None:
        """Ends, with every process."""
        super().stop()
        if self._timer is not None:
            self._timer.cancel()
        for uid in list(self._running):
            self._end(uid)

    def reconcile(self) -> None:
        """Begins what is new, ends what is gone, and says of pods whose programs ended how."""
        pods = {pod["metadata"]["uid"]: pod for pod in self.objects_of(_PODS) if is_wanted(pod)}
        for uid in self._running.keys() - pods.keys():
            self._end(uid)
        self.each([pod for uid, pod in pods.items() if uid not in self._running], self._begin)
        self.each([pod for uid, pod in pods.items() if uid in self._running], self._look)
        if self._timer is not None:
            # One that was set before would go on beside it, and set others.
            self._timer.cancel()
        if self._running:
            self._timer = threading.Timer(_LOOK, self.wake)
            self._timer.daemon = True
            self._timer.start()

    def _begin(self, pod: Object) -> None:
        programs = programs_of(pod)
        tools = {name: self._executable(program) for name, (program, _) in programs.items()}
        found = {name: path for name, path in tools.items() if path is not None}
        if len(found) < len(tools):
            return  # As with an image that is pulled: the next look tries again.
        uid = pod["metadata"]["uid"]
        root = self._services.state.clusters / self._spec.name / "pods" / uid
        folder = PodFolder(self.kube, self._connection, pod, root)
        folder.write_tokens()
        folder.write_kubeconfig()
        processes: dict[str, Process] = {}
        self._running[uid] = _Running(root, processes)
        for name, (program, container) in programs.items():
            try:
                processes[name] = self._start(pod, folder, found[name], program, container)
            except (VolumeError, VariableError) as error:
                _log.warning("%s: %s does not start: %s", self.name, name, error)
                self._end(uid)
                return
            except Exception:
                # Of a pod that has not begun nothing is said; the next look tries again.
                self._end(uid)
                raise

    def _start(
        self, pod: Object, folder: PodFolder, path: Path, program: Program, container: Object
    ) -> Process:
        meta = pod["metadata"]
        variables = declared(self.kube, pod, container)
        words = [expanded(it, variables) for it in arguments_of(container)]
        launch = Launch(
            moved(words, folder.write_volumes(container)),
            folder.kubeconfig,
            meta["namespace"],
            folder.root,
            lambda _: free_port(),
            self._services.aws_url,
        )
        environment = self._environment.of(pod, variables, folder)
        return self._services.processes.start(
            f"{meta['name']} of {self._spec.name}",
            [str(path), *program.arguments(launch)],
            self._services.state.logs / self._spec.name / f"{meta['name']}.log",
            {**environment, **program.environment(launch)},
        )

    def _executable(self, program: Program) -> Path | None:
        found = program.executable
        return self._services.tool_now(found) if isinstance(found, Tool) else found

    def _look(self, pod: Object) -> None:
        meta = pod["metadata"]
        processes = self._running[meta["uid"]].processes
        codes = {name: it.code for name, it in processes.items()}
        ended = {name: code for name, code in codes.items() if code is not None}
        if len(ended) == len(codes):
            path = f"/api/v1/namespaces/{meta['namespace']}/pods/{meta['name']}/status"
            self.kube.patch(path, {"status": status(pod, ended)})

    def _end(self, uid: str) -> None:
        entry = self._running.pop(uid)
        self._services.processes.stop(list(entry.processes.values()))
        shutil.rmtree(entry.folder, ignore_errors=True)


def is_wanted(pod: Object) -> bool:
    """Whether a pod is a running one of a Job, with a program that runs here."""
    meta = pod["metadata"]
    owners = {it["kind"] for it in meta.get("ownerReferences") or []}
    runs = pod.get("status", {}).get("phase") == "Running"
    return "Job" in owners and runs and not meta.get("deletionTimestamp") and bool(programs_of(pod))


def programs_of(pod: Object) -> Mapping[str, tuple[Program, Object]]:
    """Programs of a pod's containers, each with its container, by the container's name."""
    return {
        container["name"]: (program, container)
        for container in pod["spec"]["containers"]
        for program in JOB_PROGRAMS
        if container_of({"spec": {"containers": [container]}}, program)
    }


def status(pod: Object, codes: Mapping[str, int]) -> Object:
    """What a kubelet would say of a pod whose containers ended with these codes; others with 0."""
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    ended = {it["name"]: codes.get(it["name"], 0) for it in pod["spec"]["containers"]}
    return {
        "phase": "Failed" if any(ended.values()) else "Succeeded",
        "conditions": _conditions(pod, now),
        "containerStatuses": [
            {
                "name": it["name"],
                "image": it["image"],
                "imageID": "",
                "ready": False,
                "started": False,
                "restartCount": 0,
                "state": {
                    "terminated": {
                        "exitCode": _exit_code(ended[it["name"]]),
                        "reason": "Error" if ended[it["name"]] else "Completed",
                        "startedAt": pod["status"].get("startTime", now),
                        "finishedAt": now,
                    }
                },
            }
            for it in pod["spec"]["containers"]
        ],
    }


def _exit_code(code: int) -> int:
    """As a container runtime says it: a signal's number is added to 128."""
    return code if code >= 0 else 128 - code


def _conditions(pod: Object, now: str) -> list[Object]:
    over = {"Ready", "ContainersReady"}
    return [
        {**it, "status": "False", "reason": "PodCompleted", "lastTransitionTime": now}
        if it["type"] in over
        else it
        for it in pod["status"].get("conditions") or []
    ]
