"""EC2's own words about an instance type, as the catalogue keeps it."""

from collections.abc import Mapping
from typing import Any, TypeAlias

from catalogue.instance_types import Accelerator, InstanceType

Answer: TypeAlias = Mapping[str, Any]
"""InstanceTypeInfo of EC2's API."""

_ACCELERATORS: Mapping[str, Accelerator] = {
    "NeuronInfo": "neuron",
    "FpgaInfo": "fpga",
    "MediaAcceleratorInfo": "media",
}
_MAKERS: Mapping[str, Accelerator] = {
    "nvidia": "nvidia",
    "amd": "amd",
    "habana": "habana",
    "qualcomm": "qualcomm",
    "aws": "neuron",
}


class UnknownAcceleratorError(ValueError):
    """An accelerator of a maker that the data has no word for yet."""


def read(answer: Answer) -> InstanceType:
    """A type from EC2's own words.

    Raises:
        UnknownAcceleratorError: see there.
    """
    network = answer["NetworkInfo"]
    default = network["DefaultNetworkCardIndex"]
    (card,) = (it for it in network["NetworkCards"] if it["NetworkCardIndex"] == default)
    architectures = [it for it in answer["ProcessorInfo"]["SupportedArchitectures"] if it != "i386"]
    return InstanceType(
        name=answer["InstanceType"],
        architecture=architectures[0],
        vcpus=answer["VCpuInfo"]["DefaultVCpus"],
        memory_mib=answer["MemoryInfo"]["SizeInMiB"],
        interfaces=card["MaximumNetworkInterfaces"],
        addresses=network["Ipv4AddressesPerInterface"],
        hypervisor="metal" if answer["BareMetal"] else answer["Hypervisor"],
        accelerator=_accelerator(answer),
        usage_classes=tuple(answer["SupportedUsageClasses"]),
    )


def _accelerator(answer: Answer) -> Accelerator | None:
    for key, accelerator in _ACCELERATORS.items():
        if answer.get(key):
            return accelerator
    parts = [
        *answer.get("GpuInfo", {}).get("Gpus", []),
        *answer.get("InferenceAcceleratorInfo", {}).get("Accelerators", []),
    ]
    for maker in (part["Manufacturer"].lower() for part in parts):
        for name, accelerator in _MAKERS.items():
            if name in maker:
                return accelerator
        raise UnknownAcceleratorError(f"{answer['InstanceType']}: an accelerator of {maker}")
    return None
