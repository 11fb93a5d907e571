"""Settings of pipelines: who may preview and update stacks without a stored key."""

import re
from collections.abc import Mapping
from typing import Annotated, Literal, get_args

from pydantic import AfterValidator, Field, ValidationInfo, field_validator

from settings.arns import PolicyArn, check_partition
from settings.model import Matching, Settings, distinct, expected
from settings.regions import PARTITION

_ROLE_NAME_LENGTH = 64
_LONGEST_ROLE = len("up-shared")
_MOST_POLICIES = 10
"""Policies that IAM attaches to a role, unless it was asked for more.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html"""
_PREFIX_LENGTH = _ROLE_NAME_LENGTH - _LONGEST_ROLE

Repository = Annotated[
    str, Matching(r"[A-Za-z0-9-]{1,39}/[A-Za-z0-9._-]{1,100}", "a repository as OWNER/NAME")
]
ProjectPath = Annotated[
    str,
    Matching(
        r"(?=.{1,255}$)[A-Za-z0-9_][A-Za-z0-9_.-]*(?:/[A-Za-z0-9_][A-Za-z0-9_.-]*)+",
        "a project as GROUP/NAME, with its subgroups, of at most 255 characters",
    ),
]
"""Path of a project, as long as GitLab lets it be."""

Host = Annotated[
    str,
    Matching(
        r"(?=.{1,247}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+"
        r"[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?",
        "a host name such as gitlab.com, without https://, of at most 247 characters",
    ),
]
"""Host of an OIDC provider. IAM takes a URL of 255 characters, its ``https://`` included.
https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateOpenIDConnectProvider.html"""

Branch = Annotated[
    str, Matching(r"[A-Za-z0-9][A-Za-z0-9._/-]{0,99}", "a branch such as main, without wildcards")
]
Audience = Annotated[str, Matching(r"[A-Za-z0-9:/._-]{1,255}", "an audience, without wildcards")]
KeyArn = Annotated[
    str,
    Matching(
        rf"arn:{PARTITION}:kms:[a-z0-9-]+:[0-9]{{12}}:key/"
        r"(?:mrk-[a-f0-9]{32}|[a-f0-9]{8}(?:-[a-f0-9]{4}){3}-[a-f0-9]{12})",
        "the ARN of a KMS key",
    ),
]
"""https://docs.aws.amazon.com/kms/latest/developerguide/concepts.html#key-id-key-ARN"""


def _check_bucket(value: str) -> str:
    if ".." in value:
        raise expected("the name of an S3 bucket: no two dots in a row")
    if re.fullmatch(r"[0-9]+(?:\.[0-9]+){3}", value):
        raise expected("the name of an S3 bucket, not an IP address")
    if value.startswith(_NO_BUCKETS) or value.endswith(_OTHER_THAN_BUCKETS):
        raise expected("the name of an S3 bucket: S3 keeps this prefix or suffix for itself")
    return value


_NO_BUCKETS = ("xn--", "sthree-", "amzn-s3-demo-")
_OTHER_THAN_BUCKETS = ("-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3")

