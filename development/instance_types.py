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
from collections.abc import Iterable, Sequence
from importlib import metadata
from pathlib import Path

import moto.ec2

from catalogue.instance_type_answers import Answer, read
from catalogue.instance_types import ADDED_FILE, FILE, InstanceType, line_of, parse

COLUMNS = (
    "# name, architecture, vCPUs, MiB, interfaces, addresses of each, hypervisor, accelerator, sold"
)
_ROOT = Path(__file__).parents[1]


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
