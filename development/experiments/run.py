"""One run: a load is played on a platform, and what happens is measured."""

import os
import queue
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from catalogue.instance_types import instance_type
from development.experiments import load_api, scaling, workload
from development.experiments.demand import Service
from development.experiments.faults import Faults, chosen, planned
from development.experiments.load_api import LoadApi
from development.experiments.measuring import Instance, Recorder, percentile
from development.experiments.pace import Pace
from development.experiments.platform import ExperimentError, Platform
from development.experiments.policies import Policy
from development.experiments.results import Machine, Measures, Moment, Result
from development.experiments.traces import PEAK, Trace
from development.experiments.tree import digest
from localcloud.cluster.kube import FAILURES, Kube, Object
from localcloud.state import REGION

_LOOK = 0.2
"""Real seconds between two looks."""

LONGEST_GAP_SECONDS = 60.0
"""Simulated seconds between two looks from which on a run says nothing: the machine is too slow."""

_SETTLE_SECONDS = 300.0
"""Real seconds within which the pods of the first load must run."""

_MEASURE_SECONDS = 40.0
"""The same, for what adds pods to see a first measure."""

_STEP_SECONDS = 5.0
"""Simulated seconds at most for which a load is taken to be the same."""


class PodEvents:
    """What happens to the service's pods, in order, with the real time at which it was seen."""

    def __init__(self, kube: Kube) -> None:
        self._kube = kube
        self._queue: queue.SimpleQueue[tuple[float, str, Object]] = queue.SimpleQueue()
        self._known: dict[str, Object] = {}
        self._thread = threading.Thread(target=self._follow, name="pods", daemon=True)
        self._ended = threading.Event()

    def start(self) -> None:
        """Begins to follow."""
        self._thread.start()

    def stop(self) -> None:
        """Ends; the thread goes with its API server's connection."""
        self._ended.set()

    def taken(self) -> list[tuple[float, str, Object]]:
        """Events since the last call."""
        found: list[tuple[float, str, Object]] = []
        with suppress(queue.Empty):
            while True:
                found.append(self._queue.get_nowait())
        return found

    def _follow(self) -> None:
        while not self._ended.is_set():
            with suppress(*FAILURES):
                self._list_and_watch()

    def _list_and_watch(self) -> None:
        items, version = self._kube.listing(workload.PODS)
        listed = {it["metadata"]["uid"]: it for it in items}
        for uid in self._known.keys() - listed.keys():
            self._tell("DELETED", self._known[uid])
        for item in items:
            self._tell("ADDED", item)
        for event, item in self._kube.watch(workload.PODS, version):
            if self._ended.is_set() or event == "ERROR":
                return
            if event != "BOOKMARK":
                self._tell(event, item)

    def _tell(self, event: str, item: Object) -> None:
        if event == "DELETED":
            self._known.pop(item["metadata"]["uid"], None)
        else:
            self._known[item["metadata"]["uid"]] = item
        self._queue.put((time.monotonic(), event, item))


