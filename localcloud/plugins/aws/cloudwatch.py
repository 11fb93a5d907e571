"""CloudWatch alarms on one metric, and dashboards."""

from typing import TYPE_CHECKING, cast

from localcloud.plugins.aws.clients import found, tag_list
from localcloud.plugins.aws.properties import FIXED, KEY, OURS, PLAIN, REQUIRED, TAGS, Property
from localcloud.plugins.aws.resource import ResourceType, drop_none, tag_changes, tags_of, with_tags
from localcloud.plugins.plugin import Object, PluginError

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch.type_defs import MetricAlarmTypeDef

_ACTIONS = Property(unordered=True, ours=True)


class MetricAlarm(ResourceType):
    """An alarm; its id is its name.

    moto keeps alarms and never evaluates them. Alarms on expressions, percentiles or anomalies are
    not known here.
    """

    token = "aws:cloudwatch/metricAlarm:MetricAlarm"
    autoname = "name"
    properties = {
        "name": FIXED,
        "namespace": REQUIRED,
        "metricName": REQUIRED,
        "dimensions": OURS,
        "statistic": REQUIRED,
        "period": REQUIRED,
        "unit": OURS,
        "evaluationPeriods": REQUIRED,
        "datapointsToAlarm": OURS,
        "comparisonOperator": REQUIRED,
        "threshold": REQUIRED,
        "treatMissingData": PLAIN,
        "alarmDescription": OURS,
        "actionsEnabled": PLAIN,
        "alarmActions": _ACTIONS,
        "okActions": _ACTIONS,
        "insufficientDataActions": _ACTIONS,
        **TAGS,
    }

    def create(self, inputs: Object, timeout: float) -> str:
        name: str = inputs["name"]
        # PutMetricAlarm would change the one that is there.
        if self._describe(name) is not None:
            raise PluginError(f"alarm {name} exists already")
        self._put(name, inputs, inputs.get("tags"))
        return name

    def _put(self, name: str, inputs: Object, tags: Object | None = None) -> None:
        dimensions: dict[str, str] = inputs.get("dimensions") or {}
        self.aws.cloudwatch.put_metric_alarm(
            AlarmName=name,
            Dimensions=[{"Name": key, "Value": value} for key, value in dimensions.items()],
            **drop_none(
                Namespace=inputs["namespace"],
                MetricName=inputs["metricName"],
                Statistic=inputs["statistic"],
                Period=inputs["period"],
                Unit=inputs.get("unit"),
                EvaluationPeriods=inputs["evaluationPeriods"],
                DatapointsToAlarm=inputs.get("datapointsToAlarm"),
                ComparisonOperator=inputs["comparisonOperator"],
                Threshold=inputs["threshold"],
                TreatMissingData=inputs.get("treatMissingData"),
                AlarmDescription=inputs.get("alarmDescription"),
                ActionsEnabled=inputs.get("actionsEnabled"),
                AlarmActions=inputs.get("alarmActions"),
                OKActions=inputs.get("okActions"),
                InsufficientDataActions=inputs.get("insufficientDataActions"),
                # AWS takes them of new alarms alone.
                Tags=tag_list(tags) if tags else None,
            ),
        )

    def _describe(self, name: str) -> "MetricAlarmTypeDef | None":
        alarms = self.aws.cloudwatch.describe_alarms(AlarmNames=[name])["MetricAlarms"]
        return alarms[0] if alarms else None

    def read(self, resource_id: str, state: Object) -> Object | None:
        alarm = self._describe(resource_id)
        if alarm is None:
            return None
        arn = alarm.get("AlarmArn", "")
        tags = self.aws.cloudwatch.list_tags_for_resource(ResourceARN=arn)["Tags"]
        dimensions = alarm.get("Dimensions") or []
        return with_tags(
            {
                "id": resource_id,
                "arn": arn,
                "name": resource_id,
                "namespace": alarm.get("Namespace"),
                "metricName": alarm.get("MetricName"),
                "dimensions": {it.get("Name"): it.get("Value") for it in dimensions} or None,
                "statistic": alarm.get("Statistic"),
                "period": alarm.get("Period"),
                "unit": alarm.get("Unit"),
                "evaluationPeriods": alarm.get("EvaluationPeriods"),
                "datapointsToAlarm": alarm.get("DatapointsToAlarm"),
                "comparisonOperator": alarm.get("ComparisonOperator"),
                "threshold": _number(alarm.get("Threshold")),
                "treatMissingData": alarm.get("TreatMissingData") or "missing",
                "alarmDescription": alarm.get("AlarmDescription") or None,
                "actionsEnabled": alarm.get("ActionsEnabled", True),
                "alarmActions": alarm.get("AlarmActions"),
                "okActions": alarm.get("OKActions"),
                "insufficientDataActions": alarm.get("InsufficientDataActions"),
            },
            tags_of(tags),
        )

    def update(
        self, resource_id: str, olds: Object, news: Object, changed: frozenset[str], timeout: float
    ) -> None:
        if changed - {"tags"}:
            self._put(resource_id, news)
        arn = olds["arn"]
        added, removed = tag_changes(olds, news)
        if removed:
            self.aws.cloudwatch.untag_resource(ResourceARN=arn, TagKeys=removed)
        if added:
            self.aws.cloudwatch.tag_resource(ResourceARN=arn, Tags=tag_list(added))

    def delete(self, resource_id: str, state: Object, timeout: float) -> None:
        self.aws.cloudwatch.delete_alarms(AlarmNames=[resource_id])


class Dashboard(ResourceType):
    """A dashboard; its id is its name. The provider gives it no tags."""

    token = "aws:cloudwatch/dashboard:Dashboard"
    properties = {
        "dashboardName": KEY,
        "dashboardBody": Property(required=True, document=True),
    }

    def create(self, inputs: Object, timeout: float) -> str:
        name: str = inputs["dashboardName"]
        # PutDashboard would change the one that is there.
        if self._body(name) is not None:
            raise PluginError(f"dashboard {name} exists already")
        self._put(name, inputs)
        return name

    def _put(self, name: str, inputs: Object) -> None:
        self.aws.cloudwatch.put_dashboard(
            DashboardName=name, DashboardBody=cast("str", inputs["dashboardBody"])
        )

    def _body(self, name: str) -> str | None:
        answer = found(lambda: self.aws.cloudwatch.get_dashboard(DashboardName=name))
        return None if answer is None else answer["DashboardBody"]

    def read(self, resource_id: str, state: Object) -> Object | None:
        body = self._body(resource_id)
        if body is None:
            return None
        return {
            "id": resource_id,
            "dashboardName": resource_id,
            "dashboardArn": f"arn:aws:cloudwatch::{self.aws.account_id}:dashboard/{resource_id}",
            "dashboardBody": body,
        }

    def update(
        self, resource_id: str, olds: Object, news: Object, changed: frozenset[str], timeout: float
    ) -> None:
        self._put(resource_id, news)

    def delete(self, resource_id: str, state: Object, timeout: float) -> None:
        self.aws.cloudwatch.delete_dashboards(DashboardNames=[resource_id])


def _number(value: float | None) -> float | None:
    """A number as a program gives it: CloudWatch's are all with a fraction."""
    return int(value) if value is not None and value.is_integer() else value
