"""Traffic of load balancers, from CloudWatch.

An Application Load Balancer reports RequestCount in minutes with requests only; a Network Load
Balancer reports new and active flows. Both report once a minute, so a minute without a value
counts as quiet only once it is old enough to have been reported. What CloudWatch could not read is
an error: its answer then holds no value either, and would pass for quiet.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from bluegreen.errors import OperatorError
from bluegreen.snapshot import LoadBalancer

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_cloudwatch.type_defs import MetricDataQueryTypeDef

MINUTE = timedelta(minutes=1)
LAG = timedelta(minutes=2)
"""How late CloudWatch may be with a minute's value."""

_QUERIES_PER_CALL = 500
_COMPLETE = "Complete"


class MetricsError(OperatorError):
    """CloudWatch did not give all values of a metric; the message names the load balancer."""


class Metric(NamedTuple):
    """A CloudWatch metric of a load balancer."""

    namespace: str
    name: str
    statistic: str


METRICS: Mapping[str, Sequence[Metric]] = {
    "application": (Metric("AWS/ApplicationELB", "RequestCount", "Sum"),),
    "network": (
        Metric("AWS/NetworkELB", "NewFlowCount", "Sum"),
        Metric("AWS/NetworkELB", "ActiveFlowCount", "Maximum"),
    ),
}
"""What counts as traffic, by kind of load balancer: https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-cloudwatch-metrics.html"""

Traffic = dict[datetime, float]
"""Start of a minute (UTC) → requests, or the larger of new and active flows."""


def traffic(
    cloudwatch: "CloudWatchClient",
    balancers: Sequence[LoadBalancer],
    since: datetime,
    until: datetime,
) -> dict[str, Traffic]:
    """Traffic of load balancers by their name; minutes without a value are left out.

    Raises:
        MetricsError: CloudWatch answered, but not with all values.
    """
    queries, names = _queries(balancers)
    # A metric that goes on on the next page is called partial until its last one.
    said = dict.fromkeys(names, "no answer")
    found: dict[str, Traffic] = {balancer.name: {} for balancer in balancers}
    for start in range(0, len(queries), _QUERIES_PER_CALL):
        pages = cloudwatch.get_paginator("get_metric_data").paginate(
            MetricDataQueries=queries[start : start + _QUERIES_PER_CALL],
            StartTime=since,
            EndTime=until,
        )
        for page in pages:
            for result in page["MetricDataResults"]:
                said[result["Id"]] = result.get("StatusCode", "no status")
                minutes = found[names[result["Id"]]]
                for at, value in zip(result["Timestamps"], result["Values"], strict=True):
                    minute = at.astimezone(UTC).replace(second=0, microsecond=0)
                    minutes[minute] = max(minutes.get(minute, 0.0), value)
    _demand_complete(
        {names[query]: status for query, status in said.items() if status != _COMPLETE}
    )
    return found


def last_traffic(found: Mapping[str, Traffic]) -> dict[str, datetime]:
    """Last minute with traffic of each load balancer that had any."""
    heard = {name: [at for at, value in t.items() if value > 0] for name, t in found.items()}
    return {name: max(minutes) for name, minutes in heard.items() if minutes}


def _demand_complete(partly: Mapping[str, str]) -> None:
    if partly:
        told = ", ".join(f"{name} ({status})" for name, status in sorted(partly.items()))
        raise MetricsError(f"CloudWatch did not give all traffic of {told}: it may have some")


def _queries(
    balancers: Sequence[LoadBalancer],
) -> tuple[list["MetricDataQueryTypeDef"], dict[str, str]]:
    queries: list[MetricDataQueryTypeDef] = []
    names: dict[str, str] = {}
    for balancer in balancers:
        for metric in METRICS.get(balancer.kind, ()):
            query_id = f"q{len(queries)}"
            names[query_id] = balancer.name
            queries.append(
                {
                    "Id": query_id,
                    "MetricStat": {
                        "Metric": {
                            "Namespace": metric.namespace,
                            "MetricName": metric.name,
                            "Dimensions": [
                                {"Name": "LoadBalancer", "Value": dimension(balancer.arn)}
                            ],
                        },
                        "Period": int(MINUTE.total_seconds()),
                        "Stat": metric.statistic,
                    },
                }
            )
    return queries, names


def dimension(arn: str) -> str:
    """Value of the dimension ``LoadBalancer``: ``app/NAME/ID`` or ``net/NAME/ID``."""
    return arn.rpartition(":loadbalancer/")[2]
