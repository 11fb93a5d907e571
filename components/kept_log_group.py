"""A cluster's log groups, which outlive it: what they hold is asked for after an incident."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
from pulumi_aws import cloudwatch

from components.base import Component
from settings.colour import Logging


@dataclass(frozen=True)
class KeptLogGroups:
    """Log groups of a colour that are there before an update.

    Attributes:
        names: their names.
        own: whether the stack has a cluster: then they are in its state, all but the one of an
            add-on that was off and is on again.
    """

    names: frozenset[str] = frozenset()
    own: bool = False


NO_LOG_GROUPS = KeptLogGroups()

_AS_IT_IS = ("retentionInDays", "tags")
"""What of a group that an earlier cluster left may differ at first: the next update sets it.

Engines up to those of 2025 refuse to import what differs; later ones import it and change it at
once (https://github.com/pulumi/pulumi/issues/16397)."""


def kept_log_group(
    parent: Component,
    name: str,
    group: str,
    *,
    settings: Logging,
    kept: KeptLogGroups,
    tags: Mapping[str, str],
    hooks: pulumi.ResourceHookBinding | None = None,
) -> cloudwatch.LogGroup:
    """Makes a log group, or goes on with the one of an earlier cluster of this name.

    Args:
        parent: component that it belongs to.
        name: Pulumi name.
        group: name of the log group.
        settings: how long its lines are kept, and whether it outlives the cluster.
        kept: groups that are there already.
        tags: its tags.
        hooks: run before it is made.
    """
    there = group in kept.names
    return cloudwatch.LogGroup(
        name,
        name=group,
        retention_in_days=settings.retention_days,
        tags=tags,
        opts=parent.child(
            hooks=hooks,
            retain_on_delete=settings.keep,
            # The engine imports nothing that is in the state under this name.
            import_=group if there else None,
            # Of one that the stack gets back, the engine makes it so in the same update.
            ignore_changes=_AS_IT_IS if there and not kept.own else (),
        ),
    )
