"""Writes the kept data of EC2 instance types: `catalogue.instance_types` reads it.

Without options, anew from what moto keeps. With ``--add``, types of an answer of EC2's
DescribeInstanceTypes, read from standard input, are added to those that moto lacks; types that are
there are replaced.
"""

import argparse
import gzip
import json
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any, TypeAlias

import moto.ec2

from catalogue.instance_types import (
    ADDED_FILE,
    FILE,
    Accelerator,
    InstanceType,
    line_of,
    parse,
)

Answer: TypeAlias = Mapping[str, Any]
"""InstanceTypeInfo of EC2's API."""

COLUMNS = (
    "# name, architecture, vCPUs, MiB, interfaces, addresses of each, hypervisor, accelerator, sold"
)
_ROOT = Path(__file__).parents[1]
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


def render() -> str:
    """The file of types that the installed moto knows.

    Raises:
        UnknownAcceleratorError: see there.
    """
    version = metadata.version("moto")
    source = Path(moto.ec2.__file__).parent / "resources" / "instance_types.json.gz"
    answers: dict[str, Answer] = json.loads(gzip.decompress(source.read_bytes()))
    head = [
        "# EC2's DescribeInstanceTypes, as moto keeps it (moto/ec2/resources/instance_types.json).",
        f"# From moto {version}, published {published(version)}.",
        "# Written by python -m development.instance_types.",
        COLUMNS,
    ]
    return _text(head, map(read, answers.values()))


def published(version: str) -> str:
    """Day on which a locked version of moto was published, for example ``2026-10-27``."""
    lock = (_ROOT / "uv.lock").read_text(encoding="utf-8")
    pattern = rf'moto-{re.escape(version)}\.tar\.gz".*upload-time = "(\d{{4}}-\d\d-\d\d)'
    found = re.search(pattern, lock)
    return found[1] if found else "at an unknown date"


def added(before: str, answers: Iterable[Answer]) -> str:
    """The file of added types with more of them; its comments stay at its head.

    Raises:
        UnknownAcceleratorError: see there.
    """
    head = [line for line in before.splitlines() if line.startswith("#")]
    kinds = parse(before) | {kind.name: kind for kind in map(read, answers)}
    return _text(head, kinds.values())


def _text(head: Sequence[str], kinds: Iterable[InstanceType]) -> str:
    lines = sorted(map(line_of, kinds))
    return "\n".join([*head, *lines]) + "\n"


def main(arguments: list[str] | None = None) -> int:
    """Runs the command.

    Returns its exit status: 1 if standard input has no answer of DescribeInstanceTypes.
    """
    parser = argparse.ArgumentParser(
        prog="python -m development.instance_types",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--add", action="store_true", help="add types of standard input")
    if not parser.parse_args(arguments).add:
        FILE.write_text(render(), encoding="utf-8")
        return 0
    try:
        answers: list[Answer] = json.load(sys.stdin)["InstanceTypes"]
        text = added(ADDED_FILE.read_text(encoding="utf-8"), answers)
    except (ValueError, KeyError, TypeError) as error:
        print(f"no answer of aws ec2 describe-instance-types: {error!r}", file=sys.stderr)
        return 1
    ADDED_FILE.write_text(text, encoding="utf-8")
    print("added: " + ", ".join(str(it["InstanceType"]) for it in answers))
    return 0


if __name__ == "__main__":
    sys.exit(main())
