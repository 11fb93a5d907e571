"""The queue of nodes that go: who may send, what is sent, and the hooks of every group."""

import json

from tests.unit.components.addons.deployed import RELEASE, deployed
from tests.unit.pulumi_harness import Plain

QUEUE = "aws:sqs/queue:Queue"
RULE = "aws:cloudwatch/eventRule:EventRule"
TARGET = "aws:cloudwatch/eventTarget:EventTarget"
HOOK = "aws:autoscaling/lifecycleHook:LifecycleHook"


def patterns() -> dict[str, Plain]:
    return {
        it.inputs["name"]: json.loads(it.inputs["eventPattern"]) for it in deployed().of_type(RULE)
    }


def test_the_queue_is_encrypted_and_forgets_soon() -> None:
    queue = deployed().only(QUEUE).inputs
    assert queue["name"] == "eks-blue-interruptions"
    assert queue["sqsManagedSseEnabled"] is True
    assert queue["messageRetentionSeconds"] == 300


def test_only_its_rules_send_and_nobody_in_clear() -> None:
    ran = deployed()
    policy = json.loads(ran.only("aws:sqs/queuePolicy:QueuePolicy").inputs["policy"])
    send, encrypted = policy["Statement"]
    assert send["Principal"] == {"Service": "events.amazonaws.com"}
    arns = send["Condition"]["ArnEquals"]["aws:SourceArn"]
    assert len(arns) == len(ran.of_type(RULE)) == 5
    assert encrypted["Effect"] == "Deny"
    assert encrypted["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_every_rule_has_the_queue_as_its_target_once_it_may_send() -> None:
    ran = deployed()
    targets = ran.of_type(TARGET)
    assert {it.inputs["rule"] for it in targets} == set(patterns())
    for target in targets:
        assert target.inputs["arn"] == "arn:aws:mock:eu-west-1:123456789012:" + ran.only(QUEUE).name
        assert target.waits_for(ran.only("aws:sqs/queuePolicy:QueuePolicy"))


def test_the_rules_are_of_what_ends_nodes() -> None:
    found = {(pattern["source"][0], pattern["detail-type"][0]) for pattern in patterns().values()}
    assert found == {
        ("aws.autoscaling", "EC2 Instance-terminate Lifecycle Action"),
        ("aws.ec2", "EC2 Spot Instance Interruption Warning"),
        ("aws.ec2", "EC2 Instance Rebalance Recommendation"),
        ("aws.ec2", "EC2 Instance State-change Notification"),
        ("aws.health", "AWS Health Event"),
    }
    groups = patterns()["eks-blue-terminating"]["detail"]["AutoScalingGroupName"]
    assert groups == ["eks-blue-on-demand", "eks-blue-spot"]


def test_every_group_gives_its_instances_time_and_lets_go_of_them_at_last() -> None:
    hooks = deployed().of_type(HOOK)
    assert {it.inputs["autoscalingGroupName"] for it in hooks} == {
        "eks-blue-on-demand",
        "eks-blue-spot",
    }
    for hook in hooks:
        assert hook.inputs["lifecycleTransition"] == "autoscaling:EC2_INSTANCE_TERMINATING"
        assert hook.inputs["defaultResult"] == "CONTINUE"
        assert hook.inputs["heartbeatTimeout"] == 300


def test_the_handler_listens_once_events_come() -> None:
    ran = deployed()
    handler = ran.only(RELEASE, "aws-node-termination-handler")
    assert all(handler.waits_for(target) for target in ran.of_type(TARGET))
    said = handler.inputs["values"]
    assert said["enableSqsTerminationDraining"] is True
    assert said["managedTag"] == "aws-node-termination-handler/managed"
