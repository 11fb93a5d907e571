"""A switch under load: a steady load moves to the other colour, and what lacks room is measured.

In real time: a switch takes what Pulumi, DNS and the API servers take, which nothing shortens.
"""

import os
import subprocess
import threading
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import psutil

from development.experiments import load_api, scaling, switch_objects, workload
from development.experiments.demand import Service
from development.experiments.load_api import LoadApi
from development.experiments.measuring import Recorder
from development.experiments.pace import Pace
from development.experiments.platform import ExperimentError, Platform
from development.experiments.policies import Policy
from development.experiments.run import PodEvents
from development.experiments.scaling import Schedule
from development.experiments.switch_results import SwitchMoment, SwitchResult
from development.experiments.tree import digest_of_switch
from development.experiments.visitors import Visitors, visitors
from localcloud.state import REGION
from settings.names import Colour

LOAD = 1200.0
"""Requests a second, all the time."""

_PACE = Pace(1)
_LOOK = 1.0
_TELL_SECONDS = 5.0  # between two words to the metrics APIs
_START_SECONDS = 900.0
_STEADY_SECONDS = 60.0
_QUIET_SECONDS = 120.0
"""Without a lack of room, after which a switch is over."""

_LONGEST_SECONDS = 1800.0


@dataclass
class Side:
    """One colour, as a run sees it.

    Attributes:
        platform: the colour.
        events: what happens to its pods.
        api: its load, as KEDA reads it.
        recorder: of its pods, and of what it lacks.
    """

    platform: Platform
    events: PodEvents
    api: LoadApi
    recorder: Recorder = field(default_factory=lambda: Recorder(Service(), REGION))

    @property
    def colour(self) -> Colour:
        """Which one."""
        return self.platform.colour

    def take(self) -> None:
        """Takes what happened to pods since the last call."""
        for _, event, pod in self.events.taken():
            self.recorder.see_pod(event, pod, 0.0)

    def say(self, load: float) -> None:
        """Says the colour's own load to what measures it."""
        self.api.load = load
        workload.say_load(self.platform.kube, load)


@dataclass
class SwitchRun:
    """One switch.

    Attributes:
        policy: what scales both colours.
        warm: whether the switch warms the new colour first; else what is cold is waived.
        tell: is told how it goes.
    """

    policy: Policy
    warm: bool
    tell: Callable[[str], None]
    _course: list[SwitchMoment] = field(default_factory=list[SwitchMoment])

    def play(self, old: Platform, new: Platform) -> SwitchResult:
        """Brings a load up on the old colour, switches, and gives what was measured.

        Raises:
            ExperimentError: something did not come in time, or the switch failed.
        """
        before = os.getloadavg()[0]
        with _sides((old, new)) as sides:
            self._settle(sides)
            who = visitors(
                switch_objects.live_name(),
                {it.colour: switch_objects.own_name(it.colour) for it in sides},
                old.cloud.dns_port,
            )
            self._watch(sides, who, lambda seconds, _: seconds >= _STEADY_SECONDS)
            self._course.clear()
            command = _Switch(old, new.colour, warm=self.warm)
            self.tell(" ".join(command.words))
            try:
                self._watch(sides, who, lambda *times: self._is_over(command, *times))
            finally:
                command.stop()
        return self._result(command, new.colour, before)

    def _settle(self, sides: Sequence[Side]) -> None:
        old, new = sides
        service = Service()
        wanted = {old.colour: service.pods(LOAD), new.colour: service.least}
        self.tell(f"the first {sum(wanted.values())} pods of both colours start")
        for side, load in ((old, LOAD), (new, 0.0)):
            switch_objects.apply(side.platform, self.policy, load)
            side.events.start()
            side.say(load)

        def run() -> bool:
            for it in sides:
                it.take()
            # A pause pod that waits is a workload that is not well: the switch would refuse.
            return all(
                it.recorder.ready >= wanted[it.colour]
                and workload.reserve_runs(it.platform.kube, self.policy)
                for it in sides
            )

        workload.wait_until("first pods and reserve", run, _START_SECONDS)
        for side in sides:
            _scale(side, self.policy)
        for side in sides:
            kube = side.platform.kube
            workload.wait_until("measure", lambda it=kube: workload.is_measured(it), 300)
        switch_objects.wait_for_names(old.platform.cloud.dns_port)

    def _watch(
        self, sides: Sequence[Side], who: Visitors, over: Callable[[float, float], bool]
    ) -> None:
        """Looks once a second until it is over; that is told the time, and since when all is well.

        Raises:
            ExperimentError: it never was.
        """
        begin = last = time.monotonic()
        told = lacked = 0.0
        while True:
            now = time.monotonic()
            second, gap, last = now - begin, now - last, now
            moment = self._look(sides, who.shares(), second, gap)
            lacked = second if moment.unserved else lacked
            if second - told >= _TELL_SECONDS or second == 0:
                told = second
                for it in sides:
                    it.say(moment.load.get(it.colour, 0.0))
            if over(second, second - lacked):
                return
            if second > _LONGEST_SECONDS:
                raise ExperimentError(f"no end within {_LONGEST_SECONDS:.0f} s")
            time.sleep(_LOOK)

    def _look(
        self, sides: Sequence[Side], shares: Mapping[str, float], second: float, gap: float
    ) -> SwitchMoment:
        load = {it.colour: LOAD * shares.get(it.colour, 0.0) for it in sides}
        lost = max(0.0, round(LOAD - sum(load.values()), 3))
        for it in sides:
            it.take()
        lacking = lost + sum(
            it.recorder.service.unserved(load[it.colour], it.recorder.ready) for it in sides
        )
        unserved = round(lacking, 3)
        moment = SwitchMoment(
            second=round(second, 1),
            seconds=round(gap, 3),
            load={colour: round(it) for colour, it in load.items()},
            ready={it.colour: it.recorder.ready for it in sides},
            unserved=unserved,
        )
        self._course.append(moment)
        if len(self._course) % 15 == 1:
            parts = ", ".join(
                f"{c} {moment.load[c]} requests/s on {moment.ready[c]} pods" for c in load
            )
            self.tell(f"second {second:4.0f}: {parts}; {unserved:.0f} without room")
        return moment

    def _is_over(self, command: "_Switch", seconds: float, quiet: float) -> bool:
        if not command.ended:
            return False
        command.check()
        after = seconds - command.seconds
        moved = self._course[-1].load.get(command.to, 0) >= round(LOAD)
        return moved and min(after, quiet) >= _QUIET_SECONDS

    def _result(self, command: "_Switch", to: Colour, before: float) -> SwitchResult:
        return SwitchResult(
            policy=self.policy.key,
            warm=self.warm,
            tree=digest_of_switch(),
            day=datetime.now(UTC).date(),
            processors=os.cpu_count() or 1,
            load_before=round(before, 1),
            requests=LOAD,
            command_seconds=round(command.seconds, 1),
            to=to,
            course=tuple(self._course),
        )


