"""Which resources a call is about, as AWS's authorization reference has them.

A resource type's ARN in the reference says what names it (``subnet/${SubnetId}``), and parameters
mostly go by the same names. What does not is in the tables here and in `ec2_resources` and
`service_resources`. What nobody tells is not known, and then only a statement about all resources
lets the call through.
"""

import re
from collections.abc import Mapping, Sequence
from functools import cache

from localcloud.server.permissions import ec2_resources, service_resources
from localcloud.server.permissions.call import Call
from localcloud.server.permissions.parameters import texts, values_of
from localcloud.server.permissions.reference import Action, ResourceType
from localcloud.state import ACCOUNT_ID

ALL = "*"
"""Resource of a call whose action knows none."""

_STANDARD = {"Partition": "aws", "Account": ACCOUNT_ID}
_HOLE = re.compile(r"\$\{(\w+)\}")


def resources_of(call: Call, action: Action) -> Sequence[str | None]:
    """ARNs of the resources that an action of a call is about; None for one that is not known."""
    if not action.resource_types or action.name in _WITHOUT:
        return [service_resources.LISTED.get(action.name, lambda _: ALL)(call)]
    special = _SPECIAL.get(action.name) or _SPECIAL.get(call.service)
    found = special(call, action.resource_types[0].name) if special is not None else None
    if found is None:
        found = _by_reference(call, action)
    return list(dict.fromkeys(found)) or [None]


def _by_reference(call: Call, action: Action) -> Sequence[str | None]:
    found: list[str | None] = []
    for kind in action.resource_types:
        named = _named(call, kind)
        if not named and _is_made(kind, action):
            named = [_arn(call, kind, {})]
        if not named and kind.required:
            found.append(None)
        found += named
    return found


def _named(call: Call, kind: ResourceType) -> Sequence[str]:
    """ARNs of one type of resource that the parameters name."""
    whole = [it for it in texts(call.parameters.values()) if _is_of(kind, it)]
    if whole:
        return whole
    holes = [
        hole for hole in _HOLE.findall(kind.form) if hole not in (*_STANDARD, "Region", *_MADE_UP)
    ]
    names = _NAMES.get(f"{call.service}:{kind.name}", {})
    values = [values_of(call.parameters, *names.get(hole, (hole, f"{hole}s"))) for hole in holes]
    if not values or not all(values):
        return []
    # Only the last name can have several values: a list of ids.
    *first, last = holes
    before = {hole: value[0] for hole, value in zip(first, values, strict=False)}
    return [_arn(call, kind, {**before, last: value}) for value in values[-1]]


def _arn(call: Call, kind: ResourceType, values: Mapping[str, str]) -> str:
    """The ARN with these values; ``*`` stands for what AWS makes up."""
    known = {**_STANDARD, "Region": call.region, **values}
    return _HOLE.sub(lambda hole: known.get(hole.group(1), "*"), kind.form)


def _is_of(kind: ResourceType, text: str) -> bool:
    return text.startswith("arn:") and _form(kind.form).fullmatch(text) is not None


@cache
def _form(form: str) -> "re.Pattern[str]":
    return re.compile(".+".join(map(re.escape, _HOLE.split(form)[::2])))


def _is_made(kind: ResourceType, action: Action) -> bool:
    """Whether the action makes a resource of this type, which has no id before."""
    verb, _, made = action.name.partition(":")[2].partition("Create")
    return (not verb and made.lower() == kind.name.replace("-", "")) or kind.name == _MAKES.get(
        action.name
    )


_MAKES: Mapping[str, str] = {
    "ec2:AllocateAddress": "elastic-ip",
    "ec2:RegisterImage": "image",
}
"""What an action makes, where its name does not say it."""

_MADE_UP = frozenset({"UUID"})
"""Parts of an ARN that no caller knows."""

_WITHOUT = frozenset(
    {
        "cloudwatch:GetMetricData",
        "cloudwatch:GetMetricStatistics",
        "cloudwatch:ListMetrics",
        "cloudwatch:PutMetricData",
    }
)
"""Actions whose calls name no resource, though the reference has some for other uses of them."""

_NAMES: Mapping[str, Mapping[str, Sequence[str]]] = {
    "cloudwatch:alarm": {"AlarmName": ("AlarmName", "AlarmNames")},
    "ec2:security-group": {
        "SecurityGroupId": ("GroupId", "GroupIds", "SecurityGroupIds", "Groups"),
    },
    "eks:addon": {"ClusterName": ("clusterName", "name")},
    "eks:cluster": {"ClusterName": ("clusterName", "name")},
    "eks:nodegroup": {"ClusterName": ("clusterName", "name")},
    "events:rule-on-default-event-bus": {"RuleName": ("Name", "Rule")},
    "iam:group": {"GroupNameWithPath": ("GroupName",)},
    "iam:user": {"UserNameWithPath": ("UserName",)},
    "s3:bucket": {"BucketName": ("Bucket",)},
    "s3:object": {"BucketName": ("Bucket",), "ObjectName": ("Key",)},
}
"""Parameters that name a part of a resource type's ARN, where they are not called like it."""

_SPECIAL = {
    **ec2_resources.BY_ACTION,
    **service_resources.BY_ACTION,
    **service_resources.BY_SERVICE,
}
