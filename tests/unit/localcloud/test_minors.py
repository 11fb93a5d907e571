"""A minor whose programs are not there yet is refused at once, with what to run."""

from typing import cast

import pytest

from localcloud.aws import AwsClients
from localcloud.cluster.spec import ClusterRuntime
from localcloud.server.eks.errors import InvalidParameterError
from localcloud.server.eks.service import EksService


def never(*_: object) -> ClusterRuntime:
    raise AssertionError("a cluster was begun")


def service(why_not: str) -> EksService:
    aws = cast("AwsClients", None)  # nothing is asked of it before the version is settled
    return EksService(
        "eu-west-1", aws, never, lambda minor: f"{why_not} {minor}" if why_not else ""
    )


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
