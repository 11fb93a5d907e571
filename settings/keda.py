"""Settings of KEDA: what it may read of AWS to scale by."""

from typing import Annotated

from pydantic import field_validator

from catalogue.addons import KEDA
from settings.model import Matching, Settings, distinct, expected

QueueName = Annotated[
    str,
    Matching(
        r"[A-Za-z0-9_-]{1,80}|[A-Za-z0-9_-]{1,75}\.fifo",
        "the name of an SQS queue, no URL and no ARN: at most 80 letters, digits, - and _",
    ),
]
"""https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_CreateQueue.html"""


class Keda(Settings):
    """What KEDA may read to scale by. Cron and Prometheus need nothing of it."""

    queues: tuple[QueueName, ...] = ()
    """Names of the SQS queues, of the platform's account and region, whose length it may read."""

    cloudwatch: bool = False
    """Let it read metrics of CloudWatch, such as requests of a load balancer: all of the account's,
    as IAM knows no narrower right."""

    _distinct = field_validator("queues")(distinct)


def check_minor(minor: str | None) -> None:
    """Refuses KEDA on a Kubernetes minor that it does not support.

    Args:
        minor: Kubernetes minor, or None if it is wrong itself.

    Raises:
        PydanticCustomError: it does not.
    """
    supported = KEDA.entry.versions
    if minor is not None and minor not in supported:
        raise expected(
            f"none on Kubernetes {minor}: keda {max(supported.values())} supports"
            f" {', '.join(supported)}"
        )
