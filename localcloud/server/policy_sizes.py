"""IAM's limits on the size of policies, which moto does not know.

Names and values of https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html;
white space does not count. The sentences are IAM's own.
"""

from typing import Any

from moto.iam.exceptions import LimitExceededException
from moto.iam.models import IAMBackend, ManagedPolicy, PolicyVersion, Role

TRUST_POLICY = 2048
"""Characters of a role's trust policy."""

INLINE_POLICIES = 10240
"""Characters of all inline policies of a role together."""

MANAGED_POLICY = 6144
"""Characters of each version of a managed policy."""

_create_role = IAMBackend.create_role
_update_trust = IAMBackend.update_assume_role_policy
_put_role_policy = IAMBackend.put_role_policy
_create_policy = IAMBackend.create_policy
_create_version = IAMBackend.create_policy_version


def install() -> None:
    """Replaces the methods; once per process, or again without another effect."""
    IAMBackend.create_role = _create_small_role
    IAMBackend.update_assume_role_policy = _update_to_small_trust
    IAMBackend.put_role_policy = _put_small_role_policy
    IAMBackend.create_policy = _create_small_policy
    IAMBackend.create_policy_version = _create_small_version


def size(document: str) -> int:
    """Characters of a policy as IAM counts them."""
    return len("".join(document.split()))


class _TooLargeError(LimitExceededException):
    status_code = 409


def _check_trust(document: str) -> None:
    if size(document) > TRUST_POLICY:
        raise _TooLargeError(f"Cannot exceed quota for ACLSizePerRole: {TRUST_POLICY}")


def _check_managed(document: str) -> None:
    if size(document) > MANAGED_POLICY:
        raise _TooLargeError(f"Cannot exceed quota for PolicySize: {MANAGED_POLICY}")


def _create_small_role(
    self: IAMBackend,
    role_name: str,
    assume_role_policy_document: str,
    *args: Any,  # noqa: ANN401 - the others of moto's
    **kwargs: Any,  # noqa: ANN401
) -> Role:
    _check_trust(assume_role_policy_document)
    return _create_role(self, role_name, assume_role_policy_document, *args, **kwargs)


def _update_to_small_trust(self: IAMBackend, role_name: str, policy_document: str) -> None:
    _check_trust(policy_document)
    _update_trust(self, role_name, policy_document)


def _put_small_role_policy(
    self: IAMBackend, role_name: str, policy_name: str, policy_json: str
) -> None:
    after = {**self.get_role(role_name).policies, policy_name: policy_json}
    if sum(map(size, after.values())) > INLINE_POLICIES:
        raise _TooLargeError(
            f"Maximum policy size of {INLINE_POLICIES} bytes exceeded for role {role_name}"
        )
    _put_role_policy(self, role_name, policy_name, policy_json)


def _create_small_policy(
    self: IAMBackend,
    description: str,
    path: str,
    policy_document: str,
    *args: Any,  # noqa: ANN401 - the others of moto's
    **kwargs: Any,  # noqa: ANN401
) -> ManagedPolicy:
    _check_managed(policy_document)
    return _create_policy(self, description, path, policy_document, *args, **kwargs)


def _create_small_version(
    self: IAMBackend, policy_arn: str, policy_document: str, set_as_default: bool
) -> PolicyVersion:
    _check_managed(policy_document)
    return _create_version(self, policy_arn, policy_document, set_as_default)
