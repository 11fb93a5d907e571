"""The loop that all controllers of a cluster have in common."""

import logging
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence

from localcloud.cluster.failures import one_line
from localcloud.cluster.kube import FAILURES, Informer, Kube, Object

_log = logging.getLogger(__name__)

RESYNC = 10.0
"""Seconds after which everything is looked at again: what failed is then tried again."""


class Controller(ABC):
    """Follows collections of the API and looks at the world after every change.

    Attributes:
        name: for logs and the thread.
        kube: the cluster's API server.
    """

    def __init__(self, name: str, kube: Kube, paths: Sequence[str]) -> None:
        self.name = name
        self.kube = kube
        self._changed = threading.Event()
        self._ended = threading.Event()
        self._informers = {path: Informer(kube, path, self._changed) for path in paths}
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Begins to follow."""
        for informer in self._informers.values():
            informer.start()
        self._thread.start()

    def stop(self) -> None:
        """Ends; what was made stays, as it does when a cluster is deleted."""
        self._ended.set()
        self._changed.set()
        for informer in self._informers.values():
            informer.stop()
        self._thread.join()

    def wake(self) -> None:
        """Looks again soon."""
        self._changed.set()

    @abstractmethod
    def reconcile(self) -> None:
        """Looks once. What is raised is logged, and tried again."""

    def objects_of(self, path: str) -> list[Object]:
        """Objects of a followed collection."""
        return self._informers[path].objects()

    def each(self, items: Sequence[Object], work: Callable[[Object], None]) -> None:
        """Does `work` for each object; one that fails does not hold up the others."""
        for item in items:
            try:
                work(item)
            except (*FAILURES, LookupError, ValueError) as error:
                meta = item["metadata"]
                place = "/".join(filter(None, (meta.get("namespace"), meta["name"])))
                _log.warning("%s: %s: %s", self.name, place, one_line(error))

    def _run(self) -> None:
        while not self._ended.is_set():
            self._changed.wait(RESYNC)
            self._changed.clear()
            if self._ended.is_set():
                return
            try:
                self.reconcile()
            except FAILURES as error:
                _log.warning("%s: %s", self.name, one_line(error))
