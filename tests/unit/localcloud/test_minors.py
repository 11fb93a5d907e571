"""What an EKS cluster says of programs of its minor that are not there yet."""

import threading
from typing import cast

import pytest

from localcloud.aws import AwsClients
from localcloud.cluster.spec import ClusterRuntime, ClusterSpec
from localcloud.server.eks.errors import InvalidParameterError
from localcloud.server.eks.model import Cluster
from localcloud.server.eks.service import EksService
from localcloud.state import REGION
from localcloud.tools.progress import ToolError
from tests.unit.localcloud.conftest import Aws


class Programs:
    """Of which none comes: each fails, once somebody lets it."""

    def __init__(self, why_not: str) -> None:
        self._why_not = why_not
        self.fail = threading.Event()

    def why_not(self, minor: str) -> str:
        return f"{self._why_not} {minor}" if self._why_not else ""

    def obtain(self, minor: str) -> None:
        self.fail.wait()
        raise ToolError(f"no programs of {minor}: install Go.")

    def waits(self, minor: str) -> str:
        return f"waiting for programs of {minor}"


def never(*_: object) -> ClusterRuntime:
    raise AssertionError("a cluster was begun")


def service(why_not: str) -> EksService:
    aws = cast("AwsClients", None)  # nothing is asked of it before the version is settled
    return EksService("eu-west-1", aws, never, Programs(why_not))


def request(version: str) -> dict[str, object]:
    return {"name": "eks-green", "version": version, "roleArn": "r", "resourcesVpcConfig": {}}


def test_a_minor_whose_programs_are_missing_is_refused_with_the_remedy() -> None:
    eks = service("run `make tools` of")
    with pytest.raises(InvalidParameterError, match=r"^run `make tools` of 1\.37$"):
        eks.create_cluster(request("1.37"), "")
    assert eks.clusters == {}


def test_a_minor_that_the_catalogue_lacks_is_refused_with_those_that_it_has() -> None:
    with pytest.raises(InvalidParameterError, match=r"1\.20; the local cloud has 1\.34, 1\.35"):
        service("").create_cluster(request("1.20"), "")


def test_a_cluster_whose_programs_come_says_so_and_one_whose_do_not_says_why(aws: Aws) -> None:
    """And it can be made again: AWS has no cluster that failed for this reason."""
    programs = Programs("")
    clients = AwsClients(aws.cloud.aws_url, REGION)
    eks = EksService(REGION, clients, never, programs)
    spec = ClusterSpec("eks-green", "0" * 32, "1.36", REGION, "1", "10.0.0.0/16", "vpc-0")
    vpc = {"clusterSecurityGroupId": "sg-0"}
    cluster = Cluster(spec, {"status": "CREATING", "resourcesVpcConfig": vpc})
    eks.clusters = {"eks-green": cluster}
    starting = threading.Thread(target=eks._start, args=(cluster,))
    starting.start()
    assert problems(eks) == ["waiting for programs of 1.36"]
    programs.fail.set()
    starting.join()
    assert eks.describe("eks-green")["status"] == "FAILED"
    assert problems(eks) == ["no programs of 1.36: install Go. Then run the update again."]
    with pytest.raises(InvalidParameterError, match=r"1\.20; the local cloud has"):
        eks.create_cluster(request("1.20"), "")
    assert eks.clusters == {}


def problems(eks: EksService) -> list[str]:
    return [it["message"] for it in eks.describe("eks-green")["health"]["issues"]]
