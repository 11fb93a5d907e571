"""What moto leaves out: some instance types of EC2, and the refusal of types that it has not."""

from typing import Any

from moto.autoscaling.exceptions import ValidationError
from moto.autoscaling.models import FakeAutoScalingGroup
from moto.ec2.models.instance_types import INSTANCE_TYPES, InstanceType, InstanceTypeBackend

from catalogue import instance_types as catalogue

_set_launch_configuration = FakeAutoScalingGroup._set_launch_configuration


def install() -> None:
    """Adds the types and replaces the method; once per process."""
    added = catalogue.parse(catalogue.ADDED_FILE.read_text(encoding="utf-8"))
    for name, kind in added.items():
        if name not in INSTANCE_TYPES:
            INSTANCE_TYPES[name] = _answer(kind)
            InstanceTypeBackend.instance_types.append(InstanceType(name))
    FakeAutoScalingGroup._set_launch_configuration = _check_and_set


def _answer(kind: catalogue.InstanceType) -> dict[str, Any]:
    """What is known of a type, as DescribeInstanceTypes says it."""
    card = {"NetworkCardIndex": 0, "MaximumNetworkInterfaces": kind.interfaces}
    answer: dict[str, Any] = {
        "InstanceType": kind.name,
        "BareMetal": kind.is_bare_metal,
        "ProcessorInfo": {"SupportedArchitectures": [kind.architecture]},
        "VCpuInfo": {"DefaultVCpus": kind.vcpus},
        "MemoryInfo": {"SizeInMiB": kind.memory_mib},
        "NetworkInfo": {
            "DefaultNetworkCardIndex": 0,
            "MaximumNetworkInterfaces": kind.interfaces,
            "NetworkCards": [card],
            "Ipv4AddressesPerInterface": kind.addresses,
        },
        "SupportedUsageClasses": list(kind.usage_classes),
    }
    return answer if kind.is_bare_metal else {**answer, "Hypervisor": kind.hypervisor}


def _check_and_set(
    self: FakeAutoScalingGroup,
    launch_config_name: str,
    launch_template: dict[str, Any],
    mixed_instances_policy: dict[str, Any] | None,
) -> None:
    policy = mixed_instances_policy or {}
    for override in policy.get("LaunchTemplate", {}).get("Overrides") or []:
        name = override.get("InstanceType")
        if name and name not in INSTANCE_TYPES:
            raise ValidationError(
                "You must use a valid fully-formed launch template."
                f" Invalid value '{name}' for InstanceType."
            )
    _set_launch_configuration(self, launch_config_name, launch_template, mixed_instances_policy)
