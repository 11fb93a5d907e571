"""What EKS says of a cluster."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from bluegreen.snapshot import Addon, EksView

if TYPE_CHECKING:
    from mypy_boto3_eks import EKSClient


def describe_cluster(eks: "EKSClient", name: str) -> EksView | None:
    """A cluster and its add-ons, or None where EKS knows no such cluster."""
    try:
        cluster = eks.describe_cluster(name=name)["cluster"]
        names = [
            addon
            for page in eks.get_paginator("list_addons").paginate(clusterName=name)
            for addon in page["addons"]
        ]
        addons = [eks.describe_addon(clusterName=name, addonName=n)["addon"] for n in names]
    except eks.exceptions.ResourceNotFoundException:
        return None
    return EksView(
        status=cluster["status"],
        version=cluster["version"],
        upgrade_policy=cluster.get("upgradePolicy", {}).get("supportType", ""),
        created=_minute(cluster.get("createdAt")),
        addons=tuple(
            Addon(name=a["addonName"], version=a["addonVersion"], status=a["status"])
            for a in addons
        ),
    )


def _minute(time: datetime | None) -> str:
    return f"{time.astimezone(UTC):%Y-%m-%dT%H:%MZ}" if time else ""
