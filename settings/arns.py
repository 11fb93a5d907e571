"""ARNs in a stack file: whether they belong to the partition of its region."""

from pydantic import ValidationInfo

from settings.model import expected
from settings.regions import partition_of


def check_partition(value: str, info: ValidationInfo) -> str:
    """A validator: an ARN is of the region's partition. What is no ARN passes."""
    # Without a right region, which is a mistake of its own, nothing can be said.
    region = (info.context or {}).get("region")
    prefix, _, rest = value.partition(":")
    if region and prefix == "arn" and rest.partition(":")[0] != partition_of(region):
        raise expected(f"an ARN that begins with arn:{partition_of(region)}:, as all of {region}")
    return value
