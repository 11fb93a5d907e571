"""A run from the first pods to its result, on a platform that is only told to be one."""

import threading
from collections.abc import Generator, Iterator
from typing import Any, cast

import pytest

from development.experiments import results, run, workload
from development.experiments.measuring import Instance
from development.experiments.pace import Pace
from development.experiments.platform import ExperimentError, Platform
from development.experiments.policies import POLICIES
from development.experiments.run import Run, too_busy
from development.experiments.traces import Trace

PACE = Pace(15)
TRACE = Trace("evening", [(0, 240), (15, 240), (30, 2400)], (0, 15), (0, 30))


class Kube:
    """Four pods that are ready and are measured."""

    def __init__(self, ended: threading.Event) -> None:
        self.ended = ended
        self.applied: list[str] = []
        self.patched: list[tuple[str, Any]] = []

    def apply(self, path: str, _body: object) -> None:
        self.applied.append(path)

    def patch(self, path: str, body: Any) -> None:  # noqa: ANN401 - JSON
        self.patched.append((path, body))

    def get(self, path: str) -> Any:  # noqa: ANN401 - JSON
        if path == workload.RESERVE:
            return {"spec": {"replicas": 1}, "status": {"readyReplicas": 9}}
        return {"status": {"currentMetrics": [{}]}}

    def listing(self, _path: str) -> tuple[list[Any], str]:
        ready = [{"type": "Ready", "status": "True"}]
        pods = [
            {
                "metadata": {"uid": str(number)},
                "spec": {"nodeName": "n"},
                "status": {"conditions": ready},
            }
            for number in range(4)
        ]
        return pods, "1"

    def watch(self, _path: str, _version: str) -> Iterator[tuple[str, Any]]:
        self.ended.wait()
        return iter(())


class Stand:
    """As `Platform`, as far as a run asks it."""

    def __init__(self, ended: threading.Event) -> None:
        self.kube = Kube(ended)
        self.taken: list[str] = []

    def instances(self) -> list[Instance]:
        return [Instance("i-1", "m7i.large", spot=False), Instance("i-2", "m7i.large", spot=True)]

    def interrupt(self, instance: str, _pace: Pace) -> None:
        self.taken.append(instance)

    def take_capacity(self, *zones: str) -> None:
        self.taken.extend(zones)


@pytest.fixture
def stand(monkeypatch: pytest.MonkeyPatch) -> Generator[Stand]:
    monkeypatch.setattr(workload, "apply", lambda *_: None)
    ended = threading.Event()
    yield Stand(ended)
    ended.set()


def play(stand: Stand) -> results.Result:
    it = Run(cast("Platform", stand), POLICIES["A-karpenter"], TRACE, 1, PACE, lambda _: None)
    return it.play()


def test_a_run_to_its_end_is_a_result(stand: Stand) -> None:
    found = play(stand)
    assert (found.policy, found.trace, found.seed, found.factor) == (
        "A-karpenter",
        "evening",
        1,
        15,
    )
    measures = found.measures
    assert measures.most_pods == 4
    assert measures.most_nodes == 2
    assert 0 < measures.unserved_seconds < 30
    assert measures.node_hours["on-demand"] == pytest.approx(measures.node_hours["spot"])
    assert measures.interruptions == 3
    assert stand.taken.count("i-2") == 3
    assert any(it.startswith("eu-west-1") for it in stand.taken)
    assert (workload.RESERVE, {"spec": {"replicas": 6}}) in stand.kube.patched
    assert found.course[0].ready == 4


def test_on_a_machine_that_is_too_busy_there_is_no_result(
    stand: Stand, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "LONGEST_GAP_SECONDS", 0.0)
    with pytest.raises(ExperimentError, match="the machine is too busy"):
        play(stand)


def test_it_says_what_to_do_on_a_busy_machine() -> None:
    assert "nothing was looked at for 90 simulated seconds, which are 6.0 real ones" in too_busy(
        90, PACE
    )
    assert "smaller --factor" in too_busy(90, PACE)
