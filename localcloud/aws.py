"""Clients of the local AWS for the local cloud itself."""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import boto3
import botocore.config

from localcloud.fair_clock import ANSWER

if TYPE_CHECKING:
    from mypy_boto3_autoscaling import AutoScalingClient
    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_elbv2 import ElasticLoadBalancingv2Client
    from mypy_boto3_iam import IAMClient
    from mypy_boto3_kms import KMSClient
    from mypy_boto3_route53 import Route53Client
    from mypy_boto3_ssm import SSMClient

OWN_KEY = "AKIALOCALCLOUD000000"
"""Access key of the cloud's own calls; it stands for AWS services, not for a customer."""


@dataclass(frozen=True)
class AwsClients:
    """One client per service, made at first use; safe for many threads.

    Attributes:
        url: endpoint.
        region: AWS region.
    """

    url: str
    region: str

    @cached_property
    def ec2(self) -> "EC2Client":
        """EC2."""
        return self._session.client("ec2", endpoint_url=self.url, config=self._config)

    @cached_property
    def autoscaling(self) -> "AutoScalingClient":
        """EC2 Auto Scaling."""
        return self._session.client("autoscaling", endpoint_url=self.url, config=self._config)

    @cached_property
    def elbv2(self) -> "ElasticLoadBalancingv2Client":
        """Elastic Load Balancing."""
        return self._session.client("elbv2", endpoint_url=self.url, config=self._config)

    @cached_property
    def iam(self) -> "IAMClient":
        """IAM."""
        return self._session.client("iam", endpoint_url=self.url, config=self._config)

    @cached_property
    def kms(self) -> "KMSClient":
        """KMS."""
        return self._session.client("kms", endpoint_url=self.url, config=self._config)

    @cached_property
    def route53(self) -> "Route53Client":
        """Route 53."""
        return self._session.client("route53", endpoint_url=self.url, config=self._config)

    @cached_property
    def ssm(self) -> "SSMClient":
        """Systems Manager."""
        return self._session.client("ssm", endpoint_url=self.url, config=self._config)

    @cached_property
    def _session(self) -> boto3.Session:
        return boto3.Session(OWN_KEY, "not-a-secret", region_name=self.region)

    @property
    def _config(self) -> botocore.config.Config:
        return botocore.config.Config(
            read_timeout=ANSWER, max_pool_connections=16, retries={"max_attempts": 3}
        )
