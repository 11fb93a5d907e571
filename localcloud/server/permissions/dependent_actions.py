"""Dependent actions of a call: it tags what it makes, passes roles on, uses other services."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from localcloud.server.permissions import account, launches
from localcloud.server.permissions.call import Call
from localcloud.server.permissions.keys import Found
from localcloud.server.permissions.parameters import tags_of
from localcloud.state import ACCOUNT_ID

_BALANCER_PART = re.compile(r":(?:loadbalancer|listener)/")


@dataclass(frozen=True)
class DependentAction:
    """An action that a call needs a permission for besides its own.

    Attributes:
        action: the action.
        resource: ARN, or None where it is not known.
        extra: its condition keys, in lower case.
        tags: those that it puts on the resource.
    """

    action: str
    resource: str | None
    extra: Mapping[str, Found] = field(default_factory=dict[str, Found])
    tags: Mapping[str, str] | None = None


def dependent_actions(call: Call, named: Sequence[str | None]) -> Iterable[DependentAction]:
    """All of them, given the resources that its own action is about."""
    yield from _tagging(call, named)
    yield from _passing(call)
    others = _OTHERS.get(f"{call.service}:{call.operation}")
    if others is not None:
        yield from others(call)


def _tagging(call: Call, named: Sequence[str | None]) -> Iterable[DependentAction]:
    """Who makes something with tags must be allowed to tag it, too."""
    if call.service == "ec2" and call.operation not in ("CreateTags", "DeleteTags"):
        key: Mapping[str, Found] = {"ec2:createaction": (call.operation,)}
        for it in call.parameters.get("TagSpecifications", ()):
            kind = it["ResourceType"]
            arn = f"arn:aws:ec2:{call.region}:{ACCOUNT_ID}:{kind}/*"
            yield DependentAction("ec2:CreateTags", arn, key, tags_of(call.parameters, kind))
        return
    action = _TAGGING.get(f"{call.service}:{call.operation}")
    tags = tags_of(call.parameters)
    if action is None or tags is None:
        return
    key = {"elasticloadbalancing:createaction": (call.operation,)}
    for it in _created_arns(call, named):
        yield DependentAction(action, it, key, tags)


def _created_arns(call: Call, named: Sequence[str | None]) -> Sequence[str | None]:
    """ARNs of what a call makes, where its own action is about another resource."""
    form = _MADE.get(f"{call.service}:{call.operation}")
    if form is None:
        return named
    said = {key[:1].lower() + key[1:]: value for key, value in call.parameters.items()}
    place = f"arn:aws:{call.service}:{call.region}:{ACCOUNT_ID}"
    if form.startswith("listener"):
        return [f"{_BALANCER_PART.sub(f':{form}/', it)}/*" if it else None for it in named]
    return [f"{place}:{form.format_map(said)}"]


_TAGGING: Mapping[str, str] = {
    "eks:CreateAccessEntry": "eks:TagResource",
    "eks:CreateAddon": "eks:TagResource",
    "eks:CreateCluster": "eks:TagResource",
    "elasticloadbalancing:CreateListener": "elasticloadbalancing:AddTags",
    "elasticloadbalancing:CreateLoadBalancer": "elasticloadbalancing:AddTags",
    "elasticloadbalancing:CreateRule": "elasticloadbalancing:AddTags",
    "elasticloadbalancing:CreateTargetGroup": "elasticloadbalancing:AddTags",
    "events:PutRule": "events:TagResource",
    "iam:CreateInstanceProfile": "iam:TagInstanceProfile",
    "iam:CreateOpenIDConnectProvider": "iam:TagOpenIDConnectProvider",
    "iam:CreatePolicy": "iam:TagPolicy",
    "iam:CreateRole": "iam:TagRole",
    "kms:CreateKey": "kms:TagResource",
    "logs:CreateLogGroup": "logs:TagResource",
    "secretsmanager:CreateSecret": "secretsmanager:TagResource",
    "sqs:CreateQueue": "sqs:TagQueue",
    "ssm:PutParameter": "ssm:AddTagsToResource",
}
"""Actions that put the tags on what is made."""

_MADE: Mapping[str, str] = {
    "eks:CreateAccessEntry": "access-entry/{clusterName}/*",
    "eks:CreateAddon": "addon/{clusterName}/{addonName}/*",
    "eks:CreateCluster": "cluster/{name}",
    "elasticloadbalancing:CreateListener": "listener",
    "elasticloadbalancing:CreateRule": "listener-rule",
    "kms:CreateKey": "key/*",
    "logs:CreateLogGroup": "log-group:{logGroupName}",
}

_Find: TypeAlias = Callable[[Mapping[str, Any]], Sequence[str]]
"""ARNs or names of roles that a call passes to a service."""


def _passing(call: Call) -> Iterable[DependentAction]:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html."""
    found = _PASSED.get(f"{call.service}:{call.operation}")
    if found is None:
        return
    service, roles = found
    for role in roles(call.parameters):
        arn = role if role.startswith("arn:") else account.role_arn(role)
        yield DependentAction("iam:PassRole", arn, {"iam:passedtoservice": (service,)})


