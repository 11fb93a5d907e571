"""The cluster that an interrupted operation went to."""

import json
from collections.abc import Generator
from contextlib import contextmanager

from bluegreen.errors import OperatorError
from bluegreen.world.kube import Cluster, Connect, KubeError


def cluster_of(kubeconfig: object, connect: Connect) -> Cluster:
    """The cluster of a kubeconfig, which is JSON text.

    Raises:
        OperatorError: it cannot be asked.
    """
    with cluster_errors():
        return connect(json.loads(str(kubeconfig)))


@contextmanager
def cluster_errors() -> Generator[None]:
    """Makes an OperatorError of what a cluster does not answer."""
    try:
        yield
    except (KubeError, ValueError) as error:
        raise OperatorError(f"the stack's cluster cannot be asked: {error}") from error
