"""Launch templates."""

from typing import TYPE_CHECKING, Any, cast

from localcloud.plugins.aws.clients import found
from localcloud.plugins.aws.ec2_common import arn, retag, tag_on_create
from localcloud.plugins.aws.properties import FIXED, OURS, PLAIN, SET, TAGS, Property
from localcloud.plugins.aws.resource import ResourceType, drop_none, tags_of, with_tags
from localcloud.plugins.plugin import Object

if TYPE_CHECKING:
    from mypy_boto3_ec2.type_defs import (
        RequestLaunchTemplateDataTypeDef,
        ResponseLaunchTemplateDataTypeDef,
    )

_EBS = {
    "deleteOnTermination": PLAIN,
    "encrypted": PLAIN,
    "iops": PLAIN,
    "kmsKeyId": PLAIN,
    "throughput": PLAIN,
    "volumeSize": PLAIN,
    "volumeType": PLAIN,
}
_METADATA = {
    "httpEndpoint": PLAIN,
    "httpProtocolIpv6": PLAIN,
    "httpPutResponseHopLimit": PLAIN,
    "httpTokens": PLAIN,
    "instanceMetadataTags": PLAIN,
}
_INTERFACE = {
    "associatePublicIpAddress": PLAIN,
    "deleteOnTermination": PLAIN,
    "deviceIndex": PLAIN,
    "securityGroups": SET,
}
_NO_VERSION = frozenset({"tags", "updateDefaultVersion"})  # not part of a version
# Pulumi types these as strings, EC2 as booleans.
_TEXT_BOOLEANS = ("deleteOnTermination", "encrypted", "associatePublicIpAddress", "ebsOptimized")


class LaunchTemplate(ResourceType):
    """A launch template; every change is a new version, which becomes the default if told so."""

    token = "aws:ec2/launchTemplate:LaunchTemplate"
    autoname = "name"
    properties = {
        "name": FIXED,
        "namePrefix": FIXED,
        "description": OURS,
        "updateDefaultVersion": PLAIN,
        "imageId": OURS,
        "instanceType": OURS,
        "keyName": OURS,
        "ebsOptimized": OURS,
        "userData": OURS,
        "vpcSecurityGroupIds": Property(unordered=True, ours=True),
        "blockDeviceMappings": Property(
            ours=True,
            fields={
                "deviceName": PLAIN,
                "noDevice": PLAIN,
                "virtualName": PLAIN,
                "ebs": Property(fields=_EBS),
            },
        ),
        "iamInstanceProfile": Property(ours=True, fields={"arn": PLAIN, "name": PLAIN}),
        "metadataOptions": Property(ours=True, fields=_METADATA),
        "monitoring": Property(ours=True, fields={"enabled": PLAIN}),
        "networkInterfaces": Property(ours=True, fields=_INTERFACE),
        "tagSpecifications": Property(ours=True, fields={"resourceType": PLAIN, **TAGS}),
        **TAGS,
    }

    def create(self, inputs: Object, timeout: float) -> str:
        created = self.aws.ec2.create_launch_template(
            **drop_none(
                LaunchTemplateName=inputs["name"], VersionDescription=inputs.get("description")
            ),
            LaunchTemplateData=template_data(inputs),
            **tag_on_create("launch-template", inputs),
        )
        return created["LaunchTemplate"]["LaunchTemplateId"]

    def read(self, resource_id: str, state: Object) -> Object | None:
        answer = found(
            lambda: self.aws.ec2.describe_launch_templates(LaunchTemplateIds=[resource_id])
        )
        if answer is None or not answer["LaunchTemplates"]:
            return None
        template = answer["LaunchTemplates"][0]
        tags = self.aws.ec2.describe_tags(
            Filters=[{"Name": "resource-id", "Values": [resource_id]}]
        )["Tags"]
        version = self.aws.ec2.describe_launch_template_versions(
            LaunchTemplateId=resource_id, Versions=["$Latest"]
        )["LaunchTemplateVersions"][0]
        return with_tags(
            {
                "id": resource_id,
                "arn": arn(self.aws, "launch-template", resource_id),
                "name": template["LaunchTemplateName"],
                "description": version.get("VersionDescription") or None,
                "latestVersion": template["LatestVersionNumber"],
                "defaultVersion": template["DefaultVersionNumber"],
                **_from_data(version["LaunchTemplateData"]),
            },
            # Not from the description: moto leaves the tags there as they were at first.
            tags_of(tags),
        )

    def update(
        self, resource_id: str, olds: Object, news: Object, changed: frozenset[str], timeout: float
    ) -> None:
        if changed - _NO_VERSION:
            created = self.aws.ec2.create_launch_template_version(
                LaunchTemplateId=resource_id,
                **drop_none(VersionDescription=news.get("description")),
                LaunchTemplateData=template_data(news),
            )
            latest = created["LaunchTemplateVersion"]["VersionNumber"]
        else:
            latest = olds["latestVersion"]
        if news.get("updateDefaultVersion"):
            self.aws.ec2.modify_launch_template(
                LaunchTemplateId=resource_id, DefaultVersion=str(latest)
            )
        retag(self.aws, resource_id, olds, news)

    def unsettled(self, changed: frozenset[str]) -> tuple[str, ...]:
        if changed <= {"tags"}:
            return ()
        return ("latestVersion", "defaultVersion") if changed - _NO_VERSION else ("defaultVersion",)

    def delete(self, resource_id: str, state: Object, timeout: float) -> None:
        self.aws.ec2.delete_launch_template(LaunchTemplateId=resource_id)


