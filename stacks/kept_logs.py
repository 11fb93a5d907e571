"""Log groups that an earlier cluster of a colour has left, and the next one goes on with."""

import pulumi
from pulumi_aws import cloudwatch

from settings.names import PROJECT, Colour, cluster_name, control_plane_log_group, pod_log_group


async def kept_log_groups(colour: Colour) -> frozenset[str]:
    """Names of those that stand and carry the colour's own tags; says which.

    EKS makes the control plane's group anew for the last logs of a cluster, without tags: that
    one is none of them (`components.leftover_logs`).

    Args:
        colour: the colour; its stack has no cluster yet.
    """
    cluster = cluster_name(colour)
    names = (control_plane_log_group(cluster), pod_log_group(cluster))
    kept = [name for name in names if await _is_kept(name, colour)]
    if kept:
        pulumi.log.info(f"{cluster} goes on with the logs in {' and '.join(kept)}")
    return frozenset(kept)


async def _is_kept(name: str, colour: Colour) -> bool:
    named = cloudwatch.get_log_groups_output(log_group_name_prefix=name)
    if name not in (await named.log_group_names.future() or ()):
        return False
    tags = await cloudwatch.get_log_group_output(name=name).tags.future() or {}
    return (tags.get("Project"), tags.get("Stack")) == (PROJECT, colour)
