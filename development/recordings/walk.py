"""Records the demo and a switch, as the start page plays them, and what the operator command saw.

``make record-walk`` brings a local cloud of its own up, runs ``make demo`` and ``make demo-switch``
on a terminal, and ends it. `development.docsite` makes pictures and samples of what was recorded.
"""

import os
import sys
import tempfile
import threading
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

from bluegreen.arguments import parse_resolver
from bluegreen.context import Context
from bluegreen.drain import TrafficReading
from bluegreen.updates import Patience
from development.recordings import samples
from development.recordings.samples import Sample
from development.recordings.terminal import record
from development.recordings.thinning import thinned
from localcloud import demo, lifecycle, workspace
from localcloud.lifecycle import CloudError
from localcloud.state import PROJECT_ROOT, RunningCloud, StateFolder
from localcloud.traffic import Traffic
from settings.names import COLOURS, Colour

_WINDOW = timedelta(minutes=15)
_VISITS_SECONDS = 130.0
"""Two minutes and a little: CloudWatch counts by the minute."""

_NEW: Colour = "green"


def record_walk(state: StateFolder, environment: Mapping[str, str]) -> None:
    """Records all of it on a local cloud that is not there yet, and leaves it running."""
    python = (sys.executable, "-m", "localcloud")
    brought_up = record("make demo", (*python, "demo"), environment, PROJECT_ROOT)
    thinned(brought_up).write(samples.DEMO)
    cloud = state.read_running()
    if cloud is None:
        raise CloudError("the demo has left no local cloud")
    _visit(state, cloud)
    workspace.enter(state, cloud)
    look(state, cloud, plan=True).write(samples.BEFORE)
    switched = record("make demo-switch", (*python, "demo-switch"), environment, PROJECT_ROOT)
    thinned(switched).write(samples.SWITCH)
    look(state, cloud, plan=False).write(samples.AFTER)


def look(state: StateFolder, cloud: RunningCloud, *, plan: bool) -> Sample:
    """What ``status``, ``drain`` and, if it is asked for, ``plan`` see now."""
    context = Context(
        folder=state.project,
        resolvers=[parse_resolver(f"127.0.0.1:{cloud.dns_port}")],
        patience=Patience(),
        as_json=True,
    )
    snapshot = context.observer.everything()
    traffic: dict[Colour, TrafficReading] = {
        it: context.drain.read_traffic(snapshot, it, _WINDOW) for it in COLOURS
    }
    planned = context.switch.plan(_NEW, ()) if plan else None
    return Sample(snapshot=snapshot, traffic=traffic, plan=planned)


def _visit(state: StateFolder, cloud: RunningCloud) -> None:
    zones = demo.read_zones(state)
    names = [f"{demo.SAMPLE_NAME}.{zones[kind]}" for kind in ("public", "private")]
    ports = {"dns_port": cloud.dns_port, "balancer_port": cloud.balancer_port}
    Traffic(names, **ports, clients=5).run(2.0, _VISITS_SECONDS, threading.Event())


def main() -> None:
    """Records it on a local cloud of its own, which is ended after."""
    with tempfile.TemporaryDirectory(prefix="walk-") as folder:
        state = StateFolder(Path(folder) / "state")
        environment = {
            **os.environ,
            "LOCALCLOUD_STATE": str(state.root),
            **{f"LOCALCLOUD_{name}_PORT": "0" for name in ("AWS", "DNS", "PROXY", "BALANCER")},
        }
        try:
            record_walk(state, environment)
        finally:
            lifecycle.stop(state)


if __name__ == "__main__":
    main()
