"""What a launch of instances is about: RunInstances, and CreateFleet of type instant.

Both take from a launch template what the call itself does not say, tags included:
https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/permissions-for-launch-templates.html
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from localcloud.server.permissions import account
from localcloud.server.permissions.call import Call
from localcloud.server.permissions.parameters import tags_of
from localcloud.state import ACCOUNT_ID

OPERATIONS = ("RunInstances", "CreateFleet")
"""Those of EC2 that launch."""

_MADE = ("instance", "network-interface", "volume")
_SPOT = "spot-instances-request"


def resources(call: Call) -> Sequence[str | None]:
    """ARNs of all that a launch uses and makes; None for what is not known, such as a subnet."""
    found: list[str | None] = [_arn(call, f"{kind}/*") for kind in _made(call)]
    for template in templates(call):
        identifier = account.template_id(call.region, template)
        found.append(_arn(call, f"launch-template/{identifier}") if identifier else None)
    for said, data in _instances(call):
        image = said.get("ImageId") or data.get("ImageId")
        found.append(f"arn:aws:ec2:{call.region}::image/{image}" if image else None)
        found += _in_network(call, said, data)
    return list(dict.fromkeys(found))


def made_tags(call: Call, kind: str) -> Mapping[str, str] | None:
    """Tags that a launch puts on what it makes of a kind: the template's, and the call's own."""
    specifications = [tags_of(data, kind) for data in _data(call)]
    given = [it for it in (*specifications, tags_of(call.parameters, kind)) if it is not None]
    return {key: value for tags in given for key, value in tags.items()} if given else None


def tagged_by_templates(call: Call) -> Iterator[str]:
    """Kinds of what a launch makes that launch templates alone put tags on."""
    for data in _data(call):
        for it in data.get("TagSpecifications") or ():
            if (
                it["ResourceType"] in _made(call)
                and tags_of(call.parameters, it["ResourceType"]) is None
            ):
                yield it["ResourceType"]


def templates(call: Call) -> Sequence[Mapping[str, str]]:
    """The launch templates of a launch: id or name, and version."""
    if call.operation == "CreateFleet":
        configs = call.parameters.get("LaunchTemplateConfigs") or ()
        return [it.get("LaunchTemplateSpecification") or {} for it in configs]
    named = call.parameters.get("LaunchTemplate")
    return [named] if named else []


def _made(call: Call) -> Sequence[str]:
    spot = (_SPOT,) if _is_spot(call) else ()
    fleet = ("fleet",) if call.operation == "CreateFleet" else ()
    return (*fleet, *_MADE, *spot)


def _is_spot(call: Call) -> bool:
    target = call.parameters.get("TargetCapacitySpecification") or {}
    market = call.parameters.get("InstanceMarketOptions") or {}
    return "spot" in (target.get("DefaultTargetCapacityType"), market.get("MarketType"))


def _data(call: Call) -> Sequence[Mapping[str, Any]]:
    return [account.template_data(call.region, it) for it in templates(call)]


def _instances(call: Call) -> Iterator[tuple[Mapping[str, Any], Mapping[str, Any]]]:
    """What the call says of each sort of instance, and what its launch template does."""
    if call.operation == "CreateFleet":
        for config in call.parameters.get("LaunchTemplateConfigs") or ():
            data = account.template_data(
                call.region, config.get("LaunchTemplateSpecification") or {}
            )
            for override in config.get("Overrides") or ({},):
                yield override, data
    else:
        yield call.parameters, next(iter(_data(call)), {})


def _in_network(
    call: Call, said: Mapping[str, Any], data: Mapping[str, Any]
) -> Iterator[str | None]:
    interfaces = [*(said.get("NetworkInterfaces") or ()), *(data.get("NetworkInterfaces") or ())]
    subnets = [said.get("SubnetId"), *(it.get("SubnetId") for it in interfaces)]
    subnet = next((it for it in subnets if it), None)
    yield _arn(call, f"subnet/{subnet}") if subnet else None
    groups = [
        *(said.get("SecurityGroupIds") or ()),
        *(data.get("SecurityGroupIds") or ()),
        *(group for it in interfaces for group in it.get("Groups") or ()),
    ]
    for group in groups or (None,):
        yield _arn(call, f"security-group/{group}") if group else None


def _arn(call: Call, rest: str) -> str:
    return f"arn:aws:ec2:{call.region}:{ACCOUNT_ID}:{rest}"