Bucket = Annotated[
    str,
    Matching(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", "the name of an S3 bucket, without s3://"),
    AfterValidator(_check_bucket),
]
"""A general purpose bucket.
https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html"""

RolePrefix = Annotated[
    str,
    Matching(
        rf"[A-Za-z0-9_+=,.@-]{{0,{_PREFIX_LENGTH}}}",
        f"at most {_PREFIX_LENGTH} letters, digits and + = , . @ - _",
    ),
]

Id = Annotated[int, Field(ge=1)]
"""Number that GitHub gives an account or a repository, and never to another one."""

Door = Literal["preview", "drift", "up"]
"""A pipeline that a cluster lets in."""


class GitHub(Settings):
    """A repository on github.com."""

    repository: Repository
    """The one repository whose pipelines are let in, as OWNER/NAME."""

    owner_id: Id | None = None
    """Number of the owner, where tokens of the repository name it. Those of a repository that was
    made, renamed or transferred since the middle of 2026 do; its `sub_claim_prefix` shows it.
    Absent: none, its tokens name no numbers."""

    repository_id: Id | None = None
    """Number of the repository; given together with ownerId. Absent: as ownerId."""

    branch: Branch = "main"
    """Branch whose pipelines look for drift and update stacks."""

    pull_requests: bool = True
    """Let pull requests preview, from the environment `preview`. What they run can open the
    secrets of the state, so this environment must wait for reviewers: turn this off where it
    cannot."""

    audience: Audience = "sts.amazonaws.com"
    """Audience of its tokens."""

    @field_validator("repository_id")
    @classmethod
    def _check_ids(cls, value: int | None, info: ValidationInfo) -> int | None:
        if "owner_id" in info.data and (value is None) != (info.data["owner_id"] is None):
            raise expected("both ownerId and repositoryId, or neither")
        return value

    @property
    def subject(self) -> str:
        """How subjects of its tokens begin.

        See https://docs.github.com/en/actions/reference/security/oidc for the form with numbers.
        """
        if self.owner_id is None:
            return f"repo:{self.repository}"
        owner, _, name = self.repository.partition("/")
        return f"repo:{owner}@{self.owner_id}/{name}@{self.repository_id}"


class GitLab(Settings):
    """A project on a GitLab host."""

    project: ProjectPath
    """The one project whose pipelines are let in, with its groups."""

    host: Host = "gitlab.com"
    """Host of GitLab; AWS must be able to reach it."""

    branch: Branch = "main"
    """Branch whose pipelines preview and update stacks; protect it, and the environments."""

    audience: Audience = "sts.amazonaws.com"
    """Audience of its tokens, as AWS_AUDIENCE in .gitlab-ci.yml asks for it."""

    preview_audience: Audience = "eks-platform-preview"
    """Audience of tokens of previews, as PREVIEW_AUDIENCE in .gitlab-ci.yml asks for it. They are
    in the hands of a merge request's code, so no other role takes this audience."""

    @field_validator("preview_audience")
    @classmethod
    def _check_audiences(cls, value: str, info: ValidationInfo) -> str:
        if value == info.data.get("audience"):
            raise expected("another audience than that of the roles that update")
        return value


Policies = Annotated[tuple[PolicyArn, ...], Field(max_length=_MOST_POLICIES)]


class StackPolicies(Settings):
    """Policies of single stacks' up roles."""

    shared: Policies = ()
    """Of the role that updates `shared`."""

    blue: Policies = ()
    """Of the role that updates `blue`."""

    green: Policies = ()
    """Of the role that updates `green`."""

    @property
    def by_stack(self) -> Mapping[str, Policies]:
        """All of them, by stack."""
        return {"shared": self.shared, "blue": self.blue, "green": self.green}

    _distinct = field_validator("shared", "blue", "green")(distinct)

    @field_validator("shared", "blue", "green")
    @classmethod
    def _check_partitions(cls, value: tuple[str, ...], info: ValidationInfo) -> object:
        for arn in value:
            check_partition(arn, info)
        return value


class Ci(Settings):
    """Roles of pipelines; made only where this is given."""

    github: GitHub | None = None
    """Pipelines of GitHub Actions. Absent: none, `gitlab` is given."""

    gitlab: GitLab | None = None
    """Pipelines of GitLab CI. Absent: none, `github` is given."""

    create_provider: bool = True
    """Create the OIDC provider of the forge. An account has one for each host: turn this off
    where it exists already."""

    role_prefix: RolePrefix = "eks-platform-ci-"
    """Begins each role's name; role names are unique in an account."""

    state_bucket: Bucket | None = None
    """S3 bucket of Pulumi's state. Absent: none, as with Pulumi Cloud."""

    state_key: KeyArn | None = None
    """KMS key that encrypts secrets in the state. Absent: none, as with a passphrase."""

    up_policies: Policies = ()
    """Policies that say what `pulumi up` may do, attached to each up role. They are your
    account's own: the policy pack refuses AdministratorAccess."""

    stack_policies: StackPolicies = StackPolicies()
    """The same for the up role of one stack, beside those. Each role needs one policy at least."""

    permissions_boundary: PolicyArn | None = None
    """Boundary of every role of a pipeline. Absent: the one that the stack file names for all
    roles, if any."""

    cluster_access: tuple[Door, ...] = get_args(Door)
    """Pipelines that clusters let in: `preview` may look at what runs in namespaces, but at no
    secret; `drift` may look at everything; `up` may do everything on its own colour's cluster.
    A colour lets them in with its next update."""

    _distinct = field_validator("up_policies", "cluster_access")(distinct)

    @field_validator("state_key", "permissions_boundary", "up_policies")
    @classmethod
    def _check_partitions(cls, value: str | tuple[str, ...] | None, info: ValidationInfo) -> object:
        for arn in (value,) if isinstance(value, str) else value or ():
            check_partition(arn, info)
        return value

    @field_validator("stack_policies")
    @classmethod
    def _check_number(cls, value: StackPolicies, info: ValidationInfo) -> StackPolicies:
        if "up_policies" not in info.data:
            return value
        for_all: tuple[str, ...] = info.data["up_policies"]
        without = [stack for stack, own in value.by_stack.items() if not {*for_all, *own}]
        if without:
            raise expected(f"a policy for {', '.join(without)}: there is none in upPolicies")
        for stack, own in value.by_stack.items():
            if twice := [it for it in own if it in for_all]:
                raise expected(f"no policy of upPolicies: {stack} has {twice[0]} already")
            if len(for_all) + len(own) > _MOST_POLICIES:
                raise expected(
                    f"at most {_MOST_POLICIES} policies of a role: {stack} would have more"
                )
        return value

    @field_validator("gitlab")
    @classmethod
    def _check_forge(cls, value: GitLab | None, info: ValidationInfo) -> GitLab | None:
        github = info.data.get("github", True)
        if (value is None) == (github is None):
            raise expected("either github or gitlab, and not both")
        return value
