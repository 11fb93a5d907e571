"""What is deleted first of all, and before that has the cluster emptied."""

import asyncio
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pulumi
from pulumi_kubernetes import core

import teardown
from components.addon_stack.args import AddonArgs
from components.addon_stack.manifest import SYSTEM_NAMESPACE
from components.base import Component
from handover.writers import Writer

ANNOTATION = "eks-platform.io/teardown"
"""Annotation of the marker: what is to be emptied, as JSON."""

LIVE_ANNOTATION = "eks-platform.io/live"
"""Annotation of the marker: whether the colour's live DNS writers run."""

_NAME = "eks-platform-teardown"

Empty = Callable[[teardown.Target], None]
"""Empties a colour. Raises teardown.TeardownError."""


def empty(target: teardown.Target) -> None:
    """The `Empty` that asks the cluster and AWS, and says what it waits for in Pulumi's log."""
    teardown.tear_down(target, log=pulumi.log.info)


@dataclass(frozen=True, kw_only=True)
class TeardownMarkerArgs(AddonArgs):
    """What `TeardownMarker` needs; it comes after every add-on, so it goes before them.

    Attributes:
        writers: the DNS writers of the cluster's own names.
    """

    writers: Sequence[Writer]


class TeardownMarker(Component):
    """Pulumi type ``eks-platform:teardownMarker:TeardownMarker``.

    Creates an empty ConfigMap. Before it is deleted, a hook empties the cluster, unless the
    colour's live DNS writers run. The engine has the hook only while the program runs, so it
    refuses a ``pulumi destroy`` without ``--run-program``.

    What the hook needs is in annotations: a change of a ConfigMap's data would replace it, and
    so run the hook.

    Args:
        name: Pulumi name.
        args: what it needs.
        opts: resource options.
        run: empties the colour.
    """

    MODULE = "teardownMarker"

    def __init__(
        self,
        name: str,
        args: TeardownMarkerArgs,
        opts: pulumi.ResourceOptions | None = None,
        *,
        run: Empty = empty,
    ) -> None:
        super().__init__(name, opts)
        hook = pulumi.ResourceHook(f"{name}-empty-{args.site.settings.colour}", _hook(run))
        core.v1.ConfigMap(
            name,
            metadata={
                "name": _NAME,
                "namespace": SYSTEM_NAMESPACE,
                "annotations": {
                    ANNOTATION: _target(args),
                    LIVE_ANNOTATION: json.dumps(args.site.live_names.any),
                },
            },
            opts=self.child(
                provider=args.cluster.provider,
                depends_on=args.after,
                hooks=pulumi.ResourceHookBinding(before_delete=[hook]),
            ),
        )
        self.register_outputs({})


def _target(args: TeardownMarkerArgs) -> pulumi.Output[str]:
    zones = tuple(
        teardown.OwnZone(zone_id=it.zone.id, domain=it.domain, owner_id=it.owner_id)
        for it in args.writers
    )

    def build(kubeconfig: dict[str, object]) -> str:
        return teardown.Target(
            colour=args.site.settings.colour,
            cluster_name=args.cluster.cluster_name,
            region=args.site.region,
            kubeconfig=kubeconfig,
            zones=zones,
        ).to_json()

    # It holds no secret: it runs a program that gets a token.
    return pulumi.Output.unsecret(args.cluster.kubeconfig.apply(lambda it: build(dict(it))))


def _hook(run: Empty) -> Callable[[pulumi.ResourceHookArgs], "asyncio.Future[None]"]:
    async def before_delete(args: pulumi.ResourceHookArgs) -> None:
        annotations = (args.old_inputs or {})["metadata"]["annotations"]
        target = teardown.Target.model_validate_json(annotations[ANNOTATION])
        if json.loads(annotations[LIVE_ANNOTATION]):
            raise teardown.TeardownError(
                f"{target.colour} writes live DNS names: move production to the other colour, or"
                f" to none, and run `pulumi up -s {target.colour}` before it is destroyed"
            )
        await asyncio.to_thread(run, target)

    return lambda args: asyncio.ensure_future(before_delete(args))
