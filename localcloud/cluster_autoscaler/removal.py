"""Takes nodes away: marks, drains, ends their instances. Several at a time, beside the looks."""

import logging
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from localcloud.cluster.failures import one_line
from localcloud.cluster.kube import FAILURES
from localcloud.cluster_autoscaler.cluster import Subject
from localcloud.cluster_autoscaler.objects import Pod
from localcloud.cluster_autoscaler.options import Options
from localcloud.cluster_autoscaler.scale_down import Removal

_log = logging.getLogger(__name__)

_PAUSE = 1.0  # seconds between two looks at pods that go, and two tries to evict


class DrainError(RuntimeError):
    """A pod did not go in time."""


class RemovingCluster(Protocol):
    """What removals need of `localcloud.cluster_autoscaler.cluster.Cluster`."""

    def mark(self, node: str, now: datetime) -> None:
        """Gives a node the taint of those that go."""
        ...

    def unmark(self, node: str) -> None:
        """Takes that taint away."""
        ...

    def evict(self, pod: Pod) -> bool:
        """Asks a pod to go; whether it may."""
        ...

    def is_there(self, pod: Pod) -> bool:
        """Whether the very pod is still there."""
        ...

    def report(self, subject: Subject, kind: str, reason: str, message: str) -> None:
        """Writes an event."""
        ...


@dataclass(frozen=True)
class Outcome:
    """What became of a removal; `error` is empty where the node went."""

    removal: Removal
    error: str = ""


class Removals:
    """Those that are under way."""

    def __init__(
        self,
        cluster: RemovingCluster,
        terminate: Callable[[str], None],
        options: Options,
        *,
        executor: Executor | None = None,
        wait: Callable[[float], None] = time.sleep,
        seconds: Callable[[], float] = time.monotonic,
    ) -> None:
        """`terminate` ends an instance by its id; `seconds` is a clock."""
        self._cluster = cluster
        self._terminate = terminate
        self._options = options
        self._executor = executor or ThreadPoolExecutor(options.max_scale_down_parallelism)
        self._wait = wait
        self._seconds = seconds
        self._status = Subject("ConfigMap", options.status_config_map_name)
        self._running: dict[str, tuple[Removal, Future[None]]] = {}

    @property
    def under_way(self) -> Sequence[Removal]:
        """Those that have not ended, or of which nobody asked for the outcome."""
        return [removal for removal, _ in self._running.values()]

    @property
    def room(self) -> tuple[int, int]:
        """How many nodes more may go now; and of them, how many that have pods."""
        draining = sum(bool(it.moving) for it in self.under_way)
        free = self._options.max_scale_down_parallelism - len(self._running)
        return free, min(free, self._options.max_drain_parallelism - draining)

    def begin(self, removal: Removal) -> None:
        """Begins one."""
        future = self._executor.submit(self._remove, removal)
        self._running[removal.node.name] = (removal, future)

    def ended(self) -> list[Outcome]:
        """Outcomes of those that have ended since this was last asked."""
        found: list[Outcome] = []
        for name, (removal, future) in list(self._running.items()):
            if future.done():
                del self._running[name]
                error = future.exception()
                if error is not None and not isinstance(error, (*FAILURES, DrainError)):
                    raise error
                found.append(Outcome(removal, one_line(error) if error else ""))
        return found

    def _remove(self, removal: Removal) -> None:
        node = Subject("Node", removal.node.name, uid=removal.node.name)
        self._cluster.mark(removal.node.name, datetime.now(UTC))
        try:
            self._announce(removal, node)
            self._drain(removal.moving)
            self._wait(self._options.node_delete_delay_after_taint.total_seconds())
            self._terminate(removal.node.instance)
        except (*FAILURES, DrainError) as error:
            self._cluster.report(
                node, "Warning", "ScaleDownFailed", f"failed to drain or delete: {one_line(error)}"
            )
            self._cluster.unmark(removal.node.name)
            raise
        self._cluster.report(node, "Normal", "ScaleDown", "node removed by cluster autoscaler")

    def _announce(self, removal: Removal, node: Subject) -> None:
        name = removal.node.name
        marked = "marked the node as toBeDeleted/unschedulable"
        self._cluster.report(node, "Normal", "ScaleDown", marked)
        if removal.moving:
            pods = ",".join(it.name for it in removal.moving)
            said = f"Scale-down: removing node {name}, pods to reschedule: {pods}"
            self._cluster.report(self._status, "Normal", "ScaleDown", said)
            _log.info("removes %s, and moves %s", name, pods)
        else:
            said = f"Scale-down: removing empty node {name!r}"
            self._cluster.report(self._status, "Normal", "ScaleDownEmpty", said)
            _log.info("removes %s, which is empty", name)

    def _drain(self, pods: Sequence[Pod]) -> None:
        for pod in pods:
            self._evict(pod)
        until = self._seconds() + self._options.max_graceful_termination_sec
        while left := [it for it in pods if self._cluster.is_there(it)]:
            if self._seconds() >= until:
                raise DrainError(f"{', '.join(it.full_name for it in left)} did not end in time")
            self._wait(_PAUSE)

    def _evict(self, pod: Pod) -> None:
        until = self._seconds() + self._options.max_pod_eviction_time.total_seconds()
        subject = Subject("Pod", pod.name, pod.namespace, pod.uid)
        self._cluster.report(subject, "Normal", "ScaleDown", "deleting pod for node scale down")
        while not self._cluster.evict(pod):
            if self._seconds() >= until:
                raise DrainError(f"{pod.full_name} may not be evicted: its disruption budget")
            self._wait(_PAUSE)
