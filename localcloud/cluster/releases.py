"""Which charts are installed in a cluster: what the controllers that stand in for them ask."""

import logging
import threading
from collections.abc import Callable

from localcloud.cluster.kube import Informer, Kube, Object
from localcloud.releases import DEPLOYED, HELM_SELECTOR, SELECTOR, RecordError, Release

_log = logging.getLogger(__name__)


class InstalledReleases:
    """Follows the records of a cluster's releases, and what Helm itself keeps of its own.

    Each controller that stands in for a chart's program acts while the chart is installed, as the
    program would. One exception: as long as a cluster has never had a release, the load balancer
    controller acts all the same, so that a cluster without Helm can have load balancers.
    """

    def __init__(self, kube: Kube) -> None:
        self._changed = threading.Event()
        self._listeners: list[Callable[[], None]] = []
        self._informers = (
            (Informer(kube, f"/api/v1/secrets?{SELECTOR}", self._changed), Release.from_secret),
            (Informer(kube, f"/api/v1/secrets?{HELM_SELECTOR}", self._changed), Release.from_helm),
        )
        self._ended = threading.Event()
        self._any_yet = False
        self._thread = threading.Thread(target=self._run, name="releases", daemon=True)

    def start(self) -> None:
        """Begins to follow."""
        for informer, _ in self._informers:
            informer.start()
        self._thread.start()

    def stop(self) -> None:
        """Ends."""
        self._ended.set()
        self._changed.set()
        for informer, _ in self._informers:
            informer.stop()
        self._thread.join()

    def add_listener(self, changed: Callable[[], None]) -> None:
        """Calls `changed` after every change; before `start`."""
        self._listeners.append(changed)

    def of_chart(self, chart: str) -> Release | None:
        """The installed release of a chart, by the last part of the chart's name."""
        installed = (found for found in self._read_all() if found.status == DEPLOYED)
        return next((found for found in installed if found.chart_name == chart), None)

    def recorded(self, chart: str) -> Release | None:
        """The same, of what is recorded and not rendered: not what Helm itself installed."""
        installed = (it for it in self._read(*self._informers[0]) if it.status == DEPLOYED)
        return next((found for found in installed if found.chart_name == chart), None)

    def none_yet(self) -> bool:
        """Whether the cluster never had a release."""
        self._any_yet = self._any_yet or any(x.objects() for x, _ in self._informers)
        return not self._any_yet

    def _read_all(self) -> list[Release]:
        return [release for it in self._informers for release in self._read(*it)]

    def _read(self, informer: Informer, read: Callable[[Object], Release]) -> list[Release]:
        found: list[Release] = []
        for secret in informer.objects():
            try:
                found.append(read(secret))
            except RecordError as error:
                _log.warning("%s", error)
        return found

    def _run(self) -> None:
        while not self._ended.is_set():
            self._changed.wait()
            self._changed.clear()
            self.none_yet()
            for changed in self._listeners:
                changed()
