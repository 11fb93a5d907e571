"""Instances that a controller launches itself: which one EC2 takes, what it costs, what it has."""

import base64
from collections.abc import Callable, Generator, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws
from moto.ec2.responses import EC2Response
from moto.ec2.responses.fleets import Fleets
from moto.ec2.responses.spot_instances import SpotInstances
from moto.iam.responses import IamResponse

from localcloud.aws import AwsClients
from localcloud.scarcity import CAPACITY_TYPES, CapacityType
from localcloud.server import seeds
from localcloud.server.ec2 import answers, fleets, market, profiles
from localcloud.state import REGION

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client

INSTALLED = (
    (Fleets, "create_fleet"),
    (Fleets, "describe_fleets"),
    (Fleets, "describe_fleet_instances"),
    (Fleets, "delete_fleets"),
    (SpotInstances, "describe_spot_price_history"),
    (EC2Response, "describe_capacity_reservations"),
    (EC2Response, "describe_placement_groups"),
    (IamResponse, "list_instance_profiles"),
)
KINDS = ("m7i.xlarge", "m7i.large", "r7i.large")
MADE = ("instance", "volume", "fleet")


@pytest.fixture
def ec2(monkeypatch: pytest.MonkeyPatch) -> "Generator[EC2Client]":
    """EC2 with the images of nodes, and a launch template as Karpenter makes it."""
    for owner, name in INSTALLED:
        # Undone at the end, as other tests of this process have moto as it is.
        monkeypatch.setattr(owner, name, getattr(owner, name, None), raising=False)
    for module in (answers, fleets, profiles):
        module.install()
    with mock_aws():
        client = boto3.client("ec2", region_name=REGION)
        seeds.offer_images(AwsClients(f"https://ec2.{REGION}.amazonaws.com", REGION))
        boto3.client("iam", region_name=REGION).create_instance_profile(
            InstanceProfileName="nodes", Path="/x/"
        )
        client.create_launch_template(
            LaunchTemplateName="nodes",
            LaunchTemplateData={
                "ImageId": image(client),
                "UserData": base64.b64encode(b"text").decode(),
                "IamInstanceProfile": {"Name": "nodes"},
                "NetworkInterfaces": [{"DeviceIndex": 0, "Groups": [group(client)]}],
                "Monitoring": {"Enabled": True},
                "BlockDeviceMappings": [
                    {
                        "DeviceName": "/dev/xvda",
                        "Ebs": {"VolumeSize": 30, "Encrypted": True, "DeleteOnTermination": True},
                    }
                ],
            },
        )
        yield client
        market.set_empty({})


def image(client: "EC2Client", architecture: str = "x86_64") -> str:
    names = [f"amazon-eks-node-al2023-{architecture}*"]
    found = client.describe_images(Filters=[{"Name": "name", "Values": names}])["Images"]
    return found[0].get("ImageId", "")


def group(client: "EC2Client") -> str:
    return client.describe_security_groups()["SecurityGroups"][0].get("GroupId", "")


def zones(client: "EC2Client") -> dict[str, str]:
    """Subnet of each zone."""
    return {
        it.get("AvailabilityZone", ""): it.get("SubnetId", "")
        for it in client.describe_subnets()["Subnets"]
    }


def launch(
    client: "EC2Client",
    capacity: CapacityType = "spot",
    kinds: Sequence[str] = KINDS,
    **more: Any,  # noqa: ANN401 - as boto3 has them
) -> Any:  # noqa: ANN401
    options = "SpotOptions" if capacity == "spot" else "OnDemandOptions"
    strategy = "price-capacity-optimized" if capacity == "spot" else "lowest-price"
    overrides = [
        {"InstanceType": kind, "SubnetId": subnet, "AvailabilityZone": zone}
        for kind in kinds
        for zone, subnet in zones(client).items()
    ]
    asked: dict[str, Any] = {
        "Type": "instant",
        "LaunchTemplateConfigs": [
            {
                "LaunchTemplateSpecification": {
                    "LaunchTemplateName": "nodes",
                    "Version": "$Latest",
                },
                "Overrides": overrides,
            }
        ],
        "TargetCapacitySpecification": {
            "TotalTargetCapacity": 1,
            "DefaultTargetCapacityType": capacity,
        },
        options: {"AllocationStrategy": strategy},
        "TagSpecifications": [
            {"ResourceType": it, "Tags": [{"Key": "of", "Value": "it"}]} for it in MADE
        ],
        **more,
    }
    create: Callable[..., Any] = client.create_fleet
    return create(**asked)


