"""Instances of groups that moto would not start, and what they start with."""

import base64

import boto3
import pytest
from moto import mock_aws
from moto.autoscaling.models import FakeAutoScalingGroup
from moto.autoscaling.responses import AutoScalingResponse
from moto.ec2.models.launch_templates import LaunchTemplate

from localcloud.aws import AwsClients
from localcloud.server import instances, seeds
from localcloud.state import REGION

INSTALLED = (
    (FakeAutoScalingGroup, "replace_autoscaling_group_instances"),
    (AutoScalingResponse, "start_instance_refresh"),
    (AutoScalingResponse, "describe_instance_refreshes"),
    (LaunchTemplate, "create_version"),
)


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> None:
    for owner, name in INSTALLED:
        # Undone at the end, as other tests of this process have moto as it is.
        monkeypatch.setattr(owner, name, getattr(owner, name, None), raising=False)
    instances.install()


def text(word: str) -> str:
    return base64.b64encode(word.encode()).decode()


@mock_aws
@pytest.mark.usefixtures("installed")
def test_a_later_version_of_a_launch_template_starts_instances_with_its_user_data() -> None:
    aws = AwsClients(f"https://ec2.{REGION}.amazonaws.com", REGION)
    autoscaling = boto3.client("autoscaling", region_name=REGION)
    seeds.offer_images(aws)
    image = aws.ec2.describe_images(
        Filters=[{"Name": "name", "Values": ["amazon-eks-node-al2023-x86_64*"]}]
    )["Images"][0].get("ImageId", "")
    aws.ec2.create_launch_template(
        LaunchTemplateName="nodes",
        LaunchTemplateData={"ImageId": image, "UserData": text("first")},
    )
    aws.ec2.create_launch_template_version(
        LaunchTemplateName="nodes",
        LaunchTemplateData={"ImageId": image, "UserData": text("second")},
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
