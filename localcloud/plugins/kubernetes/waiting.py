"""Waits until objects are ready or gone, and says why when they are not in time."""

import threading
from collections.abc import Callable, Iterator

from localcloud.fair_clock import FairClock
from localcloud.plugins.kubernetes import waitfor
from localcloud.plugins.kubernetes.api import ApiError, ApiServer, NoKindError, Place
from localcloud.plugins.kubernetes.manifest import SKIP_AWAIT, WAIT_FOR
from localcloud.plugins.kubernetes.readiness import FailedError, condition, problem
from localcloud.plugins.kubernetes.tokens import Kind
from localcloud.plugins.kubernetes.values import (
    Json,
    Object,
    annotation,
    child,
    child_list,
    child_map,
    child_text,
)

DEFAULT_DEADLINE = 600.0
"""Seconds of a `FairClock` to wait where the program sets no custom timeout."""

PAUSES = (0.1, 1.0)
"""Seconds between the first two looks at an object, and the most between later ones."""

_ENDPOINT_SLICE = Kind("discovery.k8s.io", "v1", "EndpointSlice")
_EVENT = Kind("", "v1", "Event")
_POD = Kind("", "v1", "Pod")
_STORAGE_CLASS = Kind("storage.k8s.io", "v1", "StorageClass")
_SHOWN = 3


class NotReadyError(Exception):
    """An object was written but is not ready.

    Attributes:
        live: the object as it was last seen.
        reasons: why it is not ready, the most telling first.
    """

    def __init__(self, live: Object, reasons: list[str]) -> None:
        super().__init__("; ".join(reasons))
        self.live = live
        self.reasons = reasons


class GoneError(Exception):
    """An object disappeared while it was waited for."""


class StillThereError(Exception):
    """An object that is to be deleted is still there."""


