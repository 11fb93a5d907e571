"""What a pipeline may do, beside the policies that an account attaches to it."""

from collections.abc import Sequence

import pulumi

from components.iam_policy import Statement
from settings.ci import Ci
from settings.names import PROJECT

READ = (
    "autoscaling:Describe*",
    "cloudwatch:DescribeAlarms",
    "cloudwatch:GetDashboard",
    "cloudwatch:ListTagsForResource",
    "ec2:Describe*",
    "eks:Describe*",
    "eks:List*",
    "elasticloadbalancing:Describe*",
    "events:Describe*",
    "events:List*",
    "iam:GetInstanceProfile",
    "iam:GetOpenIDConnectProvider",
    "iam:GetPolicy",
    "iam:GetPolicyVersion",
    "iam:GetRole",
    "iam:GetRolePolicy",
    "iam:List*",
    "kms:DescribeKey",
    "kms:GetKeyPolicy",
    "kms:GetKeyRotationStatus",
    "kms:List*",
    "logs:Describe*",
    "logs:ListTagsForResource",
    "route53:Get*",
    "route53:List*",
    "sqs:GetQueueAttributes",
    "sqs:ListQueueTags",
)
"""Reading that a preview with refresh does; none of it shows a secret."""

_STATE = ".pulumi/*"
_OF_A_STACK = (
    ".pulumi/stacks/{project}/{stack}.*",
    ".pulumi/history/{project}/{stack}/*",
    ".pulumi/backups/{project}/{stack}/*",
    ".pulumi/locks/organization/{project}/{stack}/*",
)
"""What an update of one stack writes: its state with a copy beside it, its history and backups, and
its lock. https://github.com/pulumi/pulumi/tree/master/pkg/backend/diy"""


def read_statements(partition: pulumi.Input[str], region: str) -> Sequence[Statement]:
    """What a preview reads of AWS, with the public parameters that name node images."""
    parameters = pulumi.Output.format("arn:{0}:ssm:{1}::parameter/aws/service/*", partition, region)
    return (
        Statement(
            sid="Read", actions=READ, resources=["*"], reason="a preview reads all that there is"
        ),
        Statement(sid="NodeImages", actions=["ssm:GetParameter"], resources=[parameters]),
    )


def state_statements(
    partition: pulumi.Input[str], settings: Ci, *, writes: str | None
) -> Sequence[Statement]:
    """Access to Pulumi's state in S3 and to the key of its secrets.

    Every role reads all stacks, as they refer to each other; it writes one, and takes its lock.

    Args:
        partition: AWS partition.
        settings: bucket of the state and key of its secrets, if there are.
        writes: stack whose state to change too; None for none.
    """
    bucket, key = settings.state_bucket, settings.state_key
    found: list[Statement] = []
    if bucket is not None:
        arn = pulumi.Output.format("arn:{0}:s3:::{1}", partition, bucket)
        found.append(Statement(sid="ListState", actions=["s3:ListBucket"], resources=[arn]))
        found.append(Statement(sid="State", actions=["s3:GetObject"], resources=_in(arn, [_STATE])))
        if writes is not None:
            own = _in(arn, [it.format(project=PROJECT, stack=writes) for it in _OF_A_STACK])
            changes = ["s3:PutObject", "s3:DeleteObject"]
            found.append(Statement(sid="OwnState", actions=changes, resources=own))
    if key is not None:
        actions = ["kms:Decrypt", *(["kms:Encrypt"] if writes is not None else [])]
        found.append(Statement(sid="StateSecrets", actions=actions, resources=[key]))
    return found


def _in(bucket: pulumi.Output[str], paths: Sequence[str]) -> Sequence[pulumi.Output[str]]:
    return [pulumi.Output.format("{0}/{1}", bucket, path) for path in paths]
