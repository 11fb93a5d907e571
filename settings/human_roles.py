"""Settings of the IAM roles that people take on: the platform's own, or existing ones."""

from typing import Annotated

from pydantic import Discriminator, Field, Tag, ValidationInfo, field_validator

from settings.model import Matching, Settings, distinct, expected
from settings.names import HUMAN_ROLES

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
        rf"{_NAME}|arn:aws[a-z-]*:iam::[0-9]{{12}}:role/(?:[!-~]{{1,510}}/)?{_NAME}",
        "the name or the ARN of an IAM role",
    ),
]
AwsProfile = Annotated[
    str,
    Matching(
        r"[A-Za-z0-9_.@+/-]{1,128}", "the name of an AWS profile: letters, digits and . _ @ + / -"
    ),
]


class _People(Settings):
    aws_profile: AwsProfile | None = None
    """AWS profile that the kubeconfigs name. Absent: whatever people's environment says."""


class OwnHumanRoles(_People):
    """Three IAM roles that the shared stack creates."""

    name_prefix: RolePrefix = "eks-platform-"
    """Begins each role's name; role names are unique in an account."""

    trusted_account_ids: tuple[AccountId, ...] = Field(min_length=1)
    """Accounts whose own policies say who may take the roles on."""

    _distinct = field_validator("trusted_account_ids")(distinct)


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
