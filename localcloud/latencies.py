"""How long AWS and a cluster take for a resource, and a local cloud that takes as long.

Round figures of what AWS's pages and operators tell. They need not be right where chains of them
are compared: a chain and its floor use the same ones. What has no line takes `OTHER`.
"""

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple


class Latency(NamedTuple):
    """Seconds of one resource.

    Attributes:
        create: until it is made, and ready where the engine waits for that.
        delete: until it is gone.
    """

    create: float
    delete: float


OTHER = Latency(2, 2)
"""A call of an API, and looking whether it is done."""

COMPONENT = Latency(0, 0)
"""Groups others; nothing is made of it."""

_CHART = Latency(60, 30)
_CHART_UNAWAITED = Latency(5, 30)

LATENCIES: Mapping[str, Latency] = {
    # A control plane takes about nine minutes, with its role and OIDC provider around it.
    "eks:index:Cluster": Latency(550, 600),
    "aws:eks/cluster:Cluster": Latency(540, 590),
    # The first nodes are Ready 90 s after their group; instances drain and end before it goes.
    "aws:autoscaling/group:Group": Latency(90, 180),
    "aws:eks/addon:Addon": Latency(60, 30),
    "kubernetes:helm.sh/v3:Release": _CHART,
    "kubernetes:apps/v1:Deployment": Latency(30, 15),
    "kubernetes:apps/v1:DaemonSet": Latency(30, 15),
    # Its hook empties the cluster: load balancers and volumes of applications go first.
    "kubernetes:core/v1:ConfigMap teardown": Latency(1, 120),
}
"""By Pulumi type, or by type and name."""

BY_NAME: Mapping[str, Latency] = {
    # Before nodes nobody waits for its pods.
    "kubernetes:helm.sh/v3:Release cilium": _CHART_UNAWAITED,
    # Custom resource definitions alone.
    "kubernetes:helm.sh/v3:Release linkerd-crds": Latency(5, 5),
}


def latency_of(kind: str, name: str, *, custom: bool) -> Latency:
    """Latency of a resource.

    Args:
        kind: its Pulumi type.
        name: its Pulumi name.
        custom: whether a provider makes it.
    """
    named = f"{kind} {name}"
    if found := BY_NAME.get(named) or LATENCIES.get(named) or LATENCIES.get(kind):
        return found
    return OTHER if custom else COMPONENT


def _file(state: Path) -> Path:
    return state / "aws-time"


def set_speed(state: Path, speed: float | None) -> None:
    """Lets resources take their time; providers that are started from now on heed it.

    Args:
        state: folder of a local cloud.
        speed: how many times as fast as on AWS, above 0; None: as fast as they can.
    """
    if speed is None:
        _file(state).unlink(missing_ok=True)
    else:
        _file(state).write_text(repr(speed), encoding="utf-8")


def read_speed(state: Path) -> float | None:
    """What `set_speed` set last."""
    with suppress(FileNotFoundError):
        return float(_file(state).read_text(encoding="utf-8"))
    return None
