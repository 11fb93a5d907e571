"""The cluster that an interrupted operation went to."""

import json
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Protocol

from bluegreen.errors import OperatorError
from bluegreen.world.kube import KubeError


class Cluster(Protocol):
    """What is asked of a cluster. Everything raises KubeError."""

    def get(self, path: str) -> Mapping[str, Any]:
        """An object or list."""
        ...

    def items(self, path: str) -> Sequence[Mapping[str, Any]]:
        """Objects of a list."""
        ...

    def delete(self, path: str) -> None:
        """Deletes an object."""
        ...


Connect = Callable[[object], Cluster]
"""Gives the cluster of a kubeconfig."""


def cluster_of(kubeconfig: object, connect: Connect) -> Cluster:
    """The cluster of a kubeconfig, which is JSON text.

    Raises:
        OperatorError: it cannot be asked.
    """
    with answering():
        return connect(json.loads(str(kubeconfig)))


@contextmanager
def answering() -> Generator[None]:
    """Makes an OperatorError of what a cluster does not answer."""
    try:
        yield
    except (KubeError, ValueError) as error:
        raise OperatorError(f"the stack's cluster cannot be asked: {error}") from error
