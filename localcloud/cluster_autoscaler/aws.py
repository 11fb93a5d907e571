"""The Auto Scaling groups in AWS, with the calls that the real program makes."""

from datetime import datetime
from functools import cache
from typing import Any

import boto3
from mypy_boto3_autoscaling.type_defs import AutoScalingGroupTypeDef

from localcloud.cluster_autoscaler.groups import Group, InstanceType

_ARCHITECTURES = {"x86_64": "amd64", "arm64": "arm64"}
_MIB = 1024 * 1024


class AutoScaling:
    """Reads and changes groups as the pod's role. Its methods raise what boto3 raises."""

    def __init__(self, discovery: tuple[tuple[str, ...], ...], region: str) -> None:
        """`discovery`: see `Options.node_group_auto_discovery`."""
        self._discovery = discovery
        self._region = region
        session = boto3.Session(region_name=region)
        self._autoscaling = session.client("autoscaling")
        self._ec2 = session.client("ec2")
        self.instance_type = cache(self._instance_type)

    def groups(self) -> list[Group]:
        """Groups that have all tags of one of the definitions, by name."""
        found: dict[str, Group] = {}
        pages = self._autoscaling.get_paginator("describe_auto_scaling_groups")
        for wanted in self._discovery:
            filters = [_filter(it) for it in wanted]
            for page in pages.paginate(Filters=filters):  # pyright: ignore[reportArgumentType]
                for said in page["AutoScalingGroups"]:
                    found[said["AutoScalingGroupName"]] = self._group(said)
        return [found[name] for name in sorted(found)]

    def set_size(self, group: str, size: int) -> None:
        """Sets the desired capacity."""
        self._autoscaling.set_desired_capacity(
            AutoScalingGroupName=group, DesiredCapacity=size, HonorCooldown=False
        )

    def terminate(self, instance: str) -> None:
        """Ends an instance; its group does not start another one for it."""
        self._autoscaling.terminate_instance_in_auto_scaling_group(
            InstanceId=instance, ShouldDecrementDesiredCapacity=True
        )

    def failed_launch(self, group: str, since: datetime | None) -> str:
        """Why AWS starts no instance of a group; empty where it refused none.

        Args:
            group: its name.
            since: activities that began before are left out; None for none.
        """
        found = self._autoscaling.describe_scaling_activities(AutoScalingGroupName=group)
        for activity in found["Activities"]:  # newest first
            if since is not None and activity["StartTime"] < since:
                break
            if activity["StatusCode"] == "Failed":
                return activity.get("StatusMessage") or activity.get("Description", "Failed")
        return ""

    def _group(self, said: AutoScalingGroupTypeDef) -> Group:
        return Group(
            name=said["AutoScalingGroupName"],
            minimum=said["MinSize"],
            maximum=said["MaxSize"],
            target=said["DesiredCapacity"],
            instances=frozenset(
                it["InstanceId"]
                for it in said.get("Instances", ())
                if not str(it["LifecycleState"]).startswith("Terminat")
            ),
            tags={it["Key"]: it.get("Value", "") for it in said.get("Tags", ())},
            kind=self._kind(said),
            zones=tuple(said.get("AvailabilityZones", ())),
            region=self._region,
        )

    def _kind(self, said: AutoScalingGroupTypeDef) -> str:
        """The first override of a mixed group, else what the launch template says."""
        mixed = said.get("MixedInstancesPolicy", {}).get("LaunchTemplate", {})
        for override in mixed.get("Overrides", ()):
            if kind := override.get("InstanceType"):
                return kind
        template = mixed.get("LaunchTemplateSpecification") or said.get("LaunchTemplate")
        if template is None:
            return ""
        return self._kind_of_template(
            template.get("LaunchTemplateId", ""), template.get("Version", "$Default")
        )

    def _kind_of_template(self, template: str, version: str) -> str:
        found = self._ec2.describe_launch_template_versions(
            LaunchTemplateId=template, Versions=[version]
        )
        return found["LaunchTemplateVersions"][0]["LaunchTemplateData"].get("InstanceType", "")

    def _instance_type(self, name: str) -> InstanceType:
        answer: Any = self._ec2.describe_instance_types(
            InstanceTypes=[name]  # pyright: ignore[reportArgumentType] - any type's name
        )
        said = answer["InstanceTypes"][0]
        architectures = said.get("ProcessorInfo", {}).get("SupportedArchitectures") or ["x86_64"]
        known = [_ARCHITECTURES[it] for it in architectures if it in _ARCHITECTURES]
        return InstanceType(
            name,
            int(said["VCpuInfo"]["DefaultVCpus"]),
            int(said["MemoryInfo"]["SizeInMiB"]) * _MIB,
            known[0] if known else "amd64",
        )


def _filter(tag: str) -> dict[str, object]:
    key, equals, value = tag.partition("=")
    if equals:
        return {"Name": f"tag:{key}", "Values": [value]}
    return {"Name": "tag-key", "Values": [key]}
