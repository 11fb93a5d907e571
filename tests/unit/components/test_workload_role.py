"""Workload roles: who may take them on, and what they then may do."""

import json

import pulumi
import pytest

from components.iam_policy import Statement
from components.workload_role import WorkloadRole, WorkloadRoleArgs
from tests.unit.pulumi_harness import Checks, Plain, Ran, run

ISSUER = "oidc.eks.eu-west-1.amazonaws.com/id/ABC"
PROVIDER = f"arn:aws:iam::123456789012:oidc-provider/{ISSUER}"
READ = Statement(
    sid="Read",
    actions=["sqs:ReceiveMessage", "sqs:DeleteMessage"],
    resources=["arn:aws:sqs:eu-west-1:123456789012:queue"],
)


def args(*statements: Statement) -> WorkloadRoleArgs:
    return WorkloadRoleArgs(
        tags={"Stack": "blue"},
        cluster_name="eks-blue",
        oidc_provider_arn=PROVIDER,
        oidc_issuer=ISSUER,
        namespace="kube-system",
        service_account="handler",
        statements=statements,
    )


def make(*statements: Statement, name: str = "handler", preview: bool = False) -> Ran:
    def program(_: Checks) -> None:
        WorkloadRole(name, args(*statements))

    return run(program, preview=preview)


def document(ran: Ran, kind: str, key: str) -> Plain:
    return json.loads(ran.only(kind).inputs[key])


def test_only_one_service_account_of_this_cluster_may_take_the_role_on() -> None:
    trust = document(make(READ), "aws:iam/role:Role", "assumeRolePolicy")
    assert trust["Version"] == "2012-10-17"
    assert trust["Statement"] == [
        {
            "Effect": "Allow",
            "Principal": {"Federated": PROVIDER},
            "Action": "sts:AssumeRoleWithWebIdentity",
            "Condition": {
                "StringEquals": {
                    f"{ISSUER}:aud": "sts.amazonaws.com",
                    f"{ISSUER}:sub": "system:serviceaccount:kube-system:handler",
                }
            },
        }
    ]


def test_the_policy_holds_the_statements_in_order() -> None:
    listing = Statement(
        actions=["route53:ListHostedZones"],
        resources=["*"],
        conditions={"StringEquals": {"aws:RequestedRegion": ["eu-west-1", "eu-west-3"]}},
    )
    policy = document(make(READ, listing), "aws:iam/rolePolicy:RolePolicy", "policy")
    assert policy["Statement"] == [
        {
            "Sid": "Read",
            "Effect": "Allow",
            "Action": ["sqs:ReceiveMessage", "sqs:DeleteMessage"],
            "Resource": ["arn:aws:sqs:eu-west-1:123456789012:queue"],
        },
        {
            "Effect": "Allow",
            "Action": ["route53:ListHostedZones"],
            "Resource": ["*"],
            "Condition": {"StringEquals": {"aws:RequestedRegion": ["eu-west-1", "eu-west-3"]}},
        },
    ]


def test_resources_and_conditions_may_be_outputs() -> None:
    def program(_: Checks) -> None:
        statement = Statement(
            actions=["sqs:ReceiveMessage"],
            resources=[pulumi.Output.from_input("arn:1")],
            conditions={"StringEquals": {"aws:SourceArn": [pulumi.Output.from_input("arn:2")]}},
        )
        WorkloadRole("handler", args(statement))

    policy = document(run(program), "aws:iam/rolePolicy:RolePolicy", "policy")
    assert policy["Statement"][0]["Resource"] == ["arn:1"]
    assert policy["Statement"][0]["Condition"] == {"StringEquals": {"aws:SourceArn": ["arn:2"]}}


def test_the_role_is_named_after_the_cluster_and_tagged() -> None:
    role = make(READ).only("aws:iam/role:Role")
    assert role.inputs["name"] == "eks-blue-handler"
    assert role.inputs["tags"] == {"Stack": "blue", "Name": "eks-blue-handler"}
    assert role.inputs["description"] == "kube-system/handler on eks-blue"


def test_the_policy_belongs_to_the_role_and_the_arn_waits_for_it() -> None:
    def program(_: Checks) -> None:
        made = WorkloadRole("handler", args(READ))
        other = WorkloadRole("other", args(Statement(actions=["a:B"], resources=[made.arn])))
        assert other.role_name == "eks-blue-other"

    ran = run(program)
    component = ran.only("eks-platform:workloadRole:WorkloadRole", "handler")
    role = ran.only("aws:iam/role:Role", "handler")
    policy = ran.only("aws:iam/rolePolicy:RolePolicy", "handler")
    assert policy.inputs["role"] == "eks-blue-handler"
    assert {role.parent, policy.parent} == {component.urn}
    assert ran.outputs_of(component) == {
        "arn": "arn:aws:mock:eu-west-1:123456789012:handler",
        "roleName": "eks-blue-handler",
    }
    user = ran.only("aws:iam/rolePolicy:RolePolicy", "other")
    assert user.waits_for(policy)
    assert user.waits_for(role)


def test_a_name_that_iam_would_cut_is_an_error() -> None:
    with pytest.raises(ValueError, match=r"has 65 characters; IAM allows 64: shorten x+$"):
        make(READ, name="x" * 56)
    assert make(READ, name="x" * 55).only("aws:iam/role:Role").inputs["name"][-1] == "x"


def test_a_role_without_permissions_is_an_error() -> None:
    with pytest.raises(ValueError, match="handler has no statements"):
        make()


def test_a_preview_shows_the_role_before_the_cluster_exists() -> None:
    ran = make(READ, preview=True)
    assert ran.only("aws:iam/role:Role").inputs["name"] == "eks-blue-handler"
