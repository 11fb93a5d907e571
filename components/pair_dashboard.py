"""The CloudWatch dashboard of both colours, side by side."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
from pulumi_aws import cloudwatch

from components import cluster_metrics as metrics
from components.base import PROJECT, Component, ComponentArgs
from components.dashboard_widgets import Line, Widget, body, graph, search_graph, tag_graph, text
from settings.names import COLOURS, Colour, cluster_name
from settings.regions import partition_of

NAME = PROJECT
"""Name of the dashboard."""

_ZONES_REGION = "us-east-1"
"""Where Route 53 counts, and for public zones alone.
https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/monitoring-hosted-zones-with-cloudwatch.html"""

_BALANCERS = "AWS::ElasticLoadBalancingV2::LoadBalancer"
_TRAFFIC = {
    "RequestCount": f"{_BALANCERS}/ApplicationELB",
    "NewFlowCount": f"{_BALANCERS}/NetworkELB",
}
_BALANCER_TAG = "elbv2.k8s.aws/cluster"
"""The load balancer controller's: its value is the cluster's name."""


@dataclass(frozen=True, kw_only=True)
class PairDashboardArgs(ComponentArgs):
    """Arguments of `PairDashboard`.

    Attributes:
        region: AWS region of the platform.
        public_zones: ids of its public hosted zones, by their names.
    """

    region: str
    public_zones: Mapping[str, pulumi.Input[str]]


class PairDashboard(Component):
    """Pulumi type ``eks-platform:pairDashboard:PairDashboard``.

    Creates the dashboard ``eks-platform``: of blue to the left and green to the right nodes, pods
    that wait and traffic of load balancers; below them requests to both API servers and queries of
    the public zones. It finds node groups and load balancers whenever it is looked at, so a colour
    that is built anew is on it. The provider gives dashboards no tags.
    """

    MODULE = "pairDashboard"

    def __init__(
        self, name: str, args: PairDashboardArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(name, opts)
        cloudwatch.Dashboard(
            name, dashboard_name=NAME, dashboard_body=body(_rows(args)), opts=self.child()
        )
        self.register_outputs({})


def _rows(args: PairDashboardArgs) -> list[list[Widget]]:
    return [
        [text(f"# {colour}") for colour in COLOURS],
        [_nodes(colour, args.region) for colour in COLOURS],
        [_pods(colour, args.region) for colour in COLOURS],
        [_traffic(colour, args.region) for colour in COLOURS],
        [_api(args.region), *_queries(args)],
    ]


def _nodes(colour: Colour, region: str) -> Widget:
    search = (
        f'SEARCH(\'{{{metrics.GROUPS},{metrics.GROUP}}} MetricName="{metrics.NODES.value}"'
        f" {metrics.GROUP}={cluster_name(colour)}', 'Average', 60)"
    )
    return search_graph(f"Nodes in service, {colour}", region, search)


def _pods(colour: Colour, region: str) -> Widget:
    shown = ("scheduler_pending_pods", metrics.UNSCHEDULABLE)
    lines = [metrics.of_cluster(cluster_name(colour), it) for it in shown]
    return graph(f"Pods without a node, {colour}", region, lines)


def _traffic(colour: Colour, region: str) -> Widget:
    tag = (_BALANCER_TAG, cluster_name(colour))
    return tag_graph(f"Traffic of load balancers, {colour}", region, tag, _TRAFFIC)


def _api(region: str) -> Widget:
    lines = [
        metrics.of_cluster(cluster_name(colour), "apiserver_request_total", label=colour)
        for colour in COLOURS
    ]
    return graph("Requests to the API servers in a minute", region, lines)


def _queries(args: PairDashboardArgs) -> list[Widget]:
    # No other partition has the region.
    if partition_of(args.region) != partition_of(_ZONES_REGION):
        return []
    lines = [
        Line(
            namespace="AWS/Route53",
            metric="DNSQueries",
            dimension="HostedZoneId",
            value=zone,
            stat="Sum",
            label=name,
        )
        for name, zone in args.public_zones.items()
    ]
    return [graph("Queries that Route 53 answers in a minute", _ZONES_REGION, lines)]
