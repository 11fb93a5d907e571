"""A cluster that is asked each thing once."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bluegreen.world.kube import Cluster, Object


class AskedOnce:
    """A cluster as one look sees it: what it answered is not asked again.

    It reads alone; whoever changes something or waits for a change asks the cluster itself.

    Args:
        cluster: is asked.
    """

    def __init__(self, cluster: "Cluster") -> None:
        self._cluster = cluster
        self._objects: dict[str, Object] = {}
        self._lists: dict[str, Sequence[Object]] = {}

    def get(self, path: str) -> "Object":
        """An object or list, as it was when it was first asked for. Raises KubeError."""
        if path not in self._objects:
            self._objects[path] = self._cluster.get(path)
        return self._objects[path]

    def items(self, path: str) -> "Sequence[Object]":
        """Objects of a list, as they were when it was first asked for. Raises KubeError."""
        if path not in self._lists:
            self._lists[path] = self._cluster.items(path)
        return self._lists[path]

    def text(self, path: str) -> str:
        """What is no JSON, such as metrics. Raises KubeError."""
        return self._cluster.text(path)

    def delete(self, path: str) -> None:
        """Deletes an object; one that is gone is as good. Raises KubeError."""
        self._cluster.delete(path)
