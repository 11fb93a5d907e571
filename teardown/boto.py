"""AWS's side, by boto3.

A module of its own, imported when AWS is asked: boto3 takes as long to import as a whole SDK of
Pulumi, and most runs of the program delete nothing.
"""

from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from teardown.deadline import TeardownError

if TYPE_CHECKING:
    from mypy_boto3_ec2.type_defs import FilterTypeDef
    from mypy_boto3_route53.type_defs import ChangeTypeDef, ResourceRecordSetOutputTypeDef

_TAG = "elbv2.k8s.aws/cluster"  # the load balancer controller tags all that it makes
_POOL_TAG = "karpenter.sh/nodepool"  # on what Karpenter launches, beside the cluster's name
_CLUSTER_TAG = "eks:eks-cluster-name"
_ENDED = "terminated"
_AT_ONCE = 20  # ELB: load balancers that one call describes the tags of
_BATCH = 100  # Route 53 takes 1,000 records a call; fewer are easier to take again


class BotoApi:
    """The `AwsApi` of the account that boto3 finds credentials for.

    Args:
        cluster_name: EKS cluster name.
        region: AWS region.
    """

    def __init__(self, cluster_name: str, region: str) -> None:
        self._cluster, self._region = cluster_name, region
        session = boto3.Session(region_name=region)
        self._elb, self._ec2 = session.client("elbv2"), session.client("ec2")
        self._route53, self._iam = session.client("route53"), session.client("iam")

    def load_balancers(self) -> Sequence[str]:
        """Names of the cluster's load balancers."""
        with _aws_errors():
            pages = self._elb.get_paginator("describe_load_balancers").paginate()
            names = {
                it["LoadBalancerArn"]: it["LoadBalancerName"]
                for page in pages
                for it in page["LoadBalancers"]
            }
            arns = list(names)
            own: list[str] = []
            for start in range(0, len(arns), _AT_ONCE):
                part = self._elb.describe_tags(ResourceArns=arns[start : start + _AT_ONCE])
                own += [
                    names[it["ResourceArn"]]
                    for it in part["TagDescriptions"]
                    if {"Key": _TAG, "Value": self._cluster} in it["Tags"]
                ]
            return own

    def security_groups(self) -> Sequence[str]:
        """Ids of the security groups that were made for them."""
        with _aws_errors():
            found = self._ec2.get_paginator("describe_security_groups").paginate(
                Filters=[{"Name": f"tag:{_TAG}", "Values": [self._cluster]}]
            )
            return [group["GroupId"] for page in found for group in page["SecurityGroups"]]

    def volumes(self, ids: Sequence[str]) -> Sequence[str]:
        """Those of the EBS volumes that still exist."""
        if not ids:
            return ()
        with _aws_errors():
            found = self._ec2.get_paginator("describe_volumes").paginate(
                Filters=[{"Name": "volume-id", "Values": list(ids)}]
            )
            return [volume["VolumeId"] for page in found for volume in page["Volumes"]]

    def instances(self) -> Sequence[str]:
        """Ids of the instances that Karpenter made for the cluster and that have not ended."""
        with _aws_errors():
            pages = self._ec2.get_paginator("describe_instances").paginate(Filters=self._made)
            return [
                instance["InstanceId"]
                for page in pages
                for reservation in page["Reservations"]
                for instance in reservation["Instances"]
                if instance["State"]["Name"] != _ENDED
            ]

    def launch_templates(self) -> Sequence[str]:
        """Ids of the launch templates that Karpenter made for the cluster."""
        with _aws_errors():
            pages = self._ec2.get_paginator("describe_launch_templates").paginate(
                Filters=self._made
            )
            return [it["LaunchTemplateId"] for page in pages for it in page["LaunchTemplates"]]

    def instance_profiles(self) -> Mapping[str, Sequence[str]]:
        """Instance profiles that Karpenter made for the cluster: the roles in each, by its name."""
        below = f"/karpenter/{self._region}/{self._cluster}/"
        with _aws_errors():
            pages = self._iam.get_paginator("list_instance_profiles").paginate(PathPrefix=below)
            return {
                it["InstanceProfileName"]: [role["RoleName"] for role in it["Roles"]]
                for page in pages
                for it in page["InstanceProfiles"]
                # Whatever stands in for IAM: what is named here is to be deleted by hand.
                if it["Path"].startswith(below)
            }

    @property
    def _made(self) -> "Sequence[FilterTypeDef]":
        return (
            {"Name": f"tag:{_CLUSTER_TAG}", "Values": [self._cluster]},
            {"Name": "tag-key", "Values": [_POOL_TAG]},
        )

    def records(self, zone_id: str) -> "Sequence[ResourceRecordSetOutputTypeDef]":
        """Records of a hosted zone."""
        with _aws_errors():
            pages = self._route53.get_paginator("list_resource_record_sets").paginate(
                HostedZoneId=zone_id
            )
            return [record for page in pages for record in page["ResourceRecordSets"]]

    def delete_records(
        self, zone_id: str, records: "Sequence[ResourceRecordSetOutputTypeDef]"
    ) -> None:
        """Deletes records of a hosted zone, which must be just as they are there."""
        changes: list[ChangeTypeDef] = [
            {"Action": "DELETE", "ResourceRecordSet": record} for record in records
        ]
        with _aws_errors():
            for start in range(0, len(changes), _BATCH):
                self._route53.change_resource_record_sets(
                    HostedZoneId=zone_id,
                    ChangeBatch={"Changes": changes[start : start + _BATCH]},
                )


@contextmanager
def _aws_errors() -> Generator[None]:
    try:
        yield
    except (BotoCoreError, ClientError) as error:
        raise TeardownError(f"AWS refuses: {error}; run the command again") from error
