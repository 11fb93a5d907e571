"""Who may use a cluster, people and pipelines, and what each is called there."""

from dataclasses import dataclass

from eks_platform_contract.outputs import HumanRoles, PipelineRoles
from settings.names import Colour

READONLY, READWRITE, DEBUGMODE = "readonly", "readwrite", "debugmode"
"""Kubernetes groups of the platform; `components.rbac` says what they may do."""

MASTERS = "system:masters"
"""Kubernetes group that may do everything."""


ADMIN_POLICY = "AmazonEKSClusterAdminPolicy"
"""Access policy of those who may do everything."""

PIPELINE_USER = "kubernetes-pipeline"
"""User of a pipeline that updates the cluster's stack."""

# What EKS itself keeps up to date: the first shows no Secret, the second shows everything.
_VIEW_POLICY, _ADMIN_VIEW_POLICY = "AmazonEKSViewPolicy", "AmazonEKSAdminViewPolicy"


@dataclass(frozen=True, kw_only=True)
class ClusterUser:
    """A kind of person, or a pipeline.

    Attributes:
        kind: admin, readwrite or readonly; or the pipeline's name.
        role_arn: IAM role that such people take on.
        username: their name on the cluster.
        groups: their Kubernetes groups.
        policy: EKS access policy of their access entry; empty for none.
    """

    kind: str
    role_arn: str
    username: str
    groups: tuple[str, ...] = ()
    policy: str = ""


def human_users(roles: HumanRoles) -> tuple[ClusterUser, ...]:
    """The people who may use a cluster, for aws-auth and access entries alike."""
    return (
        ClusterUser(
            kind="admin",
            role_arn=roles.admin,
            username="kubernetes-admin",
            groups=(MASTERS,),
            policy=ADMIN_POLICY,
        ),
        ClusterUser(
            kind="readwrite",
            role_arn=roles.readwrite,
            username="kubernetes-readwrite",
            groups=(READWRITE, READONLY, DEBUGMODE),
        ),
        ClusterUser(
            kind="readonly",
            role_arn=roles.readonly,
            username="kubernetes-readonly",
            groups=(READONLY, DEBUGMODE),
        ),
    )


def watching_pipelines(roles: PipelineRoles) -> tuple[ClusterUser, ...]:
    """The pipelines that only look at a cluster, for access entries."""
    known = (
        ("preview", roles.preview, _VIEW_POLICY),
        ("drift", roles.drift, _ADMIN_VIEW_POLICY),
    )
    return tuple(
        ClusterUser(
            kind=f"pipeline-{label}",
            role_arn=arn,
            username=f"{PIPELINE_USER}-{label}",
            policy=policy,
        )
        for label, arn, policy in known
        if arn is not None
    )


def updating_pipeline(roles: PipelineRoles, colour: Colour) -> tuple[ClusterUser, ...]:
    """The pipeline that updates a colour, for aws-auth alone.

    EKS gives whoever made a cluster an access entry, and refuses a second one for them. In
    aws-auth the pipeline may stand whether it made the cluster or not.
    """
    arn = roles.up.get(colour)
    if arn is None:
        return ()
    return (
        ClusterUser(kind="pipeline-up", role_arn=arn, username=PIPELINE_USER, groups=(MASTERS,)),
    )


def role_arn_without_path(role_arn: str) -> str:
    """A role's ARN as aws-auth needs it: the token names the role without its path.

    Access entries need it with the path. See the EKS user guide, "Create access entries".

    Args:
        role_arn: for example ``arn:aws:iam::123456789012:role/aws-reserved/sso/Ops``.

    Returns:
        For example ``arn:aws:iam::123456789012:role/Ops``.
    """
    owner, slash, path = role_arn.partition("/")
    return f"{owner}{slash}{path.rsplit('/', 1)[-1]}"
