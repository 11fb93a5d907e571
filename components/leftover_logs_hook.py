"""Has what is left of an earlier cluster's log group removed before that of a new one is made."""

import asyncio
from collections.abc import Callable

import pulumi


def leftover_logs_hook(name: str, cluster: str, region: str) -> pulumi.ResourceHook:
    """A hook for before a cluster's log group is made; it does not run in a preview.

    Args:
        name: name of the hook, once in a stack.
        cluster: EKS cluster name.
        region: AWS region.
    """
    return pulumi.ResourceHook(name, _hook(cluster, region))


def _hook(cluster: str, region: str) -> Callable[[pulumi.ResourceHookArgs], "asyncio.Future[None]"]:
    async def before_create(args: pulumi.ResourceHookArgs) -> None:
        # Only here: boto3 takes as long to import as an SDK, and a preview runs no hook.
        from components.leftover_logs import remove_leftover_logs  # noqa: PLC0415

        group = str((args.new_inputs or {})["name"])
        if await asyncio.to_thread(remove_leftover_logs, group, cluster, region):
            pulumi.log.info(f"deleted log group {group}: left over from an earlier {cluster}")

    return lambda args: asyncio.ensure_future(before_create(args))
