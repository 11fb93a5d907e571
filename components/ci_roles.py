"""The IAM roles of pipelines, which short-lived OIDC tokens open."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
from pulumi_aws import get_caller_identity_output, get_partition_output, iam

from components.base import Component, ComponentArgs
from components.ci_permissions import read_statements, state_statements
from components.iam_policy import Statement, policy_document, trust_policy
from settings.ci import Ci
from settings.names import COLOURS, SHARED

GITHUB = "token.actions.githubusercontent.com"
"""Issuer of tokens of GitHub Actions."""

PREVIEW, DRIFT = "preview", "drift"
STACKS = (SHARED, *COLOURS)
_SESSION = 3600  # seconds; as long as the longest update of a colour takes, and IAM's least
_WEB_IDENTITY = "sts:AssumeRoleWithWebIdentity"


@dataclass(frozen=True, kw_only=True)
class TokenSubjects:
    """Whose tokens open which role.

    Attributes:
        issuer: issuer of the tokens, without ``https://``.
        audience: who they are for.
        preview: subjects of pipelines that preview: of pull or merge requests, and of the branch.
        exact: whether these are compared as they are, or with ``*``.
        drift: subject of pipelines that look for drift: of the branch alone, as they read more.
        up: subject of the pipeline that updates a stack, by stack.
    """

    issuer: str
    audience: str
    preview: Sequence[str]
    exact: bool
    drift: str
    up: Mapping[str, str]


def token_subjects(ci: Ci) -> TokenSubjects:
    """TokenSubjects of a forge's tokens.

    GitHub says which environment a job runs in, so each up role is for the environment of its
    stack's name. GitLab says the branch by default: there the protected branch and the protected
    environments keep watch. See
    https://docs.github.com/en/actions/concepts/security/openid-connect and
    https://docs.gitlab.com/ci/secrets/id_token_authentication/.
    """
    if ci.github is not None:
        whose = ci.github.subject
        branch = f"{whose}:ref:refs/heads/{ci.github.branch}"
        return TokenSubjects(
            issuer=GITHUB,
            audience=ci.github.audience,
            preview=[f"{whose}:pull_request", branch],
            exact=True,
            drift=branch,
            up={stack: f"{whose}:environment:{stack}" for stack in STACKS},
        )
    assert ci.gitlab is not None  # noqa: S101 - the settings hold one of both
    branches = f"project_path:{ci.gitlab.project}:ref_type:branch:ref"
    branch = f"{branches}:{ci.gitlab.branch}"
    return TokenSubjects(
        issuer=ci.gitlab.host,
        audience=ci.gitlab.audience,
        preview=[f"{branches}:*"],
        exact=False,
        drift=branch,
        up=dict.fromkeys(STACKS, branch),
    )


@dataclass(frozen=True, kw_only=True)
class CiRolesArgs(ComponentArgs):
    """What `CiRoles` needs.

    Attributes:
        settings: which pipelines, and what they may do.
        region: AWS region of the platform.
    """

    settings: Ci
    region: str


class CiRoles(Component):
    """Roles of pipelines.

    Pulumi type: ``eks-platform:ciRoles:CiRoles``.

    Creates the OIDC provider of the forge, unless it exists; the role ``PREFIXpreview``, which
    reads what a preview reads and is for pull or merge requests of one repository; the role
    ``PREFIXdrift``, which reads the same of AWS and is for its main branch alone, as clusters show
    it more; and a role ``PREFIXup-STACK`` for each stack, with the policies of the settings, for
    the pipeline that updates this stack after an approval.

    Attributes:
        arns: ARN of each role, by ``preview``, ``drift`` and ``up-STACK``.
    """

    MODULE = "ciRoles"

    arns: Mapping[str, pulumi.Output[str]]

    def __init__(
        self, name: str, args: CiRolesArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(name, opts)
        self._name = name
        self._args = args
        self._subjects = token_subjects(args.settings)
        lookup = pulumi.InvokeOptions(parent=self)
        self._partition = get_partition_output(opts=lookup).partition
        self._forge = self._provider_arn(lookup)
        ours = self._subjects
        about = "Pipelines that preview the EKS platform"
        self.arns = {
            PREVIEW: self._reader(PREVIEW, about, ours.preview, exact=ours.exact),
            DRIFT: self._reader(
                DRIFT, "Pipelines that look for drift of the EKS platform", [ours.drift], exact=True
            ),
        } | {f"up-{stack}": self._up(stack) for stack in STACKS}
        self.register_outputs(dict(self.arns))

    def _provider_arn(self, lookup: pulumi.InvokeOptions) -> pulumi.Output[str]:
        issuer = self._subjects.issuer
        if self._args.settings.create_provider:
            provider = iam.OpenIdConnectProvider(
                f"{self._name}-provider",
                url=f"https://{issuer}",
                client_id_lists=[self._subjects.audience],
                tags=self._args.named(issuer),
                opts=self.child(),
            )
            return provider.arn
        account = get_caller_identity_output(opts=lookup).account_id
        return pulumi.Output.format(
            "arn:{0}:iam::{1}:oidc-provider/{2}", self._partition, account, issuer
        )

    def exported(self) -> dict[str, pulumi.Input[object]]:
        """The roles that clusters let in, as the contract has them (`PipelineRoles`)."""
        doors = self._args.settings.cluster_access
        found: dict[str, pulumi.Input[object]] = {
            label: self.arns[label] for label in (PREVIEW, DRIFT) if label in doors
        }
        if "up" in doors:
            found["up"] = {colour: self.arns[f"up-{colour}"] for colour in COLOURS}
        return found

    def _reader(
        self, label: str, about: str, whose: Sequence[str], *, exact: bool
    ) -> pulumi.Output[str]:
        statements = self._statements(write=False)
        return self._role(label, about, whose, statements, exact=exact).arn

    def _up(self, stack: str) -> pulumi.Output[str]:
        label, statements = f"up-{stack}", self._statements(write=True)
        about = f"Pipelines that update the stack {stack} of the EKS platform"
        role = self._role(label, about, [self._subjects.up[stack]], statements, exact=True)
        for number, policy in enumerate(self._args.settings.up_policies, start=1):
            iam.RolePolicyAttachment(
                f"{self._name}-{label}-{number}",
                role=role.name,
                policy_arn=policy,
                opts=self.child(),
            )
        return role.arn

    def _statements(self, *, write: bool) -> Sequence[Statement]:
        return (
            *read_statements(self._partition, self._args.region),
            *state_statements(self._partition, self._args.settings, write=write),
        )

    def _role(
        self,
        label: str,
        description: str,
        whose: Sequence[str],
        statements: Sequence[Statement],
        *,
        exact: bool,
    ) -> iam.Role:
        role_name = f"{self._args.settings.role_prefix}{label}"
        role = iam.Role(
            f"{self._name}-{label}",
            name=role_name,
            description=description,
            assume_role_policy=self._trust(whose, exact=exact),
            max_session_duration=_SESSION,
            permissions_boundary=self._args.settings.permissions_boundary,
            tags=self._args.named(role_name),
            opts=self.child(),
        )
        iam.RolePolicy(
            f"{self._name}-{label}",
            name="permissions",
            role=role.name,
            policy=policy_document(statements),
            opts=self.child(),
        )
        return role

    def _trust(self, whose: Sequence[str], *, exact: bool) -> pulumi.Output[str]:
        issuer = self._subjects.issuer
        audience = {f"{issuer}:aud": self._subjects.audience}
        subject = {f"{issuer}:sub": list(whose) if len(whose) > 1 else whose[0]}
        conditions: Mapping[str, Mapping[str, str | list[str]]] = (
            {"StringEquals": {**audience, **subject}}
            if exact
            else {"StringEquals": audience, "StringLike": subject}
        )
        return trust_policy({"Federated": self._forge}, _WEB_IDENTITY, conditions)
