"""Settings of the IAM roles that people take on: the platform's own, or existing ones."""

import json
from collections.abc import Iterable
from typing import Annotated

from pydantic import Discriminator, Field, Tag, ValidationInfo, field_validator

from settings.arns import check_partition
from settings.model import Matching, Settings, distinct, expected
from settings.names import HUMAN_ROLES
from settings.regions import PARTITION, partition_of

_ROLE_NAME_LENGTH = 64
_PREFIX_LENGTH = _ROLE_NAME_LENGTH - max(map(len, HUMAN_ROLES.values()))
_NAME = r"[A-Za-z0-9_+=,.@-]{1,64}"

AccountId = Annotated[str, Matching(r"[0-9]{12}", "an AWS account id: 12 digits, in quotes")]
RolePrefix = Annotated[
    str,
    Matching(
        rf"[A-Za-z0-9_+=,.@-]{{0,{_PREFIX_LENGTH}}}",
        f"at most {_PREFIX_LENGTH} letters, digits and + = , . @ - _",
    ),
]
Role = Annotated[
    str,
    Matching(
        # EKS: https://docs.aws.amazon.com/eks/latest/userguide/creating-access-entries.html
        rf"{_NAME}|arn:{PARTITION}:iam::[0-9]{{12}}:role/(?!aws-service-role/)"
        rf"(?:[!-~]{{1,510}}/)?{_NAME}",
        "the name or the ARN of an IAM role, not of a service-linked one",
    ),
]
AwsProfile = Annotated[
    str,
    Matching(
        r"[A-Za-z0-9_.@+/-]{1,128}", "the name of an AWS profile: letters, digits and . _ @ + / -"
    ),
]


TRUST_POLICY_LENGTH = 2048
"""Characters of a role's trust policy, white space aside.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html"""


# STS: https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
ExternalId = Annotated[
    str,
    Matching(r"[\w+=,.@:/-]{2,1224}", "2 to 1,224 letters, digits and + = , . @ : / - _"),
]
OrganizationId = Annotated[
    str, Matching(r"o-[a-z0-9]{10,32}", "the id of an AWS organisation such as o-a1b2c3d4e5")
]
Principal = Annotated[
    str,
    Matching(
        rf"arn:{PARTITION}:iam::[0-9*?]{{1,12}}:(?:role|user)/[A-Za-z0-9_+=,.@/*?-]{{1,512}}",
        "the ARN of an IAM role or user, * and ? in it stand for any characters",
    ),
]


class TrustConditions(Settings):
    """What must hold besides for somebody of a trusted account to take a role on. All of it."""

    mfa: bool = False
    """Only sessions that began with a second factor. Those of IAM Identity Center and of roles
    that were taken on from another role never say so."""

    external_id: ExternalId | None = None
    """Word that must be given. Kubeconfigs give none: take the role on with an AWS profile that
    has it as `external_id`, and use the contexts that name no role. Absent: none is asked for."""

    principal_arns: tuple[Principal, ...] = ()
    """ARNs of those who may: roles and users of the trusted accounts, * and ? allowed. Of a
    session, the role's. Empty: whoever the account lets."""

    organization_id: OrganizationId | None = None
    """Only accounts of this AWS organisation. Absent: whichever they belong to."""

    _distinct = field_validator("principal_arns")(distinct)

    def as_policy(self) -> dict[str, dict[str, object]]:
        """The conditions in the words of a policy; empty for none."""
        equal: dict[str, object] = {
            key: value
            for key, value in (
                ("aws:PrincipalOrgID", self.organization_id),
                ("sts:ExternalId", self.external_id),
            )
            if value is not None
        }
        found: dict[str, dict[str, object]] = {"StringEquals": equal} if equal else {}
        if self.mfa:
            found["Bool"] = {"aws:MultiFactorAuthPresent": "true"}
        if self.principal_arns:
            found["ArnLike"] = {"aws:PrincipalArn": sorted(self.principal_arns)}
        return found


