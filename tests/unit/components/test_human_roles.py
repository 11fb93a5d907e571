"""IAM roles of people."""

import json

import pytest

from components.human_roles import HumanRoles, HumanRolesArgs
from localcloud.server import policy_sizes
from settings.human_roles import OwnHumanRoles, TrustConditions, most_accounts, trust_policy
from settings.regions import PARTITIONS
from tests.unit.pulumi_harness import Checks, Plain, Ran, run

ROLE, POLICY = "aws:iam/role:Role", "aws:iam/rolePolicy:RolePolicy"
CALLS = {
    "aws:index/getPartition:getPartition": {"partition": "aws-cn"},
    "aws:index/getCallerIdentity:getCallerIdentity": {"accountId": "111111111111"},
}


def roles() -> Ran:
    def program(_: Checks) -> None:
        accounts = ("333333333333", "222222222222")
        settings = OwnHumanRoles.model_validate(
            {"namePrefix": "etf1-", "trustedAccountIds": accounts}
        )
        tags = {"Team": "platform"}
        HumanRoles("roles", HumanRolesArgs(settings=settings, region="cn-north-1", tags=tags))

    return run(program, stack="shared", calls=CALLS)


def statement(document: str) -> Plain:
    (only,) = json.loads(document)["Statement"]
    return only


@pytest.mark.parametrize(
    ("kind", "name", "seconds"),
    [
        ("admin", "k8sadmin", 3600),
        ("readwrite", "k8sreadwrite", 14400),
        ("readonly", "k8sreadonly", 14400),
    ],
)
def test_names_and_longest_sessions(kind: str, name: str, seconds: int) -> None:
    role = roles().only(ROLE, f"roles-{kind}").inputs
    assert role["name"] == f"etf1-{name}"
    assert role["maxSessionDuration"] == seconds
    assert role["tags"] == {"Team": "platform", "Name": f"etf1-{name}"}


def test_the_trusted_accounts_and_nobody_else_may_take_the_roles_on() -> None:
    for role in roles().of_type(ROLE):
        assert statement(role.inputs["assumeRolePolicy"]) == {
            "Effect": "Allow",
            "Principal": {
                "AWS": ["arn:aws-cn:iam::222222222222:root", "arn:aws-cn:iam::333333333333:root"]
            },
            "Action": "sts:AssumeRole",
        }


def test_conditions_stand_in_the_trust_policy() -> None:
    arns = ["arn:aws:iam::222222222222:role/Ops*", "arn:aws:iam::222222222222:user/a"]
    said = {
        "mfa": True,
        "externalId": "platform",
        "organizationId": "o-a1b2c3d4e5",
        "principalArns": tuple(arns),
    }
    conditions = TrustConditions.model_validate(said)
    assert statement(trust_policy("aws", ["222222222222"], conditions))["Condition"] == {
        "StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5", "sts:ExternalId": "platform"},
        "Bool": {"aws:MultiFactorAuthPresent": "true"},
        "ArnLike": {"aws:PrincipalArn": arns},
    }
    assert "Condition" not in statement(trust_policy("aws", ["222222222222"], TrustConditions()))


def test_of_aws_the_roles_may_only_describe_both_clusters() -> None:
    policies = roles().of_type(POLICY)
    assert {policy.inputs["role"] for policy in policies} == {
        "etf1-k8sadmin",
        "etf1-k8sreadwrite",
        "etf1-k8sreadonly",
    }
    for policy in policies:
        assert statement(policy.inputs["policy"]) == {
            "Effect": "Allow",
            "Action": "eks:DescribeCluster",
            "Resource": [
                f"arn:aws-cn:eks:cn-north-1:111111111111:cluster/eks-{colour}"
                for colour in ("blue", "green")
            ],
        }


def test_outputs_are_the_arns() -> None:
    ran = roles()
    outputs = ran.outputs_of(ran.only("eks-platform:humanRoles:HumanRoles"))
    assert outputs == {
        kind: f"arn:aws:mock:eu-west-1:123456789012:roles-{kind}"
        for kind in ("admin", "readwrite", "readonly")
    }


def test_as_many_trusted_accounts_as_settings_allow_fit_into_a_trust_policy() -> None:
    for partition in PARTITIONS:
        most = most_accounts(partition)
        sizes = [
            policy_sizes.size(trust_policy(partition, ["1" * 12] * it)) for it in (most, most + 1)
        ]
        assert sizes[0] <= policy_sizes.TRUST_POLICY < sizes[1]