def code(error: "pytest.ExceptionInfo[ClientError]") -> str:
    return error.value.response.get("Error", {}).get("Code", "")


def test_the_cheapest_spot_instance_is_started_with_all_that_its_template_says(
    ec2: "EC2Client",
) -> None:
    prices = {
        (kind, zone): market.spot_price(kind, zone) or 0.0 for kind in KINDS for zone in zones(ec2)
    }
    cheapest = min(prices, key=lambda it: prices[it])
    (started,) = launch(ec2)["Instances"]
    assert (started["InstanceType"], started["Lifecycle"]) == (cheapest[0], "spot")
    (reservation,) = ec2.describe_instances(InstanceIds=started["InstanceIds"])["Reservations"]
    found: Any = reservation["Instances"][0]
    assert found["Placement"]["AvailabilityZone"] == cheapest[1]
    # By this alone Karpenter knows that it is spot.
    assert found["SpotInstanceRequestId"].startswith("sir-")
    assert found["IamInstanceProfile"]["Arn"].endswith(":instance-profile/x/nodes")
    assert [it["GroupId"] for it in found["SecurityGroups"]] == [group(ec2)]
    assert found["Monitoring"]["State"] == "enabled"
    tags = {it["Key"]: it["Value"] for it in found["Tags"]}
    assert tags["of"] == "it"
    assert tags["aws:ec2:fleet-id"].startswith("fleet-")
    (volume,) = ec2.describe_volumes()["Volumes"]
    assert (volume.get("Size"), volume.get("Encrypted")) == (30, True)
    assert volume.get("Tags") == [{"Key": "of", "Value": "it"}]


def test_nothing_is_left_of_an_instance_that_ends(ec2: "EC2Client") -> None:
    (started,) = launch(ec2)["Instances"]
    ec2.terminate_instances(InstanceIds=started["InstanceIds"])
    assert ec2.describe_network_interfaces()["NetworkInterfaces"] == []
    assert ec2.describe_volumes()["Volumes"] == []


def test_on_demand_goes_by_its_own_price_and_has_no_spot_request(ec2: "EC2Client") -> None:
    (started,) = launch(ec2, "on-demand")["Instances"]
    assert started["InstanceType"] == "m7i.large"
    (reservation,) = ec2.describe_instances(InstanceIds=started["InstanceIds"])["Reservations"]
    assert "SpotInstanceRequestId" not in reservation["Instances"][0]


def test_a_zone_without_capacity_is_passed_over_and_named(ec2: "EC2Client") -> None:
    here = sorted(zones(ec2))
    market.set_empty(dict.fromkeys(here[:-1], ("spot",)))
    answer = launch(ec2, kinds=("m7i.large",))
    (started,) = answer["Instances"]
    assert started["LaunchTemplateAndOverrides"]["Overrides"]["AvailabilityZone"] == here[-1]
    for it in answer["Errors"]:
        assert it["ErrorCode"] == "InsufficientInstanceCapacity"
        assert it["LaunchTemplateAndOverrides"]["Overrides"]["AvailabilityZone"] in here[:-1]
    market.set_empty(dict.fromkeys(here, CAPACITY_TYPES))
    answer = launch(ec2, kinds=("m7i.large",))
    assert answer["Instances"] == []
    assert len(answer["Errors"]) == len(here)


@pytest.mark.parametrize(
    ("more", "named"),
    [
        ({"Type": "maintain"}, "fleets of another type than instant"),
        ({"SpotOptions": {"AllocationStrategy": "diversified"}}, "strategy diversified"),
        ({"SpotOptions": {"MaxTotalPrice": "1"}}, "MaxTotalPrice of SpotOptions"),
        ({"ExcessCapacityTerminationPolicy": "termination"}, "of CreateFleet"),
    ],
)
def test_what_is_not_emulated_of_a_fleet_is_refused_by_its_name(
    ec2: "EC2Client", more: dict[str, Any], named: str
) -> None:
    with pytest.raises(ClientError, match=named) as error:
        launch(ec2, **more)
    assert code(error) == "UnsupportedOperation"


