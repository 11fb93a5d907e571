"""Roles of pipelines."""

import json
from collections.abc import Mapping

import pulumi
import pytest

from components.ci_roles import CiRoles, CiRolesArgs
from eks_platform_contract.outputs import PipelineRoles
from settings.ci import Ci
from tests.unit.policy.judge import Made, judge
from tests.unit.pulumi_harness import Checks, Plain, Ran, run

ROLE, POLICY = "aws:iam/role:Role", "aws:iam/rolePolicy:RolePolicy"
ATTACHED = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
PROVIDER = "aws:iam/openIdConnectProvider:OpenIdConnectProvider"
GITHUB = "token.actions.githubusercontent.com"
CALLS = {
    "aws:index/getPartition:getPartition": {"partition": "aws"},
    "aws:index/getCallerIdentity:getCallerIdentity": {"accountId": "111111111111"},
}
UP = "arn:aws:iam::111111111111:policy/platform-up"
KEY = "arn:aws:kms:eu-west-1:111111111111:key/12345678-90ab-cdef-1234-567890abcdef"
ON_GITHUB: Mapping[str, Plain] = {
    "github": {"repository": "acme/platform"},
    "upPolicies": (UP,),
    "stateBucket": "acme-state",
    "stateKey": KEY,
}
BY_NUMBER: Mapping[str, Plain] = {
    **ON_GITHUB,
    "github": {"repository": "acme/platform", "ownerId": 12, "repositoryId": 345},
}
ON_GITLAB: Mapping[str, Plain] = {
    "gitlab": {"project": "acme/infra/platform", "host": "git.acme.example"},
    "upPolicies": (UP,),
}
LOOKING = ("preview", "drift")
UPDATING = ("up-shared", "up-blue", "up-green")


def made(settings: Mapping[str, Plain]) -> Ran:
    def program(_: Checks) -> None:
        ci = Ci.model_validate(settings)
        CiRoles("ci", CiRolesArgs(settings=ci, region="eu-west-1", tags={"Team": "platform"}))

    return run(program, stack="shared", calls=CALLS)


def trusted(ran: Ran, role: str) -> Plain:
    (only,) = json.loads(ran.only(ROLE, f"ci-{role}").inputs["assumeRolePolicy"])["Statement"]
    return only


def allowed(ran: Ran, role: str) -> dict[str, Plain]:
    """What a role may do: resources by action."""
    statements = json.loads(ran.only(POLICY, f"ci-{role}").inputs["policy"])["Statement"]
    return {action: each["Resource"] for each in statements for action in each["Action"]}


def test_a_preview_is_for_pull_requests_and_the_branch_of_the_one_repository() -> None:
    assert trusted(made(ON_GITHUB), "preview") == {
        "Effect": "Allow",
        "Principal": {"Federated": "arn:aws:mock:eu-west-1:123456789012:ci-provider"},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {
            "StringEquals": {
                f"{GITHUB}:aud": "sts.amazonaws.com",
                f"{GITHUB}:sub": [
                    "repo:acme/platform:pull_request",
                    "repo:acme/platform:ref:refs/heads/main",
                ],
            }
        },
    }


@pytest.mark.parametrize("stack", ["shared", "blue", "green"])
def test_an_update_is_for_the_environment_of_its_stack(stack: str) -> None:
    condition = trusted(made(ON_GITHUB), f"up-{stack}")["Condition"]
    assert condition["StringEquals"][f"{GITHUB}:sub"] == f"repo:acme/platform:environment:{stack}"
    assert condition.keys() == {"StringEquals"}


def test_looking_for_drift_is_for_the_branch_alone() -> None:
    condition = trusted(made(ON_GITHUB), "drift")["Condition"]
    assert condition["StringEquals"][f"{GITHUB}:sub"] == "repo:acme/platform:ref:refs/heads/main"
    assert condition.keys() == {"StringEquals"}


def test_a_repository_told_by_its_number_is_trusted_in_that_form_alone() -> None:
    ran = made(BY_NUMBER)
    by_role = {role: trusted(ran, role)["Condition"] for role in (*LOOKING, *UPDATING)}
    assert {tuple(condition) for condition in by_role.values()} == {("StringEquals",)}
    whose = "repo:acme@12/platform@345"
    branch = f"{whose}:ref:refs/heads/main"
    subjects = {role: it["StringEquals"][f"{GITHUB}:sub"] for role, it in by_role.items()}
    assert subjects == {
        "preview": [f"{whose}:pull_request", branch],
        "drift": branch,
        "up-shared": f"{whose}:environment:shared",
        "up-blue": f"{whose}:environment:blue",
        "up-green": f"{whose}:environment:green",
    }


