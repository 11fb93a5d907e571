"""Log groups of a colour that outlived a cluster or an add-on, which the next one goes on with."""

import asyncio
from collections.abc import Sequence

import pulumi
from pulumi_aws import cloudwatch

from components.kept_log_group import KeptLogGroups
from settings.names import PROJECT, Colour, cluster_name, control_plane_log_group, pod_log_group


async def kept_log_groups(colour: Colour) -> Sequence[str]:
    """Names of those that stand and carry the colour's own tags.

    Of a colour that stands they are asked for too: an add-on that was off left its group, and goes
    on with it. EKS makes the control plane's group anew for the last logs of a cluster, without
    tags: that one is none of them (`components.leftover_logs`).

    Args:
        colour: the colour.
    """
    cluster = cluster_name(colour)
    names = (control_plane_log_group(cluster), pod_log_group(cluster))
    found = await asyncio.gather(*(_is_kept(name, colour) for name in names))
    return [name for name, is_kept in zip(names, found, strict=True) if is_kept]


def goes_on(colour: Colour, kept: Sequence[str], *, own: bool) -> KeptLogGroups:
    """Log groups that the colour goes on with; says so of what an earlier cluster left.

    Args:
        colour: the colour.
        kept: their names.
        own: whether its stack has a cluster.
    """
    if kept and not own:
        pulumi.log.info(f"{cluster_name(colour)} goes on with the logs in {' and '.join(kept)}")
    return KeptLogGroups(frozenset(kept), own)


async def _is_kept(name: str, colour: Colour) -> bool:
    named = cloudwatch.get_log_groups_output(log_group_name_prefix=name)
    if name not in (await named.log_group_names.future() or ()):
        return False
    tags = await cloudwatch.get_log_group_output(name=name).tags.future() or {}
    return (tags.get("Project"), tags.get("Stack")) == (PROJECT, colour)
