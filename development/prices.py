"""Writes the kept list of what nodes cost: `catalogue.prices` reads it.

The list is that of Karpenter's AWS provider, which has AWS's on-demand prices for Linux in its
source, openly licensed. Go fetches the module and checks it against its checksum database, so that
no account is needed::

    python -m development.prices refresh                     # anew, of the kept version
    python -m development.prices refresh --version v1.15.0   # of another one
    python -m development.prices check                       # only says whether the file is stale
"""

import argparse
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from catalogue.instance_types import instance_types
from catalogue.prices import NODES_FILE, NONE, head_of, parse
from components import bastion
from development.minors import go
from development.minors.changes import RaiseError
from settings.instance_types import InstanceTypeName

MODULE = "github.com/aws/karpenter-provider-aws"
_FOLDER = Path("pkg", "providers", "pricing")
_FILES = ("zz_generated.pricing_aws.go", "zz_generated.pricing_aws_us_gov.go")
_MADE = re.compile(r"^// generated at (\d{4}-\d\d-\d\d)T", re.MULTILINE)
_REGION = re.compile(r'^\t"([a-z]{2}[a-z-]+-\d)": \{\n(.*?)^\t\},', re.MULTILINE | re.DOTALL)
_PRICE = re.compile(r'"([a-z0-9.-]+)": (\d+\.\d+)')
_ACCEPTED: TypeAdapter[str] = TypeAdapter(InstanceTypeName)


class PricesError(Exception):
    """The list cannot be made; the message says why."""


def fetched(version: str) -> str:
    """The file of nodes, of a version of the module, such as ``v1.14.1``.

    Raises:
        PricesError: Go could not fetch it, or it has no prices where they are looked for.
    """
    try:
        folder = go.fetch(MODULE, version).folder
        texts = [(folder / _FOLDER / name).read_text(encoding="utf-8") for name in _FILES]
    except (RaiseError, OSError) as error:
        raise PricesError(f"{MODULE}@{version}: {error}") from error
    return render(version, texts)


def render(version: str, texts: list[str]) -> str:
    """The file of nodes, out of the module's files.

    Raises:
        PricesError: they say no day, or have no price.
    """
    days = [found[1] for text in texts if (found := _MADE.search(text))]
    prices = {region: prices for text in texts for region, prices in _regions(text)}
    kinds = [kind for kind in sorted(instance_types()) if _is_accepted(kind)]
    regions = sorted(prices)
    rows = [
        " ".join((kind, *(_shown(prices[region].get(kind)) for region in regions)))
        for kind in kinds
        if any(kind in listed for listed in prices.values())
    ]
    if len(days) != len(_FILES) or not rows:
        raise PricesError(f"{MODULE}@{version} has no day, or no prices, where they used to be")
    head = (
        "# What EC2 charges for an hour of Linux on demand, in USD, by region.",
        f"# Source: {MODULE}, {_FOLDER.as_posix()}",
        f"# Version: {version}",
        f"# Date: {days[0]}",
        f"# Date of us-gov regions: {days[1]}",
        f"# Regions: {' '.join(regions)}",
        "# Licence: Apache-2.0, Copyright Amazon.com, Inc. or its affiliates: NOTICE says what was",
        "# changed. Only the types that the platform accepts stand here.",
        "# Written by python -m development.prices refresh.",
    )
    return "\n".join([*head, *rows]) + "\n"


def _regions(text: str) -> Iterator[tuple[str, Mapping[str, str]]]:
    for region, block in _REGION.findall(text):
        yield region, dict(_PRICE.findall(block))


def _shown(price: str | None) -> str:
    return price.rstrip("0") if price and float(price) > 0 else NONE


def _is_accepted(kind: str) -> bool:
    if kind in bastion.TYPES:
        return True
    try:
        _ACCEPTED.validate_python(kind)
    except ValidationError:
        return False
    return True


def main(arguments: list[str] | None = None) -> int:
    """Runs the command.

    Returns its exit status: 1 if the list cannot be made, or the checked file is stale.
    """
    parser = argparse.ArgumentParser(
        prog="python -m development.prices",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("command", choices=("refresh", "check"))
    parser.add_argument("--version", help="version of the module (default: the kept one)")
    options = parser.parse_args(arguments)
    kept = NODES_FILE.read_text(encoding="utf-8") if NODES_FILE.is_file() else ""
    try:
        version = options.version or head_of(kept, "Version")
        text = fetched(version)
    except (PricesError, ValueError) as error:
        print(error, file=sys.stderr)
        return 1
    if options.command == "check":
        if text != kept:
            print("the list is stale: run python -m development.prices refresh", file=sys.stderr)
        return int(text != kept)
    NODES_FILE.write_text(text, encoding="utf-8")
    found = parse(text)
    print(f"{len(found.prices)} types, prices of {found.date}, {' '.join(found.regions)}")
    print("Next: .venv/bin/python -m development.docsite")
    return 0


if __name__ == "__main__":
    sys.exit(main())
