"""Who makes a colour's cluster: EKS lets them in by an access entry that is not the program's."""

import re
from collections.abc import Sequence

import pulumi
from pulumi_aws import eks, get_caller_identity_output

from components.cluster_users import ClusterUser, role_arn_without_path
from settings.tags import CREATOR

_MASTER = "admin"
_SESSION = re.compile(r"arn:([^:]+):sts::(\d+):assumed-role/([^/]+)/.*")


class CreatorError(pulumi.RunError):
    """Whoever makes a cluster would get more rights than they should have; says what to do."""


async def existing_cluster(cluster: str) -> eks.GetClusterResult | None:
    """A cluster as EKS knows it; None if there is none.

    Args:
        cluster: EKS cluster name.
    """
    there = await eks.get_clusters_output().names.future()
    if cluster not in (there or ()):
        return None
    return await eks.get_cluster_output(name=cluster).future()


async def creator_of(there: eks.GetClusterResult | None) -> str | None:
    """IAM role that made a cluster, or makes it now.

    Once the cluster is there, its tag says so, whoever runs the program. What was made of the
    answer before would be taken back by the next one otherwise.

    Args:
        there: the cluster, if there is one.

    Returns:
        Its ARN without a path; None for a user, and for a cluster without the tag.
    """
    if there is not None:
        return (there.tags or {}).get(CREATOR)
    caller = await get_caller_identity_output().arn.future()
    return _role_of(caller or "")


def _role_of(arn: str) -> str | None:
    """The role of a session such as ``arn:aws:sts::123456789012:assumed-role/Ops/eve``."""
    found = _SESSION.fullmatch(arn)
    return f"arn:{found[1]}:iam::{found[2]}:role/{found[3]}" if found else None


def without_creator(
    cluster: str, creator: str | None, users: Sequence[ClusterUser]
) -> list[ClusterUser]:
    """Those whose access entries are the program's to make.

    EKS makes the creator an administrator and refuses a second entry for them. To an
    administrator it gives the rights that the program would.

    Args:
        cluster: EKS cluster name.
        creator: role that made it or makes it now, see `creator_of`.
        users: who may use the cluster.

    Raises:
        CreatorError: the creator should have fewer rights than EKS gives.
    """
    same = [it for it in users if creator == role_arn_without_path(it.role_arn)]
    for person in same:
        if person.kind != _MASTER:
            raise CreatorError(
                f"{creator} is humanRoles.{person.kind} of stack shared, and makes the cluster"
                f" {cluster}: EKS lets whoever makes a cluster do everything on it. Update as"
                f" another role (admin, or one of a pipeline), or let {person.kind} be another"
                " one in Pulumi.shared.yaml"
            )
    return [it for it in users if it not in same]
