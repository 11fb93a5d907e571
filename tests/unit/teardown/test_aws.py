"""What is asked of AWS, with moto in place of it."""

from typing import TYPE_CHECKING

import boto3
import pytest

from teardown import TeardownError
from teardown.boto import BotoApi

if TYPE_CHECKING:
    from mypy_boto3_ec2.type_defs import TagTypeDef
    from mypy_boto3_route53.type_defs import ResourceRecordSetTypeDef

REGION = "eu-west-1"
CLUSTER = "eks-blue"
OTHERS = ("eks-green", None)
"""Other owners of load balancers and groups: another cluster, and nobody's."""


pytestmark = pytest.mark.usefixtures("mocked_aws")


def tags(cluster: str | None) -> "list[TagTypeDef]":
    return [{"Key": "elbv2.k8s.aws/cluster", "Value": cluster}] if cluster else []


def balancer(name: str, cluster: str | None) -> None:
    ec2 = boto3.client("ec2", region_name=REGION)
    subnets = [it["SubnetId"] for it in ec2.describe_subnets()["Subnets"]][:2]
    boto3.client("elbv2", region_name=REGION).create_load_balancer(
        Name=name,
        Subnets=subnets,
        Tags=[{"Key": "Team", "Value": "shop"}, *tags(cluster)],  # pyright: ignore[reportArgumentType]
    )


def test_load_balancers_are_the_clusters_own_however_many_there_are() -> None:
    for number in range(21):  # more than one call describes the tags of
        balancer(f"own-{number}", CLUSTER)
    for number, other in enumerate(OTHERS):
        balancer(f"other-{number}", other)
    found = BotoApi(CLUSTER, REGION).load_balancers()
    assert sorted(found) == sorted(f"own-{number}" for number in range(21))


def test_without_any_load_balancer_there_is_none() -> None:
    assert BotoApi(CLUSTER, REGION).load_balancers() == []


def test_security_groups_are_those_that_carry_the_clusters_tag() -> None:
    ec2 = boto3.client("ec2", region_name=REGION)
    made = {
        cluster: ec2.create_security_group(
            GroupName=f"of-{cluster}",
            Description="it",
            TagSpecifications=[{"ResourceType": "security-group", "Tags": tags(cluster)}]
            if cluster
            else [],
        )["GroupId"]
        for cluster in (CLUSTER, *OTHERS)
    }
    assert BotoApi(CLUSTER, REGION).security_groups() == [made[CLUSTER]]


def test_volumes_are_those_asked_for_that_still_exist() -> None:
    ec2 = boto3.client("ec2", region_name=REGION)
    ids = [ec2.create_volume(AvailabilityZone=f"{REGION}a", Size=1)["VolumeId"] for _ in range(3)]
    ec2.delete_volume(VolumeId=ids[0])
    api = BotoApi(CLUSTER, REGION)
    assert api.volumes(ids[:2]) == [ids[1]]
    # Without an id nobody asks for all volumes of the account.
    assert api.volumes([]) == ()


def record(number: int) -> "ResourceRecordSetTypeDef":
    return {
        "Name": f"n{number}.it.example.",
        "Type": "A",
        "TTL": 60,
        "ResourceRecords": [{"Value": f"192.0.2.{number % 250}"}],
    }


def test_records_are_read_and_deleted_beyond_a_page_and_a_batch() -> None:
    route53 = boto3.client("route53", region_name=REGION)
    zone = route53.create_hosted_zone(Name="it.example", CallerReference="it")["HostedZone"]["Id"]
    for start in range(0, 350, 50):
        route53.change_resource_record_sets(
            HostedZoneId=zone,
            ChangeBatch={
                "Changes": [
                    {"Action": "CREATE", "ResourceRecordSet": record(start + n)} for n in range(50)
                ]
            },
        )
    api = BotoApi(CLUSTER, REGION)
    found = api.records(zone)
    assert len([it for it in found if it["Type"] == "A"]) == 350
    api.delete_records(zone, [it for it in found if it["Type"] == "A"])
    assert {it["Type"] for it in api.records(zone)} == {"NS", "SOA"}


def test_a_refusal_is_an_error_that_says_so() -> None:
    with pytest.raises(TeardownError, match=r"AWS refuses: .*NoSuchHostedZone"):
        BotoApi(CLUSTER, REGION).records("Z0")
