"""Widgets of CloudWatch dashboards, as pure data.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import pulumi

Json: TypeAlias = object
"""A JSON value; Outputs may stand in it."""

_GRID = 24
"""Columns of a dashboard."""

_PERIOD = 60
_HEIGHT, _FLAT, _TALL = 6, 2, 12


@dataclass(frozen=True, kw_only=True)
class Line:
    """A line of a graph: one metric.

    Attributes:
        namespace: such as ``AWS/EKS``.
        metric: its name.
        dimension: name of its dimension.
        value: of the dimension.
        stat: statistic over a minute.
        label: what the legend calls it.
        right: whether its axis is the right one.
    """

    namespace: str
    metric: str
    dimension: str
    value: pulumi.Input[str]
    stat: Literal["Average", "Maximum", "Sum"]
    label: str
    right: bool = False

    def to_json(self) -> list[Json]:
        """It in the list ``metrics`` of a widget."""
        look = {
            "label": self.label,
            "stat": self.stat,
            **({"yAxis": "right"} if self.right else {}),
        }
        return [self.namespace, self.metric, self.dimension, self.value, look]


@dataclass(frozen=True)
class Widget:
    """A widget without its place.

    Attributes:
        kind: its type.
        properties: what it shows.
        height: rows.
    """

    kind: str
    properties: dict[str, Json]
    height: int = _HEIGHT


def graph(title: str, region: str, lines: Sequence[Line]) -> Widget:
    """Lines over time."""
    return Widget("metric", _graph(title, region, [it.to_json() for it in lines]))


def search_graph(title: str, region: str, search: str) -> Widget:
    """Lines over time of all metrics that a search finds, whenever the dashboard is looked at.

    Args:
        title: title.
        region: AWS region of the metrics.
        search: a search expression. They are written as said in
            https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/search-expression-syntax.html.
    """
    return Widget("metric", _graph(title, region, [[{"expression": search, "label": ""}]]))


def tag_graph(title: str, region: str, tag: tuple[str, str], kinds: Mapping[str, str]) -> Widget:
    """Sums over time of all resources that carry a tag, a graph for each metric.

    Args:
        title: title.
        region: AWS region of the resources.
        tag: key and value.
        kinds: resource types, as CloudWatch's explorer has them, by the metric that is shown.
    """
    metrics = [
        {"metricName": metric, "resourceType": kind, "stat": "Sum"}
        for metric, kind in kinds.items()
    ]
    return Widget(
        "explorer",
        {
            "title": title,
            "region": region,
            "period": _PERIOD,
            "labels": [{"key": tag[0], "value": tag[1]}],
            "aggregateBy": {"key": tag[0], "func": "SUM"},
            "metrics": metrics,
            "widgetOptions": {
                "legend": {"position": "bottom"},
                "view": "timeSeries",
                "stacked": False,
                "rowsPerPage": len(metrics),
                "widgetsPerRow": 1,
            },
        },
        height=_TALL,
    )


def alarms(title: str, arns: Sequence[pulumi.Input[str]]) -> Widget:
    """The state of alarms."""
    return Widget("alarm", {"title": title, "alarms": list(arns)}, height=_FLAT)


def text(markdown: str) -> Widget:
    """A text."""
    return Widget("text", {"markdown": markdown}, height=_FLAT)


def body(rows: Sequence[Sequence[Widget]]) -> pulumi.Output[str]:
    """The body of a dashboard. The widgets of a row share its width."""
    placed: list[Json] = []
    top = 0
    for row in rows:
        width = _GRID // len(row)
        placed += [
            {
                "type": it.kind,
                "x": width * column,
                "y": top,
                "width": width,
                "height": it.height,
                "properties": it.properties,
            }
            for column, it in enumerate(row)
        ]
        top += max(it.height for it in row)
    return pulumi.Output.json_dumps({"widgets": placed})


def _graph(title: str, region: str, metrics: list[Json]) -> dict[str, Json]:
    return {
        "title": title,
        "region": region,
        "view": "timeSeries",
        "period": _PERIOD,
        "metrics": metrics,
        "yAxis": {"left": {"min": 0}, "right": {"min": 0}},
    }
