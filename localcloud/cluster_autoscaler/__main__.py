"""``python -m localcloud.cluster_autoscaler FLAG…``: the model as a pod's process."""

import logging
import os
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from localcloud.cluster.failures import one_line
from localcloud.cluster.kube import FAILURES
from localcloud.cluster_autoscaler import options
from localcloud.cluster_autoscaler.aws import AutoScaling
from localcloud.cluster_autoscaler.cluster import Cluster, PodKube
from localcloud.cluster_autoscaler.loop import Autoscaler
from localcloud.cluster_autoscaler.removal import Removals

_log = logging.getLogger("cluster-autoscaler")

_WRONG_USAGE = 2


def main(arguments: Sequence[str]) -> int:
    """Runs until it is ended; 2 where the flags are none that it follows."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    logging.getLogger("botocore").setLevel(logging.WARNING)
    try:
        told = options.read(arguments)
    except options.OptionError as error:
        sys.stderr.write(f"cluster-autoscaler: {error}\n")
        return _WRONG_USAGE
    _log.info("a model of Cluster Autoscaler, not the real one: %s", " ".join(arguments))
    cluster = Cluster(PodKube(Path(os.environ["KUBECONFIG"])), told.namespace)
    # As the SDK for Go reads it; the one for Python looks at another variable.
    cloud = AutoScaling(told.node_group_auto_discovery, os.environ["AWS_REGION"])
    autoscaler = Autoscaler(told, cluster, cloud, Removals(cluster, cloud.terminate, told))
    while True:
        begun = time.monotonic()
        try:
            autoscaler.look(datetime.now(UTC))
        except FAILURES as error:
            _log.warning("this look failed: %s", one_line(error))
        spent = time.monotonic() - begun
        time.sleep(max(0.0, told.scan_interval.total_seconds() - spent))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