@dataclass
class Run:
    """A run of one policy.

    Attributes:
        platform: on which it is played.
        policy: what scales.
        trace: the load.
        seed: of load and faults.
        pace: how much shorter time is.
        tell: is told how it goes.
    """

    platform: Platform
    policy: Policy
    trace: Trace
    seed: int
    pace: Pace
    tell: Callable[[str], None]
    _recorder: Recorder = field(default_factory=lambda: Recorder(Service(), REGION))
    _course: list[Moment] = field(default_factory=list[Moment])
    _instances: list[Instance] = field(default_factory=list[Instance])
    _interrupted: int = 0
    _longest_gap: float = 0.0
    _next: float = 0.0
    _seen: float = 0.0
    _reserved: int = 0

    def play(self) -> Result:
        """Brings the first load up, plays the trace, and gives what was measured.

        Raises:
            ExperimentError: the pods of the first load do not run in time, or the machine was too
                busy for the pace.
        """
        events = PodEvents(self.platform.kube)
        before = os.getloadavg()[0]
        workload.apply(self.platform, self.policy, self.pace, self.trace.at(0))
        events.start()
        try:
            with load_api.serving() as api:
                api.load = self.trace.at(0)
                self._settle(events)
                begin = self._scale(api)
                time.sleep(max(0.0, (begin - datetime.now(UTC)).total_seconds()))
                self._take(events, 0.0)
                self._recorder.begin()
                self._play(events, planned(self.trace, self.seed), api)
        finally:
            events.stop()
        return self._result(before)

    def _scale(self, api: LoadApi) -> datetime:
        """Makes what adds pods; gives the time at which the load is to begin, once it measures."""
        kube, service = self.platform.kube, self._recorder.service
        begin = datetime.now(UTC) + timedelta(seconds=_MEASURE_SECONDS)
        if self.policy.pods == "cpu":
            kube.apply(scaling.AUTOSCALER, scaling.by_cpu(service, self.pace))
        else:
            times, begin = scaling.schedule(self.trace.cron, self.pace, begin)
            scaled = scaling.by_requests(service, self.pace, api.url, PEAK, times)
            kube.apply(scaling.SCALED, scaled)
        seconds = (begin - datetime.now(UTC)).total_seconds()
        workload.wait_until("measure", lambda: workload.is_measured(kube), seconds)
        if self.policy.pods == "cpu":
            return datetime.now(UTC)
        self.tell(
            f"the load begins at {begin.astimezone():%H:%M:%S}, as its schedule has whole minutes"
        )
        return begin

    def _settle(self, events: PodEvents) -> None:
        wanted = self._recorder.service.pods(self.trace.at(0))
        self.tell(f"the first {wanted} pods and the reserve start")

        def runs() -> bool:
            self._take(events, 0.0)
            self._instances = self.platform.instances()
            self._keep_reserve()
            return self._recorder.ready >= wanted and workload.reserve_runs(
                self.platform.kube, self.policy
            )

        workload.wait_until("first pods and reserve", runs, _SETTLE_SECONDS)

    def _play(self, events: PodEvents, faults: Faults, api: LoadApi) -> None:
        begin = last = time.monotonic()
        waiting, shortage = list(faults.interruptions), [*faults.shortage]
        self.tell(f"{self.trace.name} begins: {self.trace.seconds / 60:.0f} simulated minutes")
        while True:
            now = time.monotonic()
            second, gap = self.pace.simulated(now - begin), self.pace.simulated(now - last)
            last = now
            self._longest_gap = max(self._longest_gap, gap)
            if gap > LONGEST_GAP_SECONDS:
                raise ExperimentError(too_busy(gap, self.pace))
            load = api.load = self.trace.at(second)
            self._take(events, begin)
            self._advance(second)
            self._recorder.see_instances(self._instances, gap)
            if second >= self.trace.seconds:
                return
            if second >= self._next:
                self._look(second, load)
            if shortage and second >= shortage[0]:
                self.platform.take_capacity(*([faults.zone] if len(shortage) == 2 else []))  # noqa: PLR2004 - its end is left
                shortage.pop(0)
            if waiting and second >= waiting[0][0]:
                self._interrupt(waiting.pop(0)[1])
            time.sleep(_LOOK)

    def _look(self, second: float, load: float) -> None:
        """Once in 15 simulated seconds: what takes calls."""
        self._next = second + 15
        workload.say_load(self.platform.kube, load)
        self._instances = self.platform.instances()
        self._keep_reserve()
        if not self._course or second - self._course[-1].second >= 60:  # noqa: PLR2004 - a minute
            it = self._recorder
            moment = Moment(
                second=round(second),
                load=round(load),
                ready=it.ready,
                pending=it.pending,
                nodes=len(self._instances),
            )
            self._course.append(moment)
            self.tell(
                f"minute {second / 60:4.0f}: {load:5.0f} requests/s, {moment.ready} pods ready, "
                f"{moment.pending} pending, {moment.nodes} nodes"
            )

    def _take(self, events: PodEvents, begin: float) -> None:
        """Takes what was seen, each at its own time, however late that is; 0 before the load."""
        for at, event, pod in events.taken():
            second = self.pace.simulated(at - begin) if begin else 0.0
            self._advance(second)
            self._recorder.see_pod(event, pod, second)

    def _advance(self, second: float) -> None:
        """Takes the load up to a time, on the pods that are known to be ready."""
        while self._seen < second:
            step = min(_STEP_SECONDS, second - self._seen)
            self._recorder.see_load(self.trace.at(self._seen + step / 2), step)
            self._seen += step

    def _interrupt(self, part: float) -> None:
        taken = chosen([it.identity for it in self._instances if it.spot], part)
        if taken is None:
            self.tell("no spot instance runs that could be taken back")
            return
        self.platform.interrupt(taken, self.pace)
        self._interrupted += 1
        self.tell(f"EC2 takes {taken} back")

    def _keep_reserve(self) -> None:
        """Stands in for the cluster-proportional autoscaler, by its linear rule."""
        reserve = self.policy.reserve
        if reserve is None:
            return
        cores = sum(instance_type(it.kind).vcpus for it in self._instances)
        wanted = reserve.pods(len(self._instances), cores)
        if wanted != self._reserved:
            self.platform.kube.patch(workload.RESERVE, {"spec": {"replicas": wanted}})
            self._reserved = wanted

    def _result(self, load_before: float) -> Result:
        it = self._recorder
        waits = it.waits(self.trace.seconds)
        measures = Measures(
            pending_pod_seconds=round(sum(waits), 1),
            pending_p99=round(percentile(waits, 0.99), 1),
            unserved_seconds=round(it.unserved_seconds, 1),
            unserved_share=round(it.unserved_requests / it.requests, 5),
            node_hours={kind: round(hours, 3) for kind, hours in it.node_hours.items()},
            usd=round(it.usd, 4),
            no_price=tuple(sorted(it.no_price)),
            evictions=it.evictions,
            interruptions=self._interrupted,
            most_pods=it.most_pods,
            most_nodes=it.most_nodes,
        )
        machine = Machine(
            processors=os.cpu_count() or 1,
            load_before=round(load_before, 1),
            load_after=round(os.getloadavg()[0], 1),
            longest_gap=round(self._longest_gap, 1),
        )
        return Result(
            policy=self.policy.key,
            trace=self.trace.name,
            seed=self.seed,
            factor=self.pace.factor,
            tree=digest(),
            day=datetime.now(UTC).date(),
            machine=machine,
            measures=measures,
            course=tuple(self._course),
        )


def too_busy(gap: float, pace: Pace) -> str:
    """Why a run is no result, and what to do."""
    load = os.getloadavg()[0]
    return (
        f"the machine is too busy: nothing was looked at for {gap:.0f} simulated seconds, which are"
        f" {pace.real(gap):.1f} real ones (load {load:.0f} on {os.cpu_count()} processors). This"
        " run is no result; try again when less runs, or with a smaller --factor"
    )
