"""Regions of AWS that the platform runs in.

A table, and not botocore's data: to read that takes longer than all settings together. A test
compares the table with botocore, so that a new version of it brings its new regions here.
"""

import difflib
from collections.abc import Mapping

PARTITIONS: Mapping[str, tuple[str, ...]] = {
    "aws": (
        "af-south-1", "ap-east-1", "ap-east-2", "ap-northeast-1", "ap-northeast-2",
        "ap-northeast-3", "ap-south-1", "ap-south-2", "ap-southeast-1", "ap-southeast-2",
        "ap-southeast-3", "ap-southeast-4", "ap-southeast-5", "ap-southeast-6", "ap-southeast-7",
        "ca-central-1", "ca-west-1", "eu-central-1", "eu-central-2", "eu-north-1", "eu-south-1",
        "eu-south-2", "eu-west-1", "eu-west-2", "eu-west-3", "il-central-1", "me-central-1",
        "me-south-1", "mx-central-1", "sa-east-1", "us-east-1", "us-east-2", "us-west-1",
        "us-west-2",
    ),
    "aws-us-gov": ("us-gov-east-1", "us-gov-west-1"),
}  # fmt: skip
"""Regions with EKS, by partition. The other partitions have services of other names."""

REGIONS = tuple(region for regions in PARTITIONS.values() for region in regions)
"""Those of all partitions."""

PARTITION = "aws(?:-[a-z]+)*"
"""Pattern of the partition in an ARN; `settings.arns` says which one it must be."""

CHINA = "cn-"
"""Begins the regions of the partition aws-cn."""

APART = ("us-iso", "eu-iso", "eusc-")
"""Begin the regions of partitions that are apart from the public internet, or from AWS's names."""


def partition_of(region: object) -> str:
    """Partition of a region; that of most regions for one that is none."""
    return next((name for name, regions in PARTITIONS.items() if region in regions), "aws")


def nearest_region(text: str) -> str | None:
    """The region that was likely meant."""
    close = difflib.get_close_matches(text.lower(), REGIONS, n=1, cutoff=0.7)
    return close[0] if close else None
