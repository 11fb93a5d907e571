"""CloudWatch alarms of a cluster."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import pulumi
from pulumi_aws import cloudwatch

from components import cluster_metrics as metrics
from components.base import Component, ComponentArgs
from settings.monitoring import Monitoring

_SUSTAINED = 15
"""Minutes. The autoscaler and an instance that starts take some of them."""

_MINUTE, _FIVE_MINUTES = 60, 300
_MANY_ERRORS = 50  # in five minutes
_OLD_MESSAGE = 180
"""Seconds. A drain takes at most 120, and the queue forgets a message after 300."""

_Missing = Literal["missing", "notBreaching"]


@dataclass(frozen=True, kw_only=True)
class AlarmsArgs(ComponentArgs):
    """Arguments of `Alarms`.

    Attributes:
        settings: what the stack file says of it.
        cluster_name: EKS cluster name, for example ``eks-blue``.
        least: fewest nodes of each node group, by its name in the settings.
        groups: names of the Auto Scaling groups, by the same.
        queues: names of the queues of interruptions, by what ends the names of their alarms.
        after: what they watch.
    """

    settings: Monitoring
    cluster_name: str
    least: Mapping[str, int]
    groups: Mapping[str, pulumi.Input[str]]
    queues: Mapping[str, str]
    after: Sequence[pulumi.Resource]


@dataclass(frozen=True, kw_only=True)
class _Watched:
    """What an alarm looks at.

    Attributes:
        namespace: of the metric.
        metric: its name.
        dimensions: its dimensions.
        statistic: over a period.
        period: seconds.
        periods: how many of them in a row.
        missing: what it means that there is no value.
    """

    namespace: str
    metric: str
    dimensions: Mapping[str, pulumi.Input[str]]
    statistic: Literal["Maximum", "Sum"]
    period: int
    periods: int
    missing: _Missing = "missing"


class Alarms(Component):
    """Pulumi type ``eks-platform:alarms:Alarms``.

    Creates an alarm for each node group that has to have nodes, for the API server, for pods that
    no node takes and for each queue of interruptions. Where a metric is missing, the alarm says
    that it has too little data, but for the queue: SQS counts nothing while nothing comes.

    Attributes:
        arns: ARNs of the alarms.
    """

    MODULE = "alarms"

    arns: Sequence[pulumi.Output[str]]

    def __init__(
        self, name: str, args: AlarmsArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(name, opts)
        self._name, self._args = name, args
        made = [self._few_nodes(group, least) for group, least in args.least.items() if least]
        made += [self._unschedulable(), self._api_errors()]
        made += [self._old_message(what, queue) for what, queue in args.queues.items()]
        self.arns = [it.arn for it in made]
        self.register_outputs({"arns": self.arns})

    def _few_nodes(self, group: str, least: int) -> cloudwatch.MetricAlarm:
        watched = _Watched(
            namespace=metrics.GROUPS,
            metric=metrics.NODES.value,
            dimensions={metrics.GROUP: self._args.groups[group]},
            # Fewer all the time, not for a moment of an instance refresh.
            statistic="Maximum",
            period=_FIVE_MINUTES,
            periods=_SUSTAINED * _MINUTE // _FIVE_MINUTES,
        )
        said = f"Node group {group} has had fewer than {least} nodes in service, its min,"
        return self._alarm(f"nodes-{group}", said, watched, "LessThanThreshold", least)

    def _unschedulable(self) -> cloudwatch.MetricAlarm:
        # One value a minute: a sum over longer would count a pod several times.
        watched = self._of_cluster(metrics.UNSCHEDULABLE, _MINUTE)
        said = "No node takes some pods, and the autoscaler has not helped,"
        return self._alarm("unschedulable-pods", said, watched, "GreaterThanThreshold", 0)

    def _api_errors(self) -> cloudwatch.MetricAlarm:
        watched = self._of_cluster(metrics.API_ERRORS, _FIVE_MINUTES)
        said = (
            f"The API server has answered more than {_MANY_ERRORS} requests in 5 minutes with 5xx,"
        )
        return self._alarm("api-errors", said, watched, "GreaterThanThreshold", _MANY_ERRORS)

    def _of_cluster(self, metric: str, period: int) -> _Watched:
        return _Watched(
            namespace=metrics.CLUSTERS,
            metric=metric,
            dimensions={metrics.CLUSTER: self._args.cluster_name},
            statistic="Sum",
            period=period,
            periods=_SUSTAINED * _MINUTE // period,
        )

    def _old_message(self, what: str, queue: str) -> cloudwatch.MetricAlarm:
        watched = _Watched(
            namespace=metrics.QUEUES,
            metric=metrics.OLDEST_MESSAGE,
            dimensions={metrics.QUEUE: queue},
            statistic="Maximum",
            period=_MINUTE,
            periods=1,
            missing="notBreaching",
        )
        said = "Nobody drains nodes that EC2 is about to take: a message has waited"
        return self._alarm(what, said, watched, "GreaterThanThreshold", _OLD_MESSAGE)

    def _alarm(
        self,
        what: str,
        said: str,
        watched: _Watched,
        comparison: Literal["GreaterThanThreshold", "LessThanThreshold"],
        threshold: int,
    ) -> cloudwatch.MetricAlarm:
        args, label = self._args, f"{self._args.cluster_name}-{what}"
        topics = list(args.settings.alarm_topics)
        minutes = watched.period * watched.periods // _MINUTE
        return cloudwatch.MetricAlarm(
            f"{self._name}-{what}",
            name=label,
            alarm_description=f"{args.cluster_name}: {said} for {minutes} minutes",
            namespace=watched.namespace,
            metric_name=watched.metric,
            dimensions=watched.dimensions,
            statistic=watched.statistic,
            period=watched.period,
            evaluation_periods=watched.periods,
            comparison_operator=comparison,
            threshold=threshold,
            treat_missing_data=watched.missing,
            alarm_actions=topics,
            ok_actions=topics,
            tags=args.named(label),
            opts=self.child(depends_on=args.after),
        )