def template_data(inputs: Object) -> "RequestLaunchTemplateDataTypeDef":
    """EC2's RequestLaunchTemplateData."""
    data: dict[str, Any] = drop_none(
        ImageId=inputs.get("imageId"),
        InstanceType=inputs.get("instanceType"),
        KeyName=inputs.get("keyName"),
        EbsOptimized=_boolean(inputs.get("ebsOptimized")),
        UserData=inputs.get("userData"),
        SecurityGroupIds=inputs.get("vpcSecurityGroupIds"),
    )
    if "blockDeviceMappings" in inputs:
        data["BlockDeviceMappings"] = [_pascal(item) for item in inputs["blockDeviceMappings"]]
    if "iamInstanceProfile" in inputs:
        data["IamInstanceProfile"] = _pascal(inputs["iamInstanceProfile"])
    if "metadataOptions" in inputs:
        data["MetadataOptions"] = _pascal(inputs["metadataOptions"])
    if "monitoring" in inputs:
        data["Monitoring"] = _pascal(inputs["monitoring"])
    if "networkInterfaces" in inputs:
        data["NetworkInterfaces"] = [
            {("Groups" if k == "SecurityGroups" else k): v for k, v in _pascal(item).items()}
            for item in inputs["networkInterfaces"]
        ]
    if "tagSpecifications" in inputs:
        data["TagSpecifications"] = [
            {
                "ResourceType": item["resourceType"],
                "Tags": [{"Key": k, "Value": v} for k, v in (item.get("tags") or {}).items()],
            }
            for item in inputs["tagSpecifications"]
        ]
    return cast("RequestLaunchTemplateDataTypeDef", data)


def _from_data(data: "ResponseLaunchTemplateDataTypeDef") -> Object:
    """Pulumi's shape of EC2's ResponseLaunchTemplateData."""
    interfaces = [
        {("SecurityGroups" if k == "Groups" else k): v for k, v in item.items()}
        for item in data.get("NetworkInterfaces", [])
    ]
    found_values: Object = {
        "imageId": data.get("ImageId"),
        "instanceType": data.get("InstanceType"),
        "keyName": data.get("KeyName"),
        "ebsOptimized": data.get("EbsOptimized"),
        "userData": data.get("UserData"),
        "vpcSecurityGroupIds": data.get("SecurityGroupIds"),
        "blockDeviceMappings": [_camel(item) for item in data.get("BlockDeviceMappings", [])],
        "iamInstanceProfile": _camel(data.get("IamInstanceProfile")),
        "metadataOptions": _camel(data.get("MetadataOptions")),
        "monitoring": _camel(data.get("Monitoring")),
        "networkInterfaces": [_camel(item) for item in interfaces],
        "tagSpecifications": [
            {
                "resourceType": item["ResourceType"],
                "tags": {tag["Key"]: tag["Value"] for tag in item.get("Tags", [])},
            }
            for item in data.get("TagSpecifications", [])
            # moto puts the template's own tags among those of what it launches.
            if item["ResourceType"] != "launch-template"
        ],
    }
    return {key: None if value == [] else value for key, value in found_values.items()}


def _pascal(value: Object) -> dict[str, Any]:
    return {
        key[0].upper() + key[1:]: _pascal(item)
        if isinstance(item, dict)
        else _boolean(item)
        if key in _TEXT_BOOLEANS
        else item
        for key, item in value.items()
    }


def _camel(value: object) -> object:
    if not isinstance(value, dict):
        return value
    items = cast("dict[str, object]", value)
    return {key[0].lower() + key[1:]: _camel(item) for key, item in items.items()}


def _boolean(value: object) -> object:
    return value == "true" if isinstance(value, str) else value
