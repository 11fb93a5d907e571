"""boto3 clients of one provider process, and what all calls of AWS have in common."""

import threading
import time
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

import boto3
import botocore.config
import botocore.session
from botocore.exceptions import ClientError

from localcloud.fair_clock import ANSWER, FairClock
from localcloud.plugins.aws import validation
from localcloud.plugins.plugin import PluginError

if TYPE_CHECKING:
    from mypy_boto3_autoscaling import AutoScalingClient
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_eks import EKSClient
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_iam import IAMClient
    from mypy_boto3_kms import KMSClient
    from mypy_boto3_logs import CloudWatchLogsClient
    from mypy_boto3_route53 import Route53Client
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_ssm import SSMClient
    from mypy_boto3_sts import STSClient

T = TypeVar("T")

_FIRST_PAUSE = 0.1
_LONGEST_PAUSE = 2.0

# As AWS services end the codes for things that do not exist, InvalidVpcID.NotFound for example.
_GONE = (
    "NoSuchEntity",
    "NoSuchHostedZone",
    "NonExistentQueue",
    "NotFound",
    "NotFoundException",
    "QueueDoesNotExist",
)


class Clients:
    """One boto3 client per service, made when it is first used."""

    def __init__(self, region: str) -> None:
        self.region = region
        # The engine calls from many threads, and a session makes one client at a time.
        self._lock = threading.Lock()
        core = botocore.session.get_session()
        validation.watch(core.get_component("event_emitter"))
        self._session = boto3.Session(region_name=region, botocore_session=core)
        self._config = botocore.config.Config(
            # As many as the real provider: Route 53 lets an account ask only a few times a second.
            retries={"mode": "standard", "total_max_attempts": 26},
            max_pool_connections=32,
            read_timeout=ANSWER,
        )

    @cached_property
    def ec2(self) -> "EC2Client":
        """EC2."""
        with self._lock:
            return self._session.client("ec2", config=self._config)

    @cached_property
    def autoscaling(self) -> "AutoScalingClient":
        """EC2 Auto Scaling."""
        with self._lock:
            return self._session.client("autoscaling", config=self._config)

    @cached_property
    def cloudwatch(self) -> "CloudWatchClient":
        """CloudWatch."""
        with self._lock:
            return self._session.client("cloudwatch", config=self._config)

    @cached_property
    def iam(self) -> "IAMClient":
        """IAM."""
        with self._lock:
            return self._session.client("iam", config=self._config)

    @cached_property
    def kms(self) -> "KMSClient":
        """KMS."""
        with self._lock:
            return self._session.client("kms", config=self._config)

    @cached_property
    def logs(self) -> "CloudWatchLogsClient":
        """CloudWatch Logs."""
        with self._lock:
            return self._session.client("logs", config=self._config)

    @cached_property
    def route53(self) -> "Route53Client":
        """Route 53."""
        with self._lock:
            return self._session.client("route53", config=self._config)

    @cached_property
    def eks(self) -> "EKSClient":
        """EKS."""
        with self._lock:
            return self._session.client("eks", config=self._config)

    @cached_property
    def events(self) -> "EventBridgeClient":
        """EventBridge."""
        with self._lock:
            return self._session.client("events", config=self._config)

    @cached_property
    def sqs(self) -> "SQSClient":
        """SQS."""
        with self._lock:
            return self._session.client("sqs", config=self._config)

    @cached_property
    def ssm(self) -> "SSMClient":
        """Systems Manager."""
        with self._lock:
            return self._session.client("ssm", config=self._config)

    @cached_property
    def sts(self) -> "STSClient":
        """STS."""
        with self._lock:
            return self._session.client("sts", config=self._config)

    @cached_property
    def account_id(self) -> str:
        """Account of the credentials, 12 digits."""
        return self.sts.get_caller_identity()["Account"]


def code(error: ClientError) -> str:
    """AWS error code, for example ``DependencyViolation``."""
    return error.response.get("Error", {}).get("Code", "")


def is_gone(error: ClientError) -> bool:
    """Whether the error says that the thing does not exist."""
    return code(error).endswith(_GONE)


def found(call: Callable[[], T]) -> T | None:
    """The call's answer, or None when AWS says that the thing does not exist."""
    try:
        return call()
    except ClientError as error:
        if is_gone(error):
            return None
        raise


def wait_until(
    what: str,
    condition: Callable[[], bool],
    deadline: float,
    first_pause: float = _FIRST_PAUSE,
    clock: FairClock | None = None,
) -> None:
    """Asks until `condition` holds, less and less often.

    Args:
        what: what did not happen, for the error; the time is added.
        condition: asked at once and then again.
        deadline: seconds of a `FairClock`.
        first_pause: seconds until it is asked again.
        clock: counts them; `condition` may restart it where it sees progress.

    Raises:
        PluginError: it did not come to hold in time.
    """
    clock = clock or FairClock()
    pause = first_pause
    while not condition():
        if clock.seconds > deadline:
            raise PluginError(f"{what} in {deadline:.0f} s")
        time.sleep(pause)
        pause = min(pause * 1.5, _LONGEST_PAUSE)


def retry_while(codes: tuple[str, ...], call: Callable[[], T], deadline: float = 120.0) -> T:
    """Repeats a call that AWS refuses with one of `codes` while dependants go away.

    Raises:
        ClientError: AWS still refused at the deadline, or for another reason.
    """
    clock = FairClock()
    pause = _FIRST_PAUSE
    while True:
        try:
            return call()
        except ClientError as error:
            if code(error) not in codes or clock.seconds > deadline:
                raise
        time.sleep(pause)
        pause = min(pause * 1.5, _LONGEST_PAUSE)


def tag_list(tags: Mapping[str, str] | None) -> list[Any]:
    """Tags in the form of most AWS APIs, each of which has a type of its own for it."""
    return [{"Key": key, "Value": value} for key, value in (tags or {}).items()]
