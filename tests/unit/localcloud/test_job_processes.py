"""Which pods of Jobs run as processes, and what is said of them once they ended."""

from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml

from catalogue.versions import KUBECTL_IMAGE
from localcloud.authority import KeyPair
from localcloud.cluster.control_plane import MANIFESTS
from localcloud.cluster.job_processes import JobProcesses, is_wanted, programs_of, status
from localcloud.cluster.kube import Connection, Object
from localcloud.cluster.programs import JOB_PROGRAMS
from localcloud.cluster.spec import ClusterSpec
from localcloud.state import StateFolder

KUBECTL = KUBECTL_IMAGE.reference("1.35")
SPEC = ClusterSpec("eks-blue", "0" * 32, "1.34", "eu-west-1", "1" * 12, "172.20.0.0/16", "vpc-0")
OTHER = "registry.example.org/my-kubectl:v1"


def pod(*images: str, owner: str = "Job", phase: str = "Running", **metadata: str) -> Object:
    containers = [{"name": f"c{n}", "image": image} for n, image in enumerate(images)]
    ready = {"type": "Ready", "status": "True"}
    return {
        "metadata": {"name": "it", "ownerReferences": [{"kind": owner}], **metadata},
        "spec": {"containers": containers},
        "status": {
            "phase": phase,
            "conditions": [ready, {"type": "PodScheduled", "status": "True"}],
        },
    }


@pytest.mark.parametrize(
    ("found", "wanted"),
    [
        (pod(KUBECTL), True),
        (pod(OTHER, KUBECTL), True),
        (pod(OTHER), False),
        (pod(KUBECTL, owner="ReplicaSet"), False),
        (pod(KUBECTL, phase="Pending"), False),
        (pod(KUBECTL, phase="Succeeded"), False),
        (pod(KUBECTL, deletionTimestamp="now"), False),
    ],
)
def test_running_pods_of_jobs_with_a_program_are_taken(found: Object, *, wanted: bool) -> None:
    assert is_wanted(found) is wanted


def test_each_container_has_its_own_program() -> None:
    assert list(programs_of(pod(KUBECTL, OTHER, KUBECTL))) == ["c0", "c2"]


@pytest.mark.parametrize(
    ("codes", "phase", "said"),
    [
        ({"c0": 0}, "Succeeded", [0, 0]),
        ({"c0": 1}, "Failed", [1, 0]),
        ({"c0": -9}, "Failed", [137, 0]),
    ],
)
def test_a_pod_ends_as_its_containers_did(
    codes: dict[str, int], phase: str, said: list[int]
) -> None:
    found = status(pod(KUBECTL, OTHER), codes)
    assert found["phase"] == phase
    ended = [it["state"]["terminated"]["exitCode"] for it in found["containerStatuses"]]
    assert ended == said
    conditions = {it["type"]: it["status"] for it in found["conditions"]}
    assert conditions == {"Ready": "False", "PodScheduled": "True"}


def test_simulated_kubelets_leave_these_pods_alone() -> None:
    stages: list[Any] = list(yaml.safe_load_all((MANIFESTS / "kwok.yaml").read_text()))
    (completing,) = [it for it in stages if it["metadata"]["name"] == "pod-complete"]
    left = [it["key"] for it in completing["spec"]["selector"]["matchExpressions"]]
    for program in JOB_PROGRAMS:
        assert any(f'test("(^|/){program.image}([:@]|$)")' in key for key in left)


class Processes:
    """Starts as many as it may."""

    def __init__(self, most: int) -> None:
        self._left = most
        self.stopped: list[object] = []

    def start(self, *_: object) -> object:
        self._left -= 1
        if self._left < 0:
            raise OSError("no more")
        return SimpleNamespace(code=None)

    def stop(self, processes: Sequence[object]) -> None:
        self.stopped += processes


@pytest.mark.parametrize(("most", "begun"), [(0, False), (1, False), (2, True)])
def test_a_pod_whose_programs_did_not_all_begin_has_not_succeeded(
    most: int, *, begun: bool, tmp_path: Path
) -> None:
    processes = Processes(most)
    services: Any = SimpleNamespace(
        state=StateFolder(tmp_path), processes=processes, aws_url="", tool_now=lambda _: tmp_path
    )
    kube: Any = SimpleNamespace(
        get=lambda _: {"metadata": {}}, create=lambda *_: {"status": {"token": "t"}}
    )
    connection = Connection(6443, tmp_path / "ca.crt", KeyPair(tmp_path / "c", tmp_path / "k"))
    runner = JobProcesses(SPEC, services, kube, connection, proxy_url=str)
    it = pod(KUBECTL, KUBECTL, uid="u1", namespace="ns")
    with nullcontext() if begun else pytest.raises(OSError, match="no more"):
        runner._begin(it)
    # Nothing was said of it: `kube` takes no patch.
    assert bool(runner._running) is begun
    assert len(processes.stopped) == (0 if begun else most)
