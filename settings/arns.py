"""ARNs in a stack file: of policies, and whether they belong to the partition of its region."""

from typing import Annotated

from pydantic import AfterValidator, ValidationInfo

from settings.model import Matching, expected
from settings.regions import PARTITION, partition_of

PolicyArn = Annotated[
    str,
    Matching(
        rf"arn:{PARTITION}:iam::(?:[0-9]{{12}}|aws):policy/"
        r"(?:[A-Za-z0-9_+=,.@-][A-Za-z0-9_+=,.@/-]{0,509}/)?[A-Za-z0-9_+=,.@-]{1,128}",
        "the ARN of an IAM policy",
    ),
]
"""https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html"""


def check_partition(value: str, info: ValidationInfo) -> str:
    """A validator: an ARN is of the region's partition. What is no ARN passes."""
    # Without a right region, which is a mistake of its own, nothing can be said.
    region = (info.context or {}).get("region")
    prefix, _, rest = value.partition(":")
    if region and prefix == "arn" and rest.partition(":")[0] != partition_of(region):
        raise expected(f"an ARN that begins with arn:{partition_of(region)}:, as all of {region}")
    return value


Boundary = Annotated[PolicyArn, AfterValidator(check_partition)]
"""ARN of the IAM policy that is the permissions boundary of every role of a stack.
https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html"""
