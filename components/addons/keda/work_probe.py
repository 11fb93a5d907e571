"""What looks for live work that is left, and what is said while some is."""

from collections.abc import Collection
from typing import Protocol

from components.addons.external_dns.waiting import Awaited
from handover.live_work import SELECTOR

WORK = Awaited(
    who="objects of live work that must end on {colour}",
    until=(
        "Until they have, no other colour may take it up. The jobs pause-live-work in the namespace"
        " keda pause what scales, once a minute, and KEDA ends its pods; what stays goes by"
        f" `kubectl delete pods --all-namespaces --selector={SELECTOR}`, and no new ones are let in"
    ),
)
"""Live work."""


class WorkProbe(Protocol):
    """Looks for live work."""

    def __call__(self, kubeconfig: object) -> Collection[str]:
        """What would still take live work, in words; empty when nothing would.

        Args:
            kubeconfig: kubeconfig as an object.

        Raises:
            ProbeError: the cluster could not be asked.
        """
        ...


def remaining(kubeconfig: object) -> Collection[str]:
    """The `WorkProbe` that asks the cluster itself."""
    # Only here, as `external_dns.waiting.remaining` says.
    from components.addons.keda import work_left  # noqa: PLC0415

    return work_left.remaining(kubeconfig)
