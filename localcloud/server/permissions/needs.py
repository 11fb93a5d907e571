"""Which permissions a call needs: those of its action, and of its dependent actions."""

from collections.abc import Mapping, Sequence

from localcloud.server.permissions import dependent_actions, launches, reference, resources
from localcloud.server.permissions.call import Call
from localcloud.server.permissions.evaluator import Need
from localcloud.server.permissions.keys import Asked
from localcloud.server.permissions.parameters import tags_of
from localcloud.server.permissions.patterns import UnknownError
from localcloud.server.permissions.reference import Action
from localcloud.server.permissions.sessions import Session

FREE = frozenset({"sts:GetCallerIdentity", "sts:AssumeRoleWithWebIdentity"})
"""Operations that nobody needs a permission for."""

ACTIONS: Mapping[str, str] = {
    "s3:CompleteMultipartUpload": "s3:PutObject",
    "s3:CopyObject": "s3:PutObject",
    "s3:CreateMultipartUpload": "s3:PutObject",
    "s3:DeleteObjects": "s3:DeleteObject",
    "s3:GetBucketEncryption": "s3:GetEncryptionConfiguration",
    "s3:GetBucketLifecycleConfiguration": "s3:GetLifecycleConfiguration",
    "s3:GetPublicAccessBlock": "s3:GetBucketPublicAccessBlock",
    "s3:HeadBucket": "s3:ListBucket",
    "s3:HeadObject": "s3:GetObject",
    "s3:ListBuckets": "s3:ListAllMyBuckets",
    "s3:ListObjects": "s3:ListBucket",
    "s3:ListObjectsV2": "s3:ListBucket",
    "s3:PutBucketEncryption": "s3:PutEncryptionConfiguration",
    "s3:PutBucketLifecycleConfiguration": "s3:PutLifecycleConfiguration",
    "s3:PutPublicAccessBlock": "s3:PutBucketPublicAccessBlock",
    "s3:UploadPart": "s3:PutObject",
    "sqs:ChangeMessageVisibilityBatch": "sqs:ChangeMessageVisibility",
    "sqs:DeleteMessageBatch": "sqs:DeleteMessage",
    "sqs:SendMessageBatch": "sqs:SendMessage",
}
"""Actions of operations that are not called like them."""


def needed_permissions(call: Call, session: Session) -> Sequence[Need]:
    """Every permission that a call needs, the one of its own action first.

    Raises:
        UnknownError: the reference has no such action.
    """
    operation = f"{call.service}:{call.operation}"
    if operation in FREE:
        return ()
    action = _action(ACTIONS.get(operation, operation))
    named = resources.resources_of(call, action)
    needs = [
        Need(action.name, it, Asked(call, session, action, it, _tags(call, action, it)).values)
        for it in named
    ]
    for more in dependent_actions.dependent_actions(call, named):
        found = _action(more.action)
        asked = Asked(call, session, found, more.resource, more.tags, more.extra)
        needs.append(Need(found.name, more.resource, asked.values))
    return needs


def _action(name: str) -> Action:
    found = reference.find(*name.split(":"))
    if found is None:
        raise UnknownError(f"the local cloud does not know the action of {name}")
    return found


def _tags(call: Call, action: Action, resource: str | None) -> Mapping[str, str] | None:
    """Tags that a call puts on one of its resources: of EC2's, on those that it makes alone."""
    if call.service != "ec2" or action.name in ("ec2:CreateTags", "ec2:DeleteTags"):
        return tags_of(call.parameters)
    if resource is None or not resource.endswith("/*"):
        return None
    kind = resource.split(":")[5].partition("/")[0]
    if call.operation in launches.OPERATIONS:
        return launches.made_tags(call, kind)
    return tags_of(call.parameters, kind)