def trust_policy(
    partition: str, accounts: Iterable[str], conditions: TrustConditions | None = None
) -> str:
    """The trust policy of the roles, as JSON.

    Args:
        partition: AWS partition.
        accounts: ids of the accounts that may let their people take the roles on.
        conditions: what must hold besides; None: nothing.
    """
    principals = [f"arn:{partition}:iam::{account}:root" for account in sorted(accounts)]
    statement: dict[str, object] = {
        "Effect": "Allow",
        "Principal": {"AWS": principals},
        "Action": "sts:AssumeRole",
    }
    if said := (conditions.as_policy() if conditions else {}):
        statement["Condition"] = said
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def _length(policy: str) -> int:
    return len("".join(policy.split()))


def most_accounts(partition: str) -> int:
    """How many accounts the roles can trust."""
    one, two = (_length(trust_policy(partition, ["0" * 12] * count)) for count in (1, 2))
    return 1 + (TRUST_POLICY_LENGTH - one) // (two - one)


class _People(Settings):
    aws_profile: AwsProfile | None = None
    """AWS profile that the kubeconfigs name. Absent: whatever people's environment says."""


class OwnHumanRoles(_People):
    """Three IAM roles that the shared stack creates."""

    name_prefix: RolePrefix = "eks-platform-"
    """Begins each role's name; role names are unique in an account."""

    trusted_account_ids: tuple[AccountId, ...] = Field(min_length=1)
    """Accounts whose own policies say who may take the roles on. A trust policy holds 58 of them,
    in GovCloud 48."""

    _distinct = field_validator("trusted_account_ids")(distinct)

    @field_validator("trusted_account_ids")
    @classmethod
    def _check_size(cls, value: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        most = most_accounts(partition_of((info.context or {}).get("region")))
        if len(value) > most:
            raise expected(
                f"at most {most} accounts: the trust policy of more exceeds the"
                f" {TRUST_POLICY_LENGTH} characters that IAM takes",
                f"here are {len(value)}",
            )
        return value

    conditions: TrustConditions = TrustConditions()
    """What must hold besides for somebody to take a role on. Absent: nothing."""

    @field_validator("conditions")
    @classmethod
    def _check_conditions(cls, value: TrustConditions, info: ValidationInfo) -> TrustConditions:
        partition = partition_of((info.context or {}).get("region"))
        accounts = info.data.get("trusted_account_ids", ())
        foreign = [it for it in value.principal_arns if not it.startswith(f"arn:{partition}:")]
        if foreign:
            raise expected(f"ARNs of partition {partition}", ", ".join(foreign))
        length = _length(trust_policy(partition, accounts, value))
        if length > TRUST_POLICY_LENGTH:
            raise expected(
                "shorter or fewer principalArns and accounts: their trust policy exceeds the"
                f" {TRUST_POLICY_LENGTH} characters that IAM takes",
                f"it has {length}",
            )
        return value


class ExistingRoles(Settings):
    """Three IAM roles made elsewhere, each by its name or its ARN.

    A name is looked up in the account; an ARN may be one of another account.
    """

    admin: Role
    """May do everything on the clusters."""

    readwrite: Role
    """May change what runs in namespaces."""

    readonly: Role
    """May look at everything but secrets."""

    _partition = field_validator("admin", "readwrite", "readonly")(check_partition)

    @field_validator("readwrite", "readonly")
    @classmethod
    def _check_apart(cls, value: str, info: ValidationInfo) -> str:
        # EKS: one access entry for a principal.
        for key, other in info.data.items():
            if other == value:
                raise expected(f"another role than humanRoles.existing.{key}", other)
        return value


class ExistingHumanRoles(_People):
    """Roles for people that exist already; nothing of them is changed."""

    existing: ExistingRoles
    """The role of each kind of person."""


def _kind(value: object) -> str:
    if isinstance(value, ExistingHumanRoles) or (isinstance(value, dict) and "existing" in value):
        return "<existing>"
    return "<own>"


HumanRoles = Annotated[
    Annotated[OwnHumanRoles, Tag("<own>")] | Annotated[ExistingHumanRoles, Tag("<existing>")],
    Discriminator(_kind),
]
