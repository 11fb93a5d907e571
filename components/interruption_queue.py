"""The queue that says which nodes are about to go, and the hooks that give them time."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pulumi
from pulumi_aws import autoscaling, cloudwatch, sqs

from components.base import Component, ComponentArgs

INTERRUPTIONS = "interruptions"
"""Ends the name of the queue of what drains nodes of groups."""

_RETENTION = 300  # seconds: what is older than that is about nodes that have gone
_TERMINATING = "autoscaling:EC2_INSTANCE_TERMINATING"


@dataclass(frozen=True, kw_only=True)
class Event:
    """A kind of event that goes to the queue.

    Attributes:
        name: its name, unique among those wanted together.
        source: service that sends it, for example ``aws.ec2``.
        detail_type: what EventBridge calls it.
        detail: what its detail must hold; empty for anything.
        of_groups: whether only events of the cluster's own Auto Scaling groups count.
    """

    name: str
    source: str
    detail_type: str
    detail: Mapping[str, Sequence[str]] = field(default_factory=dict[str, Sequence[str]])
    of_groups: bool = False


@dataclass(frozen=True, kw_only=True)
class Interruptions:
    """What is wanted of the queue.

    Attributes:
        events: events that go to it; their names are unique among those of all queues.
        heartbeat_seconds: seconds that a node which scaling ends gets, unless it is done before;
            None: it gets none, and groups have no hooks.
        queue: ends the queue's name.
    """

    events: tuple[Event, ...]
    heartbeat_seconds: int | None
    queue: str = INTERRUPTIONS


@dataclass(frozen=True, kw_only=True)
class InterruptionQueueArgs(ComponentArgs):
    """Arguments of `InterruptionQueue`.

    Attributes:
        cluster_name: EKS cluster name, for example ``eks-blue``.
        groups: names of its Auto Scaling groups, by their names in the settings.
        wanted: events and time.
    """

    cluster_name: str
    groups: Mapping[str, pulumi.Input[str]]
    wanted: Interruptions


def queue_name(cluster_name: str, queue: str = INTERRUPTIONS) -> str:
    """Name of a cluster's queue."""
    return f"{cluster_name}-{queue}"


class InterruptionQueue(Component):
    """Pulumi type ``eks-platform:interruptionQueue:InterruptionQueue``.

    Creates the encrypted queue ``CLUSTER-interruptions``, or of another ending, one EventBridge
    rule for each kind of event, which alone may send to it, and where it is asked for a lifecycle
    hook on every Auto Scaling group.

    Attributes:
        url: URL of the queue, known once events get to it.
        queue_name: its name, known then too.
    """

    MODULE = "interruptionQueue"

    url: pulumi.Output[str]
    queue_name: pulumi.Output[str]

    def __init__(
        self, name: str, args: InterruptionQueueArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(name, opts)
        self._name, self._args = name, args
        queue = self._queue()
        rules = [self._rule(event) for event in args.wanted.events]
        policy = sqs.QueuePolicy(
            name,
            queue_url=queue.url,
            policy=_policy(queue.arn, [rule.arn for rule in rules]),
            opts=self.child(),
        )
        targets = [self._target(rule, queue, policy) for rule in rules]
        self._hooks()
        waited = pulumi.Output.all(queue.url, queue.name, *(target.id for target in targets))
        self.url = waited.apply(lambda made: str(made[0]))
        self.queue_name = waited.apply(lambda made: str(made[1]))
        self.register_outputs({"url": self.url})

    def _label(self) -> str:
        return queue_name(self._args.cluster_name, self._args.wanted.queue)

    def _queue(self) -> sqs.Queue:
        label = self._label()
        return sqs.Queue(
            self._name,
            name=label,
            message_retention_seconds=_RETENTION,
            sqs_managed_sse_enabled=True,
            tags=self._args.named(label),
            opts=self.child(),
        )

    def _rule(self, event: Event) -> cloudwatch.EventRule:
        label = f"{self._args.cluster_name}-{event.name}"
        return cloudwatch.EventRule(
            f"{self._name}-{event.name}",
            name=label,
            description=f"{event.detail_type}, for {self._label()}",
            event_pattern=_pattern(event, list(self._args.groups.values())),
            tags=self._args.named(label),
            opts=self.child(),
        )

    def _target(
        self, rule: cloudwatch.EventRule, queue: sqs.Queue, policy: sqs.QueuePolicy
    ) -> cloudwatch.EventTarget:
        return cloudwatch.EventTarget(
            rule._name,
            rule=rule.name,
            arn=queue.arn,
            opts=self.child(depends_on=[policy]),
        )

    def _hooks(self) -> None:
        heartbeat = self._args.wanted.heartbeat_seconds
        if heartbeat is None:
            return
        for group, name in self._args.groups.items():
            autoscaling.LifecycleHook(
                f"{self._name}-{group}",
                name=f"{self._args.cluster_name}-{group}-drain",
                autoscaling_group_name=name,
                lifecycle_transition=_TERMINATING,
                heartbeat_timeout=heartbeat,
                # A drain that does not end must not keep an instance for ever.
                default_result="CONTINUE",
                opts=self.child(),
            )


def _pattern(event: Event, groups: Sequence[pulumi.Input[str]]) -> pulumi.Output[str]:
    detail: dict[str, object] = dict(event.detail)
    if event.of_groups:
        detail["AutoScalingGroupName"] = list(groups)
    pattern: dict[str, object] = {"source": [event.source], "detail-type": [event.detail_type]}
    return pulumi.Output.json_dumps({**pattern, **({"detail": detail} if detail else {})})


def _policy(queue: pulumi.Output[str], rules: Sequence[pulumi.Output[str]]) -> pulumi.Output[str]:
    def build(arns: Sequence[str]) -> str:
        here, *senders = arns
        send = {
            "Sid": "EventsOfTheRules",
            "Effect": "Allow",
            "Principal": {"Service": "events.amazonaws.com"},
            "Action": "sqs:SendMessage",
            "Resource": here,
            "Condition": {"ArnEquals": {"aws:SourceArn": senders}},
        }
        encrypted = {
            "Sid": "NothingInClear",
            "Effect": "Deny",
            "Principal": "*",
            "Action": "sqs:*",
            "Resource": here,
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        }
        return json.dumps({"Version": "2012-10-17", "Statement": [send, encrypted]})

    return pulumi.Output.all(queue, *rules).apply(build)
