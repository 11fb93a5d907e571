"""Metrics that AWS services themselves write to CloudWatch."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple

from moto.cloudwatch.models import cloudwatch_backends

from localcloud.state import ACCOUNT_ID


class Metric(NamedTuple):
    """Namespace and name of a metric of load balancers.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-cloudwatch-metrics.html
    """

    namespace: str
    name: str


@dataclass(frozen=True)
class Datum:
    """One value.

    Attributes:
        metric: which one.
        load_balancer: ``app/NAME/ID`` or ``net/NAME/ID``, the last part of the ARN.
        minute: start of its minute, UTC.
        value: a part of the minute's sum, or a sample.
    """

    metric: Metric
    load_balancer: str
    minute: datetime
    value: float


def publish(region: str, data: Sequence[Datum]) -> None:
    """Writes values to moto's CloudWatch; its API refuses namespaces that begin with AWS/."""
    backend = cloudwatch_backends[ACCOUNT_ID][region]
    for datum in data:
        backend.put_metric_data(
            datum.metric.namespace,
            [
                {
                    "MetricName": datum.metric.name,
                    "Dimensions": [{"Name": "LoadBalancer", "Value": datum.load_balancer}],
                    # moto keeps times in UTC without saying so.
                    "Timestamp": datum.minute.astimezone(UTC).replace(tzinfo=None),
                    "Value": datum.value,
                    "Unit": "Count",
                }
            ],
        )
