"""What watches a platform: alarms that follow the stack file, and dashboards."""

import json
from collections.abc import Mapping

from pulumi_aws import sqs

from components import interruption_queue
from components.alarms import Alarms, AlarmsArgs
from components.cluster_metrics import GROUP_METRICS
from components.colour_dashboard import ColourDashboard, ColourDashboardArgs
from components.pair_dashboard import PairDashboard, PairDashboardArgs
from settings.monitoring import Monitoring
from tests.unit.pulumi_harness import Checks, Plain, Ran, run

ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
DASHBOARD = "aws:cloudwatch/dashboard:Dashboard"
TOPIC = "arn:aws:sns:eu-west-1:123456789012:on-call"
GROUPS = {"on-demand": "eks-blue-on-demand", "spot": "eks-blue-spot"}
QUEUE = "eks-blue-interruptions"
_COLUMNS = 24


def watched(*topics: str, queue: str | None = QUEUE, **least: int) -> Ran:
    def program(_: Checks) -> None:
        args = AlarmsArgs(
            tags={"Stack": "blue"},
            settings=Monitoring.model_validate({"alarmTopics": topics}),
            cluster_name="eks-blue",
            least={name.replace("_", "-"): count for name, count in least.items()},
            groups=GROUPS,
            queues={"interruptions": queue} if queue else {},
            after=[sqs.Queue("watched")],
        )
        Alarms("alarms", args)

    return run(program)


def by_name(ran: Ran) -> Mapping[str, Plain]:
    return {it.inputs["name"]: it.inputs for it in ran.of_type(ALARM)}


def shown(queue: str | None = QUEUE) -> list[Plain]:
    def program(_: Checks) -> None:
        args = ColourDashboardArgs(
            tags={},
            region="eu-west-1",
            cluster_name="eks-blue",
            groups=GROUPS,
            queues={"Nodes that EC2 takes": queue} if queue else {},
            alarms=["arn:alarm"],
            after=[],
        )
        ColourDashboard("dashboard", args)

    made = run(program).only(DASHBOARD)
    assert made.inputs["dashboardName"] == "eks-blue"
    return json.loads(made.inputs["dashboardBody"])["widgets"]


def of_the_pair(region: str = "eu-west-1") -> list[Plain]:
    def program(_: Checks) -> None:
        zones = {"devinfra.fr": "Z1", "devinfra.info": "Z3"}
        PairDashboard("pair", PairDashboardArgs(tags={}, region=region, public_zones=zones))

    made = run(program).only(DASHBOARD)
    assert made.inputs["dashboardName"] == "eks-platform"
    return json.loads(made.inputs["dashboardBody"])["widgets"]


def titled(widgets: list[Plain], title: str) -> Plain:
    (found,) = [it["properties"] for it in widgets if it["properties"].get("title") == title]
    return found


def test_alarms_of_nodes_follow_min() -> None:
    found = by_name(watched(on_demand=3, spot=0))
    assert set(found) == {
        "eks-blue-nodes-on-demand",
        "eks-blue-unschedulable-pods",
        "eks-blue-api-errors",
        "eks-blue-interruptions",
    }
    nodes = found["eks-blue-nodes-on-demand"]
    assert (nodes["comparisonOperator"], nodes["threshold"]) == ("LessThanThreshold", 3)
    assert nodes["dimensions"] == {"AutoScalingGroupName": "eks-blue-on-demand"}
    assert (nodes["statistic"], nodes["period"] * nodes["evaluationPeriods"]) == ("Maximum", 900)
    said = "eks-blue: Node group on-demand has had fewer than 3 nodes in service, its min, for 15"
    assert nodes["alarmDescription"] == f"{said} minutes"
    assert nodes["tags"] == {"Stack": "blue", "Name": "eks-blue-nodes-on-demand"}
    assert by_name(watched(spot=7))["eks-blue-nodes-spot"]["threshold"] == 7


def test_alarms_of_the_cluster_are_on_metrics_of_eks() -> None:
    found = by_name(watched())
    of_eks = {it["metricName"]: it for it in found.values() if it["namespace"] == "AWS/EKS"}
    assert set(of_eks) == {"scheduler_pending_pods_UNSCHEDULABLE", "apiserver_request_total_5XX"}
    for alarm in of_eks.values():
        assert alarm["dimensions"] == {"ClusterName": "eks-blue"}
        assert alarm["statistic"] == "Sum"
        assert alarm["period"] * alarm["evaluationPeriods"] == 900
        assert alarm["treatMissingData"] == "missing"
    # A count at one moment: a sum over more than a minute would count pods twice.
    assert of_eks["scheduler_pending_pods_UNSCHEDULABLE"]["period"] == 60


