"""The IAM role of one workload, by its Kubernetes service account (IRSA)."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
from pulumi_aws import iam

from components.base import Component, ComponentArgs
from components.iam_policy import Statement, policy_document, trust_policy

_AUDIENCE = "sts.amazonaws.com"
_NAME_LENGTH = 64  # IAM: characters of a role name


@dataclass(frozen=True, kw_only=True)
class WorkloadRoleArgs(ComponentArgs):
    """Arguments of `WorkloadRole`.

    Attributes:
        cluster_name: EKS cluster name, for example ``eks-blue``; begins the role's name.
        oidc_provider_arn: ARN of the cluster's IAM OIDC provider.
        oidc_issuer: its issuer, without ``https://``.
        namespace: the one namespace whose service account may take the role on.
        service_account: that service account.
        statements: what the role may do; at least one.
    """

    cluster_name: str
    oidc_provider_arn: pulumi.Input[str]
    oidc_issuer: pulumi.Input[str]
    namespace: str
    service_account: str
    statements: Sequence[Statement]


class WorkloadRole(Component):
    """Pulumi type ``eks-platform:workloadRole:WorkloadRole``.

    Creates the role ``CLUSTER-NAME`` with one inline policy. Only tokens that the cluster made
    for STS, for that service account, open it.

    Attributes:
        arn: the role's ARN, known once the policy is in place, so that what uses it waits.
        role_name: the role's name.

    Raises:
        ValueError: the role's name has more than 64 characters, or there are no statements.
    """

    MODULE = "workloadRole"

    arn: pulumi.Output[str]
    role_name: str

    def __init__(
        self, name: str, args: WorkloadRoleArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        self.role_name = _role_name(args.cluster_name, name)
        if not args.statements:
            raise ValueError(f"workload role {name} has no statements: it would allow nothing")
        super().__init__(name, opts)
        role = iam.Role(
            name,
            name=self.role_name,
            description=f"{args.namespace}/{args.service_account} on {args.cluster_name}",
            assume_role_policy=_trust(args),
            tags=args.named(self.role_name),
            opts=self.child(),
        )
        policy = iam.RolePolicy(
            name,
            name="permissions",
            role=role.name,
            policy=policy_document(args.statements),
            opts=self.child(),
        )
        self.arn = pulumi.Output.all(role.arn, policy.id).apply(lambda made: str(made[0]))
        self.register_outputs({"arn": self.arn, "roleName": self.role_name})


def _role_name(cluster: str, name: str) -> str:
    role = f"{cluster}-{name}"
    if len(role) > _NAME_LENGTH:
        raise ValueError(
            f"role name {role} has {len(role)} characters; IAM allows {_NAME_LENGTH}:"
            f" shorten {name}"
        )
    return role


def _trust(args: WorkloadRoleArgs) -> pulumi.Output[str]:
    subject = f"system:serviceaccount:{args.namespace}:{args.service_account}"
    conditions = pulumi.Output.from_input(args.oidc_issuer).apply(
        lambda issuer: {"StringEquals": {f"{issuer}:aud": _AUDIENCE, f"{issuer}:sub": subject}}
    )
    return trust_policy(
        {"Federated": args.oidc_provider_arn}, "sts:AssumeRoleWithWebIdentity", conditions
    )
