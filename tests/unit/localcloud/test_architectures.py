"""Instances start from images of their own architecture alone, as on EC2."""

from types import SimpleNamespace

import pytest
from moto import mock_aws

from localcloud.aws import AwsClients
from localcloud.server import instances, seeds
from localcloud.state import REGION


class Ec2:
    def describe_images(self, ami_ids: list[str]) -> list[SimpleNamespace]:
        (kind,) = ami_ids
        return [SimpleNamespace(architecture=kind)]


@pytest.mark.parametrize(
    ("kind", "image", "starts"),
    [
        ("m7i.large", "x86_64", True),
        ("m7g.large", "arm64", True),
        ("m7g.large", "x86_64", False),
        ("m7i.large", "arm64", False),
    ],
)
def test_an_image_of_another_architecture_is_refused(kind: str, image: str, starts: bool) -> None:
    mistake = instances.architecture_mistake(Ec2(), kind, image)
    assert ("does not match" in mistake) is not starts


@mock_aws
def test_images_say_which_architecture_they_are_of() -> None:
    aws = AwsClients(f"https://ec2.{REGION}.amazonaws.com", REGION)
    seeds.offer_images(aws)
    made = aws.ec2.describe_images(
        Filters=[{"Name": "name", "Values": ["amazon-eks-node-al2023-*"]}]
    )
    assert {it.get("Name", "").split("-")[4] for it in made["Images"]} == {"x86_64", "arm64"}
    for image in made["Images"]:
        assert image.get("Architecture") in image.get("Name", "").split("-")
