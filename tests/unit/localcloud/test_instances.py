"""Instances of groups that moto would not start, and what they start with."""

import base64
import json
from collections import Counter
from collections.abc import Generator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws
from moto.autoscaling.models import FakeAutoScalingGroup
from moto.autoscaling.responses import AutoScalingResponse
from moto.ec2.models.instances import InstanceBackend
from moto.ec2.models.launch_templates import LaunchTemplate

from localcloud.aws import AwsClients
from localcloud.cluster_autoscaler.aws import AutoScaling
from localcloud.scarcity import CAPACITY_TYPES, ZONES, CapacityType
from localcloud.server import activities, instances, seeds
from localcloud.server.ec2 import capacity, market
from localcloud.state import REGION

if TYPE_CHECKING:
    from mypy_boto3_autoscaling import AutoScalingClient

INSTALLED = (
    (FakeAutoScalingGroup, "replace_autoscaling_group_instances"),
    (FakeAutoScalingGroup, "update"),
    (AutoScalingResponse, "describe_scaling_activities"),
    (AutoScalingResponse, "start_instance_refresh"),
    (AutoScalingResponse, "describe_instance_refreshes"),
    (InstanceBackend, "run_instances"),
    (LaunchTemplate, "create_version"),
)
EVERY: dict[str, tuple[CapacityType, ...]] = dict.fromkeys(ZONES, CAPACITY_TYPES)


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> Generator[None]:
    for owner, name in INSTALLED:
        # Undone at the end, as other tests of this process have moto as it is.
        monkeypatch.setattr(owner, name, getattr(owner, name, None), raising=False)
    for module in (activities, capacity, instances):
        module.install()
    yield
    market.set_empty({})


@pytest.fixture
def groups(installed: None) -> "Generator[AutoScalingClient]":
    """Auto Scaling, with a launch template ``nodes``."""
    del installed
    with mock_aws():
        aws = AwsClients(f"https://ec2.{REGION}.amazonaws.com", REGION)
        seeds.offer_images(aws)
        aws.ec2.create_launch_template(
            LaunchTemplateName="nodes",
            LaunchTemplateData={"ImageId": image(aws), "UserData": text("first")},
        )
        yield boto3.client("autoscaling", region_name=REGION)


def make(
    client: "AutoScalingClient",
    *,
    size: int,
    spot: bool = False,
    most: int = 10,
    name: str = "nodes",
) -> None:
    """A group in all zones."""
    subnets = boto3.client("ec2", region_name=REGION).describe_subnets()["Subnets"]
    client.create_auto_scaling_group(
        AutoScalingGroupName=name,
        MinSize=0,
        MaxSize=most,
        DesiredCapacity=size,
        VPCZoneIdentifier=",".join(it.get("SubnetId", "") for it in subnets),
        MixedInstancesPolicy={
            "LaunchTemplate": {
                "LaunchTemplateSpecification": {"LaunchTemplateName": "nodes"},
                "Overrides": [{"InstanceType": "m7i.large"}],
            },
            "InstancesDistribution": {"OnDemandPercentageAboveBaseCapacity": 0 if spot else 100},
        },
    )


def placed(client: "AutoScalingClient", name: str = "nodes") -> dict[str, int]:
    """Instances of a group in each zone."""
    (group,) = client.describe_auto_scaling_groups(AutoScalingGroupNames=[name])[
        "AutoScalingGroups"
    ]
    return dict(Counter(it["AvailabilityZone"] for it in group["Instances"]))


def seen(client: "AutoScalingClient", **more: Any) -> list[Any]:  # noqa: ANN401 - as boto3 has them
    return client.describe_scaling_activities(AutoScalingGroupName="nodes", **more)["Activities"]


def image(aws: AwsClients) -> str:
    names = ["amazon-eks-node-al2023-x86_64*"]
    found = aws.ec2.describe_images(Filters=[{"Name": "name", "Values": names}])["Images"]
    return found[0].get("ImageId", "")


def text(word: str) -> str:
    return base64.b64encode(word.encode()).decode()


