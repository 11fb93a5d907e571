"""What an instance needs to be reached by Session Manager, in place of SSH."""

from components.iam_policy import Statement

SESSIONS = Statement(
    sid="Sessions",
    actions=(
        "ssm:UpdateInstanceInformation",
        "ssmmessages:CreateControlChannel",
        "ssmmessages:CreateDataChannel",
        "ssmmessages:OpenControlChannel",
        "ssmmessages:OpenDataChannel",
    ),
    resources=("*",),
    reason="AWS knows no resources for them",
)
"""No more than that: by AmazonSSMManagedInstanceCore, a shell on the instance reads the account's
parameters, those that are encrypted by AWS's own key included.
https://docs.aws.amazon.com/systems-manager/latest/userguide/getting-started-create-iam-instance-profile.html"""