def test_on_gitlab_merge_requests_preview_and_the_main_branch_updates() -> None:
    ran = made(ON_GITLAB)
    whose = "project_path:acme/infra/platform:ref_type:branch:ref"
    assert trusted(ran, "preview")["Condition"] == {
        "StringEquals": {"git.acme.example:aud": "sts.amazonaws.com"},
        "StringLike": {"git.acme.example:sub": f"{whose}:*"},
    }
    assert trusted(ran, "up-blue")["Condition"] == {
        "StringEquals": {
            "git.acme.example:aud": "sts.amazonaws.com",
            "git.acme.example:sub": f"{whose}:main",
        }
    }
    assert trusted(ran, "drift") == trusted(ran, "up-blue")
    assert ran.only(PROVIDER).inputs["url"] == "https://git.acme.example"


@pytest.mark.parametrize("role", LOOKING)
def test_looking_changes_nothing_and_reads_no_secret_of_aws(role: str) -> None:
    may = allowed(made(ON_GITHUB), role)
    for action in may:
        assert action.partition(":")[2].startswith(("Get", "List", "Describe", "Decrypt")), action
    assert not [action for action in may if action.startswith(("secretsmanager:", "sts:"))]
    assert may["ssm:GetParameter"] == ["arn:aws:ssm:eu-west-1::parameter/aws/service/*"]
    assert may["s3:GetObject"] == ["arn:aws:s3:::acme-state/.pulumi/*"]
    assert may["kms:Decrypt"] == [KEY]


def test_an_update_writes_the_state_and_has_the_accounts_policies() -> None:
    ran = made(ON_GITHUB)
    assert allowed(ran, "up-blue")["s3:PutObject"] == ["arn:aws:s3:::acme-state/.pulumi/*"]
    attached = {each.inputs["role"]: each.inputs["policyArn"] for each in ran.of_type(ATTACHED)}
    assert attached == {f"eks-platform-ci-{role}": UP for role in UPDATING}


@pytest.mark.parametrize("doors", [["preview", "drift", "up"], ["drift"], []])
def test_clusters_let_in_those_that_the_settings_name(doors: list[str]) -> None:
    found: dict[str, Plain] = {}

    def program(_: Checks) -> None:
        ci = Ci.model_validate({**ON_GITHUB, "clusterAccess": tuple(doors)})
        roles = CiRoles("ci", CiRolesArgs(settings=ci, region="eu-west-1", tags={}))
        found.update(roles.exported())
        pulumi.export("pipelineRoles", roles.exported())

    known = PipelineRoles.model_validate(
        run(program, stack="shared", calls=CALLS).exports["pipelineRoles"]
    )
    assert set(found) == set(doors)
    assert (known.preview is not None, known.drift is not None) == (
        "preview" in doors,
        "drift" in doors,
    )
    assert {colour: arn.rsplit(":", 1)[-1] for colour, arn in known.up.items()} == (
        {"blue": "ci-up-blue", "green": "ci-up-green"} if "up" in doors else {}
    )


def test_an_existing_provider_is_named_and_not_made() -> None:
    ran = made({**ON_GITHUB, "createProvider": False})
    assert ran.of_type(PROVIDER) == []
    principal = trusted(ran, "up-green")["Principal"]["Federated"]
    assert principal == f"arn:aws:iam::111111111111:oidc-provider/{GITHUB}"


def test_a_boundary_is_on_every_role() -> None:
    boundary = "arn:aws:iam::111111111111:policy/boundary"
    ran = made({**ON_GITHUB, "permissionsBoundary": boundary})
    assert {each.inputs["permissionsBoundary"] for each in ran.of_type(ROLE)} == {boundary}


@pytest.mark.parametrize(
    "settings", [ON_GITHUB, BY_NUMBER, ON_GITLAB], ids=["github", "by number", "gitlab"]
)
@pytest.mark.parametrize(
    "rule",
    ["no-wildcard-principal", "pipeline-role-one-repository", "no-wildcard-action",
     "no-unscoped-resource", "no-administrator"],
)  # fmt: skip
def test_the_policies_let_the_roles_through(rule: str, settings: Mapping[str, Plain]) -> None:
    for each in made(settings).resources:
        assert judge(rule, Made(each.type, each.inputs, each.name, "shared")).faults == []
