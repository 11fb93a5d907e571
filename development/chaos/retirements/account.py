"""What stands in EC2 and IAM, and what a retirement has left of a colour or taken of the other."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bluegreen.world.locks import Locks
from development.chaos.platform import Platform
from development.chaos.retirements.plan import OTHER, RETIRED
from development.chaos.retirements.platform import all_run, nodes_of
from localcloud.aws import AwsClients
from localcloud.backend import checkpoint, latest
from localcloud.state import REGION
from settings.names import PROJECT, cluster_name

if TYPE_CHECKING:
    from mypy_boto3_ec2.type_defs import TagTypeDef

_ENDED = "terminated"
_ASKED = ("open", "active")
_OTHERS: "TagTypeDef" = {"Key": "eks:eks-cluster-name", "Value": cluster_name(OTHER)}
"""Tag of what the Karpenter of the colour that stays has made."""

Standing = Mapping[str, Set[str]]
"""Ids or names of what stands, by kind."""


@dataclass(frozen=True)
class Other:
    """The colour that stays.

    Attributes:
        state: digest of its stack's state.
        nodes: its NodeClaims, and the nodes that its pods run on.
    """

    state: str
    nodes: Sequence[str]


def standing(platform: Platform) -> Standing:
    """What stands in the whole account, of the kinds that Karpenter makes or needs.

    Launch templates of the other colour's Karpenter aside: they come and go.
    """
    clients = AwsClients(platform.cloud.aws_url, REGION)
    return {
        **_launched(clients),
        "Auto Scaling group": {
            it["AutoScalingGroupName"]
            for page in clients.autoscaling.get_paginator("describe_auto_scaling_groups").paginate()
            for it in page["AutoScalingGroups"]
        },
        "instance profile": {
            it["InstanceProfileName"]
            for page in clients.iam.get_paginator("list_instance_profiles").paginate()
            for it in page["InstanceProfiles"]
        },
        "role": {
            it["RoleName"]
            for page in clients.iam.get_paginator("list_roles").paginate()
            for it in page["Roles"]
        },
    }


def _launched(clients: AwsClients) -> Standing:
    ec2 = clients.ec2
    return {
        "instance": {
            f"{it['InstanceId']} ({it['State']['Name']})"
            for page in ec2.get_paginator("describe_instances").paginate()
            for reservation in page["Reservations"]
            for it in reservation["Instances"]
            if it["State"]["Name"] != _ENDED
        },
        "spot request": {
            it["SpotInstanceRequestId"]
            for page in ec2.get_paginator("describe_spot_instance_requests").paginate()
            for it in page["SpotInstanceRequests"]
            if it["State"] in _ASKED
        },
        "launch template": {
            it["LaunchTemplateName"]
            for page in ec2.get_paginator("describe_launch_templates").paginate()
            for it in page["LaunchTemplates"]
            # Karpenter deletes its own a minute or two after their last use.
            if _OTHERS not in it.get("Tags", ())
        },
        "volume": {
            it["VolumeId"]
            for page in ec2.get_paginator("describe_volumes").paginate()
            for it in page["Volumes"]
        },
        "network interface": {
            it["NetworkInterfaceId"]
            for page in ec2.get_paginator("describe_network_interfaces").paginate()
            for it in page["NetworkInterfaces"]
        },
        "security group": {
            it["GroupId"]
            for page in ec2.get_paginator("describe_security_groups").paginate()
            for it in page["SecurityGroups"]
        },
    }


def compare(before: Standing, after: Standing) -> Iterator[str]:
    """What is there that was not, and what is not there that was."""
    for kind in sorted({*before, *after}):
        was, stands = before.get(kind, set()), after.get(kind, set())
        if left := sorted(stands - was):
            yield f"left: {kind} {', '.join(left)}"
        if gone := sorted(was - stands):
            yield f"gone, though not of {cluster_name(RETIRED)}: {kind} {', '.join(gone)}"


def read_other(platform: Platform) -> Other:
    """The colour that stays, as it stands."""
    content = checkpoint(platform.state, OTHER).read_bytes()
    return Other(hashlib.sha256(content).hexdigest(), nodes_of(platform, OTHER))


def check_other(platform: Platform, before: Other) -> Iterator[str]:
    """Whether the colour that stays was touched."""
    after = read_other(platform)
    if after.state != before.state:
        yield f"the state of {OTHER} has changed"
    if after.nodes != before.nodes:
        yield f"{OTHER} had {', '.join(before.nodes)} and has {', '.join(after.nodes)}"
    if not all_run(platform, OTHER):
        yield f"not all pods of {OTHER} run"


def check_stack(platform: Platform) -> Iterator[str]:
    """Whether the retired colour's stack is empty, free, and its cluster gone."""
    content = latest(platform.state, RETIRED)
    if resources := content.get("resources"):
        yield f"the state of {RETIRED} has {len(resources)} resources"
    if content.get("pending_operations"):
        yield f"the state of {RETIRED} has pending operations"
    if Locks(platform.state.backend_url, PROJECT).read(RETIRED):
        yield f"stack {RETIRED} is locked"
    listed = platform.run_checked("aws", "eks", "list-clusters", "--output", "text")
    if cluster_name(RETIRED) in listed.split():
        yield f"cluster {cluster_name(RETIRED)} stands"
    asked = platform.run("bluegreen", "status")
    if asked.returncode:
        yield f"bluegreen status ended with {asked.returncode}: {asked.stdout}"