class Waiter:
    """Waits for objects of one API server, until `cancelled` is set.

    Attributes:
        cancelled: set when the engine cancels; every wait then ends as if its time was over.
    """

    cancelled: threading.Event

    def __init__(self, server: ApiServer, cancelled: threading.Event) -> None:
        self._server = server
        self.cancelled = cancelled

    def wait_until_ready(self, place: Place, live: Object, seconds: float) -> Object:
        """Returns the object once it is ready.

        Args:
            place: where it is.
            live: how the API server answered the write.
            seconds: how long to wait; 0 for the default.

        Raises:
            NotReadyError: it is not ready in time, or never will be.
            GoneError: it was deleted meanwhile.
            waitfor.WaitForError: its annotation pulumi.com/waitFor is not understood.
        """
        if annotation(live, SKIP_AWAIT) == "true":
            return live
        lacking = self._rule(place, live)
        try:
            for _ in self._looks_until(seconds or DEFAULT_DEADLINE):
                missing = lacking(live)
                if missing is None:
                    return live
                found = self._server.get(place)
                if found is None:
                    raise GoneError(f"{_name(place)} was deleted while it was waited for")
                live = found
            missing = lacking(live)
        except FailedError as error:
            raise NotReadyError(live, [str(error), *self._hints(place, live)]) from error
        if missing is None:
            return live
        how = "cancelled" if self.cancelled.is_set() else "out of time"
        first = f"{_name(place)} is not ready ({how}): {missing}"
        raise NotReadyError(live, [first, *self._hints(place, live)])

    def lacking(self, place: Place, live: Object) -> str | None:
        """What keeps an object from being ready right now, or None.

        Raises:
            waitfor.WaitForError: its annotation pulumi.com/waitFor is not understood.
        """
        if annotation(live, SKIP_AWAIT) == "true":
            return None
        try:
            return self._rule(place, live)(live)
        except FailedError as error:
            return str(error)

    def wait_until_gone(self, place: Place, identifier: str, seconds: float) -> None:
        """Returns once the object with that uid no longer exists.

        Raises:
            StillThereError: it still does when time is over; the message says what holds it.
        """
        live: Object | None = None
        for _ in self._looks_until(seconds or DEFAULT_DEADLINE):
            live = self._server.get(place)
            if live is None or child(live, "metadata", "uid") != identifier:
                return
        raise StillThereError(f"{_name(place)} is still being deleted: {_held_by(live)}")

    def _looks_until(self, seconds: float) -> Iterator[None]:
        """Counts off looks at an object until the time is over; looks at least once."""
        clock = FairClock()
        pause, longest = PAUSES
        yield
        while clock.seconds < seconds and not self.cancelled.wait(pause):
            yield
            pause = min(pause * 1.5, longest)

    def _rule(self, place: Place, live: Object) -> Callable[[Json], str | None]:
        own = annotation(live, WAIT_FOR)
        if own:
            conditions = waitfor.parse(own)

            def of_the_user(found: Json) -> str | None:
                return next((text for c in conditions if (text := c.lacking(found))), None)

            return of_the_user
        if place.kind.group_kind == ("", "Service"):
            return lambda found: problem(place.kind, found) or self._endpoints(place, found)
        if place.kind.group_kind == ("", "PersistentVolumeClaim"):
            return lambda found: None if self._binds_late(found) else problem(place.kind, found)
        return lambda found: problem(place.kind, found)

    def _endpoints(self, place: Place, live: Json) -> str | None:
        """Whether a Service with a selector has endpoints, all of them ready."""
        spec = child_map(live, "spec")
        if spec.get("type") == "ExternalName" or not spec.get("selector"):
            return None
        selector = f"kubernetes.io/service-name={place.name}"
        slices = self._server.list(_ENDPOINT_SLICE, place.namespace, labelSelector=selector)
        endpoints = [e for piece in slices for e in child_list(piece, "endpoints")]
        if not endpoints:
            headless = spec.get("clusterIP") == "None"
            return None if headless else "no pod is behind it"
        waiting = [e for e in endpoints if child(e, "conditions", "ready") is False]
        return f"{len(waiting)} of its endpoints are not ready" if waiting else None

    def _binds_late(self, live: Json) -> bool:
        """Whether a volume claim binds only once a pod uses it."""
        name = child_text(live, "spec", "storageClassName")
        if not name:
            return False
        storage = self._server.get(Place(_STORAGE_CLASS, None, name))
        return child(storage, "volumeBindingMode") == "WaitForFirstConsumer"

    def _hints(self, place: Place, live: Object) -> list[str]:
        """What the object's pods and events tell of its trouble."""
        try:
            return [*self._pods(place, live), *self._events(place, live)]
        except (ApiError, NoKindError) as error:
            return [f"no more is known: {error}"]

    def _pods(self, place: Place, live: Object) -> list[str]:
        if place.kind == _POD:
            return _pod_trouble(live)
        labels = child_map(live, "spec", "selector", "matchLabels")
        if place.kind.group not in {"apps", "batch"} or not labels:
            return []
        selector = ",".join(f"{key}={value}" for key, value in labels.items())
        pods = self._server.list(_POD, place.namespace, labelSelector=selector)
        found = [
            f"pod {child_text(pod, 'metadata', 'name')}: {text}"
            for pod in pods
            for text in _pod_trouble(pod)
        ]
        return found[:_SHOWN]

    def _events(self, place: Place, live: Object) -> list[str]:
        selector = f"involvedObject.uid={child_text(live, 'metadata', 'uid')},type=Warning"
        events = self._server.list(_EVENT, place.namespace or "default", fieldSelector=selector)
        return [
            f"event {child_text(event, 'reason')}: {child_text(event, 'message')}"
            for event in events[-_SHOWN:]
        ]


def _pod_trouble(pod: Json) -> list[str]:
    found: list[str] = []
    scheduled = condition(pod, "PodScheduled")
    if child(scheduled, "status") == "False":
        found.append(f"not scheduled: {child_text(scheduled, 'message')}")
    for listing in ("initContainerStatuses", "containerStatuses"):
        for status in child_list(pod, "status", listing):
            waiting = child_map(status, "state", "waiting")
            if waiting:
                said = f"{waiting.get('reason', '')} {waiting.get('message', '')}".strip()
                found.append(f"container {child_text(status, 'name')} waits: {said}")
    return found


def _held_by(live: Json) -> str:
    finalizers = [str(name) for name in child_list(live, "metadata", "finalizers")]
    finalizers += [str(name) for name in child_list(live, "spec", "finalizers")]
    said = [
        child_text(entry, "message")
        for entry in child_list(live, "status", "conditions")
        if child(entry, "status") == "True" and child_text(entry, "message")
    ]
    text = f"finalizers {', '.join(finalizers)}" if finalizers else "no finalizer is set"
    return f"{text} ({' '.join(said)})" if said else text


def _name(place: Place) -> str:
    return f"{place.kind.name} {place.identity}"
