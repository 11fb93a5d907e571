"""Sessions of roles: whose permissions count, and the policies that limit them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from moto.iam.models import User

from localcloud.server.identity import Principal, principal_of
from localcloud.server.permissions import account
from localcloud.server.permissions.evaluator import Policies
from localcloud.server.permissions.patterns import UnknownError
from localcloud.server.permissions.policy import Statement, parse

_SESSION_POLICY = "session policy"


@dataclass(frozen=True)
class Limits:
    """What a session got when the role was taken on.

    Attributes:
        policy: text of its own policy, or an empty text.
        policy_arns: managed policies that limit it as well.
        tagged: whether it got tags of its own.
    """

    policy: str = ""
    policy_arns: Sequence[str] = ()
    tagged: bool = False


_limits: dict[str, Limits] = {}


def remember(access_key: str, limits: Limits) -> None:
    """Notes what a session got, by its access key."""
    _limits[access_key] = limits


@dataclass(frozen=True)
class Session:
    """A session of a role.

    Attributes:
        principal: who has it.
        limits: what it got when the role was taken on.
    """

    principal: Principal
    limits: Limits

    @property
    def role_arn(self) -> str:
        """ARN of the role."""
        return self.principal.identity_arn

    @property
    def user_id(self) -> str:
        """Id of the role and name of the session."""
        return self.principal.user_id

    def tags(self) -> Mapping[str, str]:
        """Tags of the role. Raises UnknownError for a session with tags of its own."""
        if self.limits.tagged:
            raise UnknownError("tags of a session are not emulated")
        return account.tags_of(self.role_arn)

    def policies(self) -> Policies:
        """All that have a say in what it may do; of a role that is gone none.

        Raises:
            UnknownError: one has an element that is not known here, or does not exist.
        """
        role = next(
            (it for it in list(account.iam().roles.values()) if it.arn == self.role_arn), None
        )
        if role is None:
            return Policies(identity=())
        boundary = role.permissions_boundary_arn
        return Policies(
            identity=statements_of(self.role_arn),
            boundary=managed(boundary) if boundary else None,
            session=self._session_policies(),
        )

    def _session_policies(self) -> Sequence[Statement] | None:
        found = [parse(_SESSION_POLICY, self.limits.policy)] if self.limits.policy else []
        found += [managed(arn) for arn in self.limits.policy_arns]
        return [it for statements in found for it in statements] if found else None


def find(access_key: str) -> Session | None:
    """The session of a role that an access key belongs to; None for users and strangers."""
    principal = principal_of(access_key)
    if principal is None or not principal.session_name:
        return None
    return Session(principal, _limits.get(access_key, Limits()))


def statements_of(role_arn: str) -> Sequence[Statement]:
    """Statements of a role's own policies, inline and attached. Raises UnknownError."""
    role = next((it for it in list(account.iam().roles.values()) if it.arn == role_arn), None)
    if role is None:
        return ()
    inline = [parse(name, _text(document)) for name, document in list(role.policies.items())]
    attached = [managed(arn) for arn in list(role.managed_policies)]
    return [it for statements in (*inline, *attached) for it in statements]


def statements_of_user(user: User) -> Sequence[Statement]:
    """Statements of a user's own policies and of those of their groups. Raises UnknownError."""
    groups = [it for it in list(account.iam().groups.values()) if user in it.users]
    inline = [
        parse(name, _text(document))
        for owner in (user, *groups)
        for name, document in list(owner.policies.items())
    ]
    attached = [managed(arn) for owner in (user, *groups) for arn in list(owner.managed_policies)]
    return [it for statements in (*inline, *attached) for it in statements]


def managed(arn: str) -> Sequence[Statement]:
    """Statements of a managed policy. Raises UnknownError."""
    policy = account.iam().managed_policies.get(arn)
    if policy is None:
        raise UnknownError(f"the policy {arn} does not exist")
    version = next(it for it in policy.versions if it.version_id == policy.default_version_id)
    return parse(arn, _text(version.document))


def _text(document: object) -> str:
    return document if isinstance(document, str) else json.dumps(document)
