"""Alarms and dashboards."""

import json

import pytest

from localcloud.plugins.aws.clients import Clients
from localcloud.plugins.plugin import Object, PluginError
from tests.unit.plugins_aws.conftest import Driver, Made

ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
DASHBOARD = "aws:cloudwatch/dashboard:Dashboard"
TOPIC = "arn:aws:sns:eu-west-1:123456789012:{}"
WATCHED: Object = {
    "namespace": "AWS/AutoScaling",
    "metricName": "GroupInServiceInstances",
    "dimensions": {"AutoScalingGroupName": "nodes"},
    "statistic": "Maximum",
    "period": 300,
    "evaluationPeriods": 3,
    "comparisonOperator": "LessThanThreshold",
    "threshold": 3,
}


def body(title: str) -> str:
    return json.dumps({"widgets": [{"type": "text", "properties": {"markdown": title}}]})


@pytest.fixture
def alarm(driver: Driver) -> Made:
    return driver.create(
        ALARM,
        name="few-nodes",
        **WATCHED,
        alarmDescription="few",
        alarmActions=[TOPIC.format("a"), TOPIC.format("b")],
        tags={"Name": "few-nodes"},
    )


@pytest.fixture
def dashboard(driver: Driver) -> Made:
    return driver.create(DASHBOARD, dashboardName="eks-blue", dashboardBody=body("blue"))


def test_an_alarm_lives(driver: Driver, aws: Clients, alarm: Made) -> None:
    arn = "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:few-nodes"
    assert alarm.state["arn"] == arn
    assert alarm.state["treatMissingData"] == "missing"
    alarm.assert_importable()
    aws.cloudwatch.put_metric_alarm(
        AlarmName="few-nodes",
        Namespace="AWS/AutoScaling",
        MetricName="GroupInServiceInstances",
        Statistic="Maximum",
        Period=300,
        EvaluationPeriods=3,
        ComparisonOperator="LessThanThreshold",
        Threshold=2.5,
    )
    aws.cloudwatch.tag_resource(ResourceARN=arn, Tags=[{"Key": "new", "Value": "x"}])
    assert alarm.drift() == {
        "alarmActions",
        "alarmDescription",
        "dimensions",
        "tags.new",
        "threshold",
    }
    alarm.refresh()
    alarm.update(threshold=4, alarmActions=[TOPIC.format("b")], tags={"team": "a"})
    alarm.update(okActions=[TOPIC.format("a")], alarmActions=None)
    (real,) = aws.cloudwatch.describe_alarms(AlarmNames=["few-nodes"])["MetricAlarms"]
    assert real.get("Threshold") == 4
    assert real.get("OKActions") == [TOPIC.format("a")]
    assert not real.get("AlarmActions")
    alarm.update(tags=None)
    assert alarm.replaced_by(name="other") == {"name"}
    alarm.delete()
    assert driver.create(ALARM, "alarm", **WATCHED).resource_id.startswith("alarm-")


def test_an_alarm_takes_its_tags_along(driver: Driver, alarm: Made) -> None:
    alarm.delete()
    assert driver.create(ALARM, name="few-nodes", **WATCHED).state["tags"] == {}


def test_actions_have_no_order(aws: Clients, alarm: Made) -> None:
    alarm.update(alarmActions=[TOPIC.format("b"), TOPIC.format("c")])
    assert alarm.drift() == set()
    assert not alarm.diff(alarmActions=[TOPIC.format("c"), TOPIC.format("b")]).changes


def test_a_dashboard_lives(aws: Clients, dashboard: Made) -> None:
    assert dashboard.state["dashboardArn"] == "arn:aws:cloudwatch::123456789012:dashboard/eks-blue"
    dashboard.assert_importable()
    aws.cloudwatch.put_dashboard(DashboardName="eks-blue", DashboardBody=body("theirs"))
    assert dashboard.drift() == {"dashboardBody"}
    dashboard.update(dashboardBody=body("again"))
    found = aws.cloudwatch.get_dashboard(DashboardName="eks-blue")["DashboardBody"]
    assert json.loads(found) == json.loads(body("again"))
    assert dashboard.replaced_by(dashboardName="other") == {"dashboardName"}
    dashboard.delete()
    assert "DashboardEntries" in aws.cloudwatch.list_dashboards()


def test_another_text_of_the_same_body_is_no_change(dashboard: Made) -> None:
    spaced = json.dumps(json.loads(body("blue")), indent=2)
    assert not dashboard.diff(dashboardBody=spaced).changes


@pytest.mark.usefixtures("alarm", "dashboard")
def test_what_is_there_is_not_written_over(driver: Driver) -> None:
    with pytest.raises(PluginError, match="alarm few-nodes exists already"):
        driver.create(ALARM, name="few-nodes", **WATCHED)
    with pytest.raises(PluginError, match="dashboard eks-blue exists already"):
        driver.create(DASHBOARD, dashboardName="eks-blue", dashboardBody=body("other"))


@pytest.mark.parametrize(
    ("token", "inputs", "unknown"),
    [
        (ALARM, {**WATCHED, "metricQueries": []}, "metricQueries"),
        (ALARM, {**WATCHED, "extendedStatistic": "p99"}, "extendedStatistic"),
        (DASHBOARD, {"dashboardName": "a", "dashboardBody": "no JSON"}, "dashboardBody"),
    ],
)
def test_what_is_not_emulated_or_no_json_is_refused(
    driver: Driver, token: str, inputs: Object, unknown: str
) -> None:
    assert set(driver.failures(token, **inputs)) == {unknown}


@pytest.mark.parametrize(
    ("token", "inputs"),
    [
        (ALARM, {"name": "x", **WATCHED, "comparisonOperator": "Less"}),
        (ALARM, {"name": "x", **WATCHED, "alarmActions": [TOPIC.format(n) for n in "abcdef"]}),
    ],
)
def test_what_aws_refuses_names_the_type(driver: Driver, token: str, inputs: Object) -> None:
    with pytest.raises(PluginError, match=f"^{token}: "):
        driver.provider.create(token, inputs, preview=False, timeout=0)
