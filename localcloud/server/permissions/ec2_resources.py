"""Resources of calls of EC2 that their parameters do not name one by one."""

from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

from localcloud.server.permissions import account, launches
from localcloud.server.permissions.call import Call
from localcloud.server.permissions.parameters import values_of
from localcloud.state import ACCOUNT_ID

Arns: TypeAlias = Sequence[str | None]
"""ARNs; None for a resource that is not known."""

Special: TypeAlias = Callable[[Call, str], Arns | None]
"""Tells the resources of a call, whose first type is given; None leaves it to the reference."""

KINDS: Mapping[str, str] = {
    "eipalloc": "elastic-ip",
    "eni": "network-interface",
    "i": "instance",
    "igw": "internet-gateway",
    "lt": "launch-template",
    "nat": "natgateway",
    "rtb": "route-table",
    "sg": "security-group",
    "sgr": "security-group-rule",
    "subnet": "subnet",
    "vol": "volume",
    "vpc": "vpc",
}
"""Types of resources by the beginning of their ids."""


def arn_of(region: str, identifier: str) -> str | None:
    """ARN of the resource with this id, or None for a type that is not known."""
    kind = KINDS.get(identifier.rpartition("-")[0])
    return f"arn:aws:ec2:{region}:{ACCOUNT_ID}:{kind}/{identifier}" if kind else None


def _tagged(call: Call, _kind: str) -> Arns:
    return [arn_of(call.region, it) for it in values_of(call.parameters, "Resources")]


def _attached(call: Call, _kind: str) -> Arns:
    """An interface, and the instance that it is attached to where the call is about that."""
    said = call.parameters
    about = said.get("AttachmentId") or (said.get("Attachment") or {}).get("AttachmentId")
    if not about:
        ids = values_of(said, "NetworkInterfaceId", "InstanceId")
    else:
        ids = account.attachment(call.region, about) or ("",)
    return [arn_of(call.region, it) for it in ids]


def _route_association(call: Call, _kind: str) -> Arns:
    """The table of before, its subnet or gateway, and the table of after."""
    before = account.association(call.region, call.parameters["AssociationId"]) or ("",)
    ids = (*before, *values_of(call.parameters, "RouteTableId"))
    return [arn_of(call.region, it) for it in ids]


def _rules(call: Call, _kind: str) -> Arns:
    rules = [it["SecurityGroupRuleId"] for it in call.parameters["SecurityGroupRules"]]
    return [arn_of(call.region, it) for it in (call.parameters["GroupId"], *rules)]


def _launch_template(call: Call, _kind: str) -> Arns | None:
    name = call.parameters.get("LaunchTemplateName")
    if name is None:
        return None
    return [arn_of(call.region, account.launch_template_id(call.region, name) or "")]


def _launch(call: Call, _kind: str) -> Arns:
    return launches.resources(call)


BY_ACTION: Mapping[str, Special] = {
    "ec2:AttachNetworkInterface": _attached,
    "ec2:CreateFleet": _launch,
    "ec2:CreateLaunchTemplateVersion": _launch_template,
    "ec2:CreateTags": _tagged,
    "ec2:DeleteLaunchTemplate": _launch_template,
    "ec2:DeleteTags": _tagged,
    "ec2:DetachNetworkInterface": _attached,
    "ec2:DisassociateRouteTable": _route_association,
    "ec2:ModifyLaunchTemplate": _launch_template,
    "ec2:ModifyNetworkInterfaceAttribute": _attached,
    "ec2:ModifySecurityGroupRules": _rules,
    "ec2:ReplaceRouteTableAssociation": _route_association,
    "ec2:RunInstances": _launch,
}
