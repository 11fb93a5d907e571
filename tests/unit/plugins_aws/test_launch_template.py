"""Launch templates: every change is a new version."""

import base64

import pytest

from localcloud.plugins.aws.clients import Clients
from localcloud.plugins.plugin import Object, PluginError
from tests.unit.plugins_aws.conftest import Driver, Made

TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
USER_DATA = base64.b64encode(b"#!/bin/sh").decode()
BLOCK_DEVICES: list[Object] = [
    {
        "deviceName": "/dev/xvda",
        "ebs": {
            "deleteOnTermination": "true",
            "encrypted": "true",
            "volumeSize": 50,
            "volumeType": "gp3",
        },
    }
]
INTERFACES: list[Object] = [
    {
        "associatePublicIpAddress": "false",
        "deleteOnTermination": "true",
        "deviceIndex": 0,
        "securityGroups": ["sg-2", "sg-1"],
    }
]


@pytest.fixture
def template(driver: Driver) -> Made:
    return driver.create(
        TEMPLATE,
        name="nodes",
        updateDefaultVersion=True,
        imageId="ami-12345678",
        instanceType="m6i.large",
        userData=USER_DATA,
        iamInstanceProfile={"arn": "arn:aws:iam::123456789012:instance-profile/nodes"},
        metadataOptions={
            "httpEndpoint": "enabled",
            "httpTokens": "required",
            "httpPutResponseHopLimit": 1,
            "instanceMetadataTags": "disabled",
        },
        monitoring={"enabled": True},
        blockDeviceMappings=BLOCK_DEVICES,
        networkInterfaces=INTERFACES,
        tagSpecifications=[
            {"resourceType": "instance", "tags": {"Name": "node"}},
            {"resourceType": "volume", "tags": {"Name": "disk"}},
        ],
        tags={"Name": "nodes"},
    )


def latest(aws: Clients, template: Made) -> Object:
    """The newest version as EC2 has it."""
    versions = aws.ec2.describe_launch_template_versions(
        LaunchTemplateId=template.resource_id, Versions=["$Latest"]
    )
    return dict(versions["LaunchTemplateVersions"][0]["LaunchTemplateData"])


def test_a_template_lives(aws: Clients, template: Made) -> None:
    data = latest(aws, template)
    assert data["BlockDeviceMappings"][0]["Ebs"]["Encrypted"] is True
    assert data["NetworkInterfaces"][0]["Groups"] == ["sg-2", "sg-1"]
    assert data["MetadataOptions"]["HttpPutResponseHopLimit"] == 1
    assert (template.state["latestVersion"], template.state["defaultVersion"]) == (1, 1)
    template.assert_importable()
    assert template.replaced_by(name="other") == {"name"}
    template.delete()
    assert aws.ec2.describe_launch_templates()["LaunchTemplates"] == []


def test_a_change_is_a_new_default_version(aws: Clients, template: Made) -> None:
    template.update(imageId="ami-87654321")
    assert latest(aws, template)["ImageId"] == "ami-87654321"
    assert (template.state["latestVersion"], template.state["defaultVersion"]) == (2, 2)
    template.update(updateDefaultVersion=None, description="the third")
    assert (template.state["latestVersion"], template.state["defaultVersion"]) == (3, 2)
    template.update(updateDefaultVersion=True)
    assert (template.state["latestVersion"], template.state["defaultVersion"]) == (3, 3)


def test_tags_are_no_new_version(aws: Clients, template: Made) -> None:
    aws.ec2.create_tags(Resources=[template.resource_id], Tags=[{"Key": "Name", "Value": "x"}])
    assert template.drift() == {"tags.Name"}
    template.update(tags={"Name": "others"})
    assert template.state["latestVersion"] == 1


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"ImageId": "ami-00000000"}, "imageId"),
        ({"UserData": "eA=="}, "userData"),
        ({"KeyName": "somebody's"}, "keyName"),
        ({"Monitoring": {"Enabled": False}}, "monitoring.enabled"),
        ({"MetadataOptions": {"HttpTokens": "optional"}}, "metadataOptions.httpTokens"),
        ({"BlockDeviceMappings": None}, "blockDeviceMappings"),
    ],
)
def test_a_version_made_behind_its_back_is_seen(
    aws: Clients, template: Made, change: Object, path: str
) -> None:
    data = latest(aws, template)
    for key, value in change.items():
        merged = {**data.get(key, {}), **value} if isinstance(value, dict) else value
        data[key] = merged
    aws.ec2.create_launch_template_version(
        LaunchTemplateId=template.resource_id,
        LaunchTemplateData={key: value for key, value in data.items() if value is not None},  # pyright: ignore[reportArgumentType]
    )
    assert template.drift() == {path}


def test_a_difference_in_a_list_is_told_by_its_place(template: Made) -> None:
    smaller = [{**BLOCK_DEVICES[0], "ebs": {**BLOCK_DEVICES[0]["ebs"], "volumeSize": 20}}]
    found = template.diff(blockDeviceMappings=smaller)
    assert found.changes == {"blockDeviceMappings[0].ebs.volumeSize": "update"}
    turned = [{**INTERFACES[0], "securityGroups": ["sg-1", "sg-2"]}]
    assert not template.diff(networkInterfaces=turned).changes


def test_a_template_that_was_deleted_is_gone(aws: Clients, template: Made) -> None:
    aws.ec2.delete_launch_template(LaunchTemplateId=template.resource_id)
    assert template.read() is None
    template.delete()


def test_what_is_not_known_is_refused_by_its_path(driver: Driver) -> None:
    found = driver.failures(
        TEMPLATE,
        creditSpecification={},
        blockDeviceMappings=[{"deviceName": "/dev/xvda", "ebs": {"size": 1}}],
    )
    assert found.keys() == {"creditSpecification", "blockDeviceMappings[0].ebs.size"}


def test_a_bad_value_names_the_type(driver: Driver) -> None:
    with pytest.raises(PluginError, match=rf"(?s)^{TEMPLATE}: .*HttpTokens: 'never'"):
        driver.provider.create(
            TEMPLATE,
            {"name": "nodes", "metadataOptions": {"httpTokens": "never"}},
            preview=False,
            timeout=0,
        )
