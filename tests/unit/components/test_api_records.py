"""The CNAME and the TXT record of the active cluster."""

import pytest

from components.api_records import ApiRecords, ApiRecordsArgs, host_of
from eks_platform_contract.outputs import Cluster
from settings.shared import Zone
from tests.unit.pulumi_harness import Checks, Ran, run

RECORD = "aws:route53/record:Record"


def cluster(colour: str) -> Cluster:
    return Cluster(
        name=f"eks-{colour}",
        arn=f"arn:aws:eks:eu-west-1:1:cluster/eks-{colour}",
        endpoint=f"https://{colour}.gr7.eu-west-1.eks.amazonaws.com",
        certificate_authority="Qkw=",
        version="1.34",
        oidc_provider_arn="arn:oidc",
        oidc_issuer="oidc.example",
        security_group_id="sg-1",
    )


def records(colour: str) -> Ran:
    def program(_: Checks) -> None:
        args = ApiRecordsArgs(
            settings=Zone(name="devinfra.info"),
            zone_id="Z1",
            cluster=cluster(colour),
            tags={},
        )
        ApiRecords("api", args)

    return run(program, stack="shared")


@pytest.mark.parametrize("colour", ["blue", "green"])
def test_both_records_name_the_same_colour_for_a_minute(colour: str) -> None:
    ran = records(colour)
    assert ran.only(RECORD, "api-cname").inputs == {
        "zoneId": "Z1",
        "name": "api.devinfra.info",
        "type": "CNAME",
        "ttl": 60,
        "records": [f"{colour}.gr7.eu-west-1.eks.amazonaws.com"],
    }
    assert ran.only(RECORD, "api-txt").inputs == {
        "zoneId": "Z1",
        "name": "eks.devinfra.info",
        "type": "TXT",
        "ttl": 60,
        "records": [f"eks-{colour}"],
    }


def test_a_record_that_cannot_be_written_holds_the_other_back() -> None:
    ran = records("blue")
    assert ran.only(RECORD, "api-txt").waits_for(ran.only(RECORD, "api-cname"))


def test_output() -> None:
    ran = records("blue")
    outputs = ran.outputs_of(ran.only("eks-platform:apiRecords:ApiRecords"))
    assert outputs["api"] == {
        "endpoint": "https://api.devinfra.info",
        "cname": "blue.gr7.eu-west-1.eks.amazonaws.com",
        "txt": "eks-blue",
    }


def test_a_host_is_that_of_the_url_in_lower_case() -> None:
    assert host_of("https://ABC.gr7.eks.amazonaws.com") == "abc.gr7.eks.amazonaws.com"
    assert host_of("https://abc.eks.amazonaws.com:443/") == "abc.eks.amazonaws.com"


@pytest.mark.parametrize("wrong", ["http://a.example", "a.example", "https://", "https://a:8443"])
def test_what_a_cname_cannot_stand_for_is_refused(wrong: str) -> None:
    with pytest.raises(ValueError, match="is not the https URL"):
        host_of(wrong)
