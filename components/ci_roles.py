"""The IAM roles of pipelines, which short-lived OIDC tokens open."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
from pulumi_aws import get_caller_identity_output, get_partition_output, iam

from components.base import Component, ComponentArgs
from components.ci_permissions import read_statements, state_statements
from components.ci_tokens import STACKS, Tokens, pipeline_tokens
from components.iam_policy import Statement, policy_document, trust_policy
from settings.ci import Ci
from settings.names import COLOURS

PREVIEW, DRIFT = "preview", "drift"
_SESSION = 3600  # seconds; as long as the longest update of a colour takes, and IAM's least
_WEB_IDENTITY = "sts:AssumeRoleWithWebIdentity"


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
    reads what a preview reads, for pull or merge requests that somebody has reviewed and for the
    main branch of one repository; the role ``PREFIXdrift``, which reads the same of AWS and is for
    the main branch alone, as clusters show it more; and a role ``PREFIXup-STACK`` for each stack,
    with the policies of the settings, for the pipeline that updates this stack after an approval.

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
        self._tokens = pipeline_tokens(args.settings, args.region)
        lookup = pulumi.InvokeOptions(parent=self)
        self._partition = get_partition_output(opts=lookup).partition
        self._forge = self._provider_arn(lookup)
        ours = self._tokens
        looking = "Pipelines that look for drift of the EKS platform"
        self.arns = {
            PREVIEW: self._reader(PREVIEW, "Pipelines that preview the EKS platform", ours.preview),
            DRIFT: self._reader(DRIFT, looking, [ours.drift]),
        } | {f"up-{stack}": self._up(stack) for stack in STACKS}
        self.register_outputs(dict(self.arns))

    def _provider_arn(self, lookup: pulumi.InvokeOptions) -> pulumi.Output[str]:
        issuer = self._tokens.issuer
        if self._args.settings.create_provider:
            provider = iam.OpenIdConnectProvider(
                f"{self._name}-provider",
                url=f"https://{issuer}",
                client_id_lists=self._tokens.audiences,
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

    def _reader(self, label: str, about: str, whose: Sequence[Tokens]) -> pulumi.Output[str]:
        return self._role(label, about, whose, self._statements(None)).arn

    def _up(self, stack: str) -> pulumi.Output[str]:
        label, statements = f"up-{stack}", self._statements(stack)
        about = f"Pipelines that update the stack {stack} of the EKS platform"
        role = self._role(label, about, [self._tokens.up[stack]], statements)
        for number, policy in enumerate(self._policies(stack), start=1):
            iam.RolePolicyAttachment(
                f"{self._name}-{label}-{number}",
                role=role.name,
                policy_arn=policy,
                opts=self.child(),
            )
        return role.arn

    def _policies(self, stack: str) -> Sequence[str]:
        settings = self._args.settings
        return (*settings.up_policies, *settings.stack_policies.by_stack[stack])

    def _statements(self, writes: str | None) -> Sequence[Statement]:
        return (
            *read_statements(self._partition, self._args.region),
            *state_statements(self._partition, self._args.settings, writes=writes),
        )

    def _role(
        self,
        label: str,
        description: str,
        whose: Sequence[Tokens],
        statements: Sequence[Statement],
    ) -> iam.Role:
        role_name = f"{self._args.settings.role_prefix}{label}"
        role = iam.Role(
            f"{self._name}-{label}",
            name=role_name,
            description=description,
            assume_role_policy=self._trust(whose),
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

    def _trust(self, whose: Sequence[Tokens]) -> pulumi.Output[str]:
        conditions = [it.conditions(self._tokens.issuer) for it in whose]
        return trust_policy({"Federated": self._forge}, _WEB_IDENTITY, *conditions)
