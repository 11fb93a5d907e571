"""What looks for live DNS writers that are left."""

from collections.abc import Collection, Mapping
from typing import Protocol

from handover.live_names import LiveNames


class ProbeError(Exception):
    """The cluster could not be asked; nothing is known of its writers."""


class Probe(Protocol):
    """Looks for what may still write."""

    def __call__(self, kubeconfig: object, wanted: Mapping[str, LiveNames]) -> Collection[str]:
        """Everything that is left of what must go, in words; empty when nothing is.

        Args:
            kubeconfig: kubeconfig as an object.
            wanted: by value of the label ``app`` of each writer's objects, the names that it is
                to write: what writes these may stay, all else must go.

        Raises:
            ProbeError: the cluster could not be asked.
        """
        ...
