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


def trust_policy(partition: str, accounts: Iterable[str]) -> str:
    """The trust policy of the roles, as JSON.

    Args:
        partition: AWS partition.
        accounts: ids of the accounts that may let their people take the roles on.
    """
    principals = [f"arn:{partition}:iam::{account}:root" for account in sorted(accounts)]
    statement = {"Effect": "Allow", "Principal": {"AWS": principals}, "Action": "sts:AssumeRole"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def most_accounts(partition: str) -> int:
    """How many accounts the roles can trust."""
    one, two = (
        len("".join(trust_policy(partition, ["0" * 12] * count).split())) for count in (1, 2)
    )
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
