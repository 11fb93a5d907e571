"""What moto's Auto Scaling leaves out: zones, mixed types, instance profiles, instance refresh.

moto starts all instances of a group in one subnet, with the launch template's own type and
without its instance profile. Nodes need all three, so the method that starts them is replaced.
It also starts none of a launch template's later versions that have user data.
"""

import itertools
import logging
import threading
import uuid
from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from botocore.exceptions import ClientError
from moto.autoscaling.exceptions import ValidationError
from moto.autoscaling.models import (
    ASG_NAME_TAG,
    AutoScalingBackend,
    FakeAutoScalingGroup,
    InstanceState,
)
from moto.autoscaling.responses import AutoScalingResponse
from moto.core.responses import ActionResult
from moto.ec2.models.launch_templates import LaunchTemplate, LaunchTemplateVersion
from moto.ec2.utils import parse_user_data

from catalogue.instance_types import instance_types
from localcloud.server import activities
from localcloud.server.activities import Launch
from localcloud.server.ec2.capacity import CODE, NoCapacityError

if TYPE_CHECKING:
    from mypy_boto3_autoscaling import AutoScalingClient

_log = logging.getLogger(__name__)

_lock = threading.RLock()
_by_group: WeakKeyDictionary[FakeAutoScalingGroup, list[dict[str, Any]]] = WeakKeyDictionary()


def install() -> None:
    """Replaces and adds the methods; once per process."""
    FakeAutoScalingGroup.replace_autoscaling_group_instances = _start_instances
    FakeAutoScalingGroup.update = _update
    LaunchTemplate.create_version = _create_version
    AutoScalingResponse.start_instance_refresh = _start_instance_refresh  # pyright: ignore[reportAttributeAccessIssue]
    AutoScalingResponse.describe_instance_refreshes = _describe_instance_refreshes  # pyright: ignore[reportAttributeAccessIssue]


_moto_create_version = LaunchTemplate.create_version


def _create_version(
    self: LaunchTemplate, data: dict[str, Any], description: str
) -> LaunchTemplateVersion:
    """Reads user data of every version: moto does so of the first alone, and needs it of all."""
    said = data.get("UserData")
    read = {**data, "UserData": parse_user_data(said)} if isinstance(said, str) else data
    return _moto_create_version(self, read, description)


_moto_update = FakeAutoScalingGroup.update


def _update(
    self: FakeAutoScalingGroup,
    availability_zones: list[str],
    desired_capacity: int | None,
    max_size: int | None,
    min_size: int | None,
    *others: Any,  # noqa: ANN401 - moto's own
    **named: Any,  # noqa: ANN401 - as above
) -> None:
    """Keeps what a group wants, within its sizes: moto goes by the instances that it has."""
    if desired_capacity is None and (min_size is not None or max_size is not None):
        # AWS has no group without either.
        least = int((self.min_size if min_size is None else min_size) or 0)
        most = int((self.max_size if max_size is None else max_size) or 0)
        desired_capacity = min(max(self.desired_capacity or 0, least), most)
    _moto_update(self, availability_zones, desired_capacity, max_size, min_size, *others, **named)


def _start_instances(
    self: FakeAutoScalingGroup, count_needed: int, propagated_tags: dict[str, str]
) -> None:
    """Starts instances one by one, each in the subnet that has the fewest and is not without any.

    What no zone has any of is missing until `fill_groups`, or until the group is changed.
    """
    tags = {**propagated_tags, ASG_NAME_TAG: self.name, **self.instance_tags}
    types = _types(self)
    with _lock:
        missing = (self.desired_capacity or 0) - len(self.active_instances())
        refusing: set[str] = set()
        for _, kind in zip(range(min(count_needed, missing)), types, strict=False):
            _start_one(self, kind, tags, refusing)


def fill_groups(autoscaling: "AutoScalingClient") -> None:
    """Starts what groups could not have while EC2 had none: AWS tries again by itself.

    By calls, as whoever waits for instances looks at those. Raises what boto3 raises where groups
    cannot be listed.
    """
    for page in autoscaling.get_paginator("describe_auto_scaling_groups").paginate():
        for group in page["AutoScalingGroups"]:
            wanted = group["DesiredCapacity"]
            if len(group["Instances"]) < wanted:
                _fill(autoscaling, group["AutoScalingGroupName"], wanted)


def _fill(autoscaling: "AutoScalingClient", name: str, wanted: int) -> None:
    """One that still cannot, or is gone by now, holds up no other."""
    try:
        autoscaling.set_desired_capacity(AutoScalingGroupName=name, DesiredCapacity=wanted)
    except ClientError as error:
        _log.warning("%s does not get its instances: %s", name, error)


def _types(group: FakeAutoScalingGroup) -> "itertools.cycle[str]":
    """Instance types to start: the overrides in turn for spot, else always the first."""
    policy: Any = group.mixed_instances_policy or {}
    overrides = policy.get("LaunchTemplate", {}).get("Overrides") or []
    names = [str(o["InstanceType"]) for o in overrides if o.get("InstanceType")]
    if not names:
        return itertools.cycle([str(group.instance_type)])
    return itertools.cycle(names if _is_spot(group) else names[:1])


def _is_spot(group: FakeAutoScalingGroup) -> bool:
    policy: Any = group.mixed_instances_policy or {}
    distribution = policy.get("InstancesDistribution") or {}
    return str(distribution.get("OnDemandPercentageAboveBaseCapacity", 100)) == "0"


