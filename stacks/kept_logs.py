"""Log groups of a colour that outlived a cluster or an add-on, which the next one goes on with."""

import pulumi
from pulumi_aws import cloudwatch

from components.kept_log_group import KeptLogGroups
from settings.names import PROJECT, Colour, cluster_name, control_plane_log_group, pod_log_group


async def kept_log_groups(colour: Colour, *, own: bool) -> KeptLogGroups:
    """Those that stand and carry the colour's own tags; says so of what an earlier cluster left.

    Of a colour that stands they are asked for too: an add-on that was off left its group, and goes
    on with it. EKS makes the control plane's group anew for the last logs of a cluster, without
    tags: that one is none of them (`components.leftover_logs`).

    Args:
        colour: the colour.
        own: whether its stack has a cluster.
    """
    cluster = cluster_name(colour)
    names = (control_plane_log_group(cluster), pod_log_group(cluster))
    kept = [name for name in names if await _is_kept(name, colour)]
    if kept and not own:
        pulumi.log.info(f"{cluster} goes on with the logs in {' and '.join(kept)}")
    return KeptLogGroups(frozenset(kept), own)


async def _is_kept(name: str, colour: Colour) -> bool:
    named = cloudwatch.get_log_groups_output(log_group_name_prefix=name)
    if name not in (await named.log_group_names.future() or ()):
        return False
    tags = await cloudwatch.get_log_group_output(name=name).tags.future() or {}
    return (tags.get("Project"), tags.get("Stack")) == (PROJECT, colour)
