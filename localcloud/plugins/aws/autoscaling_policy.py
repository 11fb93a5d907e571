"""Mixed-instances policies of Auto Scaling groups, in Pulumi's shape and in the API's."""

from typing import TYPE_CHECKING, Any, cast

from localcloud.plugins.aws.properties import PLAIN, Property
from localcloud.plugins.aws.resource import drop_none
from localcloud.plugins.plugin import Object

if TYPE_CHECKING:
    from mypy_boto3_autoscaling.type_defs import (
        MixedInstancesPolicyOutputTypeDef,
        MixedInstancesPolicyUnionTypeDef,
    )

_TEMPLATE = {"launchTemplateId": PLAIN, "launchTemplateName": PLAIN, "version": PLAIN}
_DISTRIBUTION = {
    "onDemandAllocationStrategy": PLAIN,
    "onDemandBaseCapacity": PLAIN,
    "onDemandPercentageAboveBaseCapacity": PLAIN,
    "spotAllocationStrategy": PLAIN,
    "spotInstancePools": PLAIN,
    "spotMaxPrice": PLAIN,
}
PROPERTY = Property(
    fields={
        "instancesDistribution": Property(fields=_DISTRIBUTION),
        "launchTemplate": Property(
            required=True,
            fields={
                "launchTemplateSpecification": Property(required=True, fields=_TEMPLATE),
                "overrides": Property(fields={"instanceType": PLAIN, "weightedCapacity": PLAIN}),
            },
        ),
    }
)


def to_api(policy: Object) -> "MixedInstancesPolicyUnionTypeDef":
    """MixedInstancesPolicy as the API takes it."""
    template = policy["launchTemplate"]
    specification = template["launchTemplateSpecification"]
    result: dict[str, Any] = {
        "LaunchTemplate": {
            "LaunchTemplateSpecification": drop_none(
                LaunchTemplateId=specification.get("launchTemplateId"),
                LaunchTemplateName=specification.get("launchTemplateName"),
                Version=_text(specification.get("version")),
            ),
            "Overrides": [
                drop_none(
                    InstanceType=item.get("instanceType"),
                    WeightedCapacity=_text(item.get("weightedCapacity")),
                )
                for item in template.get("overrides", [])
            ],
        }
    }
    if "instancesDistribution" in policy:
        result["InstancesDistribution"] = {
            key[0].upper() + key[1:]: value
            for key, value in policy["instancesDistribution"].items()
        }
    return cast("MixedInstancesPolicyUnionTypeDef", result)


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def from_api(policy: "MixedInstancesPolicyOutputTypeDef | None") -> Object | None:
    """MixedInstancesPolicy as inputs say it."""
    if not policy:
        return None
    template = policy["LaunchTemplate"]
    specification = template["LaunchTemplateSpecification"]
    return {
        "instancesDistribution": {
            key[0].lower() + key[1:]: value
            for key, value in policy.get("InstancesDistribution", {}).items()
        },
        "launchTemplate": {
            "launchTemplateSpecification": drop_none(
                launchTemplateId=specification.get("LaunchTemplateId"),
                launchTemplateName=specification.get("LaunchTemplateName"),
                version=specification.get("Version"),
            ),
            "overrides": [
                drop_none(
                    instanceType=item.get("InstanceType"),
                    weightedCapacity=item.get("WeightedCapacity"),
                )
                for item in template.get("Overrides", [])
            ],
        },
    }
