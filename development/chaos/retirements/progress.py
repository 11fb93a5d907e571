"""How far a retirement has come, seen from outside."""

import json
import time
from pathlib import Path

from bluegreen.world.locks import FOLDER
from development.chaos.platform import Platform
from development.chaos.processes import Child, read_command_line
from development.chaos.retirements.plan import RETIRED, Point
from development.chaos.retirements.platform import CLAIMS, POOLS, Collections, read_names
from development.chaos.watching import kube
from localcloud.cluster.kube import FAILURES, Object
from settings.names import PROJECT

_OPERATIONS = {"up": Point.UPDATE, "destroy": Point.DESTROY}


class Progress:
    """Follows one retirement; `poll` must be called all the time.

    Attributes:
        reached: points with the monotonic second at which each was seen.
        claims: NodeClaims at the last look.
    """

    def __init__(self, cluster: Collections, locks: Path) -> None:
        """Begins.

        Args:
            cluster: the API server of the colour.
            locks: folder of the locks on its stack.
        """
        self._kube = cluster
        self._locks = locks
        self._most = len(read_names(cluster, CLAIMS) or ())
        self.claims = self._most
        self.reached = {Point.BEGINS: time.monotonic()}

    def poll(self) -> bool:
        """Looks; whether a point was reached."""
        before = len(self.reached)
        if Point.LAST not in self.reached:
            self._poll_nodes()
        self._poll_locks()
        return len(self.reached) > before

    def seconds_since(self, point: Point) -> float | None:
        """Seconds since a point was reached; None before."""
        seen = self.reached.get(point)
        return None if seen is None else time.monotonic() - seen

    def _poll_nodes(self) -> None:
        pools = _items(self._kube, POOLS)
        claims = read_names(self._kube, CLAIMS)
        if pools is None or claims is None:
            return
        if not pools or any(it["metadata"].get("deletionTimestamp") for it in pools):
            self._reach(Point.POOLS)
        # Pods may have come, and nodes with them.
        self._most = max(self._most, len(claims))
        if Point.POOLS in self.reached and len(claims) < self._most:
            self._reach(Point.FIRST)
        self.claims = len(claims)
        if Point.POOLS in self.reached and not claims:
            self._reach(Point.LAST)

    def _poll_locks(self) -> None:
        for path in self._locks.glob("*.json"):
            point = _OPERATIONS.get(_operation(path))
            if point is not None:
                self._reach(point)

    def _reach(self, point: Point) -> None:
        self.reached.setdefault(point, time.monotonic())


def follow(platform: Platform) -> Progress:
    """A retirement that is just beginning."""
    locks = platform.state.backend / FOLDER / PROJECT / RETIRED
    return Progress(kube(platform, RETIRED), locks)


def _items(cluster: Collections, path: str) -> list[Object] | None:
    try:
        return cluster.items(path)
    except FAILURES:
        return None


def _operation(lock: Path) -> str:
    """``up`` or ``destroy``, of the engine that holds a lock; empty where it is gone."""
    try:
        pid = int(json.loads(lock.read_text())["pid"])
    except (OSError, ValueError, KeyError):
        return ""  # it is just being written, or gone
    words = Child(pid, read_command_line(pid)).operation.split()
    return words[0] if words else ""
