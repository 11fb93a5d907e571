"""Which pods of Jobs run as processes, and what is said of them once they ended."""

from typing import Any

import pytest
import yaml

from catalogue.versions import KUBECTL_IMAGE
from localcloud.cluster.control_plane import MANIFESTS
from localcloud.cluster.job_processes import is_wanted, programs_of, status
from localcloud.cluster.kube import Object
from localcloud.cluster.programs import JOB_PROGRAMS

KUBECTL = KUBECTL_IMAGE.reference("1.35")
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