class _Switch:
    """``bluegreen switch``, while it runs.

    Attributes:
        to: the new colour.
        words: of the command.
        seconds: that it took, or has taken until now.
    """

    def __init__(self, platform: Platform, to: Colour, *, warm: bool) -> None:
        more = ["--warm"] if warm else [f"--waive={it}" for it in switch_objects.COLD]
        self.to = to
        self.words = ["bluegreen", "switch", "--to", to, "--yes", *more]
        self._begun = time.monotonic()
        self._took: float | None = None
        self._said = ""
        self._process = subprocess.Popen(
            self.words,
            cwd=platform.state.project,
            env=platform.state.environment(platform.cloud),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._thread = threading.Thread(target=self._follow, name="switch", daemon=True)
        self._thread.start()

    def _follow(self) -> None:
        self._said, _ = self._process.communicate()
        self._took = time.monotonic() - self._begun

    @property
    def ended(self) -> bool:
        """Whether it has."""
        return self._took is not None

    @property
    def seconds(self) -> float:
        return time.monotonic() - self._begun if self._took is None else self._took

    def stop(self) -> None:
        """Ends it, with all that it started, if it still runs."""
        if self._process.poll() is None:
            it = psutil.Process(self._process.pid)
            for child in (it, *it.children(recursive=True)):
                with suppress(psutil.NoSuchProcess):
                    child.kill()
        self._thread.join()

    def check(self) -> None:
        """Raises ExperimentError where it failed."""
        if self._process.returncode:
            raise ExperimentError(f"{' '.join(self.words)} failed:\n{self._said}")


@contextmanager
def _sides(platforms: Sequence[Platform]) -> Generator[Sequence[Side]]:
    """Both colours, followed until the end of the block."""
    with ExitStack() as stack:
        sides = [
            Side(it, PodEvents(it.kube), stack.enter_context(load_api.serving()))
            for it in platforms
        ]
        for side in sides:
            stack.callback(side.events.stop)
        yield sides


def _scale(side: Side, policy: Policy) -> None:
    kube, service = side.platform.kube, side.recorder.service
    if policy.pods == "cpu":
        kube.apply(scaling.AUTOSCALER, scaling.by_cpu(service, _PACE))
        return
    # The load is always the same: the hours of the schedule are others.
    now = datetime.now(UTC)
    hours = Schedule(now + timedelta(hours=6), now + timedelta(hours=7))
    kube.apply(scaling.SCALED, scaling.by_requests(service, _PACE, side.api.url, LOAD, hours))
