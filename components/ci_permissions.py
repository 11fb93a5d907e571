"""What a pipeline may do, beside the policies that an account attaches to it."""

from collections.abc import Sequence

import pulumi

from components.iam_policy import Statement
from settings.ci import Ci

READ = (
    "autoscaling:Describe*",
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
    partition: pulumi.Input[str], settings: Ci, *, write: bool
) -> Sequence[Statement]:
    """Access to Pulumi's state in S3 and to the key of its secrets.

    Args:
        partition: AWS partition.
        settings: bucket of the state and key of its secrets, if there are.
        write: whether to change the state too, and take its lock.
    """
    bucket, key = settings.state_bucket, settings.state_key
    found: list[Statement] = []
    if bucket is not None:
        arn = pulumi.Output.format("arn:{0}:s3:::{1}", partition, bucket)
        objects = pulumi.Output.format("{0}/{1}", arn, _STATE)
        actions = ["s3:GetObject", *(["s3:PutObject", "s3:DeleteObject"] if write else [])]
        found.append(Statement(sid="ListState", actions=["s3:ListBucket"], resources=[arn]))
        found.append(Statement(sid="State", actions=actions, resources=[objects]))
    if key is not None:
        actions = ["kms:Decrypt", *(["kms:Encrypt"] if write else [])]
        found.append(Statement(sid="StateSecrets", actions=actions, resources=[key]))
    return found