@mock_aws
@pytest.mark.usefixtures("installed")
def test_a_later_version_of_a_launch_template_starts_instances_with_its_user_data() -> None:
    aws = AwsClients(f"https://ec2.{REGION}.amazonaws.com", REGION)
    autoscaling = boto3.client("autoscaling", region_name=REGION)
    seeds.offer_images(aws)
    ami = image(aws)
    aws.ec2.create_launch_template(
        LaunchTemplateName="nodes",
        LaunchTemplateData={"ImageId": ami, "UserData": text("first")},
    )
    aws.ec2.create_launch_template_version(
        LaunchTemplateName="nodes",
        LaunchTemplateData={"ImageId": ami, "UserData": text("second")},
    )
    (version,) = aws.ec2.describe_launch_template_versions(
        LaunchTemplateName="nodes", Versions=["2"]
    )["LaunchTemplateVersions"]
    assert version.get("LaunchTemplateData", {}).get("UserData") == text("second")
    subnet = aws.ec2.describe_subnets()["Subnets"][0].get("SubnetId", "")
    autoscaling.create_auto_scaling_group(
        AutoScalingGroupName="nodes",
        MinSize=1,
        MaxSize=1,
        VPCZoneIdentifier=subnet,
        MixedInstancesPolicy={
            "LaunchTemplate": {
                "LaunchTemplateSpecification": {"LaunchTemplateName": "nodes", "Version": "2"},
                "Overrides": [{"InstanceType": "m7i.large"}],
            }
        },
    )
    autoscaling.start_instance_refresh(AutoScalingGroupName="nodes", Strategy="Rolling")
    (group,) = autoscaling.describe_auto_scaling_groups()["AutoScalingGroups"]
    (started,) = group["Instances"]
    found = aws.ec2.describe_instance_attribute(
        InstanceId=started["InstanceId"], Attribute="userData"
    )
    assert found["UserData"].get("Value") == text("second")


def test_a_group_starts_instances_in_other_zones_where_one_has_none_left(
    groups: "AutoScalingClient",
) -> None:
    market.set_empty({ZONES[0]: CAPACITY_TYPES})
    make(groups, size=4)
    assert placed(groups) == {ZONES[1]: 2, ZONES[2]: 2}
    # One try in the zone is to be seen, then the instances that came elsewhere.
    codes = [it["StatusCode"] for it in reversed(seen(groups))]
    assert codes == ["Failed", *["Successful"] * 4]


def test_a_group_without_any_capacity_fails_in_each_zone_and_is_filled_once_some_is_there(
    groups: "AutoScalingClient",
) -> None:
    make(groups, size=1)
    market.set_empty(EVERY)
    groups.set_desired_capacity(AutoScalingGroupName="nodes", DesiredCapacity=3)
    assert sum(placed(groups).values()) == 1
    failed = seen(groups)[:3]
    assert {json.loads(it["Details"])["Availability Zone"] for it in failed} == set(ZONES)
    zone = json.loads(failed[0]["Details"])["Availability Zone"]
    assert failed[0]["StatusMessage"] == (
        "Could not launch On-Demand Instances. InsufficientInstanceCapacity - We currently do not"
        f" have sufficient m7i.large capacity in the Availability Zone you requested ({zone})."
        " Our system will be working on provisioning additional capacity."
        " Launching EC2 instance failed."
    )
    assert failed[0]["Cause"].endswith("increasing the capacity from 1 to 2.")
    market.set_empty({})
    instances.fill_groups(groups)
    assert placed(groups) == dict.fromkeys(ZONES, 1)
    instances.fill_groups(groups)
    assert placed(groups) == dict.fromkeys(ZONES, 1)


