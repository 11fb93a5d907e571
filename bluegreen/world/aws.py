"""Clients of the AWS APIs, with patience for throttling."""

from functools import cached_property
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config

from settings.regions import partition_of

if TYPE_CHECKING:
    from mypy_boto3_autoscaling import AutoScalingClient
    from mypy_boto3_cloudtrail import CloudTrailClient
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_eks import EKSClient
    from mypy_boto3_elbv2 import ElasticLoadBalancingv2Client
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_iam import IAMClient
    from mypy_boto3_kms import KMSClient
    from mypy_boto3_logs import CloudWatchLogsClient
    from mypy_boto3_route53 import Route53Client
    from mypy_boto3_service_quotas import ServiceQuotasClient
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_ssm import SSMClient
    from mypy_boto3_sts import STSClient

# Route 53 takes 5 requests a second from the whole account, DNS writers included: give way.
_PATIENCE = Config(retries={"mode": "adaptive", "total_max_attempts": 12})

_HOME = {"aws": "us-east-1", "aws-us-gov": "us-gov-west-1"}
"""A region of each partition that is on in every account."""


class Aws:
    """Clients of one region, made when first used, by one thread at a time."""

    def __init__(self, region: str | None = None) -> None:
        self._session = boto3.Session(region_name=region)

    @property
    def region(self) -> str:
        """AWS region; empty where neither the caller nor the AWS configuration names one."""
        return self._session.region_name or ""

    def read_caller(self) -> str:
        """ARN of whose credentials these are.

        Raises:
            BotoCoreError, ClientError: AWS could not be asked.
        """
        return self._session.client("sts", config=_PATIENCE).get_caller_identity()["Arn"]

    @cached_property
    def route53(self) -> "Route53Client":
        """Route 53."""
        return self._session.client("route53", config=_PATIENCE)

    @cached_property
    def elbv2(self) -> "ElasticLoadBalancingv2Client":
        """Load balancers."""
        return self._session.client("elbv2", config=_PATIENCE)

    @cached_property
    def eks(self) -> "EKSClient":
        """EKS."""
        return self._session.client("eks", config=_PATIENCE)

    @cached_property
    def cloudwatch(self) -> "CloudWatchClient":
        """CloudWatch."""
        return self._session.client("cloudwatch", config=_PATIENCE)

    @cached_property
    def autoscaling(self) -> "AutoScalingClient":
        """Auto Scaling groups."""
        return self._session.client("autoscaling", config=_PATIENCE)

    @cached_property
    def ec2(self) -> "EC2Client":
        """Networks and nodes."""
        return self._session.client("ec2", config=_PATIENCE)

    @cached_property
    def events(self) -> "EventBridgeClient":
        """EventBridge."""
        return self._session.client("events", config=_PATIENCE)

    @cached_property
    def iam(self) -> "IAMClient":
        """IAM."""
        return self._session.client("iam", config=_PATIENCE)

    @cached_property
    def kms(self) -> "KMSClient":
        """KMS."""
        return self._session.client("kms", config=_PATIENCE)

    @cached_property
    def logs(self) -> "CloudWatchLogsClient":
        """CloudWatch Logs."""
        return self._session.client("logs", config=_PATIENCE)

    @cached_property
    def sqs(self) -> "SQSClient":
        """Queues."""
        return self._session.client("sqs", config=_PATIENCE)

    @cached_property
    def ssm(self) -> "SSMClient":
        """Systems Manager."""
        return self._session.client("ssm", config=_PATIENCE)

    @cached_property
    def service_quotas(self) -> "ServiceQuotasClient":
        """Service Quotas."""
        return self._session.client("service-quotas", config=_PATIENCE)

    @cached_property
    def home_sts(self) -> "STSClient":
        """STS of a region that is on in every account of the partition."""
        return self._session.client("sts", region_name=self._home, config=_PATIENCE)

    @cached_property
    def home_ec2(self) -> "EC2Client":
        """EC2 of that region."""
        return self._session.client("ec2", region_name=self._home, config=_PATIENCE)

    @property
    def _home(self) -> str:
        return _HOME[partition_of(self.region)]

    @cached_property
    def cloudtrail(self) -> "CloudTrailClient":
        """CloudTrail of us-east-1: what happens in Route 53 is told there, wherever one is."""
        return self._session.client("cloudtrail", region_name="us-east-1", config=_PATIENCE)

    def prepare(self) -> None:
        """Makes all clients: a boto3 session must not be shared by threads."""
        _ = (self.route53, self.elbv2, self.eks, self.cloudwatch)