def _roles_in(*names: str) -> _Find:
    return lambda said: [said[name] for name in names if said.get(name)]


def _of_targets(said: Mapping[str, Any]) -> Sequence[str]:
    return [it["RoleArn"] for it in said.get("Targets", ()) if it.get("RoleArn")]


_PASSED: Mapping[str, tuple[str, _Find]] = {
    "autoscaling:PutLifecycleHook": ("autoscaling.amazonaws.com", _roles_in("RoleARN")),
    "eks:CreateAddon": ("eks.amazonaws.com", _roles_in("serviceAccountRoleArn")),
    "eks:CreateCluster": ("eks.amazonaws.com", _roles_in("roleArn")),
    "eks:UpdateAddon": ("eks.amazonaws.com", _roles_in("serviceAccountRoleArn")),
    "events:PutTargets": ("events.amazonaws.com", _of_targets),
    "iam:AddRoleToInstanceProfile": ("ec2.amazonaws.com", _roles_in("RoleName")),
}
"""Service and roles of calls that give a service a role to take on."""


def _launching(call: Call) -> Iterable[DependentAction]:
    """Whoever makes a group must be allowed to start its instances.

    https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-launch-template-permissions.html
    """
    mixed = call.parameters.get("MixedInstancesPolicy") or {}
    named = (mixed.get("LaunchTemplate") or {}).get("LaunchTemplateSpecification")
    template = named or call.parameters.get("LaunchTemplate")
    if not template:
        return
    identifier = account.template_id(call.region, template)
    arn = f"arn:aws:ec2:{call.region}:{ACCOUNT_ID}:launch-template/{identifier}"
    yield DependentAction("ec2:RunInstances", None, {"ec2:launchtemplate": (arn,)})
    for role in account.roles_of_template(call.region, template):
        yield _passing_to_ec2(role)


def _of_launch(call: Call) -> Iterable[DependentAction]:
    """What launches tags what it makes, and hands on the role of the instance profile.

    A fleet starts its instances with the rights of whoever makes it:
    https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-fleet-prerequisites.html
    """
    if call.operation == "CreateFleet":
        for arn in launches.resources(call):
            kind = arn.split(":")[5].partition("/")[0] if arn else ""
            if kind != "fleet":
                made = launches.made_tags(call, kind) if arn and arn.endswith("/*") else None
                yield DependentAction("ec2:RunInstances", arn, tags=made)
    key: Mapping[str, Found] = {"ec2:createaction": ("RunInstances",)}
    for kind in launches.tagged_by_templates(call):
        arn = f"arn:aws:ec2:{call.region}:{ACCOUNT_ID}:{kind}/*"
        yield DependentAction("ec2:CreateTags", arn, key, launches.made_tags(call, kind))
    for template in launches.templates(call):
        for role in account.roles_of_template(call.region, template):
            yield _passing_to_ec2(role)


def _passing_to_ec2(role: str) -> DependentAction:
    return DependentAction("iam:PassRole", role, {"iam:passedtoservice": ("ec2.amazonaws.com",)})


def _encrypting(call: Call) -> Iterable[DependentAction]:
    """https://docs.aws.amazon.com/eks/latest/userguide/enable-kms.html."""
    for config in call.parameters.get("encryptionConfig", ()):
        key = account.key_arn(call.region, config["provider"]["keyArn"])
        yield DependentAction("kms:DescribeKey", key)
        yield DependentAction("kms:CreateGrant", key)


def _in_vpc(call: Call) -> Iterable[DependentAction]:
    """https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/r53-api-permissions-ref.html."""
    if "VPC" in call.parameters:
        yield DependentAction("ec2:DescribeVpcs", "*")


def _copied(call: Call) -> Iterable[DependentAction]:
    source = str(call.parameters["CopySource"]).removeprefix("/")
    yield DependentAction("s3:GetObject", f"arn:aws:s3:::{source}")


_OTHERS: Mapping[str, Callable[[Call], Iterable[DependentAction]]] = {
    "autoscaling:CreateAutoScalingGroup": _launching,
    "autoscaling:UpdateAutoScalingGroup": _launching,
    "ec2:CreateFleet": _of_launch,
    "ec2:RunInstances": _of_launch,
    "eks:CreateCluster": _encrypting,
    "route53:AssociateVPCWithHostedZone": _in_vpc,
    "route53:CreateHostedZone": _in_vpc,
    "s3:CopyObject": _copied,
}
