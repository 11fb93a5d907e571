"""The CloudWatch dashboard of one colour."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
from pulumi_aws import cloudwatch
from pulumi_aws.autoscaling import Metric

from components import cluster_metrics as metrics
from components.base import Component, ComponentArgs
from components.dashboard_widgets import Widget, alarms, body, graph


@dataclass(frozen=True, kw_only=True)
class ColourDashboardArgs(ComponentArgs):
    """Arguments of `ColourDashboard`.

    Attributes:
        region: AWS region of the cluster.
        cluster_name: EKS cluster name, for example ``eks-blue``; the dashboard's name too.
        groups: names of the Auto Scaling groups, by their names in the settings.
        queues: names of the queues of interruptions, by the titles of their graphs.
        alarms: ARNs of the cluster's alarms.
        after: what it shows.
    """

    region: str
    cluster_name: str
    groups: Mapping[str, pulumi.Input[str]]
    queues: Mapping[str, str]
    alarms: Sequence[pulumi.Input[str]]
    after: Sequence[pulumi.Resource]


class ColourDashboard(Component):
    """Pulumi type ``eks-platform:colourDashboard:ColourDashboard``.

    Creates the dashboard ``CLUSTER``: alarms, nodes of each group, pods that wait, the API server's
    requests, and the queues of interruptions. The provider gives dashboards no tags.
    """

    MODULE = "colourDashboard"

    def __init__(
        self, name: str, args: ColourDashboardArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(name, opts)
        cloudwatch.Dashboard(
            name,
            dashboard_name=args.cluster_name,
            dashboard_body=body(_rows(args)),
            opts=self.child(depends_on=args.after),
        )
        self.register_outputs({})


def _rows(args: ColourDashboardArgs) -> list[list[Widget]]:
    last = [_api(args), *(_queue(args, title) for title in args.queues)]
    return [
        [alarms(f"Alarms of {args.cluster_name}", args.alarms)],
        [
            _nodes(args, "Nodes in service", metrics.NODES),
            _nodes(args, "Nodes wanted", metrics.WANTED_NODES),
            _pods(args),
        ],
        last,
    ]


def _nodes(args: ColourDashboardArgs, title: str, metric: Metric) -> Widget:
    lines = [metrics.of_group(group, metric, label=name) for name, group in args.groups.items()]
    return graph(title, args.region, lines)


def _pods(args: ColourDashboardArgs) -> Widget:
    shown = ("scheduler_pending_pods", metrics.UNSCHEDULABLE)
    lines = [metrics.of_cluster(args.cluster_name, it) for it in shown]
    return graph("Pods without a node", args.region, lines)


def _api(args: ColourDashboardArgs) -> Widget:
    requests, refused = "apiserver_request_total", "apiserver_request_total_429"
    lines = [
        metrics.of_cluster(args.cluster_name, requests),
        metrics.of_cluster(args.cluster_name, refused, right=True),
        metrics.of_cluster(args.cluster_name, metrics.API_ERRORS, right=True),
    ]
    return graph("Requests to the API server in a minute", args.region, lines)


def _queue(args: ColourDashboardArgs, title: str) -> Widget:
    queue = args.queues[title]
    lines = [
        metrics.of_queue(queue, "NumberOfMessagesSent", "Sum", "messages"),
        metrics.of_queue(queue, metrics.OLDEST_MESSAGE, "Maximum", "seconds waited", right=True),
    ]
    return graph(title, args.region, lines)