def _start_one(
    group: FakeAutoScalingGroup, kind: str, tags: dict[str, str], refusing: set[str]
) -> None:
    """Starts an instance in the first subnet that has one.

    Args:
        group: that gets it.
        kind: its type.
        tags: its tags.
        refusing: subnets that have none; those that refuse are added.
    """
    ec2: Any = group.autoscaling_backend.ec2_backend
    if mistake := architecture_mistake(ec2, kind, group.image_id):
        raise ValidationError(mistake)
    subnets: list[str] = (group.vpc_zone_identifier or "").split(",")
    used = Counter(state.instance.subnet_id for state in group.instance_states)
    for subnet in sorted(subnets, key=lambda name: used[name]):
        if subnet in refusing:
            continue
        zone = str(ec2.get_subnet(subnet).availability_zone)
        launch = Launch(group, subnet, zone, len(group.instance_states))
        try:
            instance = _run(group, kind, tags, launch)
        except NoCapacityError as error:
            refusing.add(subnet)
            capacity = "spot" if _is_spot(group) else "on-demand"
            activities.refused(launch, capacity, CODE, error.message)
            continue
        activities.launched(launch, instance.id)
        group.instance_states.append(
            InstanceState(
                instance, protected_from_scale_in=group.new_instances_protected_from_scale_in
            )
        )
        return


def _run(group: FakeAutoScalingGroup, kind: str, tags: dict[str, str], launch: Launch) -> Any:  # noqa: ANN401
    """An instance of a group. Raises NoCapacityError."""
    ec2: Any = group.autoscaling_backend.ec2_backend
    template: Any = group.ec2_launch_template
    reservation = ec2.run_instances(
        group.image_id,
        1,
        group.user_data,
        group.security_groups,
        instance_type=kind,
        is_instance_type_default=False,
        tags={"instance": tags},
        placement=launch.zone,
        launch_config=group.launch_config,
        launch_template={"LaunchTemplateId": template.id} if template else None,
        associate_public_ip=False,
        subnet_id=launch.subnet,
        instance_market_options={"MarketType": "spot"} if _is_spot(group) else None,
    )
    (instance,) = reservation.instances
    instance.autoscaling_group = group
    if template is not None:
        complete(ec2, instance, template.get_version(group.launch_template_version).data)
    return instance


def complete(ec2: Any, instance: Any, data: Mapping[str, Any]) -> None:  # noqa: ANN401
    """Gives an instance what a launch template says and moto takes no notice of.

    Args:
        ec2: moto's backend.
        instance: one that was just started.
        data: of the launch template's version.
    """
    interfaces: list[dict[str, Any]] = data.get("NetworkInterfaces") or [{}]
    for nic in instance.nics.values():
        # moto takes the request's "true" for none; EC2 deletes what it made at launch.
        wanted = str(interfaces[0].get("DeleteOnTermination", True))
        nic.delete_on_termination = wanted.lower() == "true"
    profile: dict[str, str] = data.get("IamInstanceProfile") or {}
    if profile:
        ec2.associate_iam_instance_profile(
            instance.id,
            iam_instance_profile_name=profile.get("Name"),
            iam_instance_profile_arn=profile.get("Arn"),
        )


def architecture_mistake(ec2: Any, kind: str, image_id: str) -> str:  # noqa: ANN401
    """Why EC2 does not start a type from an image, or nothing; moto starts any from any."""
    images = ec2.describe_images(ami_ids=[image_id])
    known = instance_types().get(kind)
    if known is None or not images or images[0].architecture == known.architecture:
        return ""
    return (
        f"The architecture '{known.architecture}' of the specified instance type does not match"
        f" the architecture '{images[0].architecture}' of the specified AMI."
    )


def _start_instance_refresh(response: AutoScalingResponse) -> ActionResult:
    """Replaces every instance at once; a real refresh takes its time.

    Those for which EC2 has no other stay, and the refresh has failed.
    """
    params: dict[str, Any] = response._get_params()
    backend: AutoScalingBackend = response.autoscaling_backend
    group = backend.autoscaling_groups[params["AutoScalingGroupName"]]
    with _lock:
        old = list(group.instance_states)
        group.instance_states[:] = []
        group.replace_autoscaling_group_instances(len(old), group.get_propagated_tags())
        replaced = len(group.instance_states)
        group.instance_states += old[replaced:]
        ec2: Any = backend.ec2_backend
        if replaced:
            ec2.terminate_instances([state.instance.id for state in old[:replaced]])
    refresh = {
        "InstanceRefreshId": str(uuid.uuid4()),
        "AutoScalingGroupName": group.name,
        "Status": "Successful" if replaced >= len(old) else "Failed",
        "PercentageComplete": 100 * replaced // len(old) if old else 100,
        "Preferences": params.get("Preferences", {}),
    }
    if replaced < len(old):
        refresh["StatusReason"] = "EC2 has no instances left; see the scaling activities"
    _refreshes(group).insert(0, refresh)
    return ActionResult({"InstanceRefreshId": refresh["InstanceRefreshId"]})


def _describe_instance_refreshes(response: AutoScalingResponse) -> ActionResult:
    params: dict[str, Any] = response._get_params()
    backend: AutoScalingBackend = response.autoscaling_backend
    group = backend.autoscaling_groups[params["AutoScalingGroupName"]]
    return ActionResult({"InstanceRefreshes": _refreshes(group)})


def _refreshes(group: FakeAutoScalingGroup) -> list[dict[str, Any]]:
    """Refreshes of a group, newest first."""
    return _by_group.setdefault(group, [])
