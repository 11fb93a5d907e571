"""What each kind of person is called on a cluster: one list for aws-auth and access entries."""

from dataclasses import dataclass

from eks_platform_contract.outputs import HumanRoles

READONLY, READWRITE, DEBUGMODE = "readonly", "readwrite", "debugmode"
"""Kubernetes groups of the platform; `components.rbac` says what they may do."""

MASTERS = "system:masters"
"""Kubernetes group that may do everything."""


@dataclass(frozen=True, kw_only=True)
class Person:
    """A kind of person.

    Attributes:
        kind: admin, readwrite or readonly.
        role_arn: IAM role that such people take on.
        username: their name on the cluster.
        groups: their Kubernetes groups.
    """

    kind: str
    role_arn: str
    username: str
    groups: tuple[str, ...]


def people(roles: HumanRoles) -> tuple[Person, ...]:
    """Everybody who may use a cluster."""
    return (
        Person(
            kind="admin",
            role_arn=roles.admin,
            username="kubernetes-admin",
            groups=(MASTERS,),
        ),
        Person(
            kind="readwrite",
            role_arn=roles.readwrite,
            username="kubernetes-readwrite",
            groups=(READWRITE, READONLY, DEBUGMODE),
        ),
        Person(
            kind="readonly",
            role_arn=roles.readonly,
            username="kubernetes-readonly",
            groups=(READONLY, DEBUGMODE),
        ),
    )


def without_path(role_arn: str) -> str:
    """A role's ARN as aws-auth needs it: the token names the role without its path.

    Access entries need it with the path. See the EKS user guide, "Create access entries".

    Args:
        role_arn: for example ``arn:aws:iam::123456789012:role/aws-reserved/sso/Ops``.

    Returns:
        For example ``arn:aws:iam::123456789012:role/Ops``.
    """
    owner, slash, path = role_arn.partition("/")
    return f"{owner}{slash}{path.rsplit('/', 1)[-1]}"
