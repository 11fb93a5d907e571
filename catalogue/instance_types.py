"""EC2 instance types: what each is, and how many network interfaces and addresses it takes.

Kept data, so that a stack file is checked without AWS. ``instance_types.txt`` has what EC2's
DescribeInstanceTypes answers, as moto keeps it; ``python -m development.instance_types`` writes
it anew, and its first lines say of when it is. ``instance_types_added.txt`` has types that moto
lacks. For a type that is newer than both::

    aws ec2 describe-instance-types --instance-types TYPE |
        python -m development.instance_types --add
"""

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal, TypeAlias, cast, get_args

FOLDER = Path(__file__).parent
FILE = FOLDER / "instance_types.txt"
"""Types that moto knows."""

ADDED_FILE = FOLDER / "instance_types_added.txt"
"""Types that it lacks; a line here goes before one there."""

NONE = "-"
"""Stands for nothing in a line."""

_CLOSE = 0.75  # difflib: how alike two names must be for one to be offered

Architecture: TypeAlias = Literal["x86_64", "arm64", "x86_64_mac", "arm64_mac"]
"""As EC2 names them; those for macOS start nothing else."""

Hypervisor: TypeAlias = Literal["nitro", "xen", "metal"]
"""What runs instances; ``metal``: nothing, the instance is the machine."""

Accelerator: TypeAlias = Literal["nvidia", "neuron", "amd", "habana", "qualcomm", "fpga", "media"]
"""What needs drivers beyond those of the standard node image."""

UsageClass: TypeAlias = Literal["on-demand", "spot", "capacity-block"]
"""How EC2 sells instances."""


@dataclass(frozen=True, kw_only=True)
class InstanceType:
    """An EC2 instance type.

    Attributes:
        name: such as ``m7i.large``.
        architecture: of its processors.
        vcpus: virtual processors.
        memory_mib: memory in MiB.
        interfaces: network interfaces of its default network card, the first one included.
        addresses: IPv4 addresses of each interface, its own included; a prefix takes the place of
            one.
        hypervisor: what runs it.
        accelerator: None if it has none.
        usage_classes: how EC2 sells it.
    """

    name: str
    architecture: Architecture
    vcpus: int
    memory_mib: int
    interfaces: int
    addresses: int
    hypervisor: Hypervisor
    accelerator: Accelerator | None
    usage_classes: tuple[UsageClass, ...]

    @property
    def has_prefixes(self) -> bool:
        """Whether its interfaces take prefixes of 16 addresses.

        https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-prefix-eni.html
        """
        return self.hypervisor != "xen"

    @property
    def is_bare_metal(self) -> bool:
        """Whether an instance is a whole machine."""
        return self.hypervisor == "metal"

    @property
    def max_pods(self) -> int:
        """Pods of a node for which nothing else is said, as the image's nodeadm counts them.

        https://docs.aws.amazon.com/eks/latest/userguide/choosing-instance-type.html
        """
        return self.interfaces * (self.addresses - 1) + 2


class UnknownInstanceTypeError(LookupError):
    """No kept data has a type of this name.

    Attributes:
        name: the name.
        nearest: the known type that was likely meant, if any.
    """

    def __init__(self, name: str, nearest: str | None) -> None:
        self.name, self.nearest = name, nearest
        meant = f"; did you mean {nearest}?" if nearest else ""
        super().__init__(f"no EC2 instance type {name} is known{meant}")


def instance_type(name: str) -> InstanceType:
    """The type of a name, such as ``m7i.large``.

    Raises:
        UnknownInstanceTypeError: there is none.
    """
    found = instance_types().get(name)
    if found is None:
        raise UnknownInstanceTypeError(name, nearest_type(name))
    return found


def nearest_type(name: str) -> str | None:
    """The known type that was likely meant by a name; None if none is like it."""
    close = difflib.get_close_matches(name.strip().lower(), instance_types(), n=1, cutoff=_CLOSE)
    return close[0] if close else None


@lru_cache
def instance_types() -> Mapping[str, InstanceType]:
    """Every known type by its name."""
    return {**parse(FILE.read_text("utf-8")), **parse(ADDED_FILE.read_text("utf-8"))}


def parse(text: str) -> dict[str, InstanceType]:
    """The types of a file, by name.

    Raises:
        ValueError: a line is not that of a type.
    """
    lines = (line for line in text.splitlines() if line and not line.startswith("#"))
    return {kind.name: kind for kind in map(_read, lines)}


def line_of(kind: InstanceType) -> str:
    """A type as a line of the files, which `parse` reads."""
    return " ".join(
        (
            kind.name,
            kind.architecture,
            str(kind.vcpus),
            str(kind.memory_mib),
            str(kind.interfaces),
            str(kind.addresses),
            kind.hypervisor,
            kind.accelerator or NONE,
            ",".join(kind.usage_classes) or NONE,
        )
    )


def _read(line: str) -> InstanceType:
    try:
        name, architecture, *numbers, hypervisor, accelerator, usage = line.split()
        vcpus, memory, interfaces, addresses = map(int, numbers)
    except ValueError as error:
        raise ValueError(f"{line}: not a line of an instance type") from error
    classes = () if usage == NONE else tuple(usage.split(","))
    _require(line, architecture, get_args(Architecture))
    _require(line, hypervisor, get_args(Hypervisor))
    _require(line, accelerator, (NONE, *get_args(Accelerator)))
    for it in classes:
        _require(line, it, get_args(UsageClass))
    return InstanceType(
        name=name,
        architecture=cast("Architecture", architecture),
        vcpus=vcpus,
        memory_mib=memory,
        interfaces=interfaces,
        addresses=addresses,
        hypervisor=cast("Hypervisor", hypervisor),
        accelerator=None if accelerator == NONE else cast("Accelerator", accelerator),
        usage_classes=cast("tuple[UsageClass, ...]", classes),
    )


def _require(line: str, word: str, known: tuple[str, ...]) -> None:
    if word not in known:
        raise ValueError(f"{line}: {word} is none of {', '.join(known)}")
