"""Of every call of AWS that the platform makes, the local cloud can tell the resources."""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import botocore.loaders
import pytest
from botocore import xform_name
from botocore.model import ListShape, ServiceModel, Shape, StructureShape

from localcloud.server.permissions.needs import ACTIONS
from localcloud.state import PROJECT_ROOT
from tests.unit.localcloud.permissions.test_resources import HERE, named

CALL = re.compile(
    r"\b_?(ec2|iam|autoscaling|elbv2|elb|route53|eks|ssm|sqs|kms|logs|sts|events|cloudwatch)"
    r"\.(?:get_paginator\(\"(\w+)\"|(\w+)\()"
)
CLIENTS = {"elb": "elbv2"}
PREFIXES = {"elbv2": "elasticloadbalancing"}
CALLERS = ("localcloud/plugins/aws", "bluegreen", "teardown", "contract/src", "components")


def operations() -> Iterator[tuple[str, str]]:
    """API model and operation of every call of AWS that the platform's parts make."""
    seen: set[tuple[str, str]] = set()
    for folder in CALLERS:
        for path in (PROJECT_ROOT / folder).rglob("*.py"):
            for client, listed, called in CALL.findall(path.read_text()):
                seen.add((str(CLIENTS.get(client, client)), str(listed or called)))
    for client, method in sorted(seen):
        model = api(client)
        for name in model.operation_names:
            if xform_name(str(name)) == method:
                yield client, str(name)


@cache
def api(name: str) -> ServiceModel:
    return ServiceModel(botocore.loaders.Loader().load_service_model(name, "service-2"), name)


ROLE = "arn:aws:iam::123456789012:role/r"
TOLD = {
    "AssociationId": "rtbassoc-1",
    "LaunchTemplateId": "lt-1",
    "OpenIDConnectProviderArn": "arn:aws:iam::123456789012:oidc-provider/x",
    "PolicyArn": "arn:aws:iam::123456789012:policy/p",
    "ResourceType": "hostedzone",
    "Resources": ["vpc-1"],
    "RoleArn": ROLE,
    "RouteTableId": "rtb-1",
    "SecurityGroupRuleId": "sgr-1",
    "principalArn": ROLE,
}
"""What must look like itself."""

RULE = {"ResourceARN": f"arn:aws:events:{HERE}:rule/r"}
ALARM = {"ResourceARN": f"arn:aws:cloudwatch:{HERE}:alarm:a"}
LOG_GROUP = {"resourceArn": f"arn:aws:logs:{HERE}:log-group:/a"}
CHOSEN: Mapping[str, Mapping[str, object]] = {
    "autoscaling:CreateOrUpdateTags": {"Tags": [{"ResourceId": "eks-blue-spot", "Key": "a"}]},
    "autoscaling:DeleteTags": {"Tags": [{"ResourceId": "eks-blue-spot", "Key": "a"}]},
    "cloudwatch:DescribeAlarms": {"AlarmNames": ["eks-blue-queue"]},
    "cloudwatch:ListTagsForResource": ALARM,
    "cloudwatch:TagResource": ALARM,
    "cloudwatch:UntagResource": ALARM,
    "ec2:CreateLaunchTemplateVersion": {"LaunchTemplateId": "lt-1"},
    "ec2:CreateNatGateway": {"AllocationId": "eipalloc-1", "SubnetId": "subnet-1"},
    "ec2:CreateSubnet": {"VpcId": "vpc-1"},
    "ec2:DeleteLaunchTemplate": {"LaunchTemplateId": "lt-1"},
    "ec2:DeleteSecurityGroup": {"GroupId": "sg-1"},
    "ec2:ModifyLaunchTemplate": {"LaunchTemplateId": "lt-1"},
    "ec2:ModifySecurityGroupRules": {"GroupId": "sg-1"},
    "ec2:ReleaseAddress": {"AllocationId": "eipalloc-1"},
    "ec2:RevokeSecurityGroupEgress": {"GroupId": "sg-1"},
    "ec2:RevokeSecurityGroupIngress": {"GroupId": "sg-1"},
    "iam:SimulatePrincipalPolicy": {"PolicySourceArn": "arn:aws:iam::123456789012:role/up"},
    "eks:TagResource": {"resourceArn": f"arn:aws:eks:{HERE}:cluster/eks-blue"},
    "eks:UntagResource": {"resourceArn": f"arn:aws:eks:{HERE}:cluster/eks-blue"},
    "events:ListTagsForResource": RULE,
    "events:TagResource": RULE,
    "events:UntagResource": RULE,
    "logs:AssociateKmsKey": {"logGroupName": "/a"},
    "logs:DisassociateKmsKey": {"logGroupName": "/a"},
    "logs:ListTagsForResource": LOG_GROUP,
    "logs:TagResource": LOG_GROUP,
    "logs:UntagResource": LOG_GROUP,
}
"""What the API leaves to choose from, as the platform chooses."""


def least(shape: Shape | None, name: str = "") -> object:
    """The least that a call can say of a parameter."""
    if name in TOLD:
        return TOLD[name]
    if isinstance(shape, StructureShape):
        return {it: least(shape.members[it], it) for it in shape.required_members}
    if isinstance(shape, ListShape):
        return [least(shape.member)]
    return name or "x"


@pytest.fixture
def known(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever a call names is there."""
    found = "localcloud.server.permissions.account"
    monkeypatch.setattr(f"{found}.key_arn", lambda *_: f"arn:aws:kms:{HERE}:key/1")
    monkeypatch.setattr(f"{found}.association", lambda *_: ("rtb-1", "subnet-1"))


def what(client: str, service: str, operation: str) -> dict[str, Any]:
    """Parameters of a call of the platform."""
    shape = api(client).operation_model(operation).input_shape
    said: Any = least(shape) if shape else {}
    return {**said, **CHOSEN.get(f"{service}:{operation}", {})}


@pytest.mark.usefixtures("known")
def test_the_resources_of_every_call_of_the_platform_are_known() -> None:
    unknown: list[str] = []
    checked = 0
    for client, operation in operations():
        service = PREFIXES.get(client, client)
        action = ACTIONS.get(f"{service}:{operation}", f"{service}:{operation}")
        checked += 1
        if None in named(action, what(client, service, operation), operation):
            unknown.append(action)
    assert unknown == []
    assert checked > 120
