"""Scaling activities: what groups started, and what EC2 refused them; moto keeps none.

https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_DescribeScalingActivities.html
"""

import json
import uuid
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import Any, TypeAlias
from weakref import WeakKeyDictionary

from moto.autoscaling.exceptions import ValidationError
from moto.autoscaling.models import AutoScalingBackend, FakeAutoScalingGroup
from moto.autoscaling.responses import AutoScalingResponse
from moto.core.responses import ActionResult

from localcloud.scarcity import CapacityType

Activity: TypeAlias = Mapping[str, Any]
"""As the answer has it."""

_KEPT = 1000
_PAGE = 100
_KNOWN = frozenset(
    {"Action", "Version", "AutoScalingGroupName", "ActivityIds", "MaxRecords", "NextToken"}
)
_by_group: WeakKeyDictionary[FakeAutoScalingGroup, deque[Activity]] = WeakKeyDictionary()


@dataclass(frozen=True)
class Launch:
    """One instance that a group wants.

    Attributes:
        group: that wants it.
        subnet: id.
        zone: of the subnet.
        size: instances that the group has without it.
    """

    group: FakeAutoScalingGroup
    subnet: str
    zone: str
    size: int


def install() -> None:
    """Replaces the method; once per process."""
    AutoScalingResponse.describe_scaling_activities = _describe


def launched(launch: Launch, instance: str) -> None:
    """Keeps that EC2 started an instance."""
    _keep(launch, f"Launching a new EC2 instance: {instance}", "Successful", {})


def refused(launch: Launch, capacity: CapacityType, code: str, message: str) -> None:
    """Keeps that EC2 started none, and why."""
    market = "Spot" if capacity == "spot" else "On-Demand"
    mixed = launch.group.mixed_instances_policy
    said = f"Could not launch {market} Instances. {code} - {message}" if mixed else message
    said = f"{said} Launching EC2 instance failed."
    description = f"Launching a new EC2 instance.  Status Reason: {said}"
    _keep(launch, description, "Failed", {"StatusMessage": said})


def _keep(launch: Launch, description: str, code: str, more: Activity) -> None:
    now, group = datetime.now(UTC), launch.group
    activity = {
        "ActivityId": str(uuid.uuid4()),
        "AutoScalingGroupName": group.name,
        "AutoScalingGroupARN": group.arn,
        "Description": description,
        "Cause": (
            f"At {now:%Y-%m-%dT%H:%M:%SZ} an instance was started in response to a difference"
            f" between desired and actual capacity, increasing the capacity from {launch.size} to"
            f" {launch.size + 1}."
        ),
        "StartTime": now,
        "EndTime": now,
        "StatusCode": code,
        "Progress": 100,
        "Details": json.dumps({"Subnet ID": launch.subnet, "Availability Zone": launch.zone}),
        **more,
    }
    _by_group.setdefault(group, deque(maxlen=_KEPT)).appendleft(activity)


def _describe(self: AutoScalingResponse) -> ActionResult:
    asked: Mapping[str, Any] = self._get_params()
    unknown = sorted(it for it in asked.keys() - _KNOWN if asked[it] is not None)
    if unknown:
        raise ValidationError(
            f"the local cloud does not emulate {', '.join(unknown)} of DescribeScalingActivities"
        )
    backend: AutoScalingBackend = self.autoscaling_backend
    found = _of(backend, str(asked.get("AutoScalingGroupName") or ""))
    if wanted := asked.get("ActivityIds"):
        found = [it for it in found if it["ActivityId"] in wanted]
    start = int(asked.get("NextToken") or 0)
    end = start + int(asked.get("MaxRecords") or _PAGE)
    answer: dict[str, Any] = {"Activities": list(islice(found, start, end))}
    if end < len(found):
        answer["NextToken"] = str(end)
    return ActionResult(answer)


def _of(backend: AutoScalingBackend, name: str) -> list[Activity]:
    """Activities of one group or of all that are there, newest first."""
    groups = backend.autoscaling_groups
    if name and name not in groups:
        raise ValidationError(
            f"AutoScalingGroup name not found - AutoScalingGroup '{name}' not found"
        )
    chosen = [groups[name]] if name else list(groups.values())
    # Instances start meanwhile: what is read does not change as it is read.
    found = [activity for group in chosen for activity in tuple(_by_group.get(group, ()))]
    return sorted(found, key=lambda it: it["StartTime"], reverse=True)
