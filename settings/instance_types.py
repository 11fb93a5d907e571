"""Which EC2 instance types nodes can be, looked up in the catalogue's data."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import AfterValidator

from catalogue import instance_types as catalogue
from catalogue.instance_types import Accelerator, InstanceType, UnknownInstanceTypeError
from catalogue.versions import NodeArchitecture
from settings.model import expected

HOW_TO_ADD = "python -m development.instance_types --add"
"""Writes a type that is newer than the data into it."""

DAEMON_PODS = 5
"""Pods of the platform on each node: Cilium, its Envoy, the EBS driver, the DNS cache, Fluentd."""

DAEMON_MEMORY_MIB = 792
"""What they ask for, 120 of it in EKS's add-on for EBS."""

# What the image keeps for itself, and below what it evicts pods:
# https://awslabs.github.io/amazon-eks-ami/nodeadm/doc/ and its kubelet's defaults.
_SYSTEM_MIB, _SYSTEM_MIB_PER_POD, _EVICTION_MIB = 255, 11, 100

# They take PV images alone: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ComponentsAMIs.html
_BEFORE_HVM = ("c1", "m1", "m2", "t1")

# https://docs.aws.amazon.com/linux/al2023/ug/system-requirements.html
_FIRST_GRAVITON = ("a1",)

_DRIVERS: Mapping[Accelerator, str] = {
    "nvidia": "NVIDIA's GPUs",
    "neuron": "AWS Inferentia and Trainium",
    "amd": "AMD's GPUs",
    "habana": "Intel's Gaudi",
    "qualcomm": "Qualcomm's accelerators",
    "fpga": "FPGAs",
    "media": "Xilinx's media accelerators",
}


def _check(name: str) -> str:
    try:
        kind = catalogue.instance_type(name)
    except UnknownInstanceTypeError as error:
        like = f"; did you mean {error.nearest}?" if error.nearest else " such as m7i.large"
        raise expected(f"an EC2 instance type{like}", f"a newer one: {HOW_TO_ADD}") from None
    _check_image(kind)
    _check_size(kind)
    return name


def _check_image(kind: InstanceType) -> None:
    """Refuses what the node image does not start on, or starts on without the drivers."""
    if kind.architecture.endswith("_mac"):
        raise expected("a type for Linux: EC2 starts macOS alone on this one")
    if kind.accelerator is not None:
        raise expected(
            "a type without an accelerator: the node image has no drivers for"
            f" {_DRIVERS[kind.accelerator]}"
        )
    if kind.name.partition(".")[0] in _FIRST_GRAVITON:
        raise expected("a type of Graviton2 or later: the node image does not start on the first")
    if kind.name.partition(".")[0] in _BEFORE_HVM:
        raise expected("a type of a later generation: the node image needs HVM")


def kept_mib(kind: InstanceType) -> int:
    """Memory that a node of a type keeps from pods, in MiB."""
    return _SYSTEM_MIB + _SYSTEM_MIB_PER_POD * kind.max_pods + _EVICTION_MIB


def _check_size(kind: InstanceType) -> None:
    """Refuses what has no room for pods beside those of the platform."""
    if kind.max_pods <= DAEMON_PODS:
        raise expected(
            f"a larger type: a node of this one takes {kind.max_pods} pods, and"
            f" {DAEMON_PODS} of the platform run on each"
        )
    kept = kept_mib(kind)
    if kind.memory_mib - kept <= DAEMON_MEMORY_MIB:
        raise expected(
            f"a larger type: of the {kind.memory_mib} MiB of this one the system keeps {kept}, and"
            f" the platform's own pods on each node ask for {DAEMON_MEMORY_MIB}"
        )


def not_sold(names: tuple[str, ...], capacity: Literal["on-demand", "spot"]) -> list[str]:
    """Those of some types that EC2 does not sell in a way.

    Args:
        names: known types.
        capacity: the way.
    """
    return [name for name in names if capacity not in catalogue.instance_type(name).usage_classes]


def by_architecture(names: tuple[str, ...]) -> Mapping[NodeArchitecture, list[str]]:
    """Known types by the architecture of their processors.

    Args:
        names: types that nodes can be.
    """
    found: dict[NodeArchitecture, list[str]] = {}
    for name in names:
        kind: NodeArchitecture = (
            "arm64" if catalogue.instance_type(name).architecture == "arm64" else "x86_64"
        )
        found.setdefault(kind, []).append(name)
    return found


InstanceTypeName = Annotated[str, AfterValidator(_check)]
"""A type that nodes can be."""