def test_a_group_that_cannot_be_filled_holds_up_no_other(
    groups: "AutoScalingClient", monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    market.set_empty(EVERY)
    make(groups, size=1)
    make(groups, size=1, name="others")
    market.set_empty({})
    ask = groups.set_desired_capacity

    def refuse_one(**asked: Any) -> object:  # noqa: ANN401 - as boto3 has them
        if asked["AutoScalingGroupName"] == "nodes":
            raise ClientError({"Error": {"Code": "ValidationError"}}, "SetDesiredCapacity")
        return ask(**asked)

    monkeypatch.setattr(groups, "set_desired_capacity", refuse_one)
    instances.fill_groups(groups)
    assert sum(placed(groups, "others").values()) == 1
    assert placed(groups) == {}
    assert "nodes does not get its instances" in caplog.text


@pytest.mark.parametrize(
    ("sizes", "wanted"),
    [({"MinSize": 2}, 5), ({"MinSize": 6}, 6), ({"MaxSize": 4}, 4), ({"MinSize": 0}, 5), ({}, 5)],
)
def test_a_group_that_is_short_keeps_what_it_wants_within_its_sizes(
    groups: "AutoScalingClient",
    sizes: dict[str, Any],
    wanted: int,
) -> None:
    market.set_empty(EVERY)
    make(groups, size=5)
    groups.update_auto_scaling_group(
        AutoScalingGroupName="nodes", HealthCheckGracePeriod=9, **sizes
    )
    (group,) = groups.describe_auto_scaling_groups()["AutoScalingGroups"]
    assert group["DesiredCapacity"] == wanted


def test_the_model_of_cluster_autoscaler_sees_what_was_refused_since_it_asked(
    groups: "AutoScalingClient",
) -> None:
    model = AutoScaling((("any",),), REGION)
    market.set_empty(EVERY)
    make(groups, size=1)
    assert "InsufficientInstanceCapacity" in model.failed_launch("nodes", None)
    now = datetime.now(UTC)
    assert model.failed_launch("nodes", now) == ""
    model.set_size("nodes", 2)
    assert "InsufficientInstanceCapacity" in model.failed_launch("nodes", now)


def test_a_zone_without_spot_has_instances_on_demand(groups: "AutoScalingClient") -> None:
    market.set_empty(dict.fromkeys(ZONES, ("spot",)))
    make(groups, size=1, spot=True)
    assert placed(groups) == {}
    assert seen(groups)[0]["StatusMessage"] == (
        "Could not launch Spot Instances. InsufficientInstanceCapacity - There is no Spot capacity"
        " available that matches your request. Launching EC2 instance failed."
    )
    groups.delete_auto_scaling_group(AutoScalingGroupName="nodes")
    make(groups, size=3)
    assert placed(groups) == dict.fromkeys(ZONES, 1)


def test_an_instance_that_ends_is_replaced_where_there_is_capacity(
    groups: "AutoScalingClient",
) -> None:
    make(groups, size=3)
    (group,) = groups.describe_auto_scaling_groups()["AutoScalingGroups"]
    (ended,) = [it for it in group["Instances"] if it["AvailabilityZone"] == ZONES[0]]
    market.set_empty({ZONES[0]: CAPACITY_TYPES})
    boto3.client("ec2", region_name=REGION).terminate_instances(InstanceIds=[ended["InstanceId"]])
    assert sum(placed(groups).values()) == 3
    assert ZONES[0] not in placed(groups)


def test_a_refresh_keeps_the_instances_for_which_there_are_no_others(
    groups: "AutoScalingClient",
) -> None:
    make(groups, size=3)
    before = placed(groups)
    market.set_empty(EVERY)
    groups.start_instance_refresh(AutoScalingGroupName="nodes", Strategy="Rolling")
    assert placed(groups) == before
    (refresh,) = groups.describe_instance_refreshes(AutoScalingGroupName="nodes")[
        "InstanceRefreshes"
    ]
    assert refresh.get("Status") == "Failed"
    assert "scaling activities" in refresh.get("StatusReason", "")


def test_activities_come_in_pages_and_by_their_ids(groups: "AutoScalingClient") -> None:
    make(groups, size=3)
    pages = groups.get_paginator("describe_scaling_activities").paginate(
        AutoScalingGroupName="nodes", PaginationConfig={"PageSize": 2}
    )
    sizes = [len(page["Activities"]) for page in pages]
    assert sizes == [2, 1]
    every = seen(groups)
    assert [it["ActivityId"] for it in seen(groups, ActivityIds=[every[1]["ActivityId"]])] == [
        every[1]["ActivityId"]
    ]
    with pytest.raises(ClientError, match="'others' not found"):
        groups.describe_scaling_activities(AutoScalingGroupName="others")
    with pytest.raises(ClientError, match="does not emulate IncludeDeletedGroups"):
        seen(groups, IncludeDeletedGroups=True)


@pytest.mark.usefixtures("groups")
def test_run_instances_is_refused_where_nothing_is_left() -> None:
    aws = AwsClients(f"https://ec2.{REGION}.amazonaws.com", REGION)
    market.set_empty({ZONES[0]: CAPACITY_TYPES})
    subnets = {it.get("AvailabilityZone"): it for it in aws.ec2.describe_subnets()["Subnets"]}

    def run(**where: Any) -> str:  # noqa: ANN401 - as boto3 has them
        started = aws.ec2.run_instances(
            ImageId=image(aws), InstanceType="m7i.large", MinCount=1, MaxCount=1, **where
        )
        return started["Instances"][0].get("Placement", {}).get("AvailabilityZone", "")

    for where in (
        {"SubnetId": subnets[ZONES[0]].get("SubnetId", "")},
        {"Placement": {"AvailabilityZone": ZONES[0]}},
        {
            "NetworkInterfaces": [
                {"DeviceIndex": 0, "SubnetId": subnets[ZONES[0]].get("SubnetId", "")}
            ]
        },
    ):
        with pytest.raises(ClientError, match=f"choosing {ZONES[1]}, {ZONES[2]}") as refused:
            run(**where)
        answer = refused.value.response
        assert answer.get("Error", {}).get("Code") == "InsufficientInstanceCapacity"
        # The docs list it among server errors; botocore tells of it after "max retries: 4".
        assert answer.get("ResponseMetadata", {}).get("HTTPStatusCode") == 500
    # Where EC2 may choose, it takes a zone that has some.
    assert run() == ZONES[1]
    market.set_empty(dict.fromkeys(ZONES, ("spot",)))
    assert run(SubnetId=subnets[ZONES[0]].get("SubnetId", "")) == ZONES[0]
    with pytest.raises(ClientError, match="no Spot capacity"):
        run(InstanceMarketOptions={"MarketType": "spot"})
