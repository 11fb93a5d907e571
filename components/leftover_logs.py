"""What EKS leaves behind of a cluster that is gone: a log group that it made itself."""

from typing import TYPE_CHECKING

import boto3
from botocore.exceptions import BotoCoreError, ClientError

if TYPE_CHECKING:
    from mypy_boto3_logs.type_defs import LogGroupTypeDef


class LeftoverLogsError(Exception):
    """AWS could not be asked for a left-over log group, or does not let it go."""


def remove_leftover_logs(group: str, cluster: str, region: str) -> bool:
    """Deletes a log group that EKS made for the last logs of a cluster that is gone.

    EKS delivers logs for minutes after a cluster's end, and makes the group anew for them if it
    has been deleted: without tags, to be kept for ever, and in the way of the next cluster of
    that name. Whatever carries a tag is somebody's, and as long as there is a cluster the group
    is its own: both stay, and AWS says that the name is taken.

    Args:
        group: name of the log group.
        cluster: EKS cluster name.
        region: AWS region.

    Returns:
        Whether there was one.

    Raises:
        LeftoverLogsError: AWS refuses.
    """
    session = boto3.Session(region_name=region)
    logs = session.client("logs")
    try:
        pages = logs.get_paginator("describe_log_groups").paginate(logGroupNamePrefix=group)
        named = [it for page in pages for it in page["logGroups"] if it["logGroupName"] == group]
        if not named or logs.list_tags_for_resource(resourceArn=_arn(named[0])).get("tags"):
            return False
        if _exists(session, cluster):
            return False
        logs.delete_log_group(logGroupName=group)
    except (BotoCoreError, ClientError) as error:
        raise LeftoverLogsError(
            f"whether log group {group} is left over from an earlier {cluster} cannot be seen, or"
            f" it cannot be deleted ({error}); see to it, and run the command again"
        ) from error
    return True


def _arn(group: "LogGroupTypeDef") -> str:
    return group["arn"].removesuffix(":*")


def _exists(session: boto3.Session, cluster: str) -> bool:
    eks = session.client("eks")
    try:
        eks.describe_cluster(name=cluster)
    except eks.exceptions.ResourceNotFoundException:
        return False
    return True
