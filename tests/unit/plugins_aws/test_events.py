"""What tells of interruptions: queues, EventBridge rules and targets, lifecycle hooks."""

import json
from typing import TYPE_CHECKING

import pytest

from localcloud.plugins.aws.clients import Clients
from localcloud.plugins.plugin import Object, PluginError
from tests.unit.plugins_aws.conftest import Driver, Made

if TYPE_CHECKING:
    from mypy_boto3_events.type_defs import PutEventsRequestEntryTypeDef

QUEUE = "aws:sqs/queue:Queue"
QUEUE_POLICY = "aws:sqs/queuePolicy:QueuePolicy"
RULE = "aws:cloudwatch/eventRule:EventRule"
TARGET = "aws:cloudwatch/eventTarget:EventTarget"
HOOK = "aws:autoscaling/lifecycleHook:LifecycleHook"

PATTERN = json.dumps({"source": ["aws.ec2"], "detail-type": ["EC2 Spot Instance Interruption"]})


def policy(sid: str) -> str:
    statement = {
        "Sid": sid,
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": "*",
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


@pytest.fixture
def queue(driver: Driver) -> Made:
    return driver.create(
        QUEUE,
        name="eks-blue-interruptions",
        messageRetentionSeconds=300,
        sqsManagedSseEnabled=True,
        tags={"Name": "blue"},
    )


@pytest.fixture
def rule(driver: Driver) -> Made:
    return driver.create(
        RULE, name="spot", description="Spot", eventPattern=PATTERN, tags={"Name": "spot"}
    )


def attributes(aws: Clients, queue: Made) -> dict[str, str]:
    answer = aws.sqs.get_queue_attributes(QueueUrl=queue.resource_id, AttributeNames=["All"])
    return {**answer["Attributes"]}


def test_a_queue_lives(driver: Driver, aws: Clients, queue: Made) -> None:
    assert queue.state["arn"] == "arn:aws:sqs:eu-west-1:123456789012:eks-blue-interruptions"
    assert queue.state["url"] == queue.resource_id
    queue.assert_importable()
    aws.sqs.set_queue_attributes(
        QueueUrl=queue.resource_id, Attributes={"MessageRetentionPeriod": "60"}
    )
    aws.sqs.tag_queue(QueueUrl=queue.resource_id, Tags={"new": "x"})
    assert queue.drift() == {"messageRetentionSeconds", "tags.new"}
    queue.refresh()
    queue.update(messageRetentionSeconds=600, visibilityTimeoutSeconds=20, tags={"team": "a"})
    assert attributes(aws, queue)["VisibilityTimeout"] == "20"
    queue.update(visibilityTimeoutSeconds=None)
    assert attributes(aws, queue)["VisibilityTimeout"] == "30"
    assert queue.replaced_by(name="other") == {"name"}
    queue.delete()
    assert driver.create(QUEUE, "blue").state["name"].startswith("blue-")


def test_a_queue_is_made_once(driver: Driver, queue: Made) -> None:
    with pytest.raises(PluginError, match="eks-blue-interruptions exists already"):
        driver.create(QUEUE, name=queue.state["name"])


def test_a_queue_may_have_a_dead_letter_queue(driver: Driver, aws: Clients, queue: Made) -> None:
    redrive = json.dumps({"deadLetterTargetArn": queue.state["arn"], "maxReceiveCount": 3})
    first = driver.create(QUEUE, name="first", redrivePolicy=redrive)
    assert json.loads(attributes(aws, first)["RedrivePolicy"]) == json.loads(redrive)


def test_a_queue_policy_lives(driver: Driver, aws: Clients, queue: Made) -> None:
    made = driver.create(QUEUE_POLICY, queueUrl=queue.resource_id, policy=policy("ours"))
    made.assert_importable()
    # The queue's own settings change without it.
    queue.update(messageRetentionSeconds=900)
    made.assert_settled()
    aws.sqs.set_queue_attributes(
        QueueUrl=queue.resource_id, Attributes={"Policy": policy("theirs")}
    )
    assert made.drift() == {"policy"}
    made.update(policy=policy("again"))
    assert json.loads(attributes(aws, queue)["Policy"])["Statement"][0]["Sid"] == "again"
    assert made.replaced_by(queueUrl="https://other") == {"queueUrl"}
    made.delete()
    assert "Policy" not in attributes(aws, queue)


def test_a_policy_goes_with_its_queue(driver: Driver, queue: Made) -> None:
    made = driver.create(QUEUE_POLICY, queueUrl=queue.resource_id, policy=policy("ours"))
    queue.delete()
    assert made.read() is None
    made.delete()


def test_a_rule_lives(driver: Driver, aws: Clients, rule: Made) -> None:
    assert rule.state["arn"] == "arn:aws:events:eu-west-1:123456789012:rule/spot"
    assert rule.state["eventBusName"] == "default"
    rule.assert_importable()
    aws.events.tag_resource(ResourceARN=rule.state["arn"], Tags=[{"Key": "new", "Value": "x"}])
    aws.events.put_rule(Name="spot", EventPattern='{"source": ["aws.health"]}')
    assert rule.drift() == {"description", "eventPattern", "tags.new"}
    rule.refresh()
    rule.update(eventPattern=PATTERN, description="all", state="DISABLED", tags={"team": "a"})
    assert aws.events.describe_rule(Name="spot")["State"] == "DISABLED"
    assert rule.replaced_by(name="other") == {"name"}
    rule.delete()
    assert driver.create(RULE, "health", eventPattern=PATTERN).resource_id.startswith("health-")


def test_a_rule_is_made_once_and_needs_a_trigger(driver: Driver, rule: Made) -> None:
    with pytest.raises(PluginError, match="spot exists already"):
        driver.create(RULE, name=rule.resource_id, eventPattern=PATTERN)
    with pytest.raises(PluginError, match=r"EventPattern or ScheduleExpression"):
        driver.create(RULE, name="empty")


def test_a_target_lives_and_gets_the_events(
    driver: Driver, aws: Clients, rule: Made, queue: Made
) -> None:
    made = driver.create(TARGET, rule="spot", targetId="queue", arn=queue.state["arn"])
    assert made.resource_id == "spot-queue"
    made.assert_importable("spot/queue")
    event: PutEventsRequestEntryTypeDef = {
        "Source": "aws.ec2",
        "DetailType": "EC2 Spot Instance Interruption",
        "Detail": "{}",
    }
    aws.events.put_events(Entries=[event])
    messages = aws.sqs.receive_message(QueueUrl=queue.resource_id)["Messages"]
    assert [json.loads(message["Body"])["source"] for message in messages] == ["aws.ec2"]
    made.update(retryPolicy={"maximumRetryAttempts": 3})
    aws.events.remove_targets(Rule="spot", Ids=["queue"])
    assert made.read() is None
    made = driver.create(TARGET, rule="spot", arn=queue.state["arn"])
    with pytest.raises(PluginError, match="has targets"):
        rule.delete()
    assert made.replaced_by(rule="other") == {"rule"}
    made.delete()
    rule.delete()
    made.delete()


@pytest.fixture
def group(aws: Clients) -> str:
    vpc = aws.ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnet = aws.ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
    aws.autoscaling.create_launch_configuration(
        LaunchConfigurationName="nodes", ImageId="ami-12345678", InstanceType="m6i.large"
    )
    aws.autoscaling.create_auto_scaling_group(
        AutoScalingGroupName="nodes",
        LaunchConfigurationName="nodes",
        MinSize=0,
        MaxSize=1,
        VPCZoneIdentifier=subnet,
    )
    return "nodes"


def hook(group: str) -> Object:
    return {
        "autoscalingGroupName": group,
        "lifecycleTransition": "autoscaling:EC2_INSTANCE_TERMINATING",
        "defaultResult": "CONTINUE",
        "heartbeatTimeout": 300,
    }


def test_a_lifecycle_hook_lives(driver: Driver, aws: Clients, group: str) -> None:
    made = driver.create(HOOK, name="drain", **hook(group))
    made.assert_importable("nodes/drain")
    with pytest.raises(PluginError, match="has a lifecycle hook drain already"):
        driver.create(HOOK, name="drain", **hook(group))
    aws.autoscaling.put_lifecycle_hook(
        LifecycleHookName="drain",
        AutoScalingGroupName=group,
        LifecycleTransition="autoscaling:EC2_INSTANCE_TERMINATING",
        HeartbeatTimeout=60,
        DefaultResult="CONTINUE",
    )
    assert made.drift() == {"heartbeatTimeout"}
    made.update(heartbeatTimeout=600)
    assert made.replaced_by(autoscalingGroupName="other") == {"autoscalingGroupName"}
    made.delete()


def test_a_hook_needs_its_group_and_goes_with_it(driver: Driver, aws: Clients, group: str) -> None:
    with pytest.raises(PluginError, match="no Auto Scaling group other"):
        driver.create(HOOK, name="drain", **hook("other"))
    made = driver.create(HOOK, "drain", **hook(group))
    aws.autoscaling.delete_auto_scaling_group(AutoScalingGroupName=group, ForceDelete=True)
    assert made.read() is None
    made.delete()


@pytest.mark.parametrize(
    ("token", "inputs", "unknown"),
    [
        (QUEUE, {"fifoQueue": True}, "fifoQueue"),
        (RULE, {"eventBusName": "other", "eventPattern": PATTERN}, "eventBusName"),
        (HOOK, {**hook("nodes"), "notificationTargetArn": "arn"}, "notificationTargetArn"),
    ],
)
def test_what_is_not_emulated_is_refused(
    driver: Driver, token: str, inputs: Object, unknown: str
) -> None:
    assert set(driver.failures(token, **inputs)) == {unknown}


@pytest.mark.parametrize(
    ("token", "inputs"),
    [
        (QUEUE, {"name": "no spaces"}),
        (RULE, {"name": "x" * 65, "eventPattern": PATTERN}),
        (TARGET, {"rule": "none", "targetId": "a b", "arn": "arn:aws:sqs:eu-west-1:1:q"}),
    ],
)
def test_what_aws_refuses_names_the_type(driver: Driver, token: str, inputs: Object) -> None:
    with pytest.raises(PluginError, match=f"^{token}: "):
        driver.provider.create(token, inputs, preview=False, timeout=0)
