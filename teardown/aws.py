"""What is asked of AWS: load balancers, security groups, volumes, nodes of Karpenter, records."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from mypy_boto3_route53.type_defs import ResourceRecordSetOutputTypeDef


class AwsApi(Protocol):
    """What is asked of AWS. Everything raises TeardownError if it refuses."""

    def load_balancers(self) -> Sequence[str]:
        """Names of the cluster's load balancers."""
        ...

    def security_groups(self) -> Sequence[str]:
        """Ids of the security groups that were made for them."""
        ...

    def volumes(self, ids: Sequence[str]) -> Sequence[str]:
        """Those of the EBS volumes that still exist."""
        ...

    def instances(self) -> Sequence[str]:
        """Ids of the instances that Karpenter made for the cluster and that have not ended."""
        ...

    def launch_templates(self) -> Sequence[str]:
        """Ids of the launch templates that Karpenter made for the cluster."""
        ...

    def instance_profiles(self) -> Mapping[str, Sequence[str]]:
        """Instance profiles that Karpenter made for the cluster: the roles in each, by its name."""
        ...

    def records(self, zone_id: str) -> "Sequence[ResourceRecordSetOutputTypeDef]":
        """Records of a hosted zone."""
        ...

    def delete_records(
        self, zone_id: str, records: "Sequence[ResourceRecordSetOutputTypeDef]"
    ) -> None:
        """Deletes records of a hosted zone, which must be just as they are there."""
        ...