def test_fleets_are_not_asked_for_again(ec2: "EC2Client") -> None:
    fleet = launch(ec2)["FleetId"]
    with pytest.raises(ClientError, match="does not emulate DescribeFleets"):
        ec2.describe_fleets(FleetIds=[fleet])
    with pytest.raises(ClientError, match="does not emulate DeleteFleets"):
        ec2.delete_fleets(FleetIds=[fleet], TerminateInstances=True)


def test_a_dry_run_starts_nothing(ec2: "EC2Client") -> None:
    with pytest.raises(ClientError) as error:
        launch(ec2, DryRun=True)
    assert code(error) == "DryRunOperation"
    assert ec2.describe_instances()["Reservations"] == []


def test_an_image_of_another_architecture_is_refused(ec2: "EC2Client") -> None:
    with pytest.raises(ClientError, match="does not match the architecture"):
        launch(ec2, kinds=("m7g.large",))


def test_spot_costs_less_than_on_demand_and_not_the_same_in_each_zone(ec2: "EC2Client") -> None:
    history = ec2.describe_spot_price_history(InstanceTypes=["m7i.large"])["SpotPriceHistory"]
    usd = {it.get("AvailabilityZone"): float(it.get("SpotPrice", "0")) for it in history}
    assert set(usd) == {f"{REGION}{zone}" for zone in "abc"}
    assert len(set(usd.values())) > 1
    assert max(usd.values()) < (market.on_demand_price("m7i.large", REGION) or 0)


def test_pages_of_spot_prices_have_each_price_once(ec2: "EC2Client") -> None:
    pages = ec2.get_paginator("describe_spot_price_history").paginate(
        ProductDescriptions=["Linux/UNIX"], PaginationConfig={"PageSize": 1000}
    )
    found = [
        (it.get("InstanceType"), it.get("AvailabilityZone"))
        for page in pages
        for it in page["SpotPriceHistory"]
    ]
    assert len(found) == len(set(found)) > 1000


def test_nobody_has_reservations_and_placement_groups(ec2: "EC2Client") -> None:
    assert ec2.describe_capacity_reservations()["CapacityReservations"] == []
    assert ec2.describe_placement_groups()["PlacementGroups"] == []
    with pytest.raises(ClientError) as error:
        ec2.describe_capacity_reservations(CapacityReservationIds=["cr-0123456789abcdef0"])
    assert code(error) == "InvalidCapacityReservationId.NotFound"
    with pytest.raises(ClientError) as error:
        ec2.describe_placement_groups(GroupNames=["mine"])
    assert code(error) == "InvalidPlacementGroup.Unknown"


def test_prices_of_the_past_are_refused(ec2: "EC2Client") -> None:
    with pytest.raises(ClientError, match="EndTime of DescribeSpotPriceHistory"):
        ec2.describe_spot_price_history(EndTime=datetime(2026, 1, 1, tzinfo=UTC))


def test_a_launch_that_is_repeated_with_its_token_starts_nothing_more(ec2: "EC2Client") -> None:
    first = launch(ec2, ClientToken="one")
    assert launch(ec2, ClientToken="one")["FleetId"] == first["FleetId"]
    (reservation,) = ec2.describe_instances()["Reservations"]
    assert len(reservation["Instances"]) == 1
    with pytest.raises(ClientError) as error:
        launch(ec2, "on-demand", ClientToken="one")
    assert code(error) == "IdempotentParameterMismatch"


@pytest.mark.usefixtures("ec2")
def test_profiles_are_listed_below_the_path_that_was_asked_for() -> None:
    iam = boto3.client("iam", region_name=REGION)
    iam.create_instance_profile(InstanceProfileName="other")
    below = iam.list_instance_profiles(PathPrefix="/x/")["InstanceProfiles"]
    assert [it["InstanceProfileName"] for it in below] == ["nodes"]
    assert len(iam.list_instance_profiles()["InstanceProfiles"]) == 2
