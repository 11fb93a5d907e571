"""Makes sure that live DNS writers which may write no more are gone before the stack says so.

Scaling a Deployment down, or changing which names its pods write, ends nothing by itself: its
controller must see it, then the replica set's, and then each pod has its grace period, during
which it may still write. An answer that does not come proves nothing, so only an answer that
shows that nothing is left counts.
"""

import asyncio
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

import pulumi

from components.addons.external_dns.probe import ProbeError
from handover.live_names import LiveNames

DEADLINE = 180.0
"""Seconds that writers get to go: a pod's grace period is 30, and its node may be slow."""

PAUSE = 2.0
"""Seconds between two looks."""


@dataclass(frozen=True)
class Awaited:
    """What is waited for, for the error.

    Attributes:
        who: what must end, with ``{colour}`` in it.
        until: what cannot be until it has, and what else ends it; no full stop.
    """

    who: str
    until: str


WRITERS = Awaited(
    who="live DNS writers of {colour} that must end",
    until="Until they have, no other colour may write the live names that they wrote",
)
"""Live DNS writers."""


async def wait_until_gone(
    probe: Callable[[], Collection[str]],
    *,
    colour: str,
    awaited: Awaited = WRITERS,
    deadline: float = DEADLINE,
    pause: float = PAUSE,
) -> None:
    """Waits until nothing is left.

    Args:
        probe: what is left, in words; raises ProbeError when it cannot say.
        colour: stack of the cluster, for the error.
        awaited: what is waited for.
        deadline: seconds after which waiting ends.
        pause: seconds between two looks.

    Raises:
        pulumi.RunError: at the deadline; names what is left and says what to run.
    """
    end = time.monotonic() + deadline
    while True:
        try:
            left = sorted(await asyncio.to_thread(probe))
        except ProbeError as error:
            left = [f"unknown, as the cluster does not answer ({error})"]
        if not left:
            return
        if time.monotonic() >= end:
            raise pulumi.RunError(
                f"{awaited.who.format(colour=colour)} have not gone within {deadline:.0f} s."
                f" Left: {', '.join(left)}. {awaited.until}. Run `pulumi up -s {colour}` again"
            )
        await asyncio.sleep(pause)


def remaining(kubeconfig: object, wanted: Mapping[str, LiveNames]) -> Collection[str]:
    """The `Probe` that asks the cluster itself."""
    # Only here: the client's hundreds of modules are a fifth of the time that a preview takes to
    # start, and a preview asks no cluster.
    from components.addons.external_dns import writers_left  # noqa: PLC0415

    return writers_left.remaining(kubeconfig, wanted)
