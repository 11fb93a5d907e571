"""Which availability zones of a region clusters can have."""

import re

UNFIT_ZONES = ("cac1-az3", "use1-az3", "usw1-az2")
"""Ids of the zones in which EKS makes no cluster. A zone's name is each account's own, not its id.
https://docs.aws.amazon.com/eks/latest/userguide/network-reqs.html"""

# Local Zones (us-east-1-bos-1a) and Wavelength Zones have other names; EKS refuses them.
_REGIONAL_ZONE = re.compile(r"[a-z]+(?:-[a-z]+)+-\d[a-z]")


def is_regional(name: str) -> bool:
    """Whether a zone is one of the region itself, no Local or Wavelength Zone."""
    return _REGIONAL_ZONE.fullmatch(name) is not None
