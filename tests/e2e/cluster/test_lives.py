"""A cluster that is made anew under the name of one that was deleted."""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import replace

from localcloud.cluster.control_plane import ControlPlane
from localcloud.cluster.kube import Kube
from tests.e2e.cluster.conftest import Cluster

NAMESPACE = "/api/v1/namespaces/former"


@contextmanager
def life(cluster: Cluster, identifier: str) -> Generator[ControlPlane]:
    """One life of a second cluster, always under the same name."""
    spec = replace(cluster.spec, name="eks-lives", identifier=identifier * 32)
    plane = ControlPlane(spec, cluster.services)
    try:
        plane.start()
        yield plane
    finally:
        plane.stop()


def test_nothing_of_a_deleted_cluster_comes_back_under_its_name(cluster: Cluster) -> None:
    with life(cluster, "1") as plane:
        Kube(plane.connection).apply(
            NAMESPACE, {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "former"}}
        )
        former = plane.authority.certificate_pem, plane.service_account_keys
    with life(cluster, "2") as plane:
        kube = Kube(plane.connection)
        assert kube.get("/api/v1/namespaces/kube-system") is not None
        assert kube.get(NAMESPACE) is None
        assert plane.authority.certificate_pem not in former
        assert plane.service_account_keys not in former
