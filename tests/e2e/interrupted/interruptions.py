"""Updates that are killed at chosen places, and gone on with."""

import contextlib
import json
import os
import signal
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import boto3
from botocore.exceptions import ClientError
from kubernetes.client.exceptions import ApiException

from bluegreen.world.locks import Locks
from development.chaos import processes
from localcloud.faults import Fault, FaultClient
from localcloud.forks import forks
from localcloud.state import REGION
from settings.names import PROJECT
from tests.e2e.platform.conftest import Platform
from tests.e2e.platform.kube import Json, Kube
from tests.waiting import said_at_the_end, wait_until

_PATIENCE = 300.0  # seconds for what is waited for within an update
_PAUSE = 0.05  # seconds between two looks at a cluster
_LOOKS = 20  # until nothing that was asked for is still on its way


def kill(service: str, action: str, *whens: str) -> list[Fault]:
    """Kills the engine at a call: at the first one before it is done, at the next one after it."""
    return [
        Fault.model_validate(
            {
                "service": service,
                "action": action,
                "kind": "kill",
                "victim": "parent",
                "when": when,
                "count": 1,
            }
        )
        for when in whens
    ]


@dataclass
class Moment:
    """A state of a cluster in which the engine is killed.

    Its providers are killed as well, as a lost machine's would be, unless `done` is given.

    Attributes:
        name: for messages.
        path: of an object.
        now: whether an object shows that the moment is there.
        done: what the object must show before the kill, while the engine is stopped: so what it
            waited for ends, and it never hears of it.
        held: whether only the providers can end it. Where they did before they stood still, the
            engine goes on, and the next such moment is taken.
        over: whether it was killed then.
    """

    name: str
    path: str
    now: Callable[[Json], bool] = lambda _: True
    done: Callable[[Json], bool] | None = None
    held: bool = False
    over: bool = False


@dataclass
class Interruptions:
    """Brings stacks up, however often they are killed.

    Attributes:
        platform: where.
        kills: how often the engine was killed.
        adopted: types of what was found and taken over.
        cleared: types of what was forgotten.
        released: names of Helm releases that were freed.
        said: what each recovery said, for failures.
    """

    platform: Platform
    kills: int = 0
    adopted: Counter[str] = field(default_factory=Counter[str])
    cleared: Counter[str] = field(default_factory=Counter[str])
    released: list[str] = field(default_factory=list[str])
    said: list[Json] = field(default_factory=list[Json])

    def up(self, stack: str, faults: Sequence[Fault], moments: Sequence[Moment] = ()) -> None:
        """Runs ``pulumi up``, and after each kill `bluegreen recover`, until it ends by itself."""
        client = FaultClient(self.platform.cloud)
        client.add(*faults)
        try:
            while self._is_killed(stack, moments):
                self.kills += 1
                self._recover(stack)
        finally:
            report = client.clear()
        left = [moment.name for moment in moments if not moment.over]
        left += [str(it.fault) for it in report.standing if not it.fired]
        assert not left, f"never killed at {left}"

    def _is_killed(self, stack: str, moments: Sequence[Moment]) -> bool:
        command = ["pulumi", "up", "--yes", "--skip-preview", "--color", "never", "-s", stack]
        with subprocess.Popen(
            command,
            cwd=self.platform.state.project,
            env=self.platform.state.environment(self.platform.cloud),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        ) as engine:
            watch = threading.Thread(target=self._watch, args=(engine, stack, moments))
            watch.start()
            said = said_at_the_end(engine)
            watch.join()
        assert engine.returncode in (0, -signal.SIGKILL), said[-4000:]
        return engine.returncode != 0

    def _watch(
        self, engine: "subprocess.Popen[str]", stack: str, moments: Sequence[Moment]
    ) -> None:
        """Kills the engine at the first of the moments that is there."""
        kube: Kube | None = None
        while engine.poll() is None and not all(moment.over for moment in moments):
            time.sleep(_PAUSE)
            kube = kube or self._cluster(stack)
            for moment in moments if kube is not None else ():
                if not moment.over and _is_there(kube, moment.path, moment.now):
                    moment.over = self._is_killed_at(moment, kube, engine)
                    if moment.over:
                        return

    def _is_killed_at(
        self, moment: Moment, kube: Kube | None, engine: "subprocess.Popen[str]"
    ) -> bool:
        """Kills an engine at a moment; lets it go on where it did not stand still in time."""
        if moment.done is not None:
            os.kill(engine.pid, signal.SIGSTOP)
            _wait_for(kube, moment)
            engine.kill()
            return True
        # Providers, too: they would end what they have begun.
        below = processes.descendants(engine.pid, forks(self.platform.state.forks))
        everybody = [engine.pid, *(child.pid for child in below)]
        _signal(everybody, signal.SIGSTOP)
        # What they asked for last may still be done.
        for _ in range(_LOOKS if moment.held else 0):
            time.sleep(_PAUSE)
            if not _is_there(kube, moment.path, moment.now):
                _signal(everybody, signal.SIGCONT)
                return False
        _signal(everybody, signal.SIGKILL)
        return True

    def _cluster(self, colour: str) -> Kube | None:
        name = f"eks-{colour}"
        try:
            found = boto3.client("eks", region_name=REGION).describe_cluster(name=name)
        except ClientError:
            return None  # there is none yet
        if found["cluster"].get("status") != "ACTIVE":
            return None
        self.platform.run("aws", "eks", "update-kubeconfig", "--name", name, "--alias", colour)
        return self.platform.kube(colour)

    def _recover(self, stack: str) -> None:
        # A plain `pulumi up` that is killed leaves a lock of which nobody knows but the operator.
        locks = Locks(self.platform.state.backend_url, PROJECT).read(stack) or ()
        words = [word for lock in locks for word in ("--dead-lock", lock.in_words)]
        ran = self.platform.run(
            "bluegreen", "recover", "--stack", stack, *words, "--json", check=False
        )
        assert ran.returncode == 0, ran.stdout + ran.stderr
        done = json.loads(ran.stdout)
        self.said.append(done)
        self.adopted.update(name.partition(" ")[0] for name in done["adopted"])
        self.cleared.update(name.partition(" ")[0] for name in done["cleared"])
        self.released += done["released"]


def _signal(pids: Sequence[int], number: signal.Signals) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)


def _is_there(kube: Kube | None, path: str, right: Callable[[Json], bool]) -> bool:
    try:
        return kube is not None and right(kube.get(path))
    except ApiException:
        return False  # not yet, or the cluster has just begun


def _wait_for(kube: Kube | None, moment: Moment) -> None:
    done = moment.done
    if done is not None:
        wait_until(moment.name, lambda: _is_there(kube, moment.path, done), _PATIENCE, _PAUSE)
