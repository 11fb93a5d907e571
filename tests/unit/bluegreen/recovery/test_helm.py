"""Records of Helm that keep it from going on."""

import base64
import gzip
import json
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from bluegreen.errors import OperatorError
from bluegreen.recovery import helm
from bluegreen.recovery.clusters import cluster_of
from bluegreen.recovery.helm import ReleaseRecord
from bluegreen.world.kube import KubeError


def secret(revision: int, status: str, chart: str = "cilium") -> dict[str, Any]:
    kept = {"chart": {"metadata": {"name": chart}}}
    packed = base64.b64encode(gzip.compress(json.dumps(kept).encode())).decode()
    return {
        "metadata": {
            "name": f"sh.helm.release.v1.cilium.v{revision}",
            "labels": {"status": status, "version": str(revision)},
        },
        "data": {"release": base64.b64encode(packed.encode()).decode()},
    }


class Cluster:
    def __init__(self, *secrets: Mapping[str, Any], error: Exception | None = None) -> None:
        self.secrets, self.error = list(secrets), error
        self.asked: list[str] = []

    def get(self, path: str) -> Mapping[str, Any]:
        raise NotImplementedError(path)

    def text(self, path: str) -> str:
        raise AssertionError(path)

    def items(self, path: str) -> Sequence[Mapping[str, Any]]:
        self.asked.append(path)
        if self.error:
            raise self.error
        return self.secrets

    def delete(self, path: str) -> None:
        self.asked.append(f"delete {path}")


def test_records_are_those_of_helm_in_their_order() -> None:
    cluster = Cluster(secret(10, "pending-upgrade"), secret(9, "deployed"))
    found = helm.records(cluster, "kube-system", "cilium")
    assert [(it.revision, it.status, it.chart) for it in found] == [
        (9, "deployed", "cilium"),
        (10, "pending-upgrade", "cilium"),
    ]
    secrets, query = cluster.asked[0].split("?")
    assert secrets == "/api/v1/namespaces/kube-system/secrets"
    assert query.split("&") == [
        "labelSelector=owner%3Dhelm,name%3Dcilium",
        "fieldSelector=type%3Dhelm.sh/release.v1",
    ]
    helm.delete(cluster, found[1])
    assert cluster.asked[-1] == (
        "delete /api/v1/namespaces/kube-system/secrets/sh.helm.release.v1.cilium.v10"
    )


@pytest.mark.parametrize(
    ("statuses", "stuck", "deployed"),
    [
        ((), (), False),
        (("pending-install",), (1,), False),
        (("failed",), (1,), False),
        (("uninstalling",), (1,), False),
        (("deployed",), (), True),
        (("deployed", "pending-upgrade"), (2,), True),
        (("superseded", "deployed"), (), True),
        (("superseded", "pending-rollback"), (2,), True),
        # A failed upgrade is no obstacle to the next one.
        (("deployed", "failed"), (), True),
    ],
)
def test_what_is_stuck_and_what_was_ever_completed(
    statuses: tuple[str, ...], stuck: tuple[int, ...], deployed: bool
) -> None:
    found = [ReleaseRecord(f"/{n}", n, status, "cilium") for n, status in enumerate(statuses, 1)]
    assert tuple(it.revision for it in helm.stuck(found)) == stuck
    assert helm.was_deployed(found) is deployed


def test_a_record_that_cannot_be_read_is_of_no_chart() -> None:
    damaged = secret(1, "pending-install")
    damaged["data"]["release"] = "bm8="
    (found,) = helm.records(Cluster(damaged), "a", "b")
    assert found.chart == ""


@pytest.mark.parametrize(
    "chart",
    ["cilium", "oci://quay.io/cilium/charts/cilium", "./charts/cilium-1.20.2.tgz"],
)
def test_a_chart_is_the_last_part_of_its_address(chart: str) -> None:
    assert helm.chart_of({"chart": chart, "version": "1.20.2"}) == "cilium"


def test_a_cluster_that_cannot_be_asked_is_an_error() -> None:
    with pytest.raises(OperatorError, match="401 Unauthorized"):
        helm.records(Cluster(error=KubeError("401 Unauthorized")), "a", "b")
    with pytest.raises(OperatorError, match="cannot be asked"):
        cluster_of(None, lambda _: Cluster())