def test_the_alarm_of_the_queue_goes_off_before_the_queue_forgets() -> None:
    alarm = by_name(watched())["eks-blue-interruptions"]
    assert alarm["dimensions"] == {"QueueName": QUEUE}
    assert alarm["metricName"] == "ApproximateAgeOfOldestMessage"
    window = alarm["period"] * alarm["evaluationPeriods"]
    assert alarm["threshold"] + window < interruption_queue._RETENTION
    assert alarm["treatMissingData"] == "notBreaching"
    assert "eks-blue-interruptions" not in by_name(watched(queue=None))


def test_topics_hear_of_alarms_and_of_their_end() -> None:
    for alarm in by_name(watched(TOPIC, on_demand=1)).values():
        assert alarm["alarmActions"] == alarm["okActions"] == [TOPIC]
    for alarm in by_name(watched()).values():
        assert not alarm["alarmActions"]


def test_alarms_go_before_what_they_watch() -> None:
    ran = watched(on_demand=1)
    queue = ran.only("aws:sqs/queue:Queue")
    assert all(it.waits_for(queue) for it in ran.of_type(ALARM))


def test_the_dashboard_of_a_colour_shows_its_groups_by_name() -> None:
    widgets = shown()
    lines = titled(widgets, "Nodes in service")["metrics"]
    assert [line[:4] for line in lines] == [
        ["AWS/AutoScaling", "GroupInServiceInstances", "AutoScalingGroupName", name]
        for name in GROUPS.values()
    ]
    assert [line[4]["label"] for line in lines] == list(GROUPS)
    assert titled(widgets, "Alarms of eks-blue")["alarms"] == ["arn:alarm"]
    queue = titled(widgets, "Nodes that EC2 takes")["metrics"]
    assert {line[3] for line in queue} == {QUEUE}
    assert "Nodes that EC2 takes" not in str(shown(queue=None))


def test_the_dashboard_of_the_pair_has_both_colours_side_by_side() -> None:
    widgets = of_the_pair()
    for colour, column in (("blue", 0), ("green", _COLUMNS // 2)):
        title = f"Nodes in service, {colour}"
        (nodes,) = [it for it in widgets if it["properties"].get("title") == title]
        assert nodes["x"] == column
        assert nodes["properties"]["metrics"][0][0]["expression"] == (
            'SEARCH(\'{AWS/AutoScaling,AutoScalingGroupName} MetricName="GroupInServiceInstances"'
            f" AutoScalingGroupName=eks-{colour}', 'Average', 60)"
        )
        traffic = titled(widgets, f"Traffic of load balancers, {colour}")
        assert traffic["labels"] == [{"key": "elbv2.k8s.aws/cluster", "value": f"eks-{colour}"}]


def test_queries_are_counted_in_one_region_of_one_partition() -> None:
    title = "Queries that Route 53 answers in a minute"
    queries = titled(of_the_pair(), title)
    assert queries["region"] == "us-east-1"
    assert [line[:4] for line in queries["metrics"]] == [
        ["AWS/Route53", "DNSQueries", "HostedZoneId", zone] for zone in ("Z1", "Z3")
    ]
    assert title not in str(of_the_pair("us-gov-west-1"))


def test_widgets_fill_the_grid_and_none_lies_on_another() -> None:
    for widgets in (shown(), shown(queue=None), of_the_pair(), of_the_pair("us-gov-west-1")):
        taken = [
            (x, y)
            for it in widgets
            for x in range(it["x"], it["x"] + it["width"])
            for y in range(it["y"], it["y"] + it["height"])
        ]
        assert len(taken) == len(set(taken))
        assert max(x for x, _ in taken) == _COLUMNS - 1


def test_groups_count_what_is_shown_of_them_and_nothing_else() -> None:
    counted = {it.value for it in GROUP_METRICS}
    asked = set[str]()
    for widget in (*shown(), *of_the_pair()):
        for line in widget["properties"].get("metrics", ()):
            if isinstance(line, list) and line[0] == "AWS/AutoScaling":
                asked.add(line[1])
    assert asked == counted
